/* SPDX-License-Identifier: ISC */
/* Hashes of texts and numbers for the tables of a report. */
#ifndef PRECLUDE_TOOLS_SITES_HASH_H
#define PRECLUDE_TOOLS_SITES_HASH_H

#include <stdint.h>
#include <string.h>

/* Not against an adversary: what is found by it is compared. */
static inline uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static inline uint64_t mix_text(uint64_t hash, const char *text)
{
	size_t length = text ? strlen(text) : 0;
	uint64_t word;

	for (; length >= sizeof(word); length -= sizeof(word), text += sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	if (length)
		memcpy(&word, text, length);
	return mix(hash, word ^ (uint64_t)length << 56);
}

#endif
