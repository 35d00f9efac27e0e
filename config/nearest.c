/* SPDX-License-Identifier: ISC */
/* Edit distance (insertions, deletions, substitutions; case is none), one row at a time. */
#include "config/nearest.h"

#include <string.h>

/* Of a known word; no name of ours comes near. */
#define LONGEST 40

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[LONGEST + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (lower(a[i - 1]) != lower(b[j - 1])));
			diagonal = above;
		}
	}
	return row[b_length];
}

const char *nearest(const char *word, size_t length, size_t shared, const char *const *known, size_t count)
{
	const char *best = NULL;
	/* Two letters in the wrong order are two mistakes, and every third letter may be wrong. */
	size_t best_distance = length > shared ? (length - shared) / 3 + 2 : 1;

	for (size_t i = 0; i < count; i++) {
		size_t far = distance(word, length, known[i], strnlen(known[i], LONGEST));

		if (far < best_distance) {
			best_distance = far;
			best = known[i];
		}
	}
	return best;
}
