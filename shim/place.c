/* SPDX-License-Identifier: ISC */
/*
 * Where a path leads. The verdict comes from identities alone: from the object upwards, ".." by "..", each directory's
 * device and inode is looked up among roots and grants, exactly as Landlock walks. Text (from /proc) is for the log.
 */
#include "shim/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "shim/dirs.h"
#include "shim/lexical.h"
#include "shim/narrow.h"
#include "shim/own.h"
#include "shim/roots.h"

#define SHORT_NAME 512  /* what fits a wrapper's stack */
#define LINKS_MAX  40   /* as the kernel, path_resolution(7) */
#define DEPTH_MAX  4096 /* a path of PATH_MAX bytes holds no more names */
#define HOLD_DIR   (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define HOLD_NAME  (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define PROC_MAGIC 0x9fa0 /* statfs(2) */

struct scratch *scratch_map(void)
{
	return sys_pages(sizeof(struct scratch), MAP_PRIVATE);
}

void scratch_unmap(struct scratch *scratch)
{
	if (scratch)
		sys(SYS_munmap, scratch, sizeof *scratch);
}

static void put(int fd)
{
	if (fd >= 0)
		sys(SYS_close, fd);
}

static size_t read_name(int fd, char *text, size_t size)
{
	char link[32] = "self/fd/";
	char digits[12];
	unsigned count = 0, at = 8;
	int proc = own_fd(OWN_PROC);
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
 * The quick answer for an open file: its name in /proc lies beneath a root's, and that root still is where it was.
 * Before any chroot both names are of the same tree. A name that fills the buffer may be cut.
 */
bool place_beneath_root(int fd, struct spot *out)
{
	char text[SHORT_NAME];
	struct identity now;
	const char *path, *rest;
	uint32_t root;

	if (atomic_load_explicit(&dirs.root, memory_order_relaxed) || sys_identity(fd, &now) < 0 || S_ISDIR(now.mode) ||
	    read_name(fd, text, sizeof text) + 1 >= sizeof text)
		return false;
	root = text[0] == '/' ? roots_by_text(text, &rest) : NO_GRANT;
	path = root == NO_GRANT || (narrow_done() && root != narrow_root()) ? NULL : shim.places[root].canonical;
	if (!path || sys_identity_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &now) < 0 ||
	    !identity_same(&now, &shim.places[root].id))
		return false;
	*out = (struct spot){
	    .where = WHERE_INSIDE,
	    .rights = access_rights(shim.policy.grants[root].access, true),
	    .grant = root,
	    .exists = true,
	};
	return true;
}

static void unite(struct spot *spot, const struct known *known)
{
	spot->rights |= known->rights;
	if (known->root && spot->where != WHERE_INSIDE) {
		spot->where = WHERE_INSIDE;
		spot->grant = known->grant;
	} else if (!known->root && spot->where != WHERE_INSIDE && spot->grant == NO_GRANT) {
		spot->where = WHERE_GRANTED;
		spot->grant = known->grant;
	}
}

/* What the policy says of this very object, and the second layer, where there is one. */
static void unite_object(struct spot *spot, const struct identity *id)
{
	const struct known *known = roots_by_identity(id);

	if (known)
		unite(spot, known);
	if (narrow_done())
		spot->narrow |= narrow_rights(id);
}

/* From the directory `fd` (borrowed) up to the process's root. */
static void climb(int fd, struct spot *spot)
{
	struct identity here, above;
	int current = fd;

	if (sys_identity(fd, &here) < 0)
		goto unknown;
	for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
		int parent;

		unite_object(spot, &here);
		parent = (int)sys(SYS_openat, current, "..", HOLD_DIR, 0);
		if (current != fd)
			put(current);
		if (parent < 0)
			goto unknown;
		current = parent;
		if (sys_identity(current, &above) < 0)
			break;
		if (identity_same(&here, &above)) {
			uint64_t root = atomic_load_explicit(&dirs.root, memory_order_relaxed);

			put(current);
			/* The top. After chroot, if it is the process's own root, what chroot entered decides. */
			if (!root || sys_identity_at(AT_FDCWD, "/", 0, &above) < 0 || !identity_same(&here, &above))
				return;
			if (root & (SEAT_INSIDE | SEAT_GRANTED))
				unite(spot,
				      &(struct known){root & RIGHTS_MASK, seat_grant(root), (root & SEAT_INSIDE) != 0});
			if (root & SEAT_NARROW)
				spot->narrow |= root & RIGHTS_MASK;
			if (root & SEAT_UNKNOWN)
				goto unknown;
			return;
		}
		here = above;
	}
	if (current != fd)
		put(current);
unknown:
	if (spot->where != WHERE_INSIDE)
		spot->where = WHERE_UNKNOWN;
}

