/* SPDX-License-Identifier: ISC */
/* No command has anything better to do without memory than to say so. */
#include "tools/cli/memory.h"

#include <stdarg.h>
#include <stdlib.h>

#include "tools/cli/tools.h"

void no_memory(void)
{
	refused("no memory");
}

void *must(void *memory)
{
	if (!memory)
		no_memory();
	return memory;
}

void *zeroed(size_t size)
{
	return must(calloc(1, size));
}

void *room_for_one(void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	*room = *room ? *room * 2 : 16;
	return must(reallocarray(list, *room, size));
}

char *text_of(const char *format, ...)
{
	char *said = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&said, format, arguments) < 0)
		no_memory();
	va_end(arguments);
	return said;
}

FILE *text_begin(struct text *text)
{
	text->to = must(open_memstream(&text->bytes, &text->length));
	return text->to;
}

char *text_end(struct text *text)
{
	if (fclose(text->to))
		no_memory();
	return text->bytes;
}
