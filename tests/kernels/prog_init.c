/* SPDX-License-Identifier: ISC */
/*
 * The first process of a kernel under test: makes the machine that a program expects, runs what /commands says, a line
 * each: PROGRAM, ARGUMENT…, "+", PROGRAM, …; says how they ended, and switches the machine off. A kernel passes on no
 * more than 32 arguments itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW_ROOT "/root"

static void check(int result, const char *what)
{
	if (result < 0)
		printf("# init: %s: %s\n", what, strerror(errno));
}

static int copy_file(const char *from, const char *to, mode_t mode)
{
	static char data[1 << 20];
	const int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, mode);
	ssize_t length;

	while ((length = read(in, data, sizeof(data))) > 0)
		if (write(out, data, (size_t)length) != length)
			return -1;
	close(in);
	return close(out);
}

static int move_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	char to[4096];

	(void)walk;
	if (snprintf(to, sizeof(to), NEW_ROOT "%s", path) >= (int)sizeof(to))
		return -1;
	if (type == FTW_D)
		mkdir(to, status->st_mode & 07777);
	else if (type == FTW_F && S_ISREG(status->st_mode))
		check(copy_file(path, to, status->st_mode & 07777), path);
	return 0;
}

/* The first root cannot be left, and is no mount like others: a tmpfs takes its place. */
static void own_root(void)
{
	mkdir(NEW_ROOT, 0755);
	check(mount("tmpfs", NEW_ROOT, "tmpfs", 0, "mode=0755"), "tmpfs");
	check(nftw("/", move_entry, 16, FTW_PHYS | FTW_MOUNT), "copy");
	check(chdir(NEW_ROOT) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"), "root");
}

static void mounts(void)
{
	static const struct {
		const char *type, *where;
	} all[] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		mkdir(all[i].where, 0755);
		check(mount(all[i].type, all[i].where, all[i].type, 0, NULL), all[i].where);
	}
	mkdir("/var", 0755);
	mkdir("/tmp", 0755);
	mkdir("/var/tmp", 0755);
	chmod("/tmp", 01777);
	chmod("/var/tmp", 01777);
}

static void module(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		check((int)syscall(SYS_finit_module, fd, "", 0), path);
}

static void loopback(void)
{
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(ioctl(fd, SIOCSIFFLAGS, &up), "lo");
	close(fd);
}

static int run(char **argv)
{
	int status = 0;
	const pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	while (wait(&status) != pid) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs what the file says, and returns their statuses, or'ed. */
static int run_all(const char *path)
{
	static char line[4096], *argv[64];
	FILE *commands = fopen(path, "re");
	size_t count = 0;
	int ended = 0;

	while (commands && fgets(line, sizeof(line), commands)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "+")) {
			argv[count++] = strdup(line);
			continue;
		}
		argv[count] = NULL;
		ended |= run(argv);
		count = 0;
	}
	argv[count] = NULL;
	return ended | run(argv);
}

int main(void)
{
	if (getpid() != 1) {
		fputs("prog_init: only as the first process of a machine\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	own_root();
	mounts();
	loopback();
	module("/overlay.ko");
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1);
	printf("ended: %d\n", run_all("/commands"));
	/* The line must have left the serial port. */
	fflush(stdout);
	ioctl(1, TCSBRK, 1);
	reboot(RB_POWER_OFF);
	return 1;
}
