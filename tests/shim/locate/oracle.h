/* SPDX-License-Identifier: ISC */
/*
 * Where a path leads, by the kernel's word alone: each name is opened by itself, the whole path once more by the kernel
 * in one go, and what is reached is looked up under the name that /proc gives it, prefix by prefix, by device and
 * inode.
 */
#ifndef PRECLUDE_TESTS_ORACLE_H
#define PRECLUDE_TESTS_ORACLE_H

#include <stdio.h>

#include <linux/openat2.h>

#include "oracle_walk.h"

/* The policy, as the kernel identifies what it names. */
static struct {
	struct id id;
	enum place place;
	char path[64], canonical[64];
} policy[16];
static unsigned policy_count;

struct truth {
	enum place where; /* of the object, or of where the walk stopped */
	bool exists;
	bool gone;  /* removed, but still held */
	bool loose; /* no kernel looks for an object here: EISDIR, ENOENT and the like by the text alone */
	int error;  /* that the walk stopped with */
	struct id id;
};

static int proc_fd; /* /proc, since after chroot no path leads there */

/* After chroot somebody outside it must read the names: asks over this socket. -1: read them here. */
static int outside_reader = -1;

static enum place place_of_id(const struct id *id)
{
	enum place best = OUTSIDE;

	for (unsigned i = 0; i < policy_count; i++)
		if (policy[i].id.dev == id->dev && policy[i].id.ino == id->ino && policy[i].place < best)
			best = policy[i].place;
	return best;
}

/* An absolute path without symlinks: the best of what lies on the way. UNKNOWN when it is not there. */
static enum place place_of_text(char *text, struct id *id)
{
	enum place best = OUTSIDE;
	struct stat st;

	for (char *at = text;; at++) {
		char held = *at;
		enum place here;

		if (held && held != '/')
			continue;
		*at = '\0';
		if (sys(SYS_newfstatat, AT_FDCWD, at == text ? "/" : text, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			*at = held;
			return UNKNOWN;
		}
		*at = held;
		*id = (struct id){st.st_dev, st.st_ino};
		here = place_of_id(id);
		if (here < best)
			best = here;
		if (!held)
			return best;
	}
}

/* Of a descriptor of process `pid` (0: this one). */
static enum place place_of_link(int pid, int fd, const struct id *object, bool *gone)
{
	char link[64], text[PATH_MAX];
	enum place where;
	struct id id;
	long length;
	char *tail;

	*gone = false;
	if (pid)
		snprintf(link, sizeof link, "%d/fd/%d", pid, fd);
	else
		snprintf(link, sizeof link, "self/fd/%d", fd);
	length = sys(SYS_readlinkat, proc_fd, link, text, sizeof text - 1);
	if (length <= 0)
		return UNKNOWN;
	text[length] = '\0';
	if (text[0] != '/')
		return GRANTED; /* pipe, socket, anonymous: held already, and in no directory */
	if (length == 1)
		text[0] = '\0';
	where = place_of_text(text, &id);
	if (where != UNKNOWN && id.dev == object->dev && id.ino == object->ino)
		return where;
	*gone = true;
	if (!strncmp(text, "/memfd:", 7))
		return GRANTED;
	if (length < 11 || strcmp(text + length - 10, " (deleted)"))
		return UNKNOWN;
	/* Removed: it lay where the deepest directory lies that is still there. */
	text[length - 10] = '\0';
	do {
		tail = strrchr(text, '/');
		*tail = '\0';
		where = place_of_text(text, &id);
	} while (where == UNKNOWN && *text);
	return where;
}

static enum place place_of_fd(int fd, bool *gone)
{
	struct id id;
	mode_t mode;
	int answer[2];

	*gone = false;
	if (!id_of(fd, &id, &mode))
		return UNKNOWN;
	if (outside_reader < 0)
		return place_of_link(0, fd, &id, gone);
	sys(SYS_write, outside_reader, &fd, sizeof fd);
	if (sys(SYS_read, outside_reader, answer, sizeof answer) != sizeof answer)
		return UNKNOWN;
	*gone = answer[1];
	return (enum place)answer[0];
}

/* The oracle must agree with itself: the kernel in one go, name by name, and beneath. */
static void agree(int dir, const char *path, bool follow, int error, int reached, enum place start, enum place where)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)};
	int fd = (int)sys(SYS_openat2, dir, path, &how, sizeof how);
	struct id one, two;
	mode_t mode;

	if ((fd >= 0) != (error == 0) || (fd >= 0 && (!id_of(fd, &one, &mode) || !id_of(reached, &two, &mode) ||
						      one.dev != two.dev || one.ino != two.ino))) {
		printf("oracle: walk says %d, kernel %d of \"%s\"\n", error, fd, path);
		exit(2);
	}
	drop(fd);
	how.resolve = RESOLVE_BENEATH;
	fd = (int)sys(SYS_openat2, dir, path, &how, sizeof how);
	if (fd >= 0 && start == INSIDE && where != INSIDE && where != UNKNOWN) {
		printf("oracle: beneath an inside directory, yet %d: \"%s\"\n", where, path);
		exit(2);
	}
	drop(fd);
}

/* The truth about one path of a call. `start`: where its directory lies. */
static struct truth truth_of(int dir, const char *path, bool follow, bool entry, enum place start)
{
	struct truth truth = {.where = UNKNOWN};
	int reached, holder;
	mode_t mode;

	if (!path || !*path) {
		int fd = dir == AT_FDCWD ? (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0) : dir;

		truth.where = place_of_fd(fd, &truth.gone);
		truth.exists = id_of(fd, &truth.id, &mode);
		truth.error = truth.exists ? 0 : EBADF;
		truth.loose = true;
		if (fd != dir)
			drop(fd);
		return truth;
	}
	truth.error = walk(dir, path, follow, entry, &reached, &holder);
	if (reached >= 0) {
		truth.where = place_of_fd((entry || truth.error) && holder >= 0 ? holder : reached, &truth.gone);
		truth.exists = truth.error == 0 && id_of(reached, &truth.id, &mode);
		if (!entry)
			agree(dir, path, follow, truth.error, reached, start, truth.where);
	}
	drop(reached);
	drop(holder);
	return truth;
}

#endif