/* Both layers have to allow it. */
static void finish(struct spot *spot)
{
	if (narrow_done())
		spot->rights &= spot->narrow;
}

static void blank(struct spot *spot)
{
	*spot = (struct spot){.where = WHERE_OUTSIDE, .grant = NO_GRANT};
}

/*
 * An open object that is no directory: its parent is what its name in /proc says, if that name still leads to it. What
 * has no name at all (pipe, socket, memfd, anonymous inode) lies in no directory that a policy could speak of: the
 * process holds it already, so it counts as granted, with every right.
 */
static void judge_file(int fd, struct spot *out, char *text)
{
	struct identity there;
	size_t length;
	const char *last;
	char held;
	int parent;

	place_name(fd, text);
	if (text[0] != '/' || !strncmp(text, "/memfd:", 7)) {
		out->where = text[0] ? WHERE_GRANTED : WHERE_UNKNOWN;
		out->rights = text[0] ? RIGHTS_MASK : 0;
		out->narrow = out->rights;
		return;
	}
	last = text_last(text, &length);
	if (sys_identity_at(AT_FDCWD, text, AT_SYMLINK_NOFOLLOW, &there) < 0 || !identity_same(&there, &out->id)) {
		if (out->where == WHERE_OUTSIDE)
			out->where = WHERE_UNKNOWN;
		return;
	}
	held = *last;
	text[last - text] = '\0';
	parent = (int)sys(SYS_openat, AT_FDCWD, text, HOLD_DIR, 0);
	text[last - text] = held;
	if (parent < 0) {
		out->where = WHERE_UNKNOWN;
		return;
	}
	climb(parent, out);
	put(parent);
}

static void judge_fd(int fd, struct spot *out, char *text)
{
	blank(out);
	text[0] = '\0';
	if (sys_identity(fd, &out->id) < 0) {
		out->where = WHERE_UNKNOWN;
		return;
	}
	out->exists = true;
	out->directory = S_ISDIR(out->id.mode);
	if (out->directory) {
		climb(fd, out);
		return;
	}
	unite_object(out, &out->id);
	judge_file(fd, out, text);
}

void place_of_fd(int fd, struct spot *out, char *resolved)
{
	int copy = fd;

	/* AT_FDCWD cannot be asked with fstat. */
	if (fd == AT_FDCWD)
		copy = (int)sys(SYS_openat, AT_FDCWD, ".", HOLD_DIR, 0);
	judge_fd(copy, out, resolved);
	finish(out);
	if (out->directory)
		place_name(fd, resolved);
	if (copy != fd)
		put(copy);
}

/* A walk on its way: `base` is what the text in scratch->path is relative to, owned unless it is the caller's. */
struct walk {
	int start;
	int base;
	bool follow;
	bool entry;
	unsigned links;
	struct spot *out;
	struct scratch *scratch;
};

static void rebase(struct walk *walk, int base)
{
	if (walk->base != walk->start)
		put(walk->base);
	walk->base = base;
}

static bool move_text(char *path, const char *from, size_t length)
{
	if (length >= PATH_MAX)
		return false;
	memmove(path, from, length);
	path[length] = '\0';
	return true;
}

/* The object is a directory that `path` names as a whole ("", ".", "a/..", "/"). False when there is none. */
static bool judge_directory(struct walk *walk, const char *path)
{
	int fd = (int)sys(SYS_openat, walk->base, *path ? path : ".", O_PATH | O_CLOEXEC, 0);

	if (fd < 0)
		return false;
	judge_fd(fd, walk->out, walk->scratch->resolved);
	place_name(fd, walk->scratch->resolved);
	put(fd);
	return true;
}

static void append_name(char *text, const char *name, size_t length)
{
	size_t at = strlen(text);

	if (!at || at + length + 2 > PATH_MAX)
		return;
	if (text[at - 1] != '/')
		text[at++] = '/';
	memcpy(text + at, name, length);
	text[at + length] = '\0';
}

/* The object is the entry `name` of the held directory `parent`; `fd` stands for it, or is negative when missing. */
static void judge_entry(struct walk *walk, int parent, int fd, const char *name, size_t length)
{
	struct spot *out = walk->out;

	blank(out);
	if (fd >= 0 && sys_identity(fd, &out->id) == 0) {
		out->exists = true;
		out->directory = S_ISDIR(out->id.mode);
		if (!walk->entry)
			unite_object(out, &out->id);
	} else {
		sys_identity(parent, &out->id);
		out->id.mode = 0;
	}
	climb(parent, out);
	place_name(parent, walk->scratch->resolved);
	append_name(walk->scratch->resolved, name, length);
}

static bool is_proc(int fd)
{
	long buffer[32] = {0}; /* struct statfs: its first member, of the width of a long, is f_type */

	return sys(SYS_fstatfs, fd, buffer) == 0 && buffer[0] == PROC_MAGIC;
}

