/* SPDX-License-Identifier: ISC */
/* Before the call: where it leads, and what can be said of that already. */
#include "shim/judge/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/base/process.h"
#include "shim/base/signals.h"
#include "shim/judge/negative_cache.h"
#include "shim/judge/pin.h"
#include "shim/libc/real.h"
#include "shim/locate/beneath.h"
#include "shim/locate/holdings.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/roots.h"

bool watch_is_entry(const struct watch *watch, const struct watch_path *at)
{
	return !at->follow && !watch->nameless &&
	       (watch->does == DOES_REMOVE || watch->does == DOES_RENAME || watch->does == DOES_CREATE);
}

/*
 * Rights that roots and WRITE grants alone give: while no directory outside the roots may be written, a call that
 * needed one of them and succeeded under enforcement acted inside a root.
 */
#define RIGHTS_OF_ROOTS                                                                                                \
	(FS(REMOVE_DIR) | FS(REMOVE_FILE) | FS(MAKE_CHAR) | FS(MAKE_DIR) | FS(MAKE_REG) | FS(MAKE_SOCK) |              \
	 FS(MAKE_FIFO) | FS(MAKE_BLOCK) | FS(MAKE_SYM) | FS(REFER) | FS(TRUNCATE))

static bool kernel_decides(const struct watch *watch)
{
	return shim.enforced && watch->right && !(watch->right & RIGHT_NEVER) && !(watch->right & ~shim.in_force);
}

bool watch_kernel_holds(const struct watch *watch)
{
	if (!kernel_decides(watch) || (shim.write_grants && !narrow_done()))
		return false;
	/* What is made anew needs the right to make it, whatever else is asked for. */
	return !(watch->right & ~RIGHTS_OF_ROOTS) ||
	       (watch->does == DOES_CREATE && !watch->at.follow && (watch->right & FS(MAKE_REG)));
}

/* The root that holds whatever this process makes; NO_GRANT where there may be others, or other places. */
uint32_t watch_only_root(void)
{
	if (narrow_done())
		return narrow_root();
	return shim.policy.root_count == 1 && !shim.write_grants ? 0 : NO_GRANT;
}

static uint64_t root_seat(uint32_t root)
{
	return DIR_JUDGED | DIR_INSIDE | access_rights(shim.policy.grants[root].access, true) |
	       (uint64_t)root << DIR_GRANT_SHIFT;
}

void watch_directory(struct watch_path *at, bool now)
{
	if (at->dir_known && !now && at->path && at->path[0] == '/')
		return;
	at->dir_known = true;
	at->rest = at->path;
	at->root = NO_GRANT;
	if (!at->path && watch_only_root() != NO_GRANT && created_holds(at->dir)) {
		at->dir_verdict = root_seat(watch_only_root());
		return;
	}
	if (!at->path || at->path[0] != '/') {
		at->dir_verdict = now              ? dir_cache_now(at->dir, at->path ? PLACE_ALL : shim.metadata)
				  : at->dir == CWD ? dir_cache_cwd()
						   : dir_cache_fd(at->dir);
		return;
	}
	at->dir_verdict = now ? dir_cache_root_now() : atomic_load_explicit(&dir_cache.root, memory_order_relaxed);
	if (at->dir_verdict)
		return; /* after chroot text says nothing about roots: the new root's own directory verdict does */
	at->root = roots_by_text(at->path, &at->rest);
	at->dir_verdict = at->root == NO_GRANT ? DIR_JUDGED : root_seat(at->root);
}

bool watch_stands(const struct watch_path *at, uint64_t rights)
{
	uint64_t root;

	/* By the text, the root's name was compared just now. */
	if (at->root != NO_GRANT)
		return true;
	if (at->path && at->path[0] != '/')
		return dir_cache_allows(at->dir, rights);
	root = dir_cache_root_now();
	return (root & DIR_INSIDE) && !(rights & ~root);
}

bool watch_stays(const struct watch_path *at, bool enforced, uint64_t rights)
{
	return text_stays(at->dir_verdict, at->path, at->follow) &&
	       (!enforced || (!text_climbs(at->path) && watch_stands(at, rights)));
}

