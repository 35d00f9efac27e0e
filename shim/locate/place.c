/* SPDX-License-Identifier: ISC */
/*
 * Where an open object lies. The verdict comes from identities alone: from the object upwards, ".." by "..", each
 * directory's device and inode is looked up among roots and grants, exactly as Landlock walks. Text (from /proc) is for
 * the log.
 */
#include "shim/locate/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "shim/base/path_text.h"
#include "shim/base/private_fd.h"
#include "shim/locate/holdings.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/roots.h"

#define SHORT_NAME 512  /* what fits a wrapper's stack */
#define DEPTH_MAX  4096 /* a path of PATH_MAX bytes holds no more names */
#define HOLD_DIR   (O_PATH | O_DIRECTORY | O_CLOEXEC)

struct scratch *scratch_map(void)
{
	return sys_pages(sizeof(struct scratch), MAP_PRIVATE);
}

void scratch_unmap(struct scratch *scratch)
{
	if (scratch)
		sys(SYS_munmap, scratch, sizeof *scratch);
}

static size_t read_name(int fd, char *text, size_t size)
{
	char link[32] = "self/fd/";
	char digits[12];
	unsigned count = 0, at = 8;
	int proc = private_fd(PRIVATE_PROC);
	long length;

	text[0] = '\0';
	if (proc < 0 || (fd < 0 && fd != AT_FDCWD))
		return 0;
	if (fd == AT_FDCWD) {
		memcpy(link, "self/cwd", 9);
	} else {
		do
			digits[count++] = (char)('0' + fd % 10);
		while (fd /= 10);
		while (count)
			link[at++] = digits[--count];
		link[at] = '\0';
	}
	length = sys(SYS_readlinkat, proc, link, text, size - 1);
	if (length < 0)
		length = 0;
	text[length] = '\0';
	return (size_t)length;
}

void place_name(int fd, char *text)
{
	read_name(fd, text, PATH_MAX);
}

/*
 * The quick answer for an open file: its name in /proc leads to it from the process's own root, which is inside; or
 * lies beneath a root's name before any chroot, when both names are of the same tree, and that root still is where it
 * was. A name that fills the buffer may be cut.
 */
bool place_beneath_root(int fd, struct location *out)
{
	const uint64_t top = atomic_load_explicit(&dir_cache.root, memory_order_relaxed);
	char text[SHORT_NAME];
	struct identity id, now;
	const char *path, *rest;
	uint32_t root;

	if (sys_identity(fd, &id) < 0 || S_ISDIR(id.mode) || read_name(fd, text, sizeof text) + 1 >= sizeof text ||
	    text[0] != '/')
		return false;
	if (top) {
		root = dir_verdict_grant(top);
		path = text;
		if (!(top & DIR_INSIDE) || (narrow_done() && !(top & DIR_NARROW) && root != narrow_root()))
			return false;
	} else {
		root = roots_by_text(text, &rest);
		path =
		    root == NO_GRANT || (narrow_done() && root != narrow_root()) ? NULL : shim.places[root].canonical;
		id = root == NO_GRANT ? id : shim.places[root].id;
	}
	if (!path || sys_identity_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &now) < 0 || !identity_same(&now, &id))
		return false;
	*out = (struct location){
	    .where = WHERE_INSIDE,
	    .rights = top ? top & RIGHTS_MASK : access_rights(shim.policy.grants[root].access, true),
	    .grant = root,
	    .exists = true,
	};
	return true;
}

static void unite(struct location *location, const struct known *known)
{
	location->rights |= known->rights;
	if (known->root && location->where != WHERE_INSIDE) {
		location->where = WHERE_INSIDE;
		location->grant = known->grant;
	} else if (!known->root && location->where != WHERE_INSIDE && location->grant == NO_GRANT) {
		location->where = WHERE_GRANTED;
		location->grant = known->grant;
	}
}

/* What the policy says of this very object, and the second layer, where there is one. */
void place_unite(struct location *location, const struct identity *id)
{
	const struct known *known = roots_by_identity(id);

	if (known)
		unite(location, known);
	if (narrow_done())
		location->narrow |= narrow_rights(id);
}

