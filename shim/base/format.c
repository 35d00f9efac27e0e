/* SPDX-License-Identifier: ISC */
/* Text into a bounded buffer: numbers, times, and strings that nobody vouches for. */
#include "shim/base/format.h"

#include <stdbool.h>

static const char digits[] = "0123456789abcdef";

void put_byte(struct out *out, char byte)
{
	if (out->at < out->end)
		*out->at++ = byte;
	out->length++;
}

void put(struct out *out, const char *words)
{
	while (*words)
		put_byte(out, *words++);
}

static void put_padded(struct out *out, uint64_t number, int width)
{
	char text[20];
	int count = 0;

	do
		text[count++] = digits[number % 10];
	while (number /= 10);
	for (; width > count; width--)
		put_byte(out, '0');
	while (count)
		put_byte(out, text[--count]);
}

void put_number(struct out *out, int64_t number)
{
	if (number < 0)
		put_byte(out, '-');
	put_padded(out, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
}

void put_hex(struct out *out, uint64_t number)
{
	int shift = 60;

	while (shift && !(number >> shift))
		shift -= 4;
	for (put(out, "0x"); shift >= 0; shift -= 4)
		put_byte(out, digits[number >> shift & 15]);
}

static void put_hex_byte(struct out *out, uint8_t byte)
{
	put_byte(out, digits[byte >> 4]);
	put_byte(out, digits[byte & 15]);
}

void put_bytes_hex(struct out *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_hex_byte(out, bytes[i]);
}

/*
 * Decodes one character of a NUL-terminated string. Returns its length in bytes, or 0 when the bytes are no UTF-8
 * (RFC 3629: nothing overlong, no surrogates, nothing beyond U+10FFFF).
 */
static unsigned utf8_next(const unsigned char *s, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	uint32_t c = length == 1 ? s[0] : s[0] & (0x7fu >> length);

	for (unsigned i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (!length || c < least[length] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*character = c;
	return length;
}

/*
 * Characters that move a cursor, end a line or reorder what is shown: C0 and C1 controls, zero-width and directional
 * marks, line and paragraph separators, the byte order mark.
 */
static bool unprintable(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* One character of `length` bytes; length 0 is one byte that is not UTF-8. */
static void put_character(struct out *out, enum escape escape, const char *s, unsigned length, uint32_t c)
{
	bool quoted = escape <= ESCAPE_TEXT;

	if (length && !unprintable(c)) {
		if ((c == '\\' && escape != ESCAPE_WORDS) || (c == '"' && quoted))
			put_byte(out, '\\');
		for (unsigned i = 0; i < length; i++)
			put_byte(out, s[i]);
	} else if (escape == ESCAPE_JSON) {
		put(out, "\\u");
		put_hex_byte(out, length ? (uint8_t)(c >> 8) : 0xdc);
		put_hex_byte(out, length ? (uint8_t)c : (uint8_t)*s);
	} else {
		for (unsigned i = 0; i < (length ? length : 1); i++) {
			put(out, "\\x");
			put_hex_byte(out, (uint8_t)s[i]);
		}
	}
}

void put_escaped(struct out *out, enum escape escape, const char *string, size_t max)
{
	const char *s = string;

	if (escape <= ESCAPE_TEXT)
		put_byte(out, '"');
	while (*s) {
		uint32_t c = 0;
		unsigned length = utf8_next((const unsigned char *)s, &c);
		unsigned step = length ? length : 1;

		if ((size_t)(s - string) + step > max)
			break;
		put_character(out, escape, s, length, c);
		s += step;
	}
	if (escape <= ESCAPE_TEXT)
		put_byte(out, '"');
	if (*s && escape != ESCAPE_JSON)
		put(out, "...");
}

/* Days since 1970 to a date of the proleptic Gregorian calendar, by years that begin in March (leap days come last). */
static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t since = days + 719468; /* 0000-03-01 */
	int64_t era = (since >= 0 ? since : since - 146096) / 146097;
	unsigned in_era = (unsigned)(since - era * 146097);
	unsigned of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * of_era + of_era / 4 - of_era / 100);
	unsigned from_march = (5 * in_year + 2) / 153;

	*day = in_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = (int64_t)of_era + era * 400 + (*month <= 2);
}

void put_time(struct out *out, int64_t seconds, uint32_t microseconds)
{
	int64_t days = seconds / 86400 - (seconds % 86400 < 0);
	unsigned rest = (unsigned)(seconds - days * 86400);
	unsigned month, day;
	int64_t year;

	civil_from_days(days, &year, &month, &day);
	put_padded(out, (uint64_t)year, 4);
	put_byte(out, '-');
	put_padded(out, month, 2);
	put_byte(out, '-');
	put_padded(out, day, 2);
	put_byte(out, 'T');
	put_padded(out, rest / 3600, 2);
	put_byte(out, ':');
	put_padded(out, rest / 60 % 60, 2);
	put_byte(out, ':');
	put_padded(out, rest % 60, 2);
	put_byte(out, '.');
	put_padded(out, microseconds, 6);
	put_byte(out, 'Z');
}
