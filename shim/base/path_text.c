/* SPDX-License-Identifier: ISC */
/* What the text of a path says by itself: the parts that no fast path needs. */
#include "shim/base/path_text.h"

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

const char *text_number(char *room, const char *prefix, int number)
{
	size_t at = strlen(prefix);
	char digits[12];
	unsigned count = 0;

	memcpy(room, prefix, at);
	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count)
		room[at++] = digits[--count];
	room[at] = '\0';
	return room;
}

bool text_climbs(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at++)
		if ((at[2] == '/' || !at[2]) && (at == path || at[-1] == '/'))
			return true;
	return false;
}

static size_t text_component(const char *path)
{
	size_t length = 0;

	while (path[length] && path[length] != '/')
		length++;
	return length;
}

bool text_tidy(char *out, size_t size, const char *path, unsigned climb)
{
	size_t at = 0, floor, length;

	if (*path == '/') {
		out[at++] = '/';
		climb = 0;
	}
	floor = at;
	for (path = text_skip(path); *path; path = text_skip(path + length)) {
		const bool up = path[0] == '.' && path[1] == '.' && (!path[2] || path[2] == '/');

		length = text_component(path);
		if (up && at > floor) {
			while (at > floor && out[--at] != '/')
				;
			continue;
		}
		if (up && !climb)
			continue;
		if (at + length + 2 > size)
			return false;
		if (at && out[at - 1] != '/')
			out[at++] = '/';
		for (size_t i = 0; i < length; i++)
			out[at++] = path[i];
		if (up) {
			climb--;
			floor = at;
		}
	}
	if (!at)
		out[at++] = '.';
	out[at] = '\0';
	return true;
}
