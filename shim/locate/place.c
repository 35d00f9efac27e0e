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

#define SHORT_NAME 512    /* what fits a wrapper's stack */
#define DEPTH_MAX  4096   /* a path of PATH_MAX bytes holds no more names */
#define HOPS       16     /* levels that are looked at from one descriptor */
#define EMPTY      0x1000 /* AT_EMPTY_PATH */
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
	int proc = private_fd(PRIVATE_PROC);
	char room[32];
	const char *link = "thread-self/cwd"; /* a thread may have descriptors and a directory of its own */
	long length;

	text[0] = '\0';
	if (proc < 0 || (fd < 0 && fd != AT_FDCWD))
		return 0;
	if (fd != AT_FDCWD)
		link = text_number(room, "thread-self/fd/", fd);
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

/* ".." so many times, at most HOPS. */
static const char *upwards(unsigned levels)
{
	static const char all[] = "../../../../../../../../../../../../../../../..";

	_Static_assert(sizeof all == 3 * HOPS, "one name a level");
	return all + sizeof all - 3 * levels;
}

/* Whether nothing further up could matter to who asks for these rights alone. */
static bool suffices(const struct location *location, uint64_t enough)
{
	return enough != PLACE_ALL && location->where == WHERE_INSIDE && !(enough & ~location->rights) &&
	       (!narrow_done() || (location->narrow && !(enough & ~location->narrow)));
}

/* The top of the tree. What the root of this task stands for decides where it is not the one of the start. */
static void climbed(const struct identity *top, struct location *location)
{
	struct identity own;
	uint64_t root;

	if (sys_identity_at(AT_FDCWD, "/", 0, &own) < 0 || !identity_same(top, &own))
		return;
	root = dir_cache_root_of(&own);
	if (root & (DIR_INSIDE | DIR_GRANTED))
		unite(location, &(struct known){root & RIGHTS_MASK, dir_verdict_grant(root), (root & DIR_INSIDE) != 0});
	if (root & DIR_NARROW)
		location->narrow |= root & RIGHTS_MASK;
	if ((root & DIR_UNKNOWN) && location->where != WHERE_INSIDE)
		location->where = WHERE_UNKNOWN;
	location->sealed = (root & DIR_SEALED) && (!narrow_done() || (root & DIR_NARROW));
}

/*
 * From the directory `fd` (borrowed, or AT_FDCWD) upwards: one system call a level, and a descriptor every HOPS levels.
 */
void place_climb(int fd, struct location *location, uint64_t enough)
{
	struct identity here, above;
	int base = fd;
	unsigned levels = 0;
	long error = fd == AT_FDCWD ? sys_identity_at(fd, "", EMPTY, &here) : sys_identity(fd, &here);

	for (unsigned depth = 0; !error && depth < DEPTH_MAX; depth++) {
		place_unite(location, &here);
		if (suffices(location, enough))
			break;
		if (levels == HOPS) {
			const int next = (int)sys(SYS_openat, base, upwards(levels), HOLD_DIR, 0);

			if (base != fd)
				sys_put(base);
			base = next;
			levels = 0;
		}
		error = sys_identity_at(base, upwards(++levels), 0, &above);
		if (!error && identity_same(&here, &above)) {
			climbed(&here, location);
			break;
		}
		here = above;
	}
	if (base != fd)
		sys_put(base);
	if (error && location->where != WHERE_INSIDE)
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

/* Its last name was removed, or it never had one (O_TMPFILE, memfd_create). */
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
 * An open object that is not a directory lies in the directory that its name in /proc says, if the object is an entry
 * of that directory: the name alone proves nothing, since it may come from another mount namespace. An object that has
 * no name at all (pipe, socket, memfd, anonymous inode, a file that was unlinked) lies in no directory that a policy
 * could speak of: the process holds it already, so it counts as granted, with every right.
 */
static void judge_named(int fd, struct location *out, char *text, uint64_t enough)
{
	struct identity there;
	size_t length;
	char *last, first;
	int parent;

	if (text[0] != '/') {
		if (text[0])
			everywhere(out);
		else
			out->where = WHERE_UNKNOWN;
		return;
	}
	last = (char *)(uintptr_t)text_last(text, &length);
	first = *last;
	*last = '\0';
	parent = (int)sys(SYS_openat, AT_FDCWD, text, HOLD_DIR, 0);
	*last = first;
	if (parent >= 0 && sys_identity_at(parent, last, AT_SYMLINK_NOFOLLOW, &there) == 0 &&
	    identity_same(&there, &out->id)) {
		place_climb(parent, out, enough);
	} else if (!nameless(fd)) {
		out->where = out->where == WHERE_INSIDE ? WHERE_INSIDE : WHERE_UNKNOWN;
	} else {
		/* Where it was is where it lies; a memfd's name says "/", and it was never there. */
		if (parent >= 0 && sys_identity(parent, &there) == 0 && there.dev == out->id.dev)
			place_climb(parent, out, PLACE_ALL);
		everywhere(out);
	}
	sys_put(parent);
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
		place_climb(fd, out, PLACE_ALL);
		return;
	}
	place_unite(out, &out->id);
	place_name(fd, text);
	judge_named(fd, out, text, PLACE_ALL);
}

bool place_now(int fd, struct location *out, uint64_t enough)
{
	char text[SHORT_NAME];

	place_blank(out);
	if (fd == AT_FDCWD || (sys_identity(fd, &out->id) == 0 && S_ISDIR(out->id.mode))) {
		place_climb(fd, out, enough);
	} else {
		place_unite(out, &out->id);
		if (read_name(fd, text, sizeof text) + 1 >= sizeof text)
			return false;
		judge_named(fd, out, text, enough);
	}
	place_finish(out);
	return true;
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
