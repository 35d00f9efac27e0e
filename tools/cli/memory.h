/* SPDX-License-Identifier: ISC */
/* Memory for the commands: either there is some, or the command refuses (status 125). None of these returns NULL. */
#ifndef PRECLUDE_TOOLS_CLI_MEMORY_H
#define PRECLUDE_TOOLS_CLI_MEMORY_H

#include <stddef.h>
#include <stdio.h>

_Noreturn void no_memory(void);

/* What an allocation gave, unless that is NULL. */
void *must(void *memory);

/* Zeroed; free() it. */
void *zeroed(size_t size);

/* A list of `count` elements of `size` bytes with room for one more: itself, or moved to twice the room. */
void *room_for_one(void *list, size_t count, size_t *room, size_t size);

/* As asprintf(3). */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Text of any length, by stdio: write to `to` between the two. Zeroed, it is not begun. */
struct text {
	FILE *to;
	char *bytes;
	size_t length;
};
FILE *text_begin(struct text *text);
char *text_end(struct text *text); /* with a NUL behind it; free() it */

#endif
