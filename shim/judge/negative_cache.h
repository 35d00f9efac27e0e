/* SPDX-License-Identifier: ISC */
/*
 * Calls that led outside before: an `outside` verdict may serve the same call site and path again, an `inside` one
 * never.
 *
 * A fixed table of pairs of words, written without a lock: a pair that two writers mixed up does not match its key.
 * It serves the log alone; nothing is allowed or refused by it.
 */
#ifndef PRECLUDE_SHIM_JUDGE_NEGATIVE_CACHE_H
#define PRECLUDE_SHIM_JUDGE_NEGATIVE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/judge/watch.h"

/*
 * What tells this call from others: function, caller, how deep the stack is (two ways to the same wrapper differ
 * there), path, working directory and root. 0 for a call that is never remembered: two paths, a dirfd, no path at all.
 */
uint64_t negative_key(const struct watch *watch);

/* Whether anything was remembered at all: until then no key need be made. */
bool negative_any(void);

/* Whether a call with this key led outside; and the site (sites_key) under which it was said when it ended in `error`.
 */
bool negative_outside(uint64_t key);
uint64_t negative_site(uint64_t key, int error);

/* Remembers both. */
void negative_remember(uint64_t key, int error, uint64_t site);

#endif
