/* SPDX-License-Identifier: ISC */
/* Words for a refusal: whatever bytes the user wrote, the reason stays one printable line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/policy.h"

/*
 * Length of the printable UTF-8 character at `text`, or 0: a control (C0, DEL, C1, the Unicode line and paragraph
 * separators), a stray or overlong sequence, a surrogate, or beyond U+10FFFF.
 */
static size_t printable(const unsigned char *text)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned code = text[0];
	size_t length = 1;

	if (code < 0x80)
		return code >= 0x20 && code != 0x7f;
	length = code >= 0xf8 ? 0 : code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : code >= 0xc0 ? 2 : 0;
	if (!length)
		return 0;
	code &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return code < 0xa0 || code == 0x2028 || code == 0x2029 ? 0 : length;
}

int refuse(struct refusal *why, const char *format, ...)
{
	static const char hex[] = "0123456789abcdef";
	static const char more[] = "...";
	char raw[sizeof(why->text)];
	char *out = why->text;
	const char *end = why->text + sizeof(why->text) - sizeof(more);
	const char *in = raw;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	if (length < 0)
		raw[0] = '\0';

	while (*in) {
		size_t whole = printable((const unsigned char *)in);

		if (out + (whole ? whole : 4) > end)
			break;
		if (whole) {
			memcpy(out, in, whole);
			out += whole;
			in += whole;
		} else {
			*out++ = '\\';
			*out++ = 'x';
			*out++ = hex[(unsigned char)*in >> 4];
			*out++ = hex[(unsigned char)*in & 15];
			in++;
		}
	}
	/* What was longer than `raw` did not fit either. */
	memcpy(out, *in ? more : "", *in ? sizeof(more) : 1);
	return -1;
}
