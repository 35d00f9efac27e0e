/* SPDX-License-Identifier: ISC */
/* The state of narrowing: of this process and of its fork children. */
#include "shim/locate/narrowed.h"

#include <stdatomic.h>

#include "shim/locate/roots.h"

static const struct module_rule *rules;
static size_t rule_count;
static _Atomic uint32_t entered; /* number of the root, plus one; 0: not narrowed */

bool narrow_done(void)
{
	return atomic_load_explicit(&entered, memory_order_acquire);
}

uint32_t narrow_root(void)
{
	const uint32_t root = atomic_load_explicit(&entered, memory_order_acquire);

	return root ? root - 1 : NO_GRANT;
}

uint64_t narrow_rights(const struct identity *id)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < rule_count; i++)
		if (identity_same(&rules[i].id, id))
			rights |= rules[i].rights;
	return rights;
}

void narrow_set(uint32_t root, const struct module_rule *now, size_t count)
{
	rules = now;
	rule_count = count;
	atomic_store_explicit(&entered, root + 1, memory_order_release);
}
