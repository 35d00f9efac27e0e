/* SPDX-License-Identifier: ISC */
/* What is enforced inside the process: judged by what is held, and carried out on it. */
#include "shim/judge/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/base/private_fd.h"
#include "shim/base/signals.h"
#include "shim/judge/ancestors.h"
#include "shim/libc/real.h"
#include "shim/libc/rights_of.h"
#include "shim/locate/beneath.h"
#include "shim/locate/holdings.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/roots.h"

#define SHORT_PATH 400 /* what fits a wrapper's stack; longer paths are walked */

static bool changes_metadata(const struct watch *watch)
{
	return watch->does == DOES_METADATA && !(watch->right & RIGHT_NEVER);
}

bool pin_wanted(const struct watch *watch, const struct watch_path *at)
{
	const uint64_t dir_verdict = at->dir_verdict, need = changes_metadata(watch) ? shim.metadata : 0;
	const bool enforced = watch_enforced(watch->does, watch->right);

	if (!shim.confining || (watch->right & RIGHT_INNER))
		return false;
	if ((dir_verdict & DIR_SEALED) && !(need & ~dir_verdict) &&
	    (!enforced || !at->path || !*at->path || (!text_climbs(at->path) && watch_stands(at, need))))
		return false;
	return (shim.policy.anchor && (dir_verdict & DIR_INSIDE) && !watch_kernel_holds(watch)) ||
	       (shim.policy.confine && changes_metadata(watch)) ||
	       (shim.policy.confine == CONFINE_ALL && does_look(watch->does));
}

/* "/" and what else lies above roots and grants, and the links they are named by, may be looked at and entered. */
static bool above(const struct watch_path *at)
{
	struct identity id = at->location.id;

	if (!id.ino && (at->dir == CWD ? sys_identity_at(AT_FDCWD, ".", 0, &id) : sys_identity(at->dir, &id)) < 0)
		return false;
	return id.mode && ancestors_has(&id);
}

bool pin_against(const struct watch *watch, const struct watch_path *at, enum where where, uint64_t rights)
{
	/* Inside, once the process is narrow, is its own module: what the second layer would leave. */
	if (shim.policy.anchor && (at->dir_verdict & DIR_INSIDE) &&
	    (where != WHERE_INSIDE || (narrow_done() && !rights)))
		return true;
	if (shim.policy.confine && changes_metadata(watch))
		return where == WHERE_UNKNOWN || !(rights & HELD_WRITABLE);
	return shim.policy.confine == CONFINE_ALL && does_look(watch->does) && where > WHERE_GRANTED && !above(at);
}

void pin_move(struct watch_path *at)
{
	const long above = sys(SYS_fcntl, at->pinned, F_DUPFD_CLOEXEC, at->pinned + 1);

	if (above < 0)
		return;
	pin_put(at);
	at->pinned = (int)above;
}

void pin_put(struct watch_path *at)
{
	if (at->pinned >= 0)
		sys(SYS_close, at->pinned);
	/* A library behind us may have come back with it, through a wrapper that took a note. */
	if (at->pinned >= 0 && !real_is_libc)
		fd_forgotten(at->pinned, at->pinned);
	at->pinned = -1;
}

/*
 * Beneath where it starts, in one system call: false when that cannot be said this way. An entry is held by the
 * directory before its last name.
 */
static bool find_beneath(struct watch *watch, struct watch_path *at, bool entry)
{
	struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW)};
	char before[SHORT_PATH];
	const char *path = at->path, *rest = at->rest;
	long fd;

	if (entry) {
		size_t length;
		const char *last = text_last(path, &length);
		const size_t size = (size_t)(last - path);

		if (size >= sizeof before || !length || text_is_dots(last, length))
			return false;
		memcpy(before, path, size);
		before[size] = '\0';
		rest = (size_t)(rest - path) < size ? before + (rest - path) : "";
		how.flags = O_PATH | O_CLOEXEC | O_DIRECTORY;
		at->entry = last;
		path = size ? before : ".";
	}
	fd = beneath_open(at->dir, path, at->root, rest, &how);
	if (fd < 0 && fd != -ENOENT && fd != -ENOTDIR && fd != -EACCES && fd != -ENAMETOOLONG)
		return false;
	at->pinned = fd < 0 ? -1 : (int)fd;
	watch->error = fd < 0 ? (int)-fd : 0;
	watch_locate_at_directory(at);
	return true;
}

