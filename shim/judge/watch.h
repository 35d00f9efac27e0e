/* SPDX-License-Identifier: ISC */
/*
 * One call's way through the shim, a straight line:
 *
 *   wrapper -> plain() -> watch_before() -> the real function -> watch_after() -> event
 *
 * plain() is the fast path: one name below a working directory that is inside, not followed. Everything else is judged
 * in the cheapest exact way: by text, by the kernel's own word (a mediated call that succeeded under enforcement), or
 * by resolving once beneath the root with openat2 and acting on what was resolved.
 */
#ifndef PRECLUDE_SHIM_JUDGE_WATCH_H
#define PRECLUDE_SHIM_JUDGE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/call.h"
#include "shim/base/path_text.h"
#include "shim/locate/holdings.h"
#include "shim/locate/place.h"

#define CWD (-100) /* AT_FDCWD */

struct watch_path {
	const char *path; /* NULL: the call is on the descriptor `dir` itself */
	int dir;
	bool follow;
	bool placed;          /* location holds the answer */
	bool dir_known;       /* so do directory verdict, root and rest */
	uint64_t dir_verdict; /* what the path is relative to */
	uint32_t root;        /* that it names first, with what follows; NO_GRANT */
	const char *rest;
	struct location location;
	int pinned;        /* >= 0: the call may be made on it; watch_after closes it */
	const char *entry; /* its name below `held`, as it was written; NULL: `held` is the object itself */
};

struct watch {
	const char *func;
	uintptr_t caller;         /* return address of the exported function */
	struct watch_path at, to; /* `to` only when `two` */
	uint64_t stamp;           /* of the working directory, before */
	bool two;
	bool nameless; /* what is made gets no name (O_TMPFILE): the path leads to its directory */
	enum does does;
	uint64_t resolve; /* openat2(2)'s, as the program asked */
	uint64_t right;
	int error;           /* the call is not made, and fails with this */
	bool confined;       /* that is the library's own word */
	bool opens;          /* shim/judge/pin.h opens, not the real function */
	bool ignore;         /* passes without an event, whatever it leads to */
	uint64_t key;        /* of shim/judge/negative_cache.h, once it was made */
	bool remembered;     /* taken for outside because it was before */
	const char *entered; /* the process has moved to what is called so; "": to its working directory */
	const char *left;    /* what its working directory was called before that */
	bool silent;         /* nothing to do at all: not active, or a path that the kernel will refuse to read */
};

/* What was called, and from where: an exported function, or the system call of the same name. */
struct called {
	const char *func;
	uintptr_t caller;
};
#define CALLER       ((uintptr_t)__builtin_return_address(0))
#define CALLED(name) ((struct called){name, CALLER})

/* Whether another thread may have changed the working directory, from where the path starts, since `stamp` was taken.
 */
static inline bool watch_moved(const struct watch_path *at, uint64_t stamp)
{
	return at->dir == CWD && at->path && at->path[0] != '/' && (stamp_moving(stamp) || stamp != dir_cache_stamp());
}

/* Whether a call is made as it stands, since it only looks or enters and nobody asks where. No system call. */
static inline bool unresolved(enum does does, uint64_t right)
{
	return !shim.looks && does_look(does) && !(right & ~RIGHT_INNER);
}

#define WATCH_PATH(where_dir, where_path, follows)                                                                     \
	((struct watch_path){.path = (where_path), .dir = (where_dir), .follow = (follows), .pinned = -1})
#define WATCH_AS(called, where_dir, where_path, follows, action, rights)                                               \
	{                                                                                                              \
		.func = (called).func, .caller = (called).caller, .does = (action), .right = (rights),                 \
		.at = WATCH_PATH(where_dir, where_path, follows), .to.pinned = -1,                                     \
	}
#define WATCH(name, where_dir, where_path, follows, action, rights)                                                    \
	WATCH_AS(CALLED(name), where_dir, where_path, follows, action, rights)

/*
 * Whether a path stays beneath where it starts, by its text alone: no path leads out of there, or it is one name that
 * is not followed. `directory verdict` is what it starts from.
 */
static inline bool text_stays(uint64_t dir_verdict, const char *path, bool follow)
{
	return (!follow && path[0] != '/' && text_one_name(path)) || ((dir_verdict & DIR_SEALED) && text_short(path));
}

/*
 * Whether the call is inside by its text alone and needs no event, or there is no text that the kernel could read: the
 * short ways that come after it need not ask again what they get with CWD. No system call.
 */
