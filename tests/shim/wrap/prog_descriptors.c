/* SPDX-License-Identifier: ISC */
/*
 * Does things to descriptors and says what came of them: prog_descriptors SITUATION NUMBER FILE
 *
 * NUMBER is one that the library holds when it is preloaded, and that is unused otherwise: both times the same must be
 * said. At the end FILE, which lies outside, is opened for writing, so that there is something to log.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int n; /* the number */
static int f; /* a descriptor of the program's */

#define SAY(call)                                                                                                      \
	do {                                                                                                           \
		errno = 7777;                                                                                          \
		long result = (call);                                                                                  \
		printf("%s = %ld errno %d\n", #call, result, errno);                                                   \
	} while (0)

/* libc's own syscall(2), behind every preloaded library. */
static long (*raw)(long, ...);

/* The lowest number that only the kernel knows of. */
static void find(void)
{
	for (n = 3; n < 1024; n++)
		if (raw(SYS_fcntl, n, F_GETFD) >= 0 && fcntl(n, F_GETFD) < 0) {
			printf("%d\n", n);
			exit(0);
		}
	exit(1);
}

static void open_numbers(void)
{
	printf("open:");
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d%s", fd, fcntl(fd, F_GETFD) & FD_CLOEXEC ? "e" : "");
	printf("\n");
}

/* A descriptor on each side. */
static void surround(void)
{
	SAY(dup2(f, n - 1));
	SAY(dup2(f, n + 20));
}

static void looks_unused(void)
{
	SAY(close(n));
	SAY(dup(n));
	SAY(dup2(n, 20));
	SAY(dup2(n, n));
	SAY(dup3(n, 20, 0));
	SAY(dup3(n, n, 0));
	SAY(dup3(n, 20, 1));
	SAY(fcntl(n, F_GETFD));
	SAY(fcntl(n, F_SETFD, 0));
	SAY(fcntl(n, F_GETFL));
	SAY(fcntl(n, F_DUPFD, 30));
	SAY(fcntl(n, F_DUPFD_CLOEXEC, 30));
}

static void is_given_by_dupfd(void)
{
	surround();
	SAY(fcntl(f, F_DUPFD, n));
	SAY(fcntl(f, F_DUPFD_CLOEXEC, n));
	SAY(fcntl(f, F_DUPFD_CLOEXEC, n - 1));
	SAY(fcntl(f, F_DUPFD, 30));
	SAY(fcntl(f, F_DUPFD, -1));
	SAY(fcntl(f, F_DUPFD, 1 << 30));
	SAY(fcntl(99, F_DUPFD, n));
	SAY(close(n));
	SAY(close(n));
}

static void can_be_the_target_of_dup(void)
{
	SAY(dup2(99, n));
	SAY(fcntl(n, F_GETFD));
	SAY(dup3(99, n, 0));
	SAY(dup3(f, n, 1));
	SAY(fcntl(n, F_GETFD));
	SAY(dup2(f, n));
	SAY(dup3(f, n + 1, O_CLOEXEC));
	SAY(dup2(f, n + 2));
	SAY(dup2(f, -1));
	SAY(fcntl(n, F_GETFD));
	SAY(dup2(f, n));
}

static void is_kept_by_close_range(void)
{
	surround();
	SAY(close_range(n, n, 0));
	SAY(close_range(n, n, 64));
	SAY(close_range(n - 1, ~0u, 64));
	SAY(close_range(n, n - 1, 0));
	SAY(close_range(n - 1, n, 0));
	SAY(fcntl(n - 1, F_GETFD));
	SAY(close_range(3, ~0u, 0));
}

static void is_kept_by_close_range_on_exec(void)
{
	surround();
	SAY(close_range(3, ~0u, CLOSE_RANGE_CLOEXEC));
	SAY(close_range(n, n, CLOSE_RANGE_CLOEXEC));
	SAY(close_range(n - 1, n + 30, CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE));
}

static int sharing(void *unused)
{
	(void)unused;
	SAY(close_range(n, n, CLOSE_RANGE_UNSHARE));
	SAY(close(f)); /* in a table of its own: the parent keeps it */
	return 0;
}

static void is_kept_by_close_range_unsharing(void)
{
	static char stack[65536];
	pid_t child = clone(sharing, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, NULL);

	SAY(child > 0 && waitpid(child, NULL, 0) == child);
	SAY(fcntl(f, F_GETFD));
}

static void is_kept_by_closefrom(void)
{
	surround();
	closefrom(n);
	open_numbers();
	surround();
	closefrom(3);
	open_numbers();
	closefrom(-5);
}

static void is_kept_by_closefrom_of_an_old_kernel(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 436 /* close_range */, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	surround();
	SAY(close_range(n - 1, n + 30, 0));
	closefrom(3);
}

static void is_kept_by_a_loop_of_close(void)
{
	surround();
	for (int fd = 3; fd < 1024; fd++)
		if (close(fd) == 0)
			printf("closed %d\n", fd);
}

static void is_left_alone_by_a_vfork_child(void)
{
	int status = -1;

	if (vfork() == 0) {
		SAY(dup2(f, n));
		SAY(fcntl(n, F_GETFD));
		SAY(close(n));
		_exit(0);
	}
	SAY(wait(&status) > 0);
	SAY(status);
	SAY(fcntl(n, F_GETFD));
}

/* The program got the number by a call that nobody wraps: it is the program's now, and the log is lost. */
static void was_taken_by_a_raw_call(void)
{
	SAY(raw(SYS_dup3, f, n, 0));
	SAY(fcntl(n, F_GETFD));
	SAY(dup2(n, 20));
	SAY(close(n));
	SAY(close(n));
}

static const struct {
	const char *name;
	void (*act)(void);
} situations[] = {
    {"find", find},
    {"looks unused", looks_unused},
    {"is given by F_DUPFD", is_given_by_dupfd},
    {"can be the target of dup2", can_be_the_target_of_dup},
    {"is kept by close_range", is_kept_by_close_range},
    {"is kept by CLOSE_RANGE_CLOEXEC", is_kept_by_close_range_on_exec},
    {"is kept by CLOSE_RANGE_UNSHARE", is_kept_by_close_range_unsharing},
    {"is kept by closefrom", is_kept_by_closefrom},
    {"is kept by closefrom of an old kernel", is_kept_by_closefrom_of_an_old_kernel},
    {"is kept by a loop of close", is_kept_by_a_loop_of_close},
    {"is left alone by a vfork child", is_left_alone_by_a_vfork_child},
    {"was taken by a raw call", was_taken_by_a_raw_call},
};

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	n = atoi(argv[2]);
	raw = (long (*)(long, ...))dlsym(dlopen("libc.so.6", RTLD_LAZY), "syscall");
	f = open("/dev/null", O_RDWR);
	for (size_t i = 0; i < sizeof(situations) / sizeof(*situations); i++) {
		if (strcmp(situations[i].name, argv[1]))
			continue;
		situations[i].act();
		open_numbers();
		f = open(argv[3], O_WRONLY | O_CREAT, 0600);
		return f < 0 && errno != EACCES;
	}
	return 2;
}
