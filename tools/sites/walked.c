/* SPDX-License-Identifier: ISC */
/* What the text of a path says, beside where it led: the log has no types of objects. */
#include "tools/sites/walked.h"

#include <limits.h>
#include <string.h>

bool walked_one_name(const char *path)
{
	return path && *path && !strchr(path, '/') && strcmp(path, ".") != 0 && strcmp(path, "..") != 0;
}

/* Appends the components of `path` to `to`, an absolute path of `length` bytes without a slash at its end; ".." by
 * text. */
static size_t append(char *to, size_t length, const char *path)
{
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && !strncmp(path, "..", 2)) {
			while (length && to[--length] != '/')
				;
		} else if (part && !(part == 1 && *path == '.')) {
			if (length + part + 2 > PATH_MAX)
				return 0;
			to[length++] = '/';
			memcpy(to + length, path, part);
			length += part;
		}
		path += part + (path[part] == '/');
	}
	to[length] = '\0';
	return length;
}

enum walked walked_how(const char *dir, const char *path, const char *resolved)
{
	char text[PATH_MAX] = "";
	size_t length = 0;

	if (!path || !resolved || *resolved != '/')
		return WALKED_STRAIGHT;
	if (*path != '/') {
		if (!dir || *dir != '/')
			return WALKED_STRAIGHT;
		length = append(text, length, dir);
	}
	length = append(text, length, path);
	if (!length)
		strcpy(text, "/");
	if (!strcmp(text, resolved))
		return WALKED_STRAIGHT;
	return strcmp(strrchr(text, '/'), strrchr(resolved, '/')) ? WALKED_ELSEWHERE : WALKED_THROUGH;
}