static inline bool plain(int dir, const char *path, bool follow, uint64_t right)
{
	uint64_t dir_verdict;

	if (dir != CWD || !shim.quiet)
		return false;
	if (!text_readable(path))
		return true;
	/* What the library enforces is judged each time. */
	if ((right & shim.metadata) || shim.policy.confine == CONFINE_ALL)
		return false;
	dir_verdict = atomic_load_explicit(&dir_cache.cwd, memory_order_relaxed) & DIR_BODY;
	if (!(dir_verdict & DIR_INSIDE) || (right & ~dir_verdict))
		return false;
	/* An absolute path does not start there. */
	return path[0] != '/' && text_stays(shim.beneath ? dir_verdict : dir_verdict & ~DIR_SEALED, path, follow);
}

/* The same, from the working directory; for wrappers, of which there are many. */
bool plain_here(const char *path, bool follow, uint64_t right);

/*
 * What the caller can do with a descriptor: nothing; make the call on it where it must; or wherever there is one, since
 * that is cheaper; leave the opening to shim/judge/pin.h.
 */
enum act { ACT_BY_PATH, ACT_HELD, ACT_STAT, ACT_OPEN };

/*
 * Judges what can and must be judged before the call. Afterwards the call is made on what is held, or by path where
 * nothing is, or not at all where watch->error says so.
 */
void watch_before(struct watch *watch, enum act act);

/*
 * What a path is relative to, and for an absolute one, which is looked up once, its root by text: as it is kept, or
 * (`now`) judged at this moment.
 */
void watch_directory(struct watch_path *at, bool now);

/* Whether the library may refuse such a call by where it leads, so that this has to be judged now. */
static inline bool watch_enforced(enum does does, uint64_t right)
{
	return shim.confining && !(right & (RIGHT_INNER | RIGHT_NEVER)) &&
	       ((does == DOES_METADATA && shim.policy.confine) ||
		(does_look(does) && shim.policy.confine == CONFINE_ALL));
}

/*
 * Whether the directory that a path starts from, which was taken for one inside, is in fact, and these rights are given
 * there. To be asked after what the path leads to is held.
 */
bool watch_stands(const struct watch_path *at, uint64_t rights);

/*
 * text_stays() of a path; where the library enforces, only if the directory stands, and without "..": somebody may move
 * a directory out while ".." leads through it, so that even a root that no path leaves is left then.
 */
bool watch_stays(const struct watch_path *at, bool enforced, uint64_t rights);
void watch_locate_at_directory(struct watch_path *at);

/* What is asked for lies where its directory lies: an entry is removed, renamed or made, never followed. */
bool watch_is_entry(const struct watch *watch, const struct watch_path *at);

/* Whether the kernel itself lets the call succeed nowhere but inside a root, or in the module alone once it is narrow.
 */
bool watch_kernel_holds(const struct watch *watch);

/* The root that holds whatever this process makes; NO_GRANT where there may be others, or other places. */
uint32_t watch_only_root(void);

/* Whether a root's own access does not tell what may be done there. */
bool watch_needs_climb(uint32_t root);

/* Judges `at` now, exactly; its name is left in scratch->resolved. Without scratch: unknown. */
void watch_place(struct watch *watch, struct scratch *scratch);
void watch_place_now(const struct watch *watch, struct watch_path *at); /* with scratch of its own */
/* The same of one path; its name is also copied to `name`, if there is one. */
void watch_place_exactly(const struct watch *watch, struct watch_path *at, struct scratch *scratch, char *name);

/* Whether the kernel resolves at most one name below a held directory, and does not follow it, or is told to stay. */
bool watch_anchored(const struct watch *watch);

/* Whether the same call led outside before: then that is its verdict, for the log. */
bool watch_remembered(struct watch *watch);

/* What a directory verdict says, as a location. */
void dir_verdict_spot(uint64_t dir_verdict, struct location *location);

/* Whether the domain will refuse the call, whose place is known. */
bool watch_refused(const struct watch *watch);

/*
 * For a call that does not come back when it succeeds: writes the event that its success would have, before it is made.
 */
void watch_foretell(struct watch *watch);

/*
 * Judges the rest and writes the event, if there is one. `failed`: by the return value; the error is errno's, which is
 * the same after as before. Closes what is held.
 */
void watch_after(struct watch *watch, bool failed);
void watch_after_error(struct watch *watch, int error);

#endif