void dir_verdict_spot(uint64_t dir_verdict, struct location *location)
{
	location->where = dir_verdict & DIR_INSIDE    ? WHERE_INSIDE
			  : dir_verdict & DIR_GRANTED ? WHERE_GRANTED
			  : dir_verdict & DIR_UNKNOWN ? WHERE_UNKNOWN
						      : WHERE_OUTSIDE;
	location->rights = dir_verdict & RIGHTS_MASK;
	location->grant = dir_verdict_grant(dir_verdict);
}

void watch_locate_at_directory(struct watch_path *at)
{
	at->location = (struct location){0};
	dir_verdict_spot(at->dir_verdict, &at->location);
	at->placed = true;
}

/*
 * From a directory verdict inside: ask the kernel whether the path stays beneath it. Returns a descriptor for the
 * object, or -errno; an error that the kernel met before leaving (openat2(2): leaving is EXDEV) is an answer too.
 */
static int place_beneath(struct watch_path *at)
{
	struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW)};
	long fd = beneath_open(at->dir, at->path, at->root, at->rest, &how);

	if (fd >= 0 || beneath_answers(fd))
		watch_locate_at_directory(at);
	return (int)fd;
}

/* What the kernel said of it is the answer: an object to look at, or why there is none. */
static void stat_placed(struct watch *watch, struct watch_path *at, int fd)
{
	if (fd >= 0)
		at->pinned = fd;
	else if (at->placed)
		watch->error = -fd;
}

/* RESOLVE_IN_ROOT: the kernel alone knows how such a path is walked. What is missing lies where the walk may end. */
static void place_in_root(const struct watch_path *at, struct scratch *scratch, struct location *out)
{
	const struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW),
					.resolve = PRECLUDE_RESOLVE_IN_ROOT};
	const int fd = (int)sys(SYS_openat2, at->dir, at->path, &how, sizeof how);

	place_of_fd(fd < 0 ? at->dir : fd, out, scratch->resolved);
	out->exists = fd >= 0;
	sys_put(fd);
}

void watch_place_exactly(const struct watch *watch, struct watch_path *at, struct scratch *scratch, char *name)
{
	if (!at->path) {
		place_of_fd(at->dir, &at->location, scratch->resolved);
	} else if (!text_readable(at->path)) {
		at->location = (struct location){.where = WHERE_UNKNOWN, .grant = NO_GRANT};
		scratch->resolved[0] = '\0';
	} else if (!*at->path && at->dir != CWD) {
		place_of_fd(at->dir, &at->location, scratch->resolved);
	} else if (watch->resolve & PRECLUDE_RESOLVE_IN_ROOT) {
		place_in_root(at, scratch, &at->location);
	} else {
		place_find(at->dir, at->path, at->follow, watch_is_entry(watch, at), &at->location, scratch);
	}
	if (name)
		memcpy(name, scratch->resolved, strlen(scratch->resolved) + 1);
	at->placed = true;
}

static void place_in(const struct watch *watch, struct watch_path *at, struct scratch *scratch)
{
	if (scratch)
		watch_place_exactly(watch, at, scratch, NULL);
	else
		at->location = (struct location){.where = WHERE_UNKNOWN, .grant = NO_GRANT};
	at->placed = true;
}

void watch_place_now(const struct watch *watch, struct watch_path *at)
{
	uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();

	place_in(watch, at, scratch);
	scratch_unmap(scratch);
	signals_release(mask);
}

void watch_place(struct watch *watch, struct scratch *scratch)
{
	place_in(watch, &watch->at, scratch);
}

/* Whether the same call led outside before: then that is its verdict, for the log. */
bool watch_remembered(struct watch *watch)
{
	if (!negative_any())
		return false;
	if (!watch->key)
		watch->key = negative_key(watch);
	if (!negative_outside(watch->key))
		return false;
	watch->at.location = (struct location){.where = WHERE_OUTSIDE, .grant = NO_GRANT};
	return watch->remembered = watch->at.placed = true;
}

/*
 * Where the policy narrows, a root's own access does not tell what may be done there: a read-only root may lie beneath
 * a writable one, and the second layer takes others away.
 */
