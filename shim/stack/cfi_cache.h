/* SPDX-License-Identifier: ISC */
/*
 * Unwind rules of frames (shim/stack/unwind.h) that a walk has met, by return address: a few loads a frame instead of a
 * search through tables.
 *
 * A fixed table of pairs of words, written without a lock: a pair that two writers mixed up does not match its address.
 * What is unloaded may be followed by other code at the same address, so that each unloading starts a new generation;
 * while one is on its way, nothing is found and nothing kept.
 */
#ifndef PRECLUDE_SHIM_STACK_CFI_CACHE_H
#define PRECLUDE_SHIM_STACK_CFI_CACHE_H

#include <stdatomic.h>
#include <stdint.h>

#define CFI_CACHE_SIZE      2048
#define CFI_CACHE_WAYS      4
#define CFI_CACHE_UNLOADING UINT64_C(0xffff) /* how many threads are at it; above: the generation */

struct cfi_cache {
	_Atomic uint64_t generation;
	struct cfi_rule {
		_Atomic uint64_t check; /* unwind rule ^ key */
		_Atomic uint64_t cfi_rule;
	} of[CFI_CACHE_SIZE];
};
extern struct cfi_cache cfi_cache;

/* For one walk. */
static inline uint64_t cfi_cache_generation(void)
{
	return atomic_load_explicit(&cfi_cache.generation, memory_order_acquire);
}

static inline uint64_t cfi_cache_key(uint64_t generation, uintptr_t pc)
{
	return pc ^ generation * UINT64_C(0x9e3779b97f4a7c15);
}

/* Four share a cache line: two of one walk that drove each other out would be met for the first time each time. */
static inline struct cfi_rule *cfi_cache_place(uintptr_t pc)
{
	return &cfi_cache.of[(pc ^ pc >> 11) % (CFI_CACHE_SIZE / CFI_CACHE_WAYS) * CFI_CACHE_WAYS];
}

/* 0: none. */
static inline uint64_t cfi_cache_find(uint64_t generation, uintptr_t pc)
{
	struct cfi_rule *place = cfi_cache_place(pc);

	for (unsigned i = 0; i < CFI_CACHE_WAYS && !(generation & CFI_CACHE_UNLOADING); i++) {
		const uint64_t cfi_rule = atomic_load_explicit(&place[i].cfi_rule, memory_order_relaxed);
		const uint64_t check = atomic_load_explicit(&place[i].check, memory_order_relaxed);

		if (cfi_rule && (check ^ cfi_rule) == cfi_cache_key(generation, pc))
			return cfi_rule;
	}
	return 0;
}

static inline void cfi_cache_keep(uint64_t generation, uintptr_t pc, uint64_t cfi_rule)
{
	struct cfi_rule *place = cfi_cache_place(pc);
	unsigned way = 0;

	if (!cfi_rule || (generation & CFI_CACHE_UNLOADING) || cfi_cache_find(generation, pc))
		return;
	while (way < CFI_CACHE_WAYS && atomic_load_explicit(&place[way].cfi_rule, memory_order_relaxed))
		way++;
	place += way < CFI_CACHE_WAYS ? way : (pc >> 4) % CFI_CACHE_WAYS;
	atomic_store_explicit(&place->cfi_rule, cfi_rule, memory_order_relaxed);
	atomic_store_explicit(&place->check, cfi_rule ^ cfi_cache_key(generation, pc), memory_order_relaxed);
}

/* Around dlclose. */
void cfi_cache_unloading(void);
void cfi_cache_unloaded(void);

#endif
