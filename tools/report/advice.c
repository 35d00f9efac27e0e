/* SPDX-License-Identifier: ISC */
/* What to write instead of a call, by tools/report/advice.def and how it was called. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tools/sites/classify.h"

static const struct {
	const char *functions;
	const char *instead;
} table[] = {
#define ADVICE(functions, instead) {functions, instead},
#include "tools/report/advice.def"
#undef ADVICE
};

/* Whether `word` is one of the words of `list`. */
static bool among(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length) {
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	}
	return false;
}

/* The name in "syscall(openat)" and "raw(openat)" is the system call's. */
const char *advice_instead(const char *func)
{
	const char *open = strchr(func, '(');
	char name[64];

	if (open) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(open + 1, ")"), open + 1);
		func = name;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (among(table[i].functions, func))
			return table[i].instead;
	}
	return NULL;
}

/* A single name below the working directory, which the process holds: no other directory needs to be opened. */
static bool single_name(const struct site *site)
{
	for (unsigned i = 0; i < site->example_count; i++) {
		const char *path = site->examples[i].path;

		if (!path || strchr(path, '/'))
			return false;
	}
	return site->example_count > 0;
}

const char *advice_for(struct report *report, const struct site *site)
{
	const char *instead = advice_instead(site->func);
	bool held = single_name(site);
	char text[512];
	size_t length = 0;

	/* What is anchored is written well: that it led outside is where it started, or what it was told to do. */
	if (!instead || site->how == HOW_ANCHORED)
		return NULL;
	while (*instead && length < sizeof(text) - 16) {
		/* The word, and not a part of O_DIRECTORY. */
		if (!strncmp(instead, "DIR", 3) && !isupper((unsigned char)instead[3]) &&
		    !(length && text[length - 1] != '(' && text[length - 1] != ' ')) {
			length += (size_t)sprintf(text + length, "%s", held ? "AT_FDCWD" : "dirfd");
			instead += 3;
		} else {
			text[length++] = *instead++;
		}
	}
	text[length] = '\0';
	return keep_text(report, text);
}
