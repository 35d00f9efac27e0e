/* SPDX-License-Identifier: ISC */
/* The bump allocator: blocks of anonymous pages, never given back. */
#include "config/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK     ((size_t)64 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

static bool arena_grow(struct arena *arena, size_t size)
{
	size_t length = (size + BLOCK - 1) / BLOCK * BLOCK;
	char *block = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return false;
	arena->at = block;
	arena->end = block + length;
	return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *result;

	/* No policy comes near; what does is a length that wrapped round. */
	if (size > PTRDIFF_MAX / 2)
		return NULL;
	size = ((size ? size : 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > (size_t)(arena->end - arena->at) && !arena_grow(arena, size))
		return NULL;
	result = arena->at;
	arena->at += size;
	return result;
}

struct arena arena_mark(struct arena *arena, size_t size)
{
	if (size > (size_t)(arena->end - arena->at) && size <= PTRDIFF_MAX / 2)
		arena_grow(arena, size); /* where that fails, so will the allocation */
	return *arena;
}

void arena_rewind(struct arena *arena, struct arena mark)
{
	if (arena->end != mark.end)
		return;
	memset(mark.at, 0, (size_t)(arena->at - mark.at));
	*arena = mark;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;

	if (copy)
		memcpy(copy, text, length);
	return copy;
}
