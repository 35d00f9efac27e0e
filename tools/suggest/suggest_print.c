/* SPDX-License-Identifier: ISC */
/* The answer, as lines that a shell and systemd's EnvironmentFile= read alike: comments and variables. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/memory.h"
#include "tools/cli/variables.h"
#include "tools/suggest/suggest.h"

#define SHOWN 4 /* of many, so many are named */

void put_comment(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		/* A backslash at a line's end would join it with the next one. */
		if (c < 0x20 || c == 0x7f || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static void put_text(const char *text)
{
	put_comment(text, strlen(text));
}

static void put_asked(const struct need *need, enum access access)
{
	const struct asked *asked = &need->asked[access];
	char names[512];

	rights_names((struct rights){.fs = asked->rights & ~NEED_METADATA}, names, sizeof(names));
	printf("#    %s%s%s: ", names, *names && asked->rights & NEED_METADATA ? " " : "",
	       asked->rights & NEED_METADATA ? "metadata" : "");
	put_text(asked->because ? asked->because : "what is moved from here to where programs may be executed");
	putchar('\n');
}

/* What lies in the directory of a merge and did not go into it. */
static void put_beyond(const struct suggestion *grant)
{
	DIR *dir = opendir(grant->path);
	const struct dirent *entry;
	unsigned beyond = 0;

	fputs("#    beyond the run that allows ", stdout);
	while (dir && (entry = readdir(dir))) {
		const struct suggestion *one = grant->merged;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		while (one && strcmp(one->path + path_parent(one->path) + (grant->path[1] != '\0'), entry->d_name))
			one = one->next;
		if (one)
			continue;
		if (beyond++ < SHOWN) {
			put_text(entry->d_name);
			fputs(", ", stdout);
		}
	}
	if (beyond > SHOWN)
		printf("%u more, ", beyond - SHOWN);
	puts(grant->access == ACCESS_WRITE ? "and to make and remove what is there later"
					   : "and what is put there later");
	if (dir)
		closedir(dir);
}

static void put_merged(const struct suggestion *grant)
{
	unsigned shown = 0;

	printf("# ");
	put_text(grant->path);
	printf(", for %u in it:\n", grant->merged_count);
	for (const struct suggestion *one = grant->merged; one && shown < SHOWN; one = one->next, shown++) {
		printf("#  ");
		put_text(one->path);
		printf("%s\n", one->merged ? ", itself such a directory" : "");
		if (one->need)
			put_asked(one->need, one->access);
	}
	if (grant->merged_count > SHOWN)
		printf("#  and %u more\n", grant->merged_count - SHOWN);
	put_beyond(grant);
}

static bool missing(const char *path)
{
	return access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static void put_grants(const struct answer *answer, const char *variable, enum access access)
{
	size_t first = 0;
	struct text text;
	FILE *list;

	while (first < answer->count && answer->grants[first]->access != access)
		first++;
	if (first == answer->count)
		return;
	putchar('\n');
	for (size_t i = first; i < answer->count && answer->grants[i]->access == access; i++) {
		const struct suggestion *grant = answer->grants[i];

		if (grant->merged) {
			put_merged(grant);
			continue;
		}
		printf("# ");
		put_text(grant->path);
		printf("%s\n", missing(grant->path) ? ", which is not there now" : "");
		put_asked(grant->need, access);
	}
	list = text_begin(&text);
	for (size_t i = first; i < answer->count && answer->grants[i]->access == access; i++) {
		const char *path = answer->grants[i]->path;

		fputs(i > first ? ":" : "", list);
		put_grant(list, &(struct grant){.path = path, .access = (uint8_t)access, .optional = missing(path)});
	}
	put_list(variable, text_end(&text), print_variable);
	free(text.bytes);
}

static void put_roots(const struct policy *policy)
{
	struct text text;
	FILE *list = text_begin(&text);

	for (size_t i = 0; i < policy->root_count; i++) {
		fputs(i ? ":" : "", list);
		put_grant(list, &policy->grants[i]);
	}
	put_list("PRECLUDE_ROOTS", text_end(&text), print_variable);
	free(text.bytes);
}

void suggest_print(const struct needs *needs, const struct answer *answer, uint64_t torn)
{
	printf("# The smallest policy under which the logged run passes, by preclude suggest: %llu call%s outside its\n"
	       "# roots, %zu grant%s beside PRECLUDE_BASE=system. A grant on a directory holds for all beneath it.\n",
	       (unsigned long long)needs->calls, needs->calls == 1 ? "" : "s", answer->count,
	       answer->count == 1 ? "" : "s");
	if (!needs->whole)
		puts("# NOT ALL IS KNOWN: of a call site that met many objects this log has only some. Log again with\n"
		     "# preclude observe --log, or PRECLUDE_FLAG=objects.");
	if (needs->unresolved)
		printf("# NOT ALL IS KNOWN: of %llu call%s the log does not say where %s led.\n",
		       (unsigned long long)needs->unresolved, needs->unresolved == 1 ? "" : "s",
		       needs->unresolved == 1 ? "it" : "they");
	unseen_print(needs, torn);
	for (size_t i = 0; i < answer->never_count; i++) {
		printf("# NOT GRANTED, since no READ, WRITE or EXEC has it (a root with \",dev\" would): ");
		put_text(answer->never[i]->path);
		putchar('\n');
		put_asked(answer->never[i], ACCESS_WRITE);
	}
	put_roots(&answer->policy);
	put_grants(answer, "PRECLUDE_READ", ACCESS_READ);
	put_grants(answer, "PRECLUDE_WRITE", ACCESS_WRITE);
	put_grants(answer, "PRECLUDE_EXEC", ACCESS_EXEC);
}
