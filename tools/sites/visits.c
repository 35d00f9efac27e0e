/* SPDX-License-Identifier: ISC */
/* Open addressing, by a hash alone: two of a million that fall together make one process too few. */
#include "tools/sites/visits.h"

#include <stdlib.h>

#include "tools/cli/memory.h"
#include "tools/sites/hash.h"

#define ROOM_FIRST 1024

static struct visit *slot_of(struct visit *slots, size_t room, uint64_t key)
{
	size_t i = key & (room - 1);

	while (slots[i].key && slots[i].key != key)
		i = (i + 1) & (room - 1);
	return &slots[i];
}

static void grow(struct visits *visits)
{
	size_t room = visits->room ? visits->room * 2 : ROOM_FIRST;
	struct visit *slots = zeroed(room * sizeof(*slots));

	for (size_t i = 0; i < visits->room; i++) {
		if (visits->slots[i].key)
			*slot_of(slots, room, visits->slots[i].key) = visits->slots[i];
	}
	free(visits->slots);
	visits->slots = slots;
	visits->room = room;
}

struct visit *visits_of(struct visits *visits, uint64_t site, const void *host, int64_t pid, bool *first)
{
	uint64_t key = mix(mix(site, (uint64_t)pid), (uint64_t)(uintptr_t)host) | 1;
	struct visit *slot;

	if (visits->count * 2 >= visits->room)
		grow(visits);
	slot = slot_of(visits->slots, visits->room, key);
	*first = !slot->key;
	slot->key = key;
	visits->count += *first;
	return slot;
}

void visits_end(struct visits *visits)
{
	free(visits->slots);
	*visits = (struct visits){0};
}
