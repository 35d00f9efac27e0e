/* SPDX-License-Identifier: ISC */
/* A set of numbers: open addressing, filled by compare-and-swap, never emptied, no lock. */
#include "shim/log/seen_objects.h"

#include <errno.h>

#include "shim/base/shared.h"

#define OBJECTS_MAX 65536
#define PROBES      64

/* A confined child can write here. It can make us withhold a line about itself, and no more. */
static uint64_t *objects;

int objects_init(void)
{
	objects = shared_take(sizeof(*objects) * OBJECTS_MAX);
	return objects ? 0 : -ENOMEM;
}

bool objects_new(uint64_t number)
{
	number |= !number;
	for (uint64_t i = 0; objects && i < PROBES; i++) {
		uint64_t *slot = &objects[(number + i) % OBJECTS_MAX];
		uint64_t have = 0;

		if (__atomic_compare_exchange_n(slot, &have, number, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return true;
		if (have == number)
			return false;
	}
	return true;
}
