/* SPDX-License-Identifier: ISC */
/* prog_inert WHAT DIRECTORY: does WHAT to the files of DIRECTORY. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char object[4096];

/* One call site, however often. */
static __attribute__((noinline)) void change(const char *path)
{
	if (chmod(path, 0600))
		puts("chmod failed");
}

static void thrice(void)
{
	for (int i = 0; i < 3; i++)
		change(object);
}

static void say_environment(void)
{
	char text[16384];
	int fd = open("/proc/self/environ", O_RDONLY);
	ssize_t length = read(fd, text, sizeof text - 1);

	for (char **entry = environ; *entry; entry++)
		puts(*entry);
	puts("--");
	for (ssize_t at = 0; at < length; at += (ssize_t)strlen(text + at) + 1)
		puts(text + at);
}

int main(int argc, char **argv)
{
	char *const arguments[] = {(char *)"true", NULL}, *const nothing[] = {NULL};
	char name[5000];

	if (argc != 3)
		return 2;
	const char *what = argv[1];
	snprintf(object, sizeof object, "%s/obj", argv[2]);
	if (!strcmp(what, "environment")) {
		say_environment();
	} else if (!strcmp(what, "exit")) {
		thrice();
	} else if (!strcmp(what, "_exit")) {
		thrice();
		_exit(0);
	} else if (!strcmp(what, "exec")) {
		thrice();
		execv("/bin/true", arguments);
	} else if (!strcmp(what, "cleared")) {
		execve("/bin/true", arguments, nothing);
	} else if (!strcmp(what, "many")) {
		for (int i = 0; i < 20; i++) {
			snprintf(name, sizeof name, "%s/%d", argv[2], i);
			if (open(name, O_WRONLY | O_CREAT, 0600) >= 0)
				puts("opened");
		}
	} else if (!strcmp(what, "forks")) {
		for (int i = 0; i < 40; i++)
			if (fork() == 0)
				return thrice(), 0;
		while (wait(NULL) > 0)
			;
	} else if (!strcmp(what, "harmless")) {
		/* What the policy allows, asked for with flags that need not be allowed for it. */
		if (open("/dev/null", O_WRONLY | O_TRUNC | O_CREAT, 0600) < 0 ||
		    open("/etc/passwd", O_RDONLY | O_CREAT, 0600) < 0)
			puts("not opened");
	} else {
		return 2;
	}
	return 0;
}
