/* SPDX-License-Identifier: ISC */
/* Roots and grants, found by text (a rolling hash at each slash) and by device and inode. */
#include "shim/locate/roots.h"

#include <string.h>

#include "shim/base/context.h"
#include "shim/base/path_text.h"

/*
 * Compares a normalised path with the beginning of text that may hold "//" and "/./": where that goes on, or NULL.
 * uthash's only use of it is on our two tables; identities compare equal byte by byte.
 */
static const char *text_behind(const char *stored, const char *given, size_t length)
{
	const char *end = stored + length;

	while (stored < end) {
		if (*stored++ != '/' || *given != '/')
			return NULL;
		given = text_skip(given);
		while (stored < end && *stored != '/')
			if (*stored++ != *given++)
				return NULL;
	}
	return given;
}

static struct arena *pool;
#define uthash_malloc(size)          arena_alloc(pool, size)
#define uthash_free(pointer, size)   ((void)(pointer))
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->lost = true)
#define HASH_KEYCMP(a, b, length)    (!text_behind((const char *)(a), (const char *)(b), (length)))
#include <uthash.h>

#define NAMES_MAX 31

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

/* A name's bytes one by one, as they are found: a multiplication for each would be most of what a look-up takes. */
#define HASH_START 5381u
static inline unsigned hash_byte(unsigned hash, char byte)
{
	return (hash << 5) + hash + (unsigned char)byte;
}

static struct by_text *texts;

/*
 * Of each root's first n names together, a bit of their hash: what is not among them is beneath no root, however it
 * goes on. The last word is for all that have more names.
 */
static uint64_t ways[NAMES_MAX + 1];

/* The directory that all roots' names lie in, or the one root: most paths from elsewhere differ from it early. */
static struct {
	const char *text;
	size_t length;
	unsigned names, hash;
	uint32_t grant; /* when it is a root */
} common;

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

static uint64_t *way(unsigned names)
{
	return &ways[names < NAMES_MAX ? names : NAMES_MAX];
}

/* The hash of a root's name, whose way is marked, and how many names it has. */
static unsigned mark_way(const char *path, size_t length, unsigned *names)
{
	unsigned hash = HASH_START;

	*names = 0;
	for (size_t i = 0; i < length; i++) {
		hash = hash_byte(hash, path[i]);
		*names += path[i] == '/';
		if (i + 1 == length || path[i + 1] == '/')
			*way(*names) |= UINT64_C(1) << hash % 64;
	}
	return hash;
}

static bool is_end(const char *path, size_t length)
{
	return path[length] == '/' || !path[length];
}

static void share(const char *path, size_t length)
{
	size_t same = 0;

	if (!texts)
		common.text = path, common.length = length;
	while (same < length && same < common.length && path[same] == common.text[same])
		same++;
	while (same && !(is_end(path, same) && is_end(common.text, same)))
		same--;
	common.length = same;
}

static int add_text(const char *path, uint32_t grant, struct arena *arena)
{
	struct by_text *entry;
	size_t length = path[1] ? strlen(path) : 0; /* "/" is the empty prefix */
	unsigned names, hash = mark_way(path, length, &names);

	share(path, length);
	HASH_FIND_BYHASHVALUE(hh, texts, path, length, hash, entry);
	if (entry)
		return 0;
	entry = arena_alloc(arena, sizeof *entry);
	if (!entry)
		return -1;
	entry->grant = grant;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, texts, path, length, hash, entry);
	return entry->lost ? -1 : 0;
}

static uint32_t text_lookup(const char *path, size_t length, unsigned hash)
{
	struct by_text *entry;

	HASH_FIND_BYHASHVALUE(hh, texts, path, length, hash, entry);
	return entry ? entry->grant : NO_GRANT;
}

int roots_init(const struct policy *policy, const struct place *places, struct arena *arena)
{
	size_t count = 64;

	pool = arena;
	texts = NULL;
	memset(ways, 0, sizeof ways);
	memset(&common, 0, sizeof common);
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
	common.hash = mark_way(common.text, common.length, &common.names);
	common.grant = text_lookup(common.text, common.length, common.hash);
	return 0;
}

const struct known *roots_by_identity(const struct identity *id)
{
	for (const struct by_identity *entry = buckets[bucket_of(id)]; entry; entry = entry->next)
		if (entry->key[0] == id->dev && entry->key[1] == id->ino)
			return &entry->known;
	return NULL;
}

/* Name by name, while there is a way on. */
uint32_t roots_by_text(const char *path, const char **rest)
{
	const char *at = common.text ? text_behind(common.text, path, common.length) : NULL;
	uint32_t found = common.grant;
	unsigned hash = common.hash;
	size_t length = common.length;

	if (!at || !is_end(at, 0)) {
		*rest = text_skip(path);
		return NO_GRANT;
	}
	at = text_skip(at);
	*rest = found == NO_GRANT ? text_skip(path) : at;
	for (unsigned names = common.names + 1; *at; names++) {
		const char *end = at;
		uint32_t grant;

		if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || !at[2]))
			break;
		hash = hash_byte(hash, '/');
		while (*end && *end != '/')
			hash = hash_byte(hash, *end++);
		if (!(*way(names) >> hash % 64 & 1))
			break;
		length += 1 + (size_t)(end - at);
		at = text_skip(end);
		grant = text_lookup(path, length, hash);
		if (grant != NO_GRANT) {
			found = grant;
			*rest = at;
		}
	}
	return found;
}
