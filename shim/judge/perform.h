/* SPDX-License-Identifier: ISC */
/*
 * The one way of a call through the shim, by name or by number:
 *
 *   operation.h   what its arguments ask for
 *   fast_path.h   whether there is anything to find out
 *   watch.h       where each path leads, and whether that is refused
 *   act.h         the call, as it was given or on what is held
 *   watch.h       what became of it, and the event
 */
#ifndef PRECLUDE_SHIM_JUDGE_PERFORM_H
#define PRECLUDE_SHIM_JUDGE_PERFORM_H

#include <stdint.h>

#include "shim/judge/operation.h"
#include "shim/judge/watch.h"

/* A function of functions.def, called from `caller`, with its own arguments. */
long perform(enum function function, uintptr_t caller, ...);

/* The same for the function's wrapper, whose frame stays on the stack for those who look at it. */
#define PERFORM(...)                                                                                                   \
	(__extension__({                                                                                               \
		long result_ = perform(__VA_ARGS__);                                                                   \
                                                                                                                       \
		__asm__("" : "+r"(result_)); /* or the call would be a jump */                                         \
		result_;                                                                                               \
	}))

/* The same of any row, with six words, under the name that it is called by. */
long perform_row(const struct row *row, struct called by, const long *arg);

#endif
