/* SPDX-License-Identifier: ISC */
/* The functions that a loaded object defines, found by name in its own hash table. */
#ifndef PRECLUDE_SHIM_STACK_SYMBOLS_H
#define PRECLUDE_SHIM_STACK_SYMBOLS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct symbols {
	uintptr_t bias; /* what the loader added to link-time addresses */
	const ElfW(Sym) * table;
	const char *names;
	const uint16_t *versions; /* NULL: the object has none */
	const uint32_t *buckets, *chains;
	const uintptr_t *bloom;
	uint32_t bucket_count, first, bloom_mask, bloom_shift;
};

/* false: the object has no such table (DT_GNU_HASH), or nothing but undefined names. */
bool symbols_of(const struct dl_phdr_info *object, struct symbols *out);

uint32_t symbols_hash(const char *name);

/* The default version, as dlsym(3) has it; NULL when it is not defined here. */
const ElfW(Sym) * symbols_find(const struct symbols *symbols, const char *name, uint32_t hash);

#endif
