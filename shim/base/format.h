/* SPDX-License-Identifier: ISC */
/*
 * Text into a buffer that the caller gives. Like snprintf, what does not fit is counted and not written. Pure.
 *
 * What comes from a program or a file name is only ever written escaped, so that no name can break a line, end a string
 * or drive a terminal.
 */
#ifndef PRECLUDE_SHIM_BASE_FORMAT_H
#define PRECLUDE_SHIM_BASE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

struct out {
	char *at; /* where the next byte goes, as long as it lies before `end` */
	char *end;
	size_t length; /* bytes put so far, written or not */
};

enum escape {
	ESCAPE_JSON,  /* quoted; control characters \u00XX, bytes that are not UTF-8 \udcXX, as Python's surrogateescape
		       */
	ESCAPE_TEXT,  /* quoted; control characters and bytes that are not UTF-8 \xNN, byte by byte */
	ESCAPE_BARE,  /* as text, without the quotes */
	ESCAPE_WORDS, /* as bare, but backslashes stay: a sentence whose parts were escaped when it was made */
};

void put_byte(struct out *out, char byte);
void put(struct out *out, const char *words);
void put_number(struct out *out, int64_t number);
void put_hex(struct out *out, uint64_t number);
void put_bytes_hex(struct out *out, const uint8_t *bytes, size_t count);

/* At most `max` bytes of `string`, cut between characters; a cut shows as "..." in text. */
void put_escaped(struct out *out, enum escape escape, const char *string, size_t max);

/* RFC 3339, UTC, microseconds. Reads no time zone, so it takes no lock of libc's. */
void put_time(struct out *out, int64_t seconds, uint32_t microseconds);

#endif