/* From the directory `fd` (borrowed) up to the process's root. */
void place_climb(int fd, struct location *location)
{
	struct identity here, above;
	int current = fd;

	if (sys_identity(fd, &here) < 0)
		goto unknown;
	for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
		int parent;

		place_unite(location, &here);
		parent = (int)sys(SYS_openat, current, "..", HOLD_DIR, 0);
		if (current != fd)
			sys_put(current);
		if (parent < 0)
			goto unknown;
		current = parent;
		if (sys_identity(current, &above) < 0)
			break;
		if (identity_same(&here, &above)) {
			uint64_t root = atomic_load_explicit(&dir_cache.root, memory_order_relaxed);

			sys_put(current);
			/* The top. After chroot, if it is the process's own root, what chroot entered decides. */
			if (!root || sys_identity_at(AT_FDCWD, "/", 0, &above) < 0 || !identity_same(&here, &above))
				return;
			if (root & (DIR_INSIDE | DIR_GRANTED))
				unite(location, &(struct known){root & RIGHTS_MASK, dir_verdict_grant(root),
								(root & DIR_INSIDE) != 0});
			if (root & DIR_NARROW)
				location->narrow |= root & RIGHTS_MASK;
			if (root & DIR_UNKNOWN)
				goto unknown;
			location->sealed = (root & DIR_SEALED) && (!narrow_done() || (root & DIR_NARROW));
			return;
		}
		here = above;
	}
	if (current != fd)
		sys_put(current);
unknown:
	if (location->where != WHERE_INSIDE)
		location->where = WHERE_UNKNOWN;
}

/* Both layers have to allow it. */
void place_finish(struct location *location)
{
	if (narrow_done())
		location->rights &= location->narrow;
}

void place_blank(struct location *location)
{
	*location = (struct location){.where = WHERE_OUTSIDE, .grant = NO_GRANT};
}

/* Its last name was removed, or it never had one (O_TMPFILE). */
static bool nameless(int fd)
{
	uint32_t st[64] = {0}; /* struct statx: its fifth word is stx_nlink */

	return sys(SYS_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, 4 /* STATX_NLINK */, st) == 0 && st[4] == 0;
}

static void everywhere(struct location *out)
{
	if (out->where != WHERE_INSIDE)
		out->where = WHERE_GRANTED;
	out->rights = out->narrow = RIGHTS_MASK;
}

/*
 * An open object that is no directory: its parent is what its name in /proc says, if that name still leads to it. What
 * has no name at all (pipe, socket, memfd, anonymous inode, a file that was unlinked) lies in no directory that a
 * policy could speak of: the process holds it already, so it counts as granted, with every right.
 */
static void judge_file(int fd, struct location *out, char *text)
{
	struct identity there;
	size_t length;
	const char *last;
	bool gone = false;
	char held;
	int parent;

	place_name(fd, text);
	if (text[0] != '/' || !strncmp(text, "/memfd:", 7)) {
		if (text[0])
			everywhere(out);
		else
			out->where = WHERE_UNKNOWN;
		return;
	}
	last = text_last(text, &length);
	if (sys_identity_at(AT_FDCWD, text, AT_SYMLINK_NOFOLLOW, &there) < 0 || !identity_same(&there, &out->id)) {
		gone = nameless(fd);
		if (!gone && out->where == WHERE_OUTSIDE)
			out->where = WHERE_UNKNOWN;
		if (!gone)
			return;
	}
	held = *last;
	text[last - text] = '\0';
	parent = (int)sys(SYS_openat, AT_FDCWD, text, HOLD_DIR, 0);
	text[last - text] = held;
	if (parent >= 0)
		place_climb(parent, out);
	else
		out->where = WHERE_UNKNOWN;
	sys_put(parent);
	/* Where it was is where it lies, and what may be done to it is nobody else's business. */
	if (gone)
		everywhere(out);
}

void place_judge(int fd, struct location *out, char *text)
{
	place_blank(out);
	text[0] = '\0';
	if (sys_identity(fd, &out->id) < 0) {
		out->where = WHERE_UNKNOWN;
		return;
	}
	out->exists = true;
	out->directory = S_ISDIR(out->id.mode);
	if (out->directory) {
		place_climb(fd, out);
		return;
	}
	place_unite(out, &out->id);
	judge_file(fd, out, text);
}

void place_of_fd(int fd, struct location *out, char *resolved)
{
	int copy = fd;

	/* AT_FDCWD cannot be asked with fstat. */
	if (fd == AT_FDCWD)
		copy = (int)sys(SYS_openat, AT_FDCWD, ".", HOLD_DIR, 0);
	place_judge(copy, out, resolved);
	place_finish(out);
	if (out->directory)
		place_name(fd, resolved);
	if (copy != fd)
		sys_put(copy);
}

uint64_t place_seat(const struct location *location)
{
	uint64_t dir_verdict = DIR_JUDGED | (location->rights & RIGHTS_MASK);

	if (location->where == WHERE_INSIDE)
		dir_verdict |= DIR_INSIDE;
	else if (location->where == WHERE_GRANTED)
		dir_verdict |= DIR_GRANTED;
	else if (location->where == WHERE_UNKNOWN)
		dir_verdict |= DIR_UNKNOWN;
	if (location->sealed && location->where == WHERE_INSIDE)
		dir_verdict |= DIR_SEALED;
	return dir_verdict | (uint64_t)(location->grant & DIR_GRANT_MASK) << DIR_GRANT_SHIFT;
}
