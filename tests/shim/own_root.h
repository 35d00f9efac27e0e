/* SPDX-License-Identifier: ISC */
/*
 * A root directory from which no path leads to the files of the machine: for programs that, as root, change whatever
 * random paths name, or that change their root directory again.
 */
#ifndef PRECLUDE_TESTS_SHIM_OWN_ROOT_H
#define PRECLUDE_TESTS_SHIM_OWN_ROOT_H

#include <errno.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Whether the root is the top of its mount namespace. It is not after pivot_root(2) in a chroot whose root directory is
 * a mount point: the new root lies where that one did, and a process that changes its root once more can climb out of
 * it by "..". A child tries that, with `beneath`, a directory in the root.
 */
static inline bool nothing_above(const char *beneath)
{
	struct stat here, up;
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(chdir("/") || chroot(beneath) || stat(".", &here) || stat("..", &up) ||
		      here.st_dev != up.st_dev || here.st_ino != up.st_ino);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Makes the mount point `place` the root, in a mount namespace of the caller's own. False where that cannot be had. */
static inline bool become_root(const char *place, const char *beneath)
{
	if (chdir(place) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return false;
	errno = EPERM;
	return nothing_above(beneath);
}

#endif
