/* SPDX-License-Identifier: ISC */
/*
 * Which call sites were seen, and how often.
 *
 * A call site is function, frames, module, where, how, effect. Two tables, neither with a lock: what crosses processes
 * is numbers in fixed-size records in MAP_SHARED memory (hash, counters, hashes of objects), each range-checked when
 * read; what a count event needs to be written (addresses, verdict) is private to the process.
 */
#ifndef PRECLUDE_SHIM_LOG_SITES_H
#define PRECLUDE_SHIM_LOG_SITES_H

#include "shim/base/call.h"

#define SITE_OBJECTS 16 /* distinct objects logged a site, for escapes and denials */

enum site_say {
	SITE_LOG,      /* write this call in full */
	SITE_LOG_LAST, /* write it, and one line that says that further objects are counted only */
	SITE_COUNT,    /* seen before: counted */
};

/*
 * Maps both tables. Once, at start; the calling process becomes their owner. Returns 0, or -errno, and then every call
 * is logged.
 */
int sites_init(void);

/*
 * Counts the call. `every_object`: an escape or a denial, where each further distinct object is said, up to
 * SITE_OBJECTS; the last of them is answered with SITE_LOG_LAST. `object` is a hash of what the call led to. Only one
 * of all processes forked from the owner is told to log a site or an object. `event->func` and `event->module` must
 * live as long as the process, and are told apart by where they lie; the addresses are copied. Async-signal-safe; full
 * tables answer SITE_LOG.
 */
enum site_say sites_seen(const struct call_event *event, bool every_object, uint64_t object);

/* The number of an event's call site, and one more call of a site known by it. False when it is not known (any more).
 */
uint64_t sites_key(const struct call_event *event);
bool sites_again(uint64_t key);

/*
 * At exit, _exit and exec: calls `emit` with a `count` event for each site this process knows and that was seen more
 * than once.
 *
 * A count event tells how many calls were seen since the site's last one, by all processes and including those logged
 * in full: the counts of a site add up to its calls. The owner tells whatever is left, so for sites that it knows the
 * sum is exact. Other processes tell a site that they have seen themselves, when its calls have at least doubled since
 * it was last told: a thousand connections of a daemon make ten lines, and the sum of a site that only they know may
 * lag behind by less than half. A vfork child tells nothing, its parent will. What is counted crosses memory that a
 * confined child can write: it may be wrong where such a child lies, but never names a site that was not seen.
 */
void sites_flush(void (*emit)(const struct call_event *event));

#endif
