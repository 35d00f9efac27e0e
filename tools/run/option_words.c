/* SPDX-License-Identifier: ISC */
/*
 * The policy's parser and the sandbox speak of variables. Here each mention becomes the option that the person wrote,
 * or would have to write; what came from the environment stays a variable.
 */
#include "tools/run/option_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"

#define PREFIX   "PRECLUDE_"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* The variable at the beginning of `text`, and the length of its name there: PRECLUDE_ROOTS_2 is PRECLUDE_ROOTS. */
static const struct option_words *named(const struct option_words *table, const char *text, size_t *length)
{
	size_t base = strspn(text, CAPITALS);
	size_t digits = base && text[base - 1] == '_' ? strspn(text + base, "0123456789") : 0;

	*length = base + digits;
	if (digits)
		base--;
	for (; table->variable; table++) {
		if (*table->option && strlen(table->variable) == base && !strncmp(table->variable, text, base))
			return table;
	}
	return NULL;
}

/* Where the value came from, or element `position` of the list. */
static enum origin origin_of(const struct option_words *row, unsigned position)
{
	if (row->implied && (position ? position <= row->implied : !row->given))
		return ORIGIN_RSYNCD;
	return row->given ? ORIGIN_OPTION : row->set ? ORIGIN_ENVIRONMENT : ORIGIN_NONE;
}

/* ", element 3" of another grant: its number, and where it ends; 0 when there is none. */
static unsigned element(const char *text, const char **end)
{
	static const char words[] = ", element ";
	char *after;
	unsigned long number;

	*end = text;
	if (strncmp(text, words, sizeof(words) - 1) != 0)
		return 0;
	number = strtoul(text + sizeof(words) - 1, &after, 10);
	if (!strncmp(after, ", \"", 3))
		after++; /* the value says which */
	*end = after;
	return (unsigned)number;
}

/* Writes `text`, with options for variables: those that options gave, and with `advice` those that nobody gave. */
static void put_words(FILE *to, const struct option_words *table, const char *text, bool advice)
{
	for (const char *at; (at = strstr(text, PREFIX));) {
		const struct option_words *row;
		const char *end;
		enum origin origin;
		unsigned number;
		size_t length;

		row = named(table, at, &length);
		fprintf(to, "%.*s", (int)(at - text), text);
		text = at + length;
		number = element(text, &end);
		origin = row ? origin_of(row, number) : ORIGIN_ENVIRONMENT;
		if (origin == ORIGIN_OPTION || (origin == ORIGIN_NONE && advice)) {
			fprintf(to, "--%s", row->option);
			text = end;
			if (*text == '=' && !row->joined && text[1] > ' ') {
				fputc(' ', to);
				text++;
			}
		} else {
			fprintf(to, "%.*s", (int)length, at);
		}
	}
	fputs(text, to);
}

/* The value as it was typed: in quotes where a person would not see where it ends. */
static void put_value(FILE *to, const struct option_words *row, const char *value, size_t length)
{
	bool plain = length && strcspn(value, " \"'") >= length;

	if (!plain)
		fputc('"', to);
	for (size_t i = 0; i < length; i++) {
		if (!(row->path && value[i] == '\\' && value[i + 1] == ':'))
			fputc(value[i], to);
	}
	if (!plain)
		fputc('"', to);
}

void refused_option(const struct option_words *table, const struct refusal *why)
{
	const char *first = strstr(why->text, PREFIX);
	size_t length;
	const struct option_words *row = first ? named(table, first, &length) : NULL;
	const enum origin origin = row ? origin_of(row, why->position) : ORIGIN_ENVIRONMENT;
	const bool stranger = first && !row; /* of the environment, and so is what was meant */
	const bool typed = origin == ORIGIN_OPTION || origin == ORIGIN_NONE;
	struct text words;
	FILE *to = text_begin(&words);

	if (origin == ORIGIN_RSYNCD)
		fputs("--rsyncd: ", to);
	if (typed && why->variable) {
		fprintf(to, "--%s%c", row->option, row->joined ? '=' : ' ');
		put_value(to, row, why->text + why->quote, (size_t)(why->quote_end - why->quote));
		if (why->position && row->given > 1)
			fprintf(to, " (element %u)", why->position - row->implied);
		fputs(": ", to);
		put_words(to, table, why->text + why->advice, true);
	} else if (stranger) {
		fputs(why->text, to);
	} else {
		put_words(to, table, why->text, typed);
	}
	refused("%s", text_end(&words));
}