/* A name in /proc/self/fd of a descriptor that is only there because of this walk: to the program it is missing. */
static bool names_own(const struct walk *walk, int parent, const char *name)
{
	const char *suffix;
	int number = 0;

	for (; *name >= '0' && *name <= '9' && number < 1 << 24; name++)
		number = number * 10 + *name - '0';
	if (*name || (number != parent && (number != walk->base || walk->base == walk->start)))
		return false;
	place_name(parent, walk->scratch->link);
	suffix = strrchr(walk->scratch->link, '/');
	return suffix && !strcmp(suffix, "/fd") && is_proc(parent);
}

/*
 * The kernel cannot go so far: the place where it stops is judged instead, found by leaving off the name at `last`.
 * Returns whether anything is left to walk.
 */
static bool stop_before(struct walk *walk, char *last)
{
	*last = '\0';
	walk->follow = true;
	walk->entry = false;
	if (walk->scratch->path[0])
		return true;
	/* It cannot even start: the descriptor is no directory, or none at all. */
	place_of_fd(walk->base, walk->out, walk->scratch->resolved);
	return false;
}

/* One name of the walk. Returns true when the text was replaced and the walk goes on. */
static bool step(struct walk *walk)
{
	char *path = walk->scratch->path;
	size_t length;
	char *last, held;
	int parent, fd;
	bool more = false;

	if (path[0] == '/') {
		int top = (int)sys(SYS_openat, AT_FDCWD, "/", HOLD_DIR, 0);

		if (top < 0) {
			walk->out->where = WHERE_UNKNOWN;
			return false;
		}
		rebase(walk, top);
		move_text(path, text_skip(path), strlen(text_skip(path)));
	}
	last = (char *)(uintptr_t)text_last(path, &length);
	if (!length || text_is_dots(last, length))
		return !judge_directory(walk, path) && stop_before(walk, last);
	if (last[length]) {
		walk->follow = !walk->entry; /* a trailing slash: followed, but never what is removed or made */
		last[length] = '\0';
	}
	held = *last;
	*last = '\0';
	parent = (int)sys(SYS_openat, walk->base, path[0] ? path : ".", HOLD_DIR, 0);
	if (parent < 0)
		return stop_before(walk, last);
	*last = held;
	fd = names_own(walk, parent, last) ? -1 : (int)sys(SYS_openat, parent, last, HOLD_NAME, 0);
	if (fd >= 0 && walk->follow && sys_identity(fd, &walk->out->id) == 0 && S_ISLNK(walk->out->id.mode)) {
		long count = sys(SYS_readlinkat, fd, "", walk->scratch->link, PATH_MAX - 1);

		if (is_proc(parent)) {
			/* Perhaps a magic link, whose text is not where it leads. */
			int there = (int)sys(SYS_openat, parent, last, O_PATH | O_CLOEXEC, 0);

			judge_fd(there, walk->out, walk->scratch->resolved);
			if (there >= 0 && walk->out->directory)
				place_name(there, walk->scratch->resolved);
			put(there);
		} else if (++walk->links <= LINKS_MAX && count > 0 &&
			   move_text(path, walk->scratch->link, (size_t)count)) {
			rebase(walk, parent);
			parent = -1;
			more = true;
		} else {
			walk->out->where = WHERE_UNKNOWN;
		}
	} else {
		judge_entry(walk, parent, fd, last, length);
	}
	put(fd);
	put(parent);
	return more;
}

void place_find(int dir, const char *path, bool follow, bool entry, struct spot *out, struct scratch *scratch)
{
	struct walk walk = {dir, dir, follow, entry, 0, out, scratch};
	size_t length = strlen(path);

	blank(out);
	scratch->resolved[0] = '\0';
	if (!move_text(scratch->path, path, length)) {
		out->where = WHERE_UNKNOWN;
		return;
	}
	for (unsigned steps = 0; steps <= LINKS_MAX + DEPTH_MAX; steps++)
		if (!step(&walk)) {
			rebase(&walk, dir);
			finish(out);
			return;
		}
	rebase(&walk, dir);
	out->where = WHERE_UNKNOWN;
}

uint64_t place_seat(const struct spot *spot)
{
	uint64_t seat = SEAT_JUDGED | (spot->rights & RIGHTS_MASK);

	if (spot->where == WHERE_INSIDE)
		seat |= SEAT_INSIDE;
	else if (spot->where == WHERE_GRANTED)
		seat |= SEAT_GRANTED;
	else if (spot->where == WHERE_UNKNOWN)
		seat |= SEAT_UNKNOWN;
	return seat | (uint64_t)(spot->grant & SEAT_GRANT_MASK) << SEAT_GRANT_SHIFT;
}
