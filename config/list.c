/* SPDX-License-Identifier: ISC */
/* The one splitter of lists, and its inverse. */
#include "config/list.h"

static bool special(char c)
{
	return c == ':' || c == ',' || c == '=' || c == '\\';
}

bool list_cut(struct slice *rest, char separator, struct slice *head)
{
	size_t i = 0;

	while (i < rest->length && rest->text[i] != separator)
		i += rest->text[i] == '\\' ? 2 : 1;
	if (i >= rest->length) {
		*head = *rest;
		*rest = (struct slice){rest->text + rest->length, 0};
		return false;
	}
	*head = (struct slice){rest->text, i};
	*rest = (struct slice){rest->text + i + 1, rest->length - i - 1};
	return true;
}

size_t list_bad_escape(struct slice slice)
{
	for (size_t i = 0; i < slice.length; i++) {
		if (slice.text[i] != '\\')
			continue;
		if (i + 1 == slice.length || !special(slice.text[i + 1]))
			return i;
		i++;
	}
	return slice.length;
}

size_t list_unescape(char *out, struct slice slice)
{
	size_t length = 0;

	for (size_t i = 0; i < slice.length; i++) {
		if (slice.text[i] == '\\' && i + 1 < slice.length)
			i++;
		out[length++] = slice.text[i];
	}
	out[length] = '\0';
	return length;
}

size_t list_escape(char *out, const char *text)
{
	size_t length = 0;

	for (; *text; text++) {
		if (special(*text))
			out[length++] = '\\';
		out[length++] = *text;
	}
	out[length] = '\0';
	return length;
}
