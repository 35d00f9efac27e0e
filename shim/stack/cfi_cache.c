/* SPDX-License-Identifier: ISC */
/* Unwind rules of frames that a walk has met. */
#include "shim/stack/cfi_cache.h"

#include "sandbox/sys.h"

LARGE struct cfi_cache cfi_cache;

void cfi_cache_unloading(void)
{
	atomic_fetch_add(&cfi_cache.generation, 1);
}

void cfi_cache_unloaded(void)
{
	atomic_fetch_add(&cfi_cache.generation, CFI_CACHE_UNLOADING);
}
