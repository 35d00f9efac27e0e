/* SPDX-License-Identifier: ISC */
/*
 * JSON, read in place: strings are unescaped where they stand and ended by a NUL over their closing quote.
 *
 * Each returns false (or NULL) when there is no such thing at that place, and the scan may then stand anywhere. A value
 * of another type than the one that is asked for is left out where it says so: a later library may write what this one
 * does not.
 */
#ifndef PRECLUDE_TOOLS_EVENTS_JSON_SCAN_H
#define PRECLUDE_TOOLS_EVENTS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
	char *at;
	const char *end; /* a NUL stands there */
};

static inline void scan_space(struct scan *scan)
{
	while (*scan->at == ' ' || *scan->at == '\t')
		scan->at++;
}

/* This very character, after space. */
static inline bool scan_next(struct scan *scan, char c)
{
	scan_space(scan);
	if (*scan->at != c)
		return false;
	scan->at++;
	return true;
}

/* A string whose opening quote was read. */
char *scan_string(struct scan *scan);

/* "name": and the space behind it. */
bool scan_key(struct scan *scan, const char **name, size_t *length);

/* A string, or NULL for null and for any other value. */
bool scan_text(struct scan *scan, const char **value);

/* An integer. What does not fit is what its lower 64 bits are. */
bool scan_number(struct scan *scan, int64_t *value);

/* true, or false for any other value. */
bool scan_truth(struct scan *scan, bool *value);

/* Any value, left out. */
bool scan_skip(struct scan *scan);

#endif
