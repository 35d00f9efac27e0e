/* SPDX-License-Identifier: ISC */
/*
 * The exported functions that are nothing but their row in functions.def. What needs no system call to be let through
 * is passed on here; everything else goes the one way, perform().
 */
#include <errno.h>

#include "shim/judge/perform.h"

/* By the columns: how a last name is followed, and which arguments make a plain call, if any two or three can. */
#define PLAIN_FOLLOW_NEVER            false
#define PLAIN_FOLLOW_ALWAYS           true
#define PLAIN_FOLLOW_DECIDED          true
#define PLAIN_FOLLOW_UNLESS(flags, f) true
#define PLAIN_FOLLOW_WHEN(flags, f)   true
#define PLAIN_PATH(p)                 PLAIN_##p
#define PLAIN_TWO(p, p2)              PLAIN_##p##_##p2
#define PLAIN_AT(d, p)                PLAIN_NOT
#define PLAIN_TWO_AT(d, p, d2, p2)    PLAIN_NOT
#define PLAIN_FD(d)                   PLAIN_NOT
#define PLAIN_FIXED(p)                PLAIN_NOT
#define PLAIN_0(path, ...)            plain_here(path, follow, right)
#define PLAIN_1(first, path, ...)     plain_here(path, follow, right)
#define PLAIN_0_1(path, path2)        plain_here(path, follow, right) && plain_here(path2, false, right)
#define PLAIN_NOT(...)                false
#define AND(...)                      , ##__VA_ARGS__

#define FUNCTION(ret, name, params, args, libc, operation, paths, follows, held)                                       \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		const bool follow __attribute__((unused)) = PLAIN_FOLLOW_##follows;                                    \
		const uint64_t right __attribute__((unused)) =                                                         \
		    right_##operation | (does_##operation == DOES_METADATA ? shim.metadata : 0);                       \
                                                                                                                       \
		if (real.name && (decided_##operation == ROW) &&                                                       \
		    (unresolved(does_##operation, right_##operation) || (PLAIN_##paths args)))                         \
			return real.name args;                                                                         \
		return (ret)PERFORM(F_##name, CALLER AND args);                                                        \
	}
#define BY_HAND(...)
#define HAND(...)

#include "shim/libc/functions.def"

/* They return nothing, which no row can say. utmpname(3)'s own file is opened inside libc, unseen. */
#define UPDATE(name)                                                                                                   \
	WRAPPER(void, name, (const char *path, const void *entry))                                                     \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return;                                                                                        \
		struct watch watch = WATCH(#name, CWD, path, true, DOES_OPEN, FS(WRITE_FILE) | RIGHT_HIDDEN);          \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		if (!watch.error)                                                                                      \
			real.name(path, entry);                                                                        \
		watch_after(&watch, false);                                                                            \
	}
UPDATE(updwtmp)
UPDATE(updwtmpx)
