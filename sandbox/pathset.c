/* SPDX-License-Identifier: ISC */
/*
 * A hash table of directories, looked up by every prefix of a path.
 *
 * The hash of a path is built byte by byte (FNV-1a), so the hashes of all its prefixes fall out of one pass over it.
 */
#include "sandbox/pathset.h"

#include <errno.h>
#include <string.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t fnv(uint64_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * FNV_PRIME;
}

/* The slot that holds the path, or the free one where it would go. */
static struct pathset_slot *find(const struct pathset *set, uint64_t hash, const char *path, size_t length)
{
	for (size_t i = hash ^ hash >> 32;; i++) {
		struct pathset_slot *slot = &set->slots[i & set->mask];

		if (!slot->path || (slot->length == length && !memcmp(slot->path, path, length)))
			return slot;
	}
}

int pathset_init(struct pathset *set, size_t count, struct arena *arena)
{
	size_t size = 4;

	while (size < count + count / 2)
		size *= 2;
	set->mask = size - 1;
	set->slots = arena_alloc(arena, size * sizeof(*set->slots));
	return set->slots ? 0 : -ENOMEM;
}

void pathset_add(struct pathset *set, const char *path, size_t value)
{
	const size_t length = strlen(path);
	struct pathset_slot *slot;
	uint64_t hash = FNV_START;

	for (size_t i = 0; i < length; i++)
		hash = fnv(hash, path[i]);
	slot = find(set, hash, path, length);
	if (!slot->path)
		*slot = (struct pathset_slot){.path = path, .length = length, .value = value};
}

const struct pathset_slot *pathset_above(const struct pathset *set, const char *path, size_t length)
{
	uint64_t hash = FNV_START;

	for (size_t i = 0; i < length; i++) {
		hash = fnv(hash, path[i]);
		/* A path ends behind the first slash, which is "/", and wherever a component ends. */
		if (i == 0 || i + 1 == length || path[i + 1] == '/') {
			const struct pathset_slot *slot = find(set, hash, path, i + 1);

			if (slot->path)
				return slot;
		}
	}
	return NULL;
}
