/* SPDX-License-Identifier: ISC */
/* Recipes of frames that a walk has met. */
#include "shim/stack/cfi_cache.h"

#include "sandbox/sys.h"

LARGE struct recipes recipes;

void recipes_unloading(void)
{
	atomic_fetch_add(&recipes.generation, 1);
}

void recipes_unloaded(void)
{
	atomic_fetch_add(&recipes.generation, RECIPES_UNLOADING);
}
