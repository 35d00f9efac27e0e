/* SPDX-License-Identifier: ISC */
/*
 * Which call sites were seen, and how often.
 *
 * A call site is function, frames, module, where, how, effect. Two tables, neither with a lock: what crosses processes
 * is numbers in fixed-size records in MAP_SHARED memory (hash, counters, hashes of objects), each range-checked when
 * read; what a count event needs to be written (addresses, verdict) is private to the process.
 */
#ifndef PRECLUDE_SHIM_SITES_H
#define PRECLUDE_SHIM_SITES_H

#include "shim/call.h"

#define SITE_OBJECTS 16 /* distinct objects logged a site, for escapes and denials */

enum site_say {
	SITE_LOG,       /* write this call in full */
	SITE_LOG_LAST,  /* write it, and one line that says that further objects are counted only */
	SITE_COUNT,     /* seen before: counted */
};

/* Maps both tables. Once, at start. Returns 0 or -errno. */
int sites_init(void);

/*
 * Counts the call. `every_object`: an escape or a denial, where each further distinct object is said, up to
 * SITE_OBJECTS. `object` is a hash of what the call led to. Async-signal-safe; full tables answer SITE_LOG.
 */
enum site_say sites_seen(const struct call_event *event, bool every_object, uint64_t object);

/*
 * At exit, _exit and exec: calls `emit` with a `count` event for each site this process knows and that was seen more
 * than once since it was last written. A forking daemon's children write a site only when its total has doubled since.
 */
void sites_flush(void (*emit)(const struct call_event *event));

#endif
