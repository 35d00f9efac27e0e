/* SPDX-License-Identifier: ISC */
/* One call's way through the shim: where it leads, how, what became of it, and whether that is to be said. */
#include "shim/judge/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/base/signals.h"
#include "shim/judge/dac.h"
#include "shim/judge/negative_cache.h"
#include "shim/judge/pin.h"
#include "shim/judge/verdict.h"
#include "shim/libc/real.h"
#include "shim/locate/beneath.h"
#include "shim/locate/created.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/roots.h"
#include "shim/log/log.h"
#include "shim/log/seen_objects.h"
#include "shim/log/sites.h"
#include "shim/stack/frames.h"

bool watch_is_entry(const struct watch *watch, const struct watch_path *at)
{
	return !at->follow && (watch->does == DOES_REMOVE || watch->does == DOES_RENAME || watch->does == DOES_CREATE);
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
static uint32_t only_root(void)
{
	if (narrow_done())
		return narrow_root();
	return shim.policy.root_count == 1 && !shim.write_grants ? 0 : NO_GRANT;
}

static uint64_t root_seat(uint32_t root)
{
	return SEAT_JUDGED | SEAT_INSIDE | access_rights(shim.policy.grants[root].access, true) |
	       (uint64_t)root << SEAT_GRANT_SHIFT;
}

void watch_seat(struct watch_path *at)
{
	if (at->seated && at->path && at->path[0] == '/')
		return;
	at->seated = true;
	at->rest = at->path;
	at->root = NO_GRANT;
	if (!at->path && only_root() != NO_GRANT && made_holds(at->dir)) {
		at->seat = root_seat(only_root());
		return;
	}
	if (!at->path || at->path[0] != '/') {
		at->seat = at->dir == CWD ? dirs_cwd() : dirs_fd(at->dir);
		return;
	}
	at->seat = atomic_load_explicit(&dirs.root, memory_order_relaxed);
	if (at->seat)
		return; /* after chroot text says nothing about roots: the new root's own seat does */
	at->root = roots_by_text(at->path, &at->rest);
	at->seat = at->root == NO_GRANT ? SEAT_JUDGED : root_seat(at->root);
}

void seat_spot(uint64_t seat, struct spot *spot)
{
	spot->where = seat & SEAT_INSIDE    ? WHERE_INSIDE
		      : seat & SEAT_GRANTED ? WHERE_GRANTED
		      : seat & SEAT_UNKNOWN ? WHERE_UNKNOWN
					    : WHERE_OUTSIDE;
	spot->rights = seat & RIGHTS_MASK;
	spot->grant = seat_grant(seat);
}

void watch_place_at_seat(struct watch_path *at)
{
	at->spot = (struct spot){0};
	seat_spot(at->seat, &at->spot);
	at->placed = true;
}

/*
 * From a seat inside: ask the kernel whether the path stays beneath it. Returns a descriptor for the object, or -errno;
 * an error that the kernel met before leaving (openat2(2): leaving is EXDEV) is an answer too.
 */
static int place_beneath(struct watch_path *at)
{
	struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW)};
	long fd = beneath_open(at->dir, at->path, at->root, at->rest, &how);

	if (fd >= 0 || beneath_answers(fd))
		watch_place_at_seat(at);
	return (int)fd;
}

/* What the kernel said of it is the answer: an object to look at, or why there is none. */
static void stat_placed(struct watch *watch, struct watch_path *at, int fd)
{
	if (fd >= 0)
		at->held = fd;
	else if (at->placed)
		watch->error = -fd;
}

/* RESOLVE_IN_ROOT: the kernel alone knows how such a path is walked. What is missing lies where the walk may end. */
static void place_in_root(const struct watch_path *at, struct scratch *scratch, struct spot *out)
{
	const struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW),
					.resolve = PRECLUDE_RESOLVE_IN_ROOT};
	const int fd = (int)sys(SYS_openat2, at->dir, at->path, &how, sizeof how);

	place_of_fd(fd < 0 ? at->dir : fd, out, scratch->resolved);
	out->exists = fd >= 0;
	sys_put(fd);
}

