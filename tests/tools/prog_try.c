/* SPDX-License-Identifier: ISC */
/*
 * What a confined program can do, tried one thing at a time: prog_try DOES PATH... Prints "done", or why not.
 *
 * Also built statically, and against another libc, by the scripts here: so nothing but plain C.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int say(int result)
{
	puts(result < 0 ? strerror(errno) : "done");
	return result < 0;
}

static int descriptors(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d\n", fd);
	}
	return 0;
}

/* Executes argv with `entry` at the end of an environment that may already have one of that name. */
static int append(char *entry, char **argv)
{
	char *environment[256] = {0};
	size_t count = 0;

	while (environ[count] && count < 254) {
		environment[count] = environ[count];
		count++;
	}
	environment[count] = entry;
	return say(execve(argv[0], argv, environment));
}

/* create_ruleset with one bit of one member: the only way to know of a right, without asking preclude. */
static int knows(unsigned member, unsigned bit)
{
	uint64_t attr[3] = {0};
	long fd;

	attr[member] = UINT64_C(1) << bit;
	fd = syscall(444, attr, sizeof(attr), 0);
	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

/* "7 fs:0 fs:1 …": the version, and each right that the kernel takes. */
static int landlock(void)
{
	static const char *const members[] = {"fs", "net", "scope"};
	long abi = syscall(444, NULL, 0, 1);

	if (abi < 0)
		return say(-1);
	printf("%ld", abi);
	for (unsigned member = 0; member < 3; member++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			if (knows(member, bit))
				printf(" %s:%u", members[member], bit);
		}
	}
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	const char *does = argc > 1 ? argv[1] : "";
	const char *path = argc > 2 ? argv[2] : "";

	if (!strcmp(does, "write"))
		return say(open(path, O_WRONLY | O_CREAT | O_NOCTTY, 0644));
	if (!strcmp(does, "read"))
		return say(open(path, O_RDONLY));
	if (!strcmp(does, "mkdir"))
		return say(mkdir(path, 0755));
	if (!strcmp(does, "unlink"))
		return say(unlink(path));
	if (!strcmp(does, "rename") && argc > 3)
		return say(rename(path, argv[3]));
	if (!strcmp(does, "secure")) {
		printf("%lu\n", getauxval(AT_SECURE));
		return 0;
	}
	if (!strcmp(does, "value")) {
		puts(getenv(path) ? getenv(path) : "not set");
		return 0;
	}
	if (!strcmp(does, "append") && argc > 3)
		return append(argv[2], argv + 3);
	if (!strcmp(does, "descriptors"))
		return descriptors();
	if (!strcmp(does, "landlock"))
		return landlock();
	fprintf(stderr,
		"usage: prog_try write|read|mkdir|unlink|rename|secure|value|append|descriptors|landlock PATH...\n");
	return 2;
}
