/* SPDX-License-Identifier: ISC */
/*
 * What the text of a path says by itself. Pure, inline where a wrapper's fast path needs it.
 */
#ifndef PRECLUDE_SHIM_BASE_PATH_TEXT_H
#define PRECLUDE_SHIM_BASE_PATH_TEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "shim/base/readable.h"

/*
 * Exactly one name: not empty, no slash, not "..". "." counts: it resolves no name at all. Such a path cannot leave the
 * directory that it is relative to, provided that the name is not followed.
 */
static inline bool text_one_name(const char *path)
{
	const char *at = path;

	if (path[0] == '.' && path[1] == '.' && path[2] == '\0')
		return false;
	while (*at && *at != '/')
		at++;
	return *at == '\0' && at != path;
}

/* Whether the kernel will read it at all (path_resolution(7): ENAMETOOLONG), and the text can tell anything. */
static inline bool text_short(const char *path)
{
	return strnlen(path, PATH_MAX) < PATH_MAX;
}

/* Behind leading slashes and "." components. */
static inline const char *text_skip(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || path[1] == '\0')))
		path++;
	return path;
}

/* The start of the last component, and its length without trailing slashes; length 0 when there is none ("", "///"). */
const char *text_last(const char *path, size_t *length);

/* A word into a hash: the multiplier is 2^64 divided by the golden ratio (Knuth, section 6.4). */
static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* Writes `prefix` and a number behind it, which is not negative; returns `room`. */
const char *text_number(char *room, const char *prefix, int number);

/* Whether a component is "..". */
bool text_climbs(const char *path);

/*
 * Writes `path` without empty and "." components, each ".." taken back by text: at the beginning, where there is
 * nothing left to take back, `climb` of them are kept, the others dropped. An absolute path stays absolute. False when
 * `out` has no room; `size` is at least 2.
 */
bool text_tidy(char *out, size_t size, const char *path, unsigned climb);

static inline bool text_is_dots(const char *name, size_t length)
{
	return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

/* Eight bytes at a time: start with TEXT_HASH, or with what came before. */
#define TEXT_HASH UINT64_C(0xcbf29ce484222325)
static inline uint64_t text_hash(uint64_t hash, const char *text, size_t length)
{
	uint64_t word;

	for (; length >= sizeof word; length -= sizeof word, text += sizeof word) {
		memcpy(&word, text, sizeof word);
		hash = hash_mix(hash, word);
	}
	for (word = length; length; length--)
		word = word << 8 | (unsigned char)*text++;
	return hash_mix(hash, word);
}

#endif