static void place_exactly(const struct watch *watch, struct watch_path *at, struct scratch *scratch, char *name)
{
	if (!at->path) {
		place_of_fd(at->dir, &at->spot, scratch->resolved);
	} else if (!text_readable(at->path)) {
		at->spot = (struct spot){.where = WHERE_UNKNOWN, .grant = NO_GRANT};
		scratch->resolved[0] = '\0';
	} else if (!*at->path && at->dir != CWD) {
		place_of_fd(at->dir, &at->spot, scratch->resolved);
	} else if (watch->resolve & PRECLUDE_RESOLVE_IN_ROOT) {
		place_in_root(at, scratch, &at->spot);
	} else {
		place_find(at->dir, at->path, at->follow, watch_is_entry(watch, at), &at->spot, scratch);
	}
	if (name)
		memcpy(name, scratch->resolved, strlen(scratch->resolved) + 1);
	at->placed = true;
}

static void place_in(const struct watch *watch, struct watch_path *at, struct scratch *scratch)
{
	if (scratch)
		place_exactly(watch, at, scratch, NULL);
	else
		at->spot = (struct spot){.where = WHERE_UNKNOWN, .grant = NO_GRANT};
	at->placed = true;
}

static void place_now(const struct watch *watch, struct watch_path *at)
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
static bool remembered(struct watch *watch)
{
	if (!again_any())
		return false;
	if (!watch->key)
		watch->key = again_key(watch);
	if (!again_outside(watch->key))
		return false;
	watch->at.spot = (struct spot){.where = WHERE_OUTSIDE, .grant = NO_GRANT};
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
	bool inside;

	watch_seat(at);
	inside = at->seat & SEAT_INSIDE;
	if (held_wanted(watch, at->seat)) {
		watch->opens = act == ACT_OPEN && at->path;
		if (!watch->opens)
			held_find(watch, at, act == ACT_ENTRY);
		return;
	}
	if (!inside) {
		/* From elsewhere: a look is of no interest, and what the kernel mediates it will answer itself. */
		if (!does_look(watch->does) && !kernel_decides(watch) && !(watch->right & RIGHT_NEVER) &&
		    !remembered(watch))
			place_now(watch, at);
		return;
	}
	if (!at->path || !*at->path || (watch->resolve & PRECLUDE_RESOLVE_IN_ROOT) ||
	    ((at->seat & SEAT_SEALED) && text_short(at->path))) {
		watch_place_at_seat(at);
	} else if (!at->follow && at->path[0] != '/' && text_one_name(at->path)) {
		watch_place_at_seat(at);
	} else if (watch_is_entry(watch, at) && !*at->rest) {
		/* The root itself is an entry of the directory above it. */
		place_now(watch, at);
	} else if (!watch_kernel_holds(watch) && !remembered(watch)) {
		int fd = watch_needs_climb(at->root) ? -EXDEV : place_beneath(at);

		if (act == ACT_STAT && real_is_libc)
			stat_placed(watch, at, fd);
		else if (fd >= 0)
			sys(SYS_close, fd);
		if (!at->placed)
			place_now(watch, at);
	}
}

/* Anchored: at most one name below a held directory and not followed, or a descriptor. */
static bool path_anchored(const struct watch_path *at)
{
	if (!at->path || !*at->path || (at->path[0] == '.' && !at->path[1]))
		return true;
	return !at->follow && text_one_name(at->path);
}

static bool anchored(const struct watch *watch)
{
	return (watch->resolve & (PRECLUDE_RESOLVE_BENEATH | PRECLUDE_RESOLVE_IN_ROOT)) ||
	       (path_anchored(&watch->at) && (!watch->two || path_anchored(&watch->to)));
}

