/* SPDX-License-Identifier: ISC */
/*
 * prog_narrow STEP...: makes calls in the order in which they are written, and prints a line for each: its words, and
 * "ok" or the error.
 *
 *   chdir|rawchdir|fchdir|chroot|rawchroot PATH    rawX by syscall(2); fchdir opens PATH before, at once
 *   setenv NAME VALUE, putenv NAME=VALUE, unsetenv NAME, clearenv
 *   read PATH, list PATH, write PATH, make PATH, rename PATH PATH, link TARGET PATH, run PATH
 *   fork [ STEP... ], vfork [ STEP... ]            in a child, until it has ended
 *   thread      starts a thread that sleeps for good
 *   fill        opens descriptors until there are no more; "leave N" closes N of them again
 *   cwd         prints the working directory
 *   race PATH A B COUNT    enters PATH by chdir, COUNT children in turn, while another process makes PATH lead to A and
 *                          B in turn; prints what a child that entered could read of "../A/secret" and "../B/secret"
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int filled[4096];
static int filled_count;

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	char byte;

	if (fd < 0)
		return -1;
	if (flags == O_RDONLY)
		(void)!read(fd, &byte, 1);
	return close(fd);
}

static int enters_fd(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -1 : fchdir(fd), error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return result;
}

static int runs(const char *path)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static void *sleeps(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static int fill(void)
{
	struct rlimit limit = {300, 300};

	setrlimit(RLIMIT_NOFILE, &limit);
	while ((filled[filled_count] = dup(0)) >= 0)
		filled_count++;
	return 0;
}

static int leave(int count)
{
	while (count-- && filled_count)
		close(filled[--filled_count]);
	return 0;
}

static void swap_for_good(const char *path, const char *a, const char *b)
{
	char spare[4096];

	snprintf(spare, sizeof spare, "%s.new", path);
	unlink(spare);
	for (;;) {
		if (symlink(a, spare) == 0)
			rename(spare, path);
		if (symlink(b, spare) == 0)
			rename(spare, path);
	}
}

static int race(const char *path, const char *a, const char *b, int count)
{
	pid_t swapper = fork();
	int crossed = 0, in_a = 0, in_b = 0, refused = 0;

	if (swapper == 0)
		swap_for_good(path, a, b);
	/* However slow the other process is, both are met. */
	for (int i = 0; i < count || !in_a || !in_b; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			char first[4096], second[4096];
			int one, two;

			if (chdir(path))
				_exit(0);
			snprintf(first, sizeof first, "%s/secret", a);
			snprintf(second, sizeof second, "%s/secret", b);
			one = opens(first, O_RDONLY) == 0;
			two = opens(second, O_RDONLY) == 0;
			/* And where it is, is what it was narrowed to. */
			if ((one || two) && opens("secret", O_RDONLY))
				_exit(3);
			_exit(one | two << 1);
		}
		waitpid(pid, &status, 0);
		status = WEXITSTATUS(status);
		crossed += status == 3;
		in_a += status == 1;
		in_b += status == 2;
		refused += status == 0;
	}
	kill(swapper, SIGKILL);
	waitpid(swapper, NULL, 0);
	fprintf(stderr, "in the one %d, in the other %d, in none %d\n", in_a, in_b, refused);
	return crossed ? (errno = EBADE, -1) : in_a && in_b ? 0 : (errno = ENODATA, -1);
}

static char **steps(char **word);

static char **child(char **word, int shares_memory)
{
	pid_t pid = shares_memory ? vfork() : fork();
	int depth = 1, status;

	if (pid == 0) {
		steps(word + 2);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	for (word += 2; *word && depth; word++)
		depth += !strcmp(*word, "[") - !strcmp(*word, "]");
	if (status)
		printf("child died of %d\n", status);
	return word;
}

static const struct {
	const char *name;
	int words;
} table[] = {{"chdir", 1},  {"rawchdir", 1}, {"fchdir", 1},   {"chroot", 1}, {"rawchroot", 1}, {"setenv", 2},
	     {"putenv", 1}, {"unsetenv", 1}, {"clearenv", 0}, {"read", 1},   {"list", 1},      {"write", 1},
	     {"make", 1},   {"rename", 2},   {"link", 2},     {"run", 1},    {"thread", 0},    {"fill", 0},
	     {"leave", 1},  {"cwd", 0},      {"race", 4}};

static int step(char **word)
{
	pthread_t thread;
	char text[4096];

#define IS(name) (!strcmp(word[0], name))
	if (IS("chdir"))
		return chdir(word[1]);
	if (IS("rawchdir"))
		return (int)syscall(SYS_chdir, word[1]);
	if (IS("fchdir"))
		return enters_fd(word[1]);
	if (IS("chroot"))
		return chroot(word[1]);
	if (IS("rawchroot"))
		return (int)syscall(SYS_chroot, word[1]);
	if (IS("setenv"))
		return setenv(word[1], word[2], 1);
	if (IS("putenv"))
		return putenv(word[1]);
	if (IS("unsetenv"))
		return unsetenv(word[1]);
	if (IS("clearenv"))
		return clearenv();
	if (IS("read"))
		return opens(word[1], O_RDONLY);
	if (IS("list"))
		return opens(word[1], O_RDONLY | O_DIRECTORY);
	if (IS("write"))
		return opens(word[1], O_WRONLY | O_CREAT);
	if (IS("make"))
		return mkdir(word[1], 0755);
	if (IS("rename"))
		return rename(word[1], word[2]);
	if (IS("run"))
		return runs(word[1]);
	if (IS("link"))
		return symlink(word[1], word[2]);
	if (IS("thread"))
		return (errno = pthread_create(&thread, NULL, sleeps, NULL)) ? -1 : 0;
	if (IS("fill"))
		return fill();
	if (IS("leave"))
		return leave(atoi(word[1]));
	if (IS("cwd"))
		return getcwd(text, sizeof text) ? printf("%s: ", text) * 0 : -1;
	if (IS("race"))
		return race(word[1], word[2], word[3], atoi(word[4]));
	exit(2);
}

static char **steps(char **word)
{
	while (*word && strcmp(*word, "]")) {
		size_t row = 0;

		if (!strcmp(*word, "fork") || !strcmp(*word, "vfork")) {
			word = child(word, **word == 'v');
			continue;
		}
		while (row < sizeof table / sizeof *table && strcmp(table[row].name, *word))
			row++;
		if (row == sizeof table / sizeof *table)
			exit(2);
		int error = step(word) ? errno : 0;

		printf("%s", *word++);
		for (int i = 0; i < table[row].words; i++)
			printf(" %s", *word++);
		printf(" %s\n", error ? strerrorname_np(error) : "ok");
		fflush(stdout);
	}
	return word;
}

int main(int argc, char **argv)
{
	(void)argc;
	steps(argv + 1);
	return 0;
}
