/* SPDX-License-Identifier: ISC */
/*
 * What the kernel's audit records say of a program under the library: prog_audit LIBRARY ABI. Speaks TAP.
 *
 * Switches auditing on, and so is for a kernel that nobody else uses: tests/kernels/boot. The program reads out/own,
 * which is denied; then it executes itself without the library, to read out/bare, and with it, to read out/again. Each
 * start but the first tries whether the domain is in force, which is denied too.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AUDIT_SET = 1001, READERS = 1 };

/* The path of a record, who is expected to have one, and since which ABI until which. */
static const struct record {
	const char *path, *what;
	int from, to;
} expected[] = {
    {"/out/own\"", "a denial of the program itself", 7, 99},
    {"/out/bare\"", "a denial of a program that it executes, without the library", 7, 99},
    {"/out/again\"", "a denial of a program that it executes, with the library", 7, 99},
    {"\"/proc/filesystems\"", "the library's own check whether the domain is in force", 7, 9},
    {"\"/dev/random\"", "the same of writing", 7, 9},
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int open_audit(unsigned groups)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	const int size = 1 << 22;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		die("audit");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static void switch_on(void)
{
	struct {
		struct nlmsghdr header;
		uint32_t status[11]; /* mask, enabled, … */
	} message = {{sizeof(message), AUDIT_SET, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, {1, 1}};
	struct {
		struct nlmsghdr header;
		int error;
		char rest[256];
	} answer;
	const int fd = open_audit(0);

	if (send(fd, &message, sizeof(message), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0 || answer.error)
		die("auditing cannot be switched on");
	close(fd);
}

/* Everything that was recorded, until nothing comes for half a second. */
static char *records(int fd)
{
	static char text[1 << 20];
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t length = 0;

	while (poll(&ready, 1, 500) > 0 && length < sizeof(text) - 9000) {
		const ssize_t got = recv(fd, text + length, 9000, 0);

		if (got <= (ssize_t)sizeof(struct nlmsghdr))
			break;
		memset(text + length, ' ', sizeof(struct nlmsghdr));
		for (ssize_t i = 0; i < got; i++)
			if (!text[length + (size_t)i])
				text[length + (size_t)i] = ' ';
		length += (size_t)got;
		text[length++] = '\n';
	}
	text[length] = '\0';
	return text;
}

static void run(char *const *argv, char *const *environment)
{
	const pid_t pid = fork();

	if (pid == 0) {
		execve("/proc/self/exe", argv, environment);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* --deny PATH [NEXT…]: reads, and executes itself for the others: without the library, and with it. */
static int deny(char **argv, char **environment)
{
	char *none[] = {NULL};

	close(open(argv[2], O_RDONLY | O_CLOEXEC));
	if (argv[3] && argv[4]) {
		run((char *[]){argv[0], argv[1], argv[3], NULL}, none);
		run((char *[]){argv[0], argv[1], argv[4], NULL}, environment);
	}
	return 0;
}

int main(int argc, char **argv, char **environment)
{
	char world[] = "/var/tmp/preclude-audit.XXXXXX", preload[4096], roots[4096], *text;
	const int abi = argc == 3 ? atoi(argv[2]) : 0;
	int readers, failed = 0;

	if (argc > 2 && !strcmp(argv[1], "--deny"))
		return deny(argv, environment);
	if (argc != 3 || !mkdtemp(world) || chdir(world) || mkdir("in", 0755) || mkdir("out", 0755))
		die("usage: prog_audit LIBRARY ABI");
	close(open("out/own", O_WRONLY | O_CREAT, 0644));
	close(open("out/bare", O_WRONLY | O_CREAT, 0644));
	close(open("out/again", O_WRONLY | O_CREAT, 0644));
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[1]);
	/* /proc/self/exe leads to this program. */
	snprintf(roots, sizeof(roots), "PRECLUDE_ROOTS=%s/in", world);
	readers = open_audit(READERS);
	switch_on();
	run((char *[]){"deny", "--deny", "out/own", "out/bare", "out/again", NULL},
	    (char *[]){preload, roots, "PRECLUDE_EXEC=/tmp:/proc/self/exe", "PRECLUDE_LOG=off", NULL});
	text = records(readers);
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		const int wanted = abi >= expected[i].from && abi <= expected[i].to;
		const char *at = strstr(text, expected[i].path);
		const int right = wanted == (at && strstr(text, "domain="));

		failed |= !right;
		printf("%sok %zu - %s is %srecorded\n", right ? "" : "not ", i + 1, expected[i].what,
		       wanted ? "" : "not ");
	}
	if (failed)
		printf("# %s\n", text);
	printf("1..%d\n", (int)(sizeof(expected) / sizeof(*expected)));
	return failed;
}
