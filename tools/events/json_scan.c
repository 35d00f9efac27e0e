/* SPDX-License-Identifier: ISC */
/* JSON, read in place: a million lines cost no allocation. */
#include "tools/events/json_scan.h"

#include <string.h>

static bool hex4(const char *at, unsigned *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
							: 16;

		if (digit == 16)
			return false;
		*code = *code << 4 | digit;
	}
	return true;
}

static char *put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/*
 * \uXXXX at `*from`, which stands behind the u. A byte that was not UTF-8 was written as \udc80 to \udcff; no path has
 * a NUL, so what claims one is replaced.
 */
static char *put_code(char *to, char **from)
{
	unsigned code, low;

	if (!hex4(*from, &code))
		return NULL;
	*from += 4;
	if (code >= 0xd800 && code < 0xdc00 && (*from)[0] == '\\' && (*from)[1] == 'u' && hex4(*from + 2, &low) &&
	    low >= 0xdc00 && low < 0xe000) {
		*from += 6;
		return put_utf8(to, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	}
	if (code >= 0xdc80 && code <= 0xdcff) {
		*to++ = (char)(code & 0xff);
		return to;
	}
	return put_utf8(to, code && (code < 0xd800 || code > 0xdfff) ? code : 0xfffd);
}

static char *put_escape(char *to, char **from)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = *(*from)++;
	const char *which;

	if (c == 'u')
		return put_code(to, from);
	which = c ? strchr(names, c) : NULL;
	if (which)
		*to++ = values[which - names];
	return which ? to : NULL;
}

char *scan_string(struct scan *scan)
{
	char *start = scan->at;
	char *from, *to;

	/* Most have no escape in them and stay as they are. */
	from = start;
	while (*from != '"' && *from != '\\' && *from)
		from++;
	to = from;
	while (*from != '"') {
		if (!*from)
			return NULL;
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		to = put_escape(to, &from);
		if (!to)
			return NULL;
	}
	*to = '\0';
	scan->at = from + 1;
	return start;
}

static bool scan_word(struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(scan->at, text, length) != 0)
		return false;
	scan->at += length;
	return true;
}

bool scan_number(struct scan *scan, int64_t *value)
{
	bool negative = *scan->at == '-';
	uint64_t sum = 0;
	char *at = scan->at + negative;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		sum = sum * 10 + (uint64_t)(*at - '0');
	*value = (int64_t)(negative ? 0 - sum : sum);
	scan->at = at;
	return true;
}

bool scan_skip(struct scan *scan)
{
	unsigned depth = 0;

	do {
		char c = *scan->at;

		if (c == '"') {
			scan->at++;
			if (!scan_string(scan))
				return false;
		} else if (c == '[' || c == '{') {
			depth++;
			scan->at++;
		} else if (c == ']' || c == '}') {
			if (!depth--)
				return false;
			scan->at++;
		} else if (!c) {
			return false;
		} else {
			scan->at += strcspn(scan->at, depth ? "\"[]{}" : ",}");
		}
	} while (depth);
	return true;
}

bool scan_text(struct scan *scan, const char **value)
{
	if (*scan->at == '"') {
		scan->at++;
		*value = scan_string(scan);
		return *value != NULL;
	}
	*value = NULL;
	return scan_word(scan, "null") || scan_skip(scan);
}

bool scan_truth(struct scan *scan, bool *value)
{
	*value = *scan->at == 't';
	return scan_word(scan, "true") || scan_word(scan, "false") || scan_skip(scan);
}

bool scan_key(struct scan *scan, const char **name, size_t *length)
{
	if (!scan_next(scan, '"'))
		return false;
	*name = scan_string(scan);
	if (!*name)
		return false;
	*length = (size_t)(scan->at - 1 - *name);
	if (!scan_next(scan, ':'))
		return false;
	scan_space(scan);
	return true;
}
