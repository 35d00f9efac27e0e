/* SPDX-License-Identifier: ISC */
/*
 * prog_ancestors [-f COUNT] [-p|-w] PATH [FILE]: walks to a directory as rsync 3.5.0 does, "/" first and then
 * one name after the other from the descriptor before, each O_RDONLY|O_DIRECTORY, and makes FILE there.
 *
 * Prints what became of each name: "read" when the directory can be listed, "walk" when it can only be walked through,
 * or the error, where it ends. -p opens "/" without O_DIRECTORY, -w for writing; -f walks in COUNT children, in
 * silence.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int first_flags = O_RDONLY | O_DIRECTORY;

static const char *is_readable(int fd)
{
	int copy = dup(fd);
	DIR *directory = fdopendir(copy);
	const char *word = directory && readdir(directory) ? "read" : "walk";

	if (directory)
		closedir(directory);
	else
		close(copy);
	return word;
}

static int show(const char *name, int fd)
{
	if (fd < 0)
		printf("%s %s\n", name, strerrorname_np(errno));
	else
		printf("%s %s%s\n", name, is_readable(fd), fcntl(fd, F_GETFD) & FD_CLOEXEC ? "" : " inheritable");
	return fd;
}

static int walk(char *path, const char *file)
{
	int fd = show("/", open("/", first_flags | O_CLOEXEC));

	for (char *name = strtok(path, "/"); name && fd >= 0; name = strtok(NULL, "/")) {
		int next = show(name, openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

		close(fd);
		fd = next;
	}
	if (fd >= 0 && file)
		printf("%s %s\n", file,
		       openat(fd, file, O_WRONLY | O_CREAT, 0600) >= 0 ? "ok" : strerrorname_np(errno));
	return fd < 0;
}

int main(int argc, char **argv)
{
	int option, count = 0, status, failed = 0;

	while ((option = getopt(argc, argv, "f:pw")) != -1) {
		if (option == 'f')
			count = atoi(optarg);
		else
			first_flags = option == 'p' ? O_RDONLY : O_WRONLY | O_DIRECTORY;
	}
	if (!count) {
		failed = walk(argv[optind], argv[optind + 1]);
		printf("next descriptor %d\n", dup(0));
		return failed;
	}
	for (int i = 0; i < count; i++) {
		if (fork() == 0) {
			freopen("/dev/null", "w", stdout);
			_exit(walk(argv[optind], NULL));
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	puts(failed ? "failed" : "walked");
	return failed != 0;
}
