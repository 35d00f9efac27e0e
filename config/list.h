/* SPDX-License-Identifier: ISC */
/*
 * Lists in a variable: elements between ':', parts of an element between ',' and behind '='.
 *
 * \: \, \= and \\ stand for the character itself; a backslash before anything else is an error. Pure, linear, and
 * nothing is copied until it is unescaped.
 */
#ifndef PRECLUDE_CONFIG_LIST_H
#define PRECLUDE_CONFIG_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A stretch of somebody else's text, escapes still in it. */
struct slice {
	const char *text;
	size_t length;
};

static inline struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

static inline bool slice_is(struct slice slice, const char *word)
{
	return strlen(word) == slice.length && memcmp(slice.text, word, slice.length) == 0;
}

/*
 * Takes from the front of `rest` what stands before its first unescaped `separator`, and the separator with it.
 * Returns false when there is none: `head` is then all that was left, and `rest` is empty.
 */
bool list_cut(struct slice *rest, char separator, struct slice *head);

/* Offset of the first backslash that begins no escape, or slice.length when there is none. */
size_t list_bad_escape(struct slice slice);

/* Undoes the escapes of a slice without bad ones. `out` has room for slice.length + 1 bytes. Returns the length. */
size_t list_unescape(char *out, struct slice slice);

/*
 * Writes `text` (a path or a name) so that it can stand in any list: what list_unescape gives back is `text`. `out` has
 * room for 2 * strlen(text) + 1 bytes. Returns the length.
 */
size_t list_escape(char *out, const char *text);

#endif
