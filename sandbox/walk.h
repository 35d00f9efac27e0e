/* SPDX-License-Identifier: ISC */
/* Opening a path one component at a time, which tells its canonical text and sees every symlink that it goes through.
 */
#ifndef PRECLUDE_SANDBOX_WALK_H
#define PRECLUDE_SANDBOX_WALK_H

#include <limits.h>

#include "sandbox/pathset.h"

/* One walk at a time; 16 KiB, so not for the stack. */
struct walk {
	const struct pathset *distrusted; /* no symlink in or beneath these is followed; NULL: every one is */
	const struct pathset_slot *where; /* after -EXDEV: the directory of `distrusted` that held the symlink */
	char canonical[PATH_MAX];         /* of what was opened, after success */
	size_t length;                    /* of `canonical`; 0 stands for "/" on the way */
	int fd;                           /* what `canonical` names */
	unsigned links;
	char *at; /* the unwalked part, in the tail of `rest` */
	char link[PATH_MAX];
	char rest[2 * PATH_MAX];
};

/*
 * A path without following anything: an O_PATH descriptor; -ELOOP when only a walk can tell; -errno. A directory is
 * opened as one, so that an automount is mounted first; what is known to be none need not be asked.
 */
int walk_plain(const char *path);
int walk_plain_file(const char *path);

/*
 * Opens a path with O_PATH. Returns a descriptor, or -errno: -EXDEV when a symlink that is not to be trusted
 * stands in the way.
 */
int walk_open(struct walk *walk, const char *path);

/*
 * Where a path leads whose last name alone is a symlink, as that of /bin is and of /proc/self: by its text, which takes
 * two system calls with the opening, and not fifteen. 0 with `canonical` set, which is for who uses it to see to that
 * no more symlinks are on the way; -ELOOP where it cannot be told so.
 */
int walk_link(struct walk *walk, const char *path);

#endif