bool watch_needs_climb(uint32_t root)
{
	if (root == NO_GRANT || !shim.policy.narrow)
		return false;
	return narrow_done() ? root != narrow_root() : shim.policy.grants[root].access == ACCESS_ROOT_RO;
}

static void before_path(struct watch *watch, struct watch_path *at, enum act act)
{
	const bool enforced = watch_enforced(watch->does, watch->right);
	const uint64_t need = watch->does == DOES_METADATA ? shim.metadata : 0;
	bool inside;

	watch_directory(at, enforced && (!at->path || !*at->path));
	/* What is kept may allow nothing wrongly, since it is judged again; nor may it refuse. */
	if (enforced && at->path && *at->path && (!(at->dir_verdict & DIR_INSIDE) || (need & ~at->dir_verdict)))
		watch_directory(at, true);
	inside = at->dir_verdict & DIR_INSIDE;
	if (pin_wanted(watch, at)) {
		watch->opens = act == ACT_OPEN && at->path;
		if (!watch->opens)
			pin_find(watch, at);
		return;
	}
	if (!inside) {
		/* From elsewhere: a look is of no interest, and what the kernel mediates it will answer itself. */
		if (!does_look(watch->does) && !kernel_decides(watch) && !(watch->right & RIGHT_NEVER) &&
		    !watch_remembered(watch))
			watch_place_now(watch, at);
		return;
	}
	if (!at->path || !*at->path || (watch->resolve & PRECLUDE_RESOLVE_IN_ROOT) ||
	    text_stays(at->dir_verdict, at->path, at->follow)) {
		watch_locate_at_directory(at);
	} else if (watch_is_entry(watch, at) && !*at->rest) {
		/* The root itself is an entry of the directory above it. */
		watch_place_now(watch, at);
	} else if (!watch_kernel_holds(watch) && !watch_remembered(watch)) {
		int fd = watch_needs_climb(at->root) ? -EXDEV : place_beneath(at);

		if (act == ACT_STAT && real_is_libc)
			stat_placed(watch, at, fd);
		else if (fd >= 0)
			sys(SYS_close, fd);
		if (!at->placed)
			watch_place_now(watch, at);
	}
}

/* Anchored: at most one name below a held directory and not followed, or a descriptor. */
static bool path_anchored(const struct watch_path *at)
{
	if (!at->path || !*at->path || (at->path[0] == '.' && !at->path[1]))
		return true;
	return !at->follow && text_one_name(at->path);
}

bool watch_anchored(const struct watch *watch)
{
	return (watch->resolve & (PRECLUDE_RESOLVE_BENEATH | PRECLUDE_RESOLVE_IN_ROOT)) ||
	       (path_anchored(&watch->at) && (!watch->two || path_anchored(&watch->to)));
}

void watch_before(struct watch *watch, enum act act)
{
	if (shim.raw_again)
		shim.raw_again();
	if (!shim.active || (watch->at.path && !watch->at.dir_known && !text_readable(watch->at.path)) ||
	    (watch->two && !text_readable(watch->to.path)) || (!watch->at.path && watch->at.dir < 0)) {
		watch->silent = true;
		return;
	}
	process_claim();
	watch->ignore = unresolved(watch->does, watch->right);
	if (watch->ignore)
		return;
	watch->stamp = dir_cache_stamp();
	before_path(watch, &watch->at, act);
	if (watch->two && !watch->error)
		before_path(watch, &watch->to, act);
	else if (watch->two)
		watch_directory(&watch->to, false);
	if (watch->error || act == ACT_BY_PATH) {
		pin_put(&watch->at);
		pin_put(&watch->to);
		if (!watch->confined)
			watch->error = act == ACT_BY_PATH ? 0 : watch->error;
	}
	watch->ignore = !(shim.policy.flags & (FLAG_ALL | FLAG_OBJECTS)) &&
			!((shim.policy.flags & FLAG_UNANCHORED) && !watch_anchored(watch)) &&
			!((shim.policy.flags & FLAG_LOOKS) && does_look(watch->does));
}
