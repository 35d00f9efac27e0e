/* SPDX-License-Identifier: ISC */
/*
 * A path, resolved name by name: what oracle.h and the nets have of the kernel about where it leads.
 *
 * Every system call here is raw, so that a library that is being judged neither sees nor answers it.
 */
#ifndef PRECLUDE_TESTS_ORACLE_WALK_H
#define PRECLUDE_TESTS_ORACLE_WALK_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unseen.h"

#define PROC_MAGIC 0x9fa0
#define ENOWHERE   4095 /* no directory to start from */

enum place { INSIDE, GRANTED, OUTSIDE, UNKNOWN };

struct id {
	unsigned long dev, ino;
};

static bool id_of(int fd, struct id *id, mode_t *mode)
{
	struct stat st;

	if (sys(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) < 0)
		return false;
	*id = (struct id){st.st_dev, st.st_ino};
	*mode = st.st_mode;
	return true;
}

static void drop(int fd)
{
	if (fd >= 0)
		sys(SYS_close, fd);
}

static bool in_proc(int fd)
{
	long buffer[32];

	return sys(SYS_fstatfs, fd, buffer) == 0 && buffer[0] == PROC_MAGIC;
}

/*
 * Name by name. Leaves in *reached the object, or what the walk stopped at; in *holder the directory that has or would
 * have it, -1 when the path names a directory as a whole. Returns 0 or the error.
 */
static int walk(int dir, const char *path, bool follow, bool entry, int *reached, int *holder)
{
	static char rest[3 * PATH_MAX], joined[3 * PATH_MAX];
	unsigned links = 0;
	int here, next;

	*holder = *reached = -1;
	if (strlen(path) >= PATH_MAX)
		return ENAMETOOLONG;
	strcpy(rest, path);
	if (path[0] == '/')
		here = (int)sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);
	else if (dir == AT_FDCWD)
		here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);
	else
		here = (int)sys(SYS_fcntl, dir, F_DUPFD_CLOEXEC, 200);
	if (here < 0)
		return ENOWHERE;
	for (char *at = rest;;) {
		char name[300];
		size_t length;
		bool last, slash;
		struct id id;
		mode_t mode;
		long count;

		at += strspn(at, "/");
		if (!*at) {
			*reached = here;
			return 0;
		}
		length = strcspn(at, "/");
		slash = at[length] == '/';
		last = at[length + strspn(at + length, "/")] == '\0';
		if (length > 255) {
			*reached = here;
			return ENAMETOOLONG;
		}
		memcpy(name, at, length);
		name[length] = '\0';
		at += length;
		next = (int)sys(SYS_openat, here, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
		if (next < 0) {
			*reached = here;
			if (last && next == -ENOENT)
				*holder = (int)sys(SYS_fcntl, here, F_DUPFD_CLOEXEC, 200);
			return -next;
		}
		if (!id_of(next, &id, &mode))
			abort();
		if (S_ISLNK(mode) && (!last || follow || (slash && !entry))) {
			if (++links > 40) {
				*reached = here;
				drop(next);
				return ELOOP;
			}
			if (in_proc(here)) {
				drop(next);
				next = (int)sys(SYS_openat, here, name, O_PATH | O_CLOEXEC, 0);
				if (next < 0) {
					*reached = here;
					return -next;
				}
				drop(here);
				here = next;
				if (last && slash && id_of(here, &id, &mode) && !S_ISDIR(mode)) {
					*reached = here;
					return ENOTDIR;
				}
				continue;
			}
			count = sys(SYS_readlinkat, next, "", joined, PATH_MAX);
			drop(next);
			joined[count] = '\0';
			strcat(joined, at);
			strcpy(rest, joined);
			at = rest;
			if (rest[0] == '/') {
				drop(here);
				here = (int)sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);
			}
			continue;
		}
		if (last && strcmp(name, ".") && strcmp(name, "..")) {
			*holder = here;
			*reached = next;
			return slash && !S_ISDIR(mode) && !entry ? ENOTDIR : 0;
		}
		drop(here);
		here = next;
	}
}

#endif
