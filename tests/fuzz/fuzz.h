/* SPDX-License-Identifier: ISC */
/*
 * What the fuzz targets share: an input that is read piece by piece, and properties that must hold. A target is one
 * function; libFuzzer calls it with what it makes up (`make fuzz`), replay.c with the files of the corpus (`make
 * check`).
 */
#ifndef PRECLUDE_TESTS_FUZZ_FUZZ_H
#define PRECLUDE_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(property)                                                                                                \
	do {                                                                                                           \
		if (!(property)) {                                                                                     \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);                  \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

/* Reads past the end give zeros and empty strings. */
struct input {
	const uint8_t *at;
	const uint8_t *end;
};

static inline struct input input_of(const uint8_t *data, size_t size)
{
	return (struct input){data, data + size};
}

static inline uint8_t input_byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static inline uint64_t input_word(struct input *in)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < sizeof(word); i++)
		word = word << 8 | input_byte(in);
	return word;
}

/* Up to a NUL or the end. A copy with nothing behind it, so that a read too far is noticed; free it. */
static inline char *input_text(struct input *in)
{
	size_t length = strnlen((const char *)in->at, (size_t)(in->end - in->at));
	char *copy = malloc(length + 1);

	HOLDS(copy);
	memcpy(copy, in->at, length);
	copy[length] = '\0';
	in->at += length + (in->at + length < in->end);
	return copy;
}

/* Length of the UTF-8 character at `s` (RFC 3629), 0 when there is none; told from its bytes, not from its value. */
static inline unsigned utf8_length(const unsigned char *s)
{
	unsigned length = s[0] < 0x80                   ? 1
			  : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
			  : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
			  : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
							: 0;

	for (unsigned i = 1; i < length; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

/* Whether a terminal would do no more than show it: UTF-8 without C0, DEL, C1, and line or paragraph separators. */
static inline bool shows_as_one_line(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		unsigned length = utf8_length(s);

		if (!length || *s < 0x20 || *s == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0) ||
		    (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9)))
			return false;
		s += length;
	}
	return true;
}

#endif
