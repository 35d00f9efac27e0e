/* SPDX-License-Identifier: ISC */
/*
 * Walks up the stack that were made before. Most calls of a program come again and again the same way, at the same
 * depth: then the return addresses lie where they lay, and comparing them with those of the last walk is all there is
 * to do. Where one differs, the walk is made frame by frame, by unwind rules (shim/stack/cfi_cache.h).
 */
#ifndef PRECLUDE_SHIM_STACK_BACKTRACE_CACHE_H
#define PRECLUDE_SHIM_STACK_BACKTRACE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/stack/unwind.h"

/* At start, on the first thread's stack. */
void backtrace_init(void);

/* What a walk is made of. */
struct backtrace_walk {
	uintptr_t caller; /* told first; the walk is on its way to it */
	uintptr_t frame; /* frame pointer of the function that asks, which is still there: where the backtrace begins */
	uintptr_t end;   /* what backtrace_end() says of it */
	bool (*own)(uintptr_t pc); /* not told */
	unsigned max;
};

/* Up to where everything above `sp` can be read. */
uintptr_t backtrace_end(uintptr_t sp);

/* Fills `pcs`, walk->caller first; returns how many there are. 0: there is no backtrace, or it leads elsewhere. */
unsigned backtrace_follow(const struct backtrace_walk *walk, uintptr_t *pcs);

/* The same by unwind rules, which leaves a backtrace. 0: a frame is not simple, or met for the first time. */
unsigned backtrace_walk(const struct backtrace_walk *walk, struct unwind_quick at, uintptr_t *pcs);

#endif
