/* SPDX-License-Identifier: ISC */
/* Roots and grants, found by text (a rolling hash at each slash) and by device and inode. */
#include "shim/roots.h"

#include <string.h>

#include "shim/lexical.h"
#include "shim/shim.h"

/*
 * Compares a normalised path with text that may hold "//" and "/./": both have the same normalised length. uthash's
 * only use of it is on our two tables; identities compare equal byte by byte.
 */
static int text_differs(const char *stored, const char *given, size_t length)
{
	const char *end = stored + length;

	while (stored < end) {
		if (*stored++ != '/' || *given != '/')
			return 1;
		given = text_skip(given);
		while (stored < end && *stored != '/')
			if (*stored++ != *given++)
				return 1;
	}
	return 0;
}

static struct arena *pool;
#define uthash_malloc(size)          arena_alloc(pool, size)
#define uthash_free(pointer, size)   ((void)(pointer))
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->lost = true)
#define HASH_KEYCMP(a, b, length)    text_differs((const char *)(a), (const char *)(b), (length))
#include <uthash.h>

#define DEPTH_MAX 63

struct by_text {
	uint32_t grant;
	bool lost;
	UT_hash_handle hh;
};

struct by_identity {
	uint64_t key[2]; /* device, inode */
	struct known known;
	struct by_identity *next;
	bool lost;
};

static struct by_text *texts;
static uint64_t depths; /* bit n: some root's path has n names; the last bit is for all that have more */

/* Identities: open hashing over a power of two of buckets. */
static struct by_identity **buckets;
static size_t bucket_mask;

static size_t bucket_of(const struct identity *id)
{
	uint64_t hash = (id->ino ^ (id->dev << 32)) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) & bucket_mask;
}

int roots_add_object(const struct identity *id, uint64_t rights, uint32_t grant, bool root, struct arena *arena)
{
	struct by_identity **slot = &buckets[bucket_of(id)];
	struct by_identity *entry;

	for (entry = *slot; entry; entry = entry->next)
		if (entry->key[0] == id->dev && entry->key[1] == id->ino)
			break;
	if (!entry) {
		entry = arena_alloc(arena, sizeof *entry);
		if (!entry)
			return -1;
		*entry = (struct by_identity){.key = {id->dev, id->ino}, .known.grant = grant, .next = *slot};
		*slot = entry;
	}
	if (root && !entry->known.root)
		entry->known.grant = grant;
	entry->known.root |= root;
	entry->known.rights |= rights;
	return 0;
}

static unsigned depth_of(const char *path)
{
	unsigned names = 0;

	for (path = text_skip(path); *path; path = text_skip(path)) {
		names++;
		while (*path && *path != '/')
			path++;
	}
	return names < DEPTH_MAX ? names : DEPTH_MAX;
}

static int add_text(const char *path, uint32_t grant, struct arena *arena)
{
	struct by_text *entry;
	size_t length = path[1] ? strlen(path) : 0; /* "/" is the empty prefix */
	unsigned hash = (unsigned)text_hash(TEXT_HASH, path, length);

	HASH_FIND_BYHASHVALUE(hh, texts, path, length, hash, entry);
	if (entry)
		return 0;
	entry = arena_alloc(arena, sizeof *entry);
	if (!entry)
		return -1;
	entry->grant = grant;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, texts, path, length, hash, entry);
	depths |= UINT64_C(1) << depth_of(path);
	return entry->lost ? -1 : 0;
}

int roots_init(const struct policy *policy, const struct place *places, struct arena *arena)
{
	size_t count = 64;

	pool = arena;
	texts = NULL;
	depths = 0;
	while (count < policy->grant_count * 2)
		count *= 2;
	bucket_mask = count - 1;
	buckets = arena_alloc(arena, count * sizeof *buckets);
	if (!buckets)
		return -1;
	for (uint32_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (!places[i].present)
			continue;
		if (roots_add_object(&places[i].id, access_rights(grant->access, places[i].directory), i,
				     access_is_root(grant->access), arena))
			return -1;
		if (!access_is_root(grant->access))
			continue;
		if (add_text(grant->path, i, arena))
			return -1;
		if (places[i].canonical && add_text(places[i].canonical, i, arena))
			return -1;
	}
	return 0;
}

const struct known *roots_by_identity(const struct identity *id)
{
	for (const struct by_identity *entry = buckets[bucket_of(id)]; entry; entry = entry->next)
		if (entry->key[0] == id->dev && entry->key[1] == id->ino)
			return &entry->known;
	return NULL;
}

static uint32_t text_lookup(const char *path, size_t length, uint64_t hash)
{
	struct by_text *entry;

	HASH_FIND_BYHASHVALUE(hh, texts, path, length, (unsigned)hash, entry);
	return entry ? entry->grant : NO_GRANT;
}

/* What is deeper than every root, or as deep as none, is not looked up. */
uint32_t roots_by_text(const char *path, const char **rest)
{
	uint32_t found = depths & 1 ? text_lookup(path, 0, TEXT_HASH) : NO_GRANT;
	uint64_t hash = TEXT_HASH;
	size_t length = 0;
	const char *at = text_skip(path);

	*rest = at;
	for (unsigned names = 1; *at && depths >> names; names += names < DEPTH_MAX) {
		const char *end = at;
		uint32_t grant;

		if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || !at[2]))
			break;
		hash = text_hash(hash, "/", 1);
		while (*end && *end != '/')
			hash = text_hash(hash, end++, 1);
		length += 1 + (size_t)(end - at);
		at = text_skip(end);
		grant = depths >> names & 1 ? text_lookup(path, length, hash) : NO_GRANT;
		if (grant != NO_GRANT) {
			found = grant;
			*rest = at;
		}
	}
	return found;
}
