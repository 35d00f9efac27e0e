/* SPDX-License-Identifier: ISC */
/*
 * A bump allocator on anonymous pages, for everything that is read at start and kept for the life of the process.
 *
 * The library enters processes whose malloc may be their own and not yet ready, so it never calls malloc.
 */
#ifndef PRECLUDE_CONFIG_ARENA_H
#define PRECLUDE_CONFIG_ARENA_H

#include <stddef.h>

struct arena {
	char *at;  /* next free byte */
	char *end; /* end of the current block */
};

/* Zeroed memory, aligned for any type; NULL when the kernel has no memory. Not for signal handlers. */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * For what is needed for a while: makes sure that `size` bytes come from one block, and, later, gives back all that was
 * allocated since it returned `mark`. What did not fit into the block stays, unused.
 */
struct arena arena_mark(struct arena *arena, size_t size);
void arena_rewind(struct arena *arena, struct arena mark);

/* A NUL-terminated copy of `length` bytes; NULL when out of memory. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

#endif
