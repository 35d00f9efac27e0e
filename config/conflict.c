/* SPDX-License-Identifier: ISC */
/*
 * What the grants of a policy say twice and differently, told from their text alone. Who puts the policy in force looks
 * again once symlinks are resolved.
 *
 * Rules are a union, so a read-only path beneath a writable one would silently be writable: a refusal, unless the
 * policy narrows, where it binds once its root was entered. An EXEC grant beneath a
 * WRITE grant is none of that: WRITE does not execute, so both say something and both hold. Base grants are what nearly
 * every program needs, not what this user wrote: they contradict nothing.
 */
#include <stdio.h>

#include "config/arena_hash.h"
#include "config/parse.h"

/* One path, or one name of a root, and the first grant of each access that has it. */
struct seen {
	const struct grant *by[ACCESS_COUNT];
	UT_hash_handle hh;
};

#define HASH_START 2166136261u

/* FNV-1a, so that the hashes of all ancestors of a path fall out of one walk over it. */
static unsigned hash_step(unsigned hash, char byte)
{
	return (hash ^ (unsigned char)byte) * 16777619u;
}

static struct seen *find(struct seen *table, const char *key, size_t length, unsigned hash)
{
	struct seen *found = NULL;

	HASH_FIND_BYHASHVALUE(hh, table, key, length, hash, found);
	return found;
}

/* The entry of `key`, made from *spare (which moves on) when there is none. NULL when out of memory. */
static struct seen *enter(struct seen **table, const char *key, struct seen **spare, struct arena *arena)
{
	size_t length = strlen(key);
	unsigned hash = HASH_START;
	struct seen *entry;
	bool full = false;

	for (size_t i = 0; i < length; i++)
		hash = hash_step(hash, key[i]);
	entry = find(*table, key, length, hash);
	if (entry)
		return entry;
	entry = (*spare)++;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, *table, key, length, hash, entry);
	return full ? NULL : entry;
}

/* Where `other` was written, for a sentence. */
static const char *describe(const struct grant *other, char *out, size_t size)
{
	int shown = (int)strnlen(other->path, 120);

	snprintf(out, size, "%s, element %u, \"%.*s%s\"", other->variable, other->position, shown, other->path,
		 other->path[shown] ? "..." : "");
	return out;
}

static struct spot spot_of(const struct grant *grant)
{
	return (struct spot){.variable = grant->variable, .position = grant->position, .text = slice_of(grant->path)};
}

static bool read_only(unsigned access)
{
	return access == ACCESS_ROOT_RO || access == ACCESS_READ || access == ACCESS_EXEC;
}

/* What makes a read-only grant void where `above` is the path itself, or one that it lies beneath. */
static const struct grant *voided_by(const struct grant *grant, const struct seen *above)
{
	if (above->by[ACCESS_ROOT])
		return above->by[ACCESS_ROOT];
	if (above->by[ACCESS_ROOT_DEV])
		return above->by[ACCESS_ROOT_DEV];
	return grant->access == ACCESS_EXEC ? NULL : above->by[ACCESS_WRITE];
}

static int check_above(const struct grant *grant, struct seen *paths, struct refusal *why)
{
	const char *path = grant->path;
	unsigned hash = HASH_START;

	for (size_t i = 0;; i++) {
		/* Behind "/", and wherever a component ends, a prefix of the path is a path. */
		if (i == 1 || (i > 1 && (path[i] == '/' || !path[i]))) {
			const struct seen *above = find(paths, path, i, hash);
			const struct grant *other = above ? voided_by(grant, above) : NULL;
			struct spot spot = spot_of(grant);
			char where[320];

			if (other)
				return refuse_at(
				    why, &spot,
				    "read-only, but lies within the writable %s, so it would be writable too; "
				    "remove one of the two",
				    describe(other, where, sizeof(where)));
		}
		if (!path[i])
			return 0;
		hash = hash_step(hash, path[i]);
	}
}

static int check_name(const struct grant *root, const struct seen *name, struct refusal *why)
{
	const struct grant *other = name->by[ACCESS_ROOT];
	struct spot spot = spot_of(root);
	char where[320];

	if (!other)
		return 0;
	spot.text = slice_of(root->name);
	return refuse_at(why, &spot, "this name was already given to %s; write another one",
			 describe(other, where, sizeof(where)));
}

static int check_dev(const struct grant *root, const struct seen *path, struct refusal *why)
{
	const struct grant *other = root->access == ACCESS_ROOT       ? path->by[ACCESS_ROOT_DEV]
				    : root->access == ACCESS_ROOT_DEV ? path->by[ACCESS_ROOT]
								      : NULL;
	struct spot spot = spot_of(root);
	char where[320];

	if (!other)
		return 0;
	return refuse_at(why, &spot,
			 "this path is given with \"dev\" and without, the other time in %s; remove one of the two",
			 describe(other, where, sizeof(where)));
}

static int check(const struct policy *policy, struct seen *spare, struct arena *arena, struct refusal *why)
{
	struct seen *paths = NULL, *names = NULL;

	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];
		struct seen *path = enter(&paths, grant->path, &spare, arena);
		struct seen *name = grant->name ? enter(&names, grant->name, &spare, arena) : NULL;

		if (!path || (grant->name && !name))
			return refuse_memory(why);
		if (name && check_name(grant, name, why))
			return -1;
		if (check_dev(grant, path, why))
			return -1;
		if (name)
			name->by[ACCESS_ROOT] = grant;
		if (!path->by[grant->access])
			path->by[grant->access] = grant;
	}
	for (size_t i = 0; i < policy->grant_count && !policy->narrow; i++)
		if (read_only(policy->grants[i].access) && check_above(&policy->grants[i], paths, why))
			return -1;
	return 0;
}

int policy_check(const struct policy *policy, struct arena *arena, struct refusal *why)
{
	const size_t count = policy->grant_count + policy->root_count, bytes = count * sizeof(struct seen);
	/* Behind them, what uthash makes of its tables: of a megabyte with 10,000 roots, others have use. */
	const struct arena mark = arena_mark(arena, bytes + count * sizeof(UT_hash_bucket) + 8192);
	struct seen *spare = arena_alloc(arena, bytes);
	const int result = spare ? check(policy, spare, arena, why) : refuse_memory(why);

	arena_rewind(arena, mark);
	return result;
}
