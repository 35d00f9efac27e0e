/* SPDX-License-Identifier: ISC */
/* A call of each class, each on a line of its own: run in a root that has private/file and shared/file, beside
 * ../outside. */
#include <fcntl.h>
#include <sys/stat.h>

int main(void)
{
	struct stat st;

	chmod("../outside/changed", 0600);
	stat("../outside/changed", &st);
	stat("shared/file", &st);
	stat("private/file", &st);
	fstatat(AT_FDCWD, "private", &st, AT_SYMLINK_NOFOLLOW);
	return 0;
}
