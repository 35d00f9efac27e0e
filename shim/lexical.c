/* SPDX-License-Identifier: ISC */
/* What the text of a path says by itself: the parts that no fast path needs. */
#include "shim/lexical.h"

const char *text_skip(const char *path)
{
	for (;;) {
		if (path[0] == '/')
			path++;
		else if (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))
			path++;
		else
			return path;
	}
}

const char *text_last(const char *path, size_t *length)
{
	const char *start = path;
	const char *end = path;

	for (const char *at = path; *at; at++) {
		if (*at == '/')
			continue;
		if (at == path || at[-1] == '/')
			start = at;
		end = at + 1;
	}
	*length = (size_t)(end - start);
	return start;
}

bool text_climbs(const char *path)
{
	for (const char *at = path; *at; at++)
		if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || !at[2]) && (at == path || at[-1] == '/'))
			return true;
	return false;
}
