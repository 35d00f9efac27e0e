/* SPDX-License-Identifier: ISC */
/* DT_GNU_HASH: a filter that says no to most of what is not there, then buckets of chains. */
#include "shim/stack/symbols.h"

#include <elf.h>
#include <string.h>

#define WORD_BITS      (8 * (unsigned)sizeof(uintptr_t))
#define HIDDEN_VERSION 0x8000 /* for those who ask for it by its version alone */

/* glibc relocates a dynamic section's addresses in place; other loaders, and the vDSO, do not. */
static const void *address(uintptr_t bias, uintptr_t value)
{
	return (const void *)(value < bias ? value + bias : value); // NOLINT(performance-no-int-to-ptr)
}

static const ElfW(Dyn) * dynamic_section(const struct dl_phdr_info *object)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			return address(object->dlpi_addr, object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
	return NULL;
}

bool symbols_of(const struct dl_phdr_info *object, struct symbols *out)
{
	const uint32_t *hash = NULL;

	*out = (struct symbols){.bias = object->dlpi_addr};
	for (const ElfW(Dyn) *d = dynamic_section(object); d && d->d_tag != DT_NULL; d++) {
		const void *at = address(out->bias, d->d_un.d_ptr);

		if (d->d_tag == DT_SYMTAB)
			out->table = at;
		else if (d->d_tag == DT_STRTAB)
			out->names = at;
		else if (d->d_tag == DT_VERSYM)
			out->versions = at;
		else if (d->d_tag == DT_GNU_HASH)
			hash = at;
	}
	if (!hash || !out->table || !out->names || !hash[0] || !hash[2])
		return false;
	out->bucket_count = hash[0];
	out->first = hash[1];
	out->bloom_mask = hash[2] - 1;
	out->bloom_shift = hash[3];
	out->bloom = (const uintptr_t *)(const void *)(hash + 4);
	out->buckets = (const uint32_t *)(const void *)(out->bloom + hash[2]);
	out->chains = out->buckets + out->bucket_count;
	return true;
}

uint32_t symbols_hash(const char *name)
{
	uint32_t hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash;
}

static bool is_default(const struct symbols *s, uint32_t index, const char *name)
{
	const ElfW(Sym) *symbol = &s->table[index];

	return symbol->st_shndx != SHN_UNDEF && !(s->versions && s->versions[index] & HIDDEN_VERSION) &&
	       !strcmp(s->names + symbol->st_name, name);
}

const ElfW(Sym) * symbols_find(const struct symbols *s, const char *name, uint32_t hash)
{
	const uintptr_t filter = s->bloom[hash / WORD_BITS & s->bloom_mask];
	uint32_t index;

	if (!(filter >> hash % WORD_BITS & filter >> (hash >> s->bloom_shift) % WORD_BITS & 1))
		return NULL;
	index = s->buckets[hash % s->bucket_count];
	for (bool last = index < s->first; !last; index++) {
		const uint32_t chain = s->chains[index - s->first];

		last = chain & 1;
		if ((chain | 1) == (hash | 1) && is_default(s, index, name))
			return &s->table[index];
	}
	return NULL;
}
