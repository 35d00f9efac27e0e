/* SPDX-License-Identifier: ISC */
/*
 * prog_created STEP...: makes a file, lets things happen to its descriptor, and changes the mode of what that is then.
 *
 *   temp DIRECTORY      mkstemp(3) there                           excl FILE, creat FILE   open(2), with O_EXCL or not
 *   fchmod              to 0640: "ok" or the error, and what mode it has after
 *   many DIRECTORY N    temp, fchmod and close, N times
 *   close, rawclose     rawclose by an instruction of our own      fclose    by way of a stream
 *   open FILE, rawopen FILE    for reading; says whether that has the number that was closed
 *   over FILE           opens it, and puts it in the place of the descriptor by dup2
 *   dup                 goes on with a copy
 *   enter DIRECTORY     chdir(2)
 *   fork                goes on in a child
 *   vfork DIRECTORY     temp there, in a child that shares our memory and not our descriptors; its number is "closed"
 *   wait                until a line can be read from standard input, having said "ready"
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int made = -1; /* the descriptor */

static long raw(long number, long a, long b, long c)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
#else
	return syscall(number, a, b, c);
#endif
}

static int temporary(const char *directory)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s/made.XXXXXX", directory);
	return mkstemp(name);
}

static void change(void)
{
	struct stat st = {0};
	const char *said = fchmod(made, 0640) == 0 ? "ok" : strerrorname_np(errno);

	fstat(made, &st);
	printf("%s %o\n", said, st.st_mode & 07777);
}

static void opened(int fd)
{
	if (fd != made)
		printf("another number\n");
}

static void share_memory(const char *directory)
{
	int status;
	pid_t child = vfork();

	if (child == 0) {
		made = temporary(directory);
		_exit(made < 0);
	}
	waitpid(child, &status, 0);
}

int main(int argc, char **argv)
{
	char line[16];

	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 1; i < argc; i++) {
		const char *step = argv[i];

		if (!strcmp(step, "temp")) {
			made = temporary(argv[++i]);
		} else if (!strcmp(step, "excl")) {
			made = open(argv[++i], O_RDWR | O_CREAT | O_EXCL, 0600);
		} else if (!strcmp(step, "creat")) {
			made = open(argv[++i], O_RDWR | O_CREAT, 0600);
		} else if (!strcmp(step, "fchmod")) {
			change();
		} else if (!strcmp(step, "many")) {
			const char *directory = argv[++i];

			for (int left = atoi(argv[++i]); left > 0; left--) {
				made = temporary(directory);
				fchmod(made, 0640);
				close(made);
			}
		} else if (!strcmp(step, "close")) {
			close(made);
		} else if (!strcmp(step, "rawclose")) {
			raw(SYS_close, made, 0, 0);
		} else if (!strcmp(step, "fclose")) {
			fclose(fdopen(made, "r+"));
		} else if (!strcmp(step, "open")) {
			opened(open(argv[++i], O_RDONLY));
		} else if (!strcmp(step, "rawopen")) {
			opened((int)raw(SYS_openat, AT_FDCWD, (long)argv[++i], O_RDONLY));
		} else if (!strcmp(step, "over")) {
			dup2(open(argv[++i], O_RDONLY), made);
		} else if (!strcmp(step, "dup")) {
			made = dup(made);
		} else if (!strcmp(step, "enter")) {
			if (chdir(argv[++i]) != 0)
				printf("not entered\n");
		} else if (!strcmp(step, "fork")) {
			if (fork() > 0) {
				wait(NULL);
				return 0;
			}
		} else if (!strcmp(step, "vfork")) {
			share_memory(argv[++i]);
		} else if (!strcmp(step, "wait")) {
			printf("ready\n");
			if (read(0, line, sizeof(line)) <= 0)
				return 1;
		} else {
			return 2;
		}
	}
	return 0;
}
