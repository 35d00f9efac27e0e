/* SPDX-License-Identifier: ISC */
/* Calls that led outside before. */
#include "shim/judge/negative_cache.h"

#include <string.h>

#define ENTRIES 512

static LARGE struct {
	_Atomic uint64_t check; /* key ^ value */
	_Atomic uint64_t value; /* 0: free */
} entries[ENTRIES];
static _Atomic bool any; /* until the first call leads outside, nothing is hashed */

uint64_t negative_key(const struct watch *watch)
{
	const struct watch_path *at = &watch->at;
	uint64_t key;

	if (watch->two || !at->path || !*at->path || (at->path[0] != '/' && at->dir != CWD))
		return 0;
	key = text_hash(TEXT_HASH, at->path, strlen(at->path));
	key = hash_mix(hash_mix(key, watch->caller), (uintptr_t)watch->func);
	key = hash_mix(hash_mix(key, (uintptr_t)watch), watch->right);
	key = hash_mix(hash_mix(key, atomic_load_explicit(&dir_cache.moves, memory_order_relaxed)),
		       atomic_load_explicit(&dir_cache.root, memory_order_relaxed));
	return key ? key : 1;
}

static uint64_t find(uint64_t key)
{
	size_t slot = key % ENTRIES;
	uint64_t value = atomic_load_explicit(&entries[slot].value, memory_order_relaxed);

	return key && (atomic_load_explicit(&entries[slot].check, memory_order_relaxed) ^ value) == key ? value : 0;
}

static void keep(uint64_t key, uint64_t value)
{
	size_t slot = key % ENTRIES;

	atomic_store_explicit(&entries[slot].value, value, memory_order_relaxed);
	atomic_store_explicit(&entries[slot].check, key ^ value, memory_order_relaxed);
}

bool negative_outside(uint64_t key)
{
	return find(key) != 0;
}

uint64_t negative_site(uint64_t key, int error)
{
	return key ? find(hash_mix(key, (unsigned)error + 1)) : 0;
}

void negative_remember(uint64_t key, int error, uint64_t site)
{
	if (!key || !site)
		return;
	atomic_store_explicit(&any, true, memory_order_relaxed);
	keep(key, 1);
	keep(hash_mix(key, (unsigned)error + 1), site);
}

bool negative_any(void)
{
	return atomic_load_explicit(&any, memory_order_relaxed);
}
