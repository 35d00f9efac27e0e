/* SPDX-License-Identifier: ISC */
/* Words for a refusal: whatever bytes the user wrote, the reason stays one printable line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/parse.h"

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

/* Escapes `raw` behind the first `used` bytes of the text, and returns where the text ends now. */
static size_t put(struct refusal *why, size_t used, const char *raw)
{
	static const char hex[] = "0123456789abcdef";
	static const char more[] = "...";
	char *out = why->text + used;
	const char *end = why->text + sizeof(why->text) - sizeof(more);

	while (*raw) {
		size_t whole = printable((const unsigned char *)raw);

		if (out + (whole ? whole : 4) > end)
			break;
		if (whole) {
			memcpy(out, raw, whole);
			out += whole;
			raw += whole;
		} else {
			*out++ = '\\';
			*out++ = 'x';
			*out++ = hex[(unsigned char)*raw >> 4];
			*out++ = hex[(unsigned char)*raw & 15];
			raw++;
		}
	}
	/* What was longer than the buffer that it was formatted in did not fit either. */
	memcpy(out, *raw ? more : "", *raw ? sizeof(more) : 1);
	return (size_t)(out - why->text) + (*raw ? sizeof(more) - 1 : 0);
}

int refuse(struct refusal *why, const char *format, ...)
{
	char raw[sizeof(why->text)];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(raw, sizeof(raw), format, arguments) < 0)
		raw[0] = '\0';
	va_end(arguments);
	*why = (struct refusal){.variable = NULL};
	put(why, 0, raw);
	return -1;
}

/* How much of the user's text is said back. */
#define QUOTED 160

int refuse_spot(struct refusal *why, const struct spot *spot, const char *format, va_list arguments)
{
	const int quoted = spot->text.length > QUOTED ? QUOTED : (int)spot->text.length;
	char raw[sizeof(why->text)];
	size_t used = 0;

	*why = (struct refusal){.variable = spot->variable, .position = spot->position};
	used = put(why, used, spot->variable);
	if (spot->position) {
		snprintf(raw, sizeof(raw), ", element %u", (unsigned)spot->position);
		used = put(why, used, raw);
	}
	if (spot->byte) {
		snprintf(raw, sizeof(raw), ", byte %zu", spot->byte);
		used = put(why, used, raw);
	}
	used = put(why, used, ", \"");
	why->quote = (uint16_t)used;
	snprintf(raw, sizeof(raw), "%.*s%s", quoted, spot->text.text, spot->text.length > QUOTED ? "..." : "");
	used = put(why, used, raw);
	why->quote_end = (uint16_t)used;
	used = put(why, used, "\": ");
	why->advice = (uint16_t)used;
	if (vsnprintf(raw, sizeof(raw), format, arguments) >= 0)
		put(why, used, raw);
	return -1;
}

int refuse_value(struct refusal *why, const char *variable, uint32_t position, const char *value, const char *format,
		 ...)
{
	const struct spot spot = {.variable = variable, .position = position, .text = slice_of(value)};
	va_list arguments;

	va_start(arguments, format);
	refuse_spot(why, &spot, format, arguments);
	va_end(arguments);
	return -1;
}