void watch_before(struct watch *watch, enum act act)
{
	if (shim.raw_again)
		shim.raw_again();
	if (!shim.active || (watch->at.path && !watch->at.seated && !text_readable(watch->at.path)) ||
	    (watch->two && !text_readable(watch->to.path)) || (!watch->at.path && watch->at.dir < 0)) {
		watch->silent = true;
		return;
	}
	watch->ignore = unresolved(watch->does, watch->right);
	if (watch->ignore)
		return;
	watch->stamp = dirs_stamp();
	before_path(watch, &watch->at, act);
	if (watch->two && !watch->error)
		before_path(watch, &watch->to, act);
	else if (watch->two)
		watch_seat(&watch->to);
	if (watch->error || act == ACT_BY_PATH) {
		held_put(&watch->at);
		held_put(&watch->to);
		if (!watch->confined)
			watch->error = act == ACT_BY_PATH ? 0 : watch->error;
	}
	watch->ignore = !(shim.policy.flags & (FLAG_ALL | FLAG_OBJECTS)) &&
			!((shim.policy.flags & FLAG_UNANCHORED) && !anchored(watch)) &&
			!((shim.policy.flags & FLAG_LOOKS) && does_look(watch->does));
}

/* The path that the verdict is about: the one that lies further outside. */
static struct watch_path *worse(struct watch *watch)
{
	return watch->two && watch->to.spot.where > watch->at.spot.where ? &watch->to : &watch->at;
}

static uint64_t object_of(const struct watch_path *at)
{
	uint64_t hash = text_hash(TEXT_HASH, (const char *)&at->spot.id.dev, sizeof at->spot.id.dev);

	hash = text_hash(hash, (const char *)&at->spot.id.ino, sizeof at->spot.id.ino);
	/* A missing object is known by its directory: its name tells it from its siblings. */
	return at->spot.exists || !at->path ? hash : text_hash(hash, at->path, strlen(at->path));
}

/* Names for the log: where it led, and what its directory is called. */
static void name_paths(const struct watch *watch, struct call_event *event, struct scratch *scratch)
{
	struct watch again = *watch;

	if (watch->entered) {
		place_name(AT_FDCWD, scratch->resolved);
		event->resolved = watch->entered[0] ? watch->entered : scratch->resolved;
		event->dir = watch->left;
		return;
	}
	if (watch->two) {
		place_exactly(&again, &again.to, scratch, scratch->second);
		place_exactly(&again, &again.at, scratch, NULL);
		bool second = worse((struct watch *)(uintptr_t)watch) == &watch->to;

		event->resolved = second ? scratch->second : scratch->resolved;
		event->resolved2 = second ? scratch->resolved : scratch->second;
	} else {
		place_exactly(&again, &again.at, scratch, NULL);
		event->resolved = scratch->resolved;
	}
	if (!event->resolved[0])
		event->resolved = NULL;
	if (event->resolved2 && !event->resolved2[0])
		event->resolved2 = NULL;
	if (watch->at.path && watch->at.path[0] != '/') {
		place_name(watch->at.dir, scratch->dir);
		event->dir = scratch->dir[0] ? scratch->dir : NULL;
	}
}

/* What base gives to everybody is nobody's need. */
static bool base_gives(const struct call_event *event, uint32_t grant)
{
	const struct grant *base = grant < shim.policy.grant_count ? &shim.policy.grants[grant] : NULL;

	return base && !strcmp(base->variable, "PRECLUDE_BASE") && event->asks &&
	       !(event->asks & ~access_rights(base->access, true));
}

/* PRECLUDE_FLAG=objects: whether it asks for this one, which no call of another site has met either. */
static bool new_object(const struct watch *watch, const struct call_event *event, const struct watch_path *at)
{
	uint64_t number = hash_mix(hash_mix(object_of(at), event->asks), (uint64_t)!event->error << 1 | watch->two);
	const char *path = watch->at.path;

	if (base_gives(event, at->spot.grant))
		return false;
	/* The name too: a number of an inode that is gone is given to the next one. */
	number = text_hash(number, path ? path : "", path ? strlen(path) : 0);
	if (watch->two)
		number = text_hash(number, watch->to.path, strlen(watch->to.path));
	return objects_new(number);
}

