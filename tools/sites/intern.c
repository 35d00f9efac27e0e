/* SPDX-License-Identifier: ISC */
/* What lives as long as a report: equal texts once, so that they can be compared as pointers; notes; a few names. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/sites/sites.h"

struct kept {
	UT_hash_handle hh;
	char text[];
};

void *keep_room(struct report *report, size_t size)
{
	return must(arena_alloc(&report->arena, size));
}

const char *keep_text(struct report *report, const char *text)
{
	struct kept *kept;
	size_t length;

	if (!text)
		return NULL;
	length = strlen(text);
	HASH_FIND(hh, report->texts, text, length, kept);
	if (!kept) {
		kept = keep_room(report, sizeof(*kept) + length + 1);
		memcpy(kept->text, text, length);
		HASH_ADD_KEYPTR(hh, report->texts, kept->text, length, kept);
	}
	return kept->text;
}

void keep_note(struct report *report, const char *format, ...)
{
	char said[1024];
	const char *note;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(said, sizeof(said), format, arguments);
	va_end(arguments);
	note = keep_text(report, said);
	for (size_t i = 0; i < report->note_count; i++) {
		if (report->notes[i] == note)
			return;
	}
	report->notes = room_for_one(report->notes, report->note_count, &report->note_room, sizeof(*report->notes));
	report->notes[report->note_count++] = note;
}

void keep_name(struct report *report, struct site_names *names, const char *name)
{
	if (!name)
		return;
	for (unsigned i = 0; i < names->count; i++) {
		if (!strcmp(names->name[i], name))
			return;
	}
	if (names->count == SITE_NAMES_MAX)
		names->more = true;
	else
		names->name[names->count++] = keep_text(report, name);
}

void keep_end(struct report *report)
{
	HASH_CLEAR(hh, report->texts);
	free(report->notes);
}
