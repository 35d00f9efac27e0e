/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_APPLIED, "1-DIGEST-HASHES": 16 hexadecimal digits of the policy's digest, then for each grant, in order, six
 * characters (36 bits) hashed from its device and inode, or six dots when it was not there.
 *
 * It saves a layer for each exec, of which a process has sixteen. Anybody can write the variable, so it is a hint: what
 * counts is that the kernel denies what this policy denies (sandbox/evidence.h).
 */
#include "sandbox/applied.h"

#include <string.h>

#include "config/env.h"

#define DIGEST_DIGITS   16
#define HASHES          (2 + DIGEST_DIGITS + 1) /* where they begin */
#define HASH_CHARACTERS 6
#define VALUE_MAX       (120 * 1024) /* of the 128 KiB that execve(2) allows a string */

static void put_digest(char *text, const struct policy *policy)
{
	static const char hex[] = "0123456789abcdef";
	const uint64_t digest = policy_digest(policy);

	memcpy(text, "1-", 2);
	for (unsigned i = 0; i < DIGEST_DIGITS; i++)
		text[2 + i] = hex[digest >> (60 - 4 * i) & 15];
	text[HASHES - 1] = '-';
}

static void put_hash(char *text, const struct place *place)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	/* Inodes are small and dense: multiply (Knuth's golden ratio), then take the well mixed upper bits. */
	const uint64_t hash =
	    (place->id.ino ^ place->id.dev << 32 ^ place->id.dev >> 32) * UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned i = 0; i < HASH_CHARACTERS; i++)
		text[i] = place->present ? digits[hash >> (58 - 6 * i) & 63] : '.';
}

const char *applied_value(const struct policy *policy, const struct place *places, struct arena *arena)
{
	const size_t length = HASHES + HASH_CHARACTERS * policy->grant_count;
	char *value;

	if (length > VALUE_MAX)
		return NULL;
	value = arena_alloc(arena, length + 1);
	if (!value)
		return NULL;
	put_digest(value, policy);
	for (size_t i = 0; i < policy->grant_count; i++)
		put_hash(value + HASHES + HASH_CHARACTERS * i, &places[i]);
	return value;
}

bool applied_matches(const char *value, const struct policy *policy)
{
	char digest[HASHES];

	if (!value || strlen(value) != HASHES + HASH_CHARACTERS * policy->grant_count)
		return false;
	put_digest(digest, policy);
	return !memcmp(value, digest, HASHES);
}

void applied_keep(const char *value, const struct policy *policy, struct place *places)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		char hash[HASH_CHARACTERS];

		put_hash(hash, &places[i]);
		if (memcmp(value + HASHES + HASH_CHARACTERS * i, hash, HASH_CHARACTERS) != 0)
			places[i].present = false;
	}
}
