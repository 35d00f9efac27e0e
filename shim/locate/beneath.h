/* SPDX-License-Identifier: ISC */
/* Opening what lies beneath a directory that is inside, or not at all. */
#ifndef PRECLUDE_SHIM_LOCATE_BENEATH_H
#define PRECLUDE_SHIM_LOCATE_BENEATH_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "sandbox/sys.h"

/*
 * openat2(2) of `path`, relative to `dir` or absolute, with `how`, to whose resolve is added
 * here. A relative path must start from a directory verdict inside; an absolute one from `root` by its text, with
 * `rest` behind the root's name, or (root is NO_GRANT) from a process root inside, after chroot.
 *
 * A descriptor, or -errno. -EXDEV, -ELOOP, -EAGAIN: whether it stays beneath cannot be said this way. With any other
 * error of the path's own (ENOENT, ENOTDIR, EACCES, …) it had not left when it failed, since leaving comes first.
 * Async-signal-safe; a cancellation point where open(2) is one, unless flags have O_PATH.
 */
long beneath_open(int dir, const char *path, uint32_t root, const char *rest, struct open_how_v0 *how);

/* Whether that error is an answer, whatever the descriptor is for: what is missing, or may not be seen, lies beneath.
 */
static inline bool beneath_answers(long error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES;
}

/*
 * Whether that error is openat2(2)'s word on how it was asked, not on what it found: then another way must answer, and
 * what the path leads to be found out. EISDIR: a name to be made that ends in a slash is refused before its link is
 * followed.
 */
static inline bool beneath_unsure(long error)
{
	switch (-error) {
	case EXDEV:
	case ELOOP:
	case EAGAIN:
	case ENOSYS:
	case EPERM:
	case EINVAL:
	case E2BIG:
	case EISDIR:
		return true;
	default:
		return false;
	}
}

#endif