static void say_last(const struct watch *watch)
{
	struct frame frame;
	bool known = frames_describe((uintptr_t)watch->caller, &frame);

	log_warning("further objects of this call site (%s, from %s+0x%llx) are counted, not logged one by one",
		    watch->func, known && frame.object ? frame.object : "?",
		    known ? (unsigned long long)frame.offset : (unsigned long long)(uintptr_t)watch->caller);
}

static void say(struct watch *watch, struct call_event *event, const struct watch_path *at)
{
	uintptr_t pcs[FRAMES_MAX];
	bool objects = verdict_objects(event, shim.policy.flags);
	bool every =
	    !objects && (event->escape || event->effect == EFFECT_DENIED || event->effect == EFFECT_WOULD_DENY);
	enum site_say site;
	struct scratch *scratch;
	uint64_t key, mask;

	event->pc_count = frames_capture(watch->caller, pcs, shim.policy.frames);
	event->pcs = pcs;
	key = sites_key(event);
	if (event->where == WHERE_OUTSIDE && !objects)
		again_remember(watch->key ? watch->key : again_key(watch), event->error, key);
	if (!every && !objects && sites_again(key)) {
		event->pcs = NULL;
		return;
	}
	mask = signals_hold();
	site = sites_seen(event, every, object_of(at));
	if (objects && new_object(watch, event, at))
		site = SITE_LOG;
	if (site == SITE_COUNT) {
		event->pcs = NULL;
		signals_release(mask);
		return;
	}
	scratch = scratch_map();
	event->path = watch->at.path;
	event->path2 = watch->two ? watch->to.path : NULL;
	if (scratch)
		name_paths(watch, event, scratch);
	log_call(event);
	if (site == SITE_LOG_LAST)
		say_last(watch);
	scratch_unmap(scratch);
	event->pcs = NULL; /* they lived here */
	signals_release(mask);
}

/* Whether file permissions say the same as the errno of a call that the policy allows. */
static bool believed(const struct watch *watch, const struct watch_path *at)
{
	uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	bool yes = scratch && permissions_explain(at, watch->right, watch_is_entry(watch, at), scratch);

	scratch_unmap(scratch);
	signals_release(mask);
	return yes;
}

/*
 * Another thread changed the working directory while the call was on its way: which one the call has met, nobody can
 * tell. Calls that move by themselves are no sign of it; walks among them are judged before they start.
 */
static bool cwd_uncertain(const struct watch *watch)
{
	return (watch_moved(&watch->at, watch->stamp) || (watch->two && watch_moved(&watch->to, watch->stamp))) &&
	       watch->does != DOES_ENTER && !(watch->right & RIGHT_HIDDEN);
}

/* What the kernel let pass, and lets pass nowhere but inside, lies in the root it started from if there is no other. */
static void take_its_word(struct watch_path *at)
{
	if (!at->placed && (at->seat & SEAT_INSIDE) && only_root() != NO_GRANT && seat_grant(at->seat) == only_root())
		watch_place_at_seat(at);
}

/* A path from outside every root that leads to nothing: verdict_flagged() passes over it, wherever that is. */
static bool finds_nothing(const struct watch *watch, int error)
{
	return watch->ignore && (error == ENOENT || error == ENOTDIR) && !watch->confined &&
	       !(watch->right & RIGHT_HIDDEN) && !(watch->at.seat & SEAT_INSIDE) &&
	       !(watch->two && (watch->to.seat & SEAT_INSIDE));
}

/* Whether there is nothing to be found out: nobody wants to know, or it was said before and ended as it did then. */
static bool settled(struct watch *watch, int error)
{
	struct watch_path *at = &watch->at;

	if (finds_nothing(watch, error))
		return true;
	if (watch->ignore && !at->placed && !(watch->two && watch->to.placed)) {
		/* A look from elsewhere is nobody's business, failed or not. */
		if (does_look(watch->does) && !(watch->right & ~RIGHT_INNER))
			return true;
		/* Mediated and passed: the kernel's word that it stayed within roots and grants. */
		if (!error && !(watch->right & RIGHT_NEVER))
			return true;
	}
	if (!watch->remembered && !error && watch_kernel_holds(watch)) {
		take_its_word(&watch->at);
		take_its_word(&watch->to);
	}
	if (!at->placed)
		remembered(watch);
	if (!watch->remembered)
		return false;
	if (sites_again(again_site(watch->key, error)))
		return true;
	at->placed = false; /* it ended otherwise than before: look again */
	return false;
}

