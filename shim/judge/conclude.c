/* SPDX-License-Identifier: ISC */
/* After the call: what became of it, and whether that is to be said. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/base/signals.h"
#include "shim/judge/dac.h"
#include "shim/judge/negative_cache.h"
#include "shim/judge/pin.h"
#include "shim/judge/verdict.h"
#include "shim/judge/watch.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/roots.h"
#include "shim/log/log.h"
#include "shim/log/seen_objects.h"
#include "shim/log/sites.h"
#include "shim/stack/frames.h"

/* The path that the verdict is about: the one that lies further outside. */
static struct watch_path *worse(struct watch *watch)
{
	return watch->two && watch->to.location.where > watch->at.location.where ? &watch->to : &watch->at;
}

static uint64_t object_of(const struct watch_path *at)
{
	uint64_t hash = text_hash(TEXT_HASH, (const char *)&at->location.id.dev, sizeof at->location.id.dev);

	hash = text_hash(hash, (const char *)&at->location.id.ino, sizeof at->location.id.ino);
	/* A missing object is known by its directory: its name tells it from its siblings. */
	return at->location.exists || !at->path ? hash : text_hash(hash, at->path, strlen(at->path));
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
		watch_place_exactly(&again, &again.to, scratch, scratch->second);
		watch_place_exactly(&again, &again.at, scratch, NULL);
		bool second = worse((struct watch *)(uintptr_t)watch) == &watch->to;

		event->resolved = second ? scratch->second : scratch->resolved;
		event->resolved2 = second ? scratch->resolved : scratch->second;
	} else {
		watch_place_exactly(&again, &again.at, scratch, NULL);
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

	if (base_gives(event, at->location.grant))
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
		negative_remember(watch->key ? watch->key : negative_key(watch), event->error, key);
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
	if (!at->placed && (at->dir_verdict & DIR_INSIDE) && watch_only_root() != NO_GRANT &&
	    dir_verdict_grant(at->dir_verdict) == watch_only_root())
		watch_locate_at_directory(at);
}

/* A path from outside every root that leads to nothing: verdict_flagged() passes over it, wherever that is. */
static bool finds_nothing(const struct watch *watch, int error)
{
	return watch->ignore && (error == ENOENT || error == ENOTDIR) && !watch->confined &&
	       !(watch->right & RIGHT_HIDDEN) && !(watch->at.dir_verdict & DIR_INSIDE) &&
	       !(watch->two && (watch->to.dir_verdict & DIR_INSIDE));
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
		watch_remembered(watch);
	if (!watch->remembered)
		return false;
	if (sites_again(negative_site(watch->key, error)))
		return true;
	at->placed = false; /* it ended otherwise than before: look again */
	return false;
}

/* The module of the object, or else of the path; and the one that the call was made from, where that is another. */
static void name_modules(const struct watch_path *at, struct call_event *event)
{
	const uint32_t path = at->dir_verdict & DIR_INSIDE ? dir_verdict_grant(at->dir_verdict) : NO_GRANT;
	const uint32_t own = narrow_done() ? narrow_root() : path;
	const uint32_t object = at->location.where == WHERE_INSIDE ? at->location.grant : path;
	const bool both = own < shim.policy.root_count && object < shim.policy.root_count;

	/* Two modules may be one directory: then this is the process's own. */
	if (both && identity_same(&shim.places[own].id, &shim.places[object].id)) {
		event->module = shim_module(own);
		return;
	}
	event->module = shim_module(object);
	if (both && at->location.where == WHERE_INSIDE)
		event->from_module = shim_module(own);
}

static void conclude(struct watch *watch, int error)
{
	struct watch_path *at = &watch->at;
	struct verdict verdict;
	struct call_event event = {.func = watch->func, .does = watch->does, .error = error};

	if (!at->placed)
		watch_place_now(watch, at);
	if (watch->two && !watch->to.placed)
		watch_place_now(watch, &watch->to);
	if (watch->two)
		at = worse(watch);
	if (cwd_uncertain(watch))
		at->location.where = WHERE_UNKNOWN;
	verdict = (struct verdict){
	    .enforced = shim.enforced,
	    .in_force = shim.in_force,
	    .where = at->location.where,
	    .rights = watch->two ? watch->at.location.rights & watch->to.location.rights : at->location.rights,
	    .directory = at->location.directory,
	    .regular = S_ISREG(at->location.id.mode),
	    .exists = at->location.exists,
	    .from_root = at->dir_verdict & DIR_INSIDE,
	    .two = watch->two,
	    .confined = watch->confined,
	};
	verdict.against = pin_against(watch, at, verdict.where, verdict.rights);
	verdict_judge(&verdict, watch->right, error);
	if (verdict.doubtful && !believed(watch, at))
		verdict_doubt(&verdict);
	event.where = verdict.where;
	event.from = verdict.from_root ? FROM_ROOT : FROM_ELSEWHERE;
	event.escape = verdict.escape;
	event.effect = verdict.effect;
	event.by = verdict.by;
	event.asks = verdict.asks;
	event.how = watch_anchored(watch) ? HOW_ANCHORED : HOW_UNANCHORED;
	if (!verdict_flagged(&event, shim.policy.flags))
		return;
	name_modules(at, &event);
	say(watch, &event, at);
}

bool watch_refused(const struct watch *watch)
{
	return shim.enforced && (watch->right & shim.in_force & ~watch->at.location.rights);
}

void watch_foretell(struct watch *watch)
{
	int error;

	if (!watch->at.placed)
		watch_place_now(watch, &watch->at);
	error = watch_refused(watch) ? EACCES : 0;
	if (!settled(watch, error))
		conclude(watch, error);
}

/* Passed, and inside by what was judged before: nothing is to be said, and nothing of it can be in doubt. */
static bool passed_inside(const struct watch *watch)
{
	return shim.beneath && !watch->right && watch->at.placed && watch->at.location.where == WHERE_INSIDE &&
	       !watch->two && watch->at.pinned >= 0 && !cwd_uncertain(watch);
}

void watch_after_error(struct watch *watch, int error)
{
	int held = errno;

	if (watch->silent)
		return;
	if ((error || !passed_inside(watch)) && !settled(watch, error))
		conclude(watch, error);
	pin_put(&watch->at);
	pin_put(&watch->to);
	errno = held;
}

void watch_after(struct watch *watch, bool failed)
{
	watch_after_error(watch, failed ? errno : 0);
}
