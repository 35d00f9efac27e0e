/* SPDX-License-Identifier: ISC */
/*
 * Recipes of frames (shim/stack/unwind.h) that a walk has met, by return address: a few loads a frame instead of a
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

#define RECIPES           2048
#define RECIPES_WAYS      4
#define RECIPES_UNLOADING UINT64_C(0xffff) /* how many threads are at it; above: the generation */

struct recipes {
	_Atomic uint64_t generation;
	struct recipe {
		_Atomic uint64_t check; /* recipe ^ key */
		_Atomic uint64_t recipe;
	} of[RECIPES];
};
extern struct recipes recipes;

/* For one walk. */
static inline uint64_t recipes_generation(void)
{
	return atomic_load_explicit(&recipes.generation, memory_order_acquire);
}

static inline uint64_t recipes_key(uint64_t generation, uintptr_t pc)
{
	return pc ^ generation * UINT64_C(0x9e3779b97f4a7c15);
}

/* Four share a cache line: two of one walk that drove each other out would be met for the first time each time. */
static inline struct recipe *recipes_place(uintptr_t pc)
{
	return &recipes.of[(pc ^ pc >> 11) % (RECIPES / RECIPES_WAYS) * RECIPES_WAYS];
}

/* 0: none. */
static inline uint64_t recipes_find(uint64_t generation, uintptr_t pc)
{
	struct recipe *place = recipes_place(pc);

	for (unsigned i = 0; i < RECIPES_WAYS && !(generation & RECIPES_UNLOADING); i++) {
		const uint64_t recipe = atomic_load_explicit(&place[i].recipe, memory_order_relaxed);
		const uint64_t check = atomic_load_explicit(&place[i].check, memory_order_relaxed);

		if (recipe && (check ^ recipe) == recipes_key(generation, pc))
			return recipe;
	}
	return 0;
}

static inline void recipes_keep(uint64_t generation, uintptr_t pc, uint64_t recipe)
{
	struct recipe *place = recipes_place(pc);
	unsigned way = 0;

	if (!recipe || (generation & RECIPES_UNLOADING) || recipes_find(generation, pc))
		return;
	while (way < RECIPES_WAYS && atomic_load_explicit(&place[way].recipe, memory_order_relaxed))
		way++;
	place += way < RECIPES_WAYS ? way : (pc >> 4) % RECIPES_WAYS;
	atomic_store_explicit(&place->recipe, recipe, memory_order_relaxed);
	atomic_store_explicit(&place->check, recipe ^ recipes_key(generation, pc), memory_order_relaxed);
}

/* Around dlclose. */
void recipes_unloading(void);
void recipes_unloaded(void);

#endif