/* The module of the object, or else of the path; and the one that the call was made from, where that is another. */
static void name_modules(const struct watch_path *at, struct call_event *event)
{
	const uint32_t path = at->seat & SEAT_INSIDE ? seat_grant(at->seat) : NO_GRANT;
	const uint32_t own = narrow_done() ? narrow_root() : path;
	const uint32_t object = at->spot.where == WHERE_INSIDE ? at->spot.grant : path;
	const bool both = own < shim.policy.root_count && object < shim.policy.root_count;

	/* Two modules may be one directory: then this is the process's own. */
	if (both && identity_same(&shim.places[own].id, &shim.places[object].id)) {
		event->module = shim_module(own);
		return;
	}
	event->module = shim_module(object);
	if (both && at->spot.where == WHERE_INSIDE)
		event->from_module = shim_module(own);
}

static void conclude(struct watch *watch, int error)
{
	struct watch_path *at = &watch->at;
	struct verdict verdict;
	struct call_event event = {.func = watch->func, .does = watch->does, .error = error};

	if (!at->placed)
		place_now(watch, at);
	if (watch->two && !watch->to.placed)
		place_now(watch, &watch->to);
	if (watch->two)
		at = worse(watch);
	if (cwd_uncertain(watch))
		at->spot.where = WHERE_UNKNOWN;
	verdict = (struct verdict){
	    .enforced = shim.enforced,
	    .in_force = shim.in_force,
	    .where = at->spot.where,
	    .rights = watch->two ? watch->at.spot.rights & watch->to.spot.rights : at->spot.rights,
	    .directory = at->spot.directory,
	    .regular = S_ISREG(at->spot.id.mode),
	    .exists = at->spot.exists,
	    .from_root = at->seat & SEAT_INSIDE,
	    .two = watch->two,
	    .confined = watch->confined,
	};
	verdict.against = held_against(watch, at, verdict.where, verdict.rights);
	verdict_judge(&verdict, watch->right, error);
	if (verdict.doubtful && !believed(watch, at))
		verdict_doubt(&verdict);
	event.where = verdict.where;
	event.from = verdict.from_root ? FROM_ROOT : FROM_ELSEWHERE;
	event.escape = verdict.escape;
	event.effect = verdict.effect;
	event.by = verdict.by;
	event.asks = verdict.asks;
	event.how = anchored(watch) ? HOW_ANCHORED : HOW_UNANCHORED;
	if (!verdict_flagged(&event, shim.policy.flags))
		return;
	name_modules(at, &event);
	say(watch, &event, at);
}

bool watch_refused(const struct watch *watch)
{
	return shim.enforced && (watch->right & shim.in_force & ~watch->at.spot.rights);
}

void watch_foretell(struct watch *watch)
{
	int error;

	if (!watch->at.placed)
		place_now(watch, &watch->at);
	error = watch_refused(watch) ? EACCES : 0;
	if (!settled(watch, error))
		conclude(watch, error);
}

/* Passed, and inside by what was judged before: nothing is to be said, and nothing of it can be in doubt. */
static bool passed_inside(const struct watch *watch)
{
	return shim.beneath && !watch->right && watch->at.placed && watch->at.spot.where == WHERE_INSIDE &&
	       !watch->two && watch->at.held >= 0 && !cwd_uncertain(watch);
}

void watch_after_error(struct watch *watch, int error)
{
	int held = errno;

	if (watch->silent)
		return;
	if ((error || !passed_inside(watch)) && !settled(watch, error))
		conclude(watch, error);
	held_put(&watch->at);
	held_put(&watch->to);
	errno = held;
}

void watch_after(struct watch *watch, bool failed)
{
	watch_after_error(watch, failed ? errno : 0);
}
