/* SPDX-License-Identifier: ISC */
/*
 * Which process was at which site: a table of 16 bytes an entry, since a million events may be as many of them, where
 * uthash would take 100.
 */
#ifndef PRECLUDE_TOOLS_SITES_VISITS_H
#define PRECLUDE_TOOLS_SITES_VISITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct visit {
	uint64_t key;    /* 0: free */
	uint32_t untold; /* calls that were logged, and told by no count event yet */
};

/* Zeroed, it is empty. */
struct visits {
	struct visit *slots; /* open addressing; a power of two */
	size_t count;
	size_t room;
};

/*
 * The process `pid` of `host` (compared as a pointer) at a site, or anywhere with the key 0. `*first` when it was not
 * there before. Good until the next call.
 */
struct visit *visits_of(struct visits *visits, uint64_t site, const void *host, int64_t pid, bool *first);

/* Forgets them all. */
void visits_end(struct visits *visits);

#endif