/* One held descriptor after the other. Nothing can be done to what has no name of its own ("a/..", "/"). */
static void find_exactly(struct watch *watch, struct watch_path *at, bool entry)
{
	const uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	struct reached reached = {-ENOMEM, -1, NULL};
	size_t length;

	at->location = (struct location){.where = WHERE_UNKNOWN, .grant = NO_GRANT};
	at->placed = true;
	if (scratch)
		place_reach(at->dir, at->path, at->follow, entry, &at->location, scratch, &reached);
	if (entry && reached.parent >= 0) {
		at->pinned = reached.parent;
		at->entry = text_last(at->path, &length);
		reached.parent = -1;
		watch->error = reached.object == -EACCES ? EACCES : 0;
	} else if (reached.object >= 0) {
		at->pinned = reached.object;
		reached.object = -1;
		/* "a/..": nothing can be done to it, for reasons that the kernel tells by the last name. */
		at->entry = entry ? text_last(at->path, &length) : NULL;
		if (entry && !length)
			at->entry = "/";
	} else {
		watch->error = -reached.object;
	}
	reached_put(&reached);
	scratch_unmap(scratch);
	signals_release(mask);
}

/* What the kernel says of an entry before it asks anybody whether the call is allowed. */
static int comes_first(const struct watch *watch, const struct watch_path *at)
{
	const bool entry = at->entry && watch_is_entry(watch, at);

	if (pin_by_text_alone(watch->error))
		return watch->error;
	if (entry && at->location.exists && watch->does == DOES_CREATE && (!watch->two || at == &watch->to))
		return EEXIST;
	if (entry && !at->location.exists && watch->error != EACCES && watch->does != DOES_CREATE && at == &watch->at)
		return ENOENT;
	/* What does not exist has no metadata. */
	if (!changes_metadata(watch) || (shim.policy.anchor && (at->dir_verdict & DIR_INSIDE)))
		return 0;
	return watch->error == ENOENT || watch->error == ENOTDIR ? watch->error : 0;
}

static void deny(struct watch *watch, struct watch_path *at)
{
	int error = comes_first(watch, at);

	watch->error = error ? error : EACCES;
	watch->confined = !error;
	pin_put(at);
}

void pin_find(struct watch *watch, struct watch_path *at)
{
	const bool entry = watch_is_entry(watch, at);
	const uint64_t need = changes_metadata(watch) ? shim.metadata : 0;
	const bool enforced = watch_enforced(watch->does, watch->right);
	bool sure = (at->dir_verdict & DIR_INSIDE) || (!shim.policy.anchor && (at->dir_verdict & DIR_GRANTED));
	struct identity id;

	sure = sure && !(need & ~at->dir_verdict) && !watch_needs_climb(at->root);
	if (!at->path || !*at->path) {
		watch_locate_at_directory(at);
		/* No descriptor at all: the kernel will say so. */
		if (at->location.where == WHERE_UNKNOWN && at->dir != CWD && sys_identity(at->dir, &id) < 0)
			return;
	} else if (sure && watch_stays(at, enforced, need)) {
		watch_locate_at_directory(at);
	} else {
		if (!sure || (entry && !*at->rest && at->root != NO_GRANT) || !find_beneath(watch, at, entry) ||
		    (watch_moved(at, watch->stamp) && watch->does != DOES_ENTER) ||
		    (enforced && !watch_stands(at, need))) {
			pin_put(at);
			find_exactly(watch, at, entry);
		}
	}
	if (pin_against(watch, at, at->location.where, at->location.rights))
		deny(watch, at);
}

const char *pin_beside(const struct watch_path *at, const char *prefix, char *room)
{
	text_number(room, prefix, at->pinned);
	return at->entry && *at->entry ? strncat(strcat(room, "/"), at->entry, NAME_MAX + 1) : room;
}

int pin_dir(const struct watch_path *at)
{
	return at->pinned < 0 ? at->dir : at->entry ? at->pinned : private_fd(PRIVATE_PROC);
}

const char *pin_name(const struct watch_path *at, char *room)
{
	return at->pinned < 0 ? at->path : at->entry ? at->entry : text_number(room, "thread-self/fd/", at->pinned);
}

const char *pin_text(struct watch *watch, const struct watch_path *at, char *room)
{
	struct identity held, there;

	if (at->pinned < 0)
		return "";
	text_number(room, "/proc/thread-self/fd/", at->pinned);
	if (sys_identity(at->pinned, &held) == 0 && sys_identity_at(AT_FDCWD, room, 0, &there) == 0 &&
	    identity_same(&held, &there))
		return pin_beside(at, "/proc/thread-self/fd/", room);
	if (atomic_load_explicit(&dir_cache.root, memory_order_relaxed) & DIR_INSIDE)
		return at->path;
	watch->error = EACCES;
	watch->confined = true;
	return "";
}

void pin_void(struct watch *watch)
{
	watch->at.pinned = watch->to.pinned = watch->at.dir = watch->to.dir = NOTHING;
	watch->at.path = watch->to.path = "-";
}
