/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_ANCESTORS: a directory above a root or grant can be opened for reading, as far as the program can tell.
 *
 * Programs that walk down to a directory one name at a time open each on the way O_RDONLY|O_DIRECTORY, from "/" on, and
 * read none of them. A domain lets nobody read "/", so they could not work anywhere. O_PATH is what they mean.
 */
#ifndef PRECLUDE_SHIM_JUDGE_ANCESTORS_H
#define PRECLUDE_SHIM_JUDGE_ANCESTORS_H

#include <errno.h>

#include "config/arena.h"
#include "shim/judge/watch.h"

/*
 * At start: finds them, for this and for PRECLUDE_CONFINE=all, where they may be looked at. 0, or -1 when out of
 * memory.
 */
int ancestors_init(const struct policy *policy, const struct place *places, struct arena *arena);

/* Whether this directory is one. */
bool ancestors_has(const struct identity *id);

/*
 * An open that failed with EACCES: where Landlock alone refused to read such a directory, the same directory as O_PATH,
 * and the watch says so. Else -1, with errno as it was. Async-signal-safe.
 */
int ancestors_open(struct watch *watch, int flags);

/* The same of any open's result: what it returns is what the program gets. */
static inline int ancestors_or(struct watch *watch, int flags, int result)
{
	return result < 0 && shim.ancestors && errno == EACCES ? ancestors_open(watch, flags) : result;
}

#endif
