/* SPDX-License-Identifier: ISC */
/* What gets reported: prog_report FILE...: opens, looks at and changes each, from functions of their own. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((noinline)) static void reader(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0)
		close(fd);
}

__attribute__((noinline)) static void changer(const char *path)
{
	if (chmod(path, 0644))
		perror(path);
}

__attribute__((noinline)) static void looker(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		perror(path);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		reader(argv[i]);
		changer(argv[i]);
		looker(argv[i]);
	}
	return 0;
}
