/* SPDX-License-Identifier: ISC */
/*
 * Known call sites: a text file that is kept beside the source, one site a line, and what it means for a gate.
 *
 * The fingerprint counts, the words behind it are for those who read a diff. A report in JSON is a baseline as well.
 * Sites of class anchored are never listed, since there is nothing to repair.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/report/report.h"
#include "tools/sites/classify.h"

#define HEX 32 /* digits of a fingerprint */

/* Reports of a gate are read in a CI log: enough lines to act on, not thousands. */
#define SHOWN 50

struct known {
	char fingerprint[HEX + 1];
	const char *words;
	bool seen;
	UT_hash_handle hh;
};

static bool is_fingerprint(const char *text)
{
	return strspn(text, "0123456789abcdef") == HEX;
}

static void add(struct report *report, struct known **all, const char *fingerprint, const char *words)
{
	struct known *known;

	HASH_FIND(hh, *all, fingerprint, HEX, known);
	if (known)
		return;
	known = keep_room(report, sizeof(*known));
	memcpy(known->fingerprint, fingerprint, HEX);
	known->words = keep_text(report, words);
	HASH_ADD(hh, *all, fingerprint, HEX, known);
}

static void read_json(struct report *report, FILE *file, const char *path, struct known **all)
{
	json_error_t error;
	json_t *root = json_loadf(file, 0, &error);
	json_t *site;
	size_t i;

	if (!root)
		refused("%s, line %d: %s", path, error.line, error.text);
	json_array_foreach(json_object_get(root, "sites"), i, site)
	{
		const char *fingerprint = json_string_value(json_object_get(site, "fingerprint"));
		const char *class = json_string_value(json_object_get(site, "class"));
		const char *words = json_string_value(json_object_get(site, "words"));

		if (fingerprint && is_fingerprint(fingerprint) && class &&
		    strcmp(class, class_name(CLASS_ANCHORED)) != 0)
			add(report, all, fingerprint, words ? words : "");
	}
	json_decref(root);
}

static void read_text(struct report *report, FILE *file, const char *path, struct known **all)
{
	char *line = NULL;
	size_t room = 0;

	for (unsigned number = 1; getline(&line, &room, file) >= 0; number++) {
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		if (!is_fingerprint(line) || (line[HEX] && line[HEX] != ' '))
			refused("%s, line %u: neither a fingerprint of 32 hexadecimal digits nor a comment", path,
				number);
		add(report, all, line, line + HEX + strspn(line + HEX, " "));
	}
	free(line);
}

static void find_gone(struct report *report, struct known *all)
{
	report->gone = keep_room(report, HASH_COUNT(all) * sizeof(*report->gone));
	for (const struct known *known = all; known; known = known->hh.next) {
		if (!known->seen)
			report->gone[report->gone_count++] = (struct report_gone){known->fingerprint, known->words};
	}
	HASH_CLEAR(hh, all);
}

static FILE *open_file(const char *option, const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		refused("%s %s: %s", option, path, strerror(errno));
	return file;
}

static struct known *read_known(struct report *report, const char *path)
{
	FILE *file = open_file("--baseline", path, "re");
	struct known *all = NULL;
	int first = getc(file);

	ungetc(first, file);
	(first == '{' ? read_json : read_text)(report, file, path, &all);
	if (ferror(file))
		refused("--baseline %s: %s", path, strerror(errno));
	fclose(file);
	return all;
}

/* How far two descriptions of stacks are the same, up to the end of a whole level. */
static size_t common(const char *a, const char *b)
{
	size_t same = 0;

	for (size_t i = 0;; i++) {
		bool a_ends = !a[i] || a[i] == ';' || !strncmp(a + i, " < ", 3);
		bool b_ends = !b[i] || b[i] == ';' || !strncmp(b + i, " < ", 3);

		if (a_ends && b_ends)
			same = i;
		if (a[i] != b[i] || !a[i] || a[i] == ';')
			return same;
	}
}

/* The first level at which a new site leaves the way of every known one that ends in the same call; or NULL. */
static const struct site_frame *new_caller(const struct site *site, const struct known *all)
{
	size_t longest = 0;
	const char *name;

	for (const struct known *known = all; known; known = known->hh.next) {
		size_t same = common(site->words, known->words);

		longest = same > longest ? same : longest;
	}
	name = site->words + longest;
	if (!longest || strncmp(name, " < ", 3) != 0)
		return NULL;
	name += 3;
	for (unsigned i = 0; i < site->frame_count; i++) {
		const char *function = site->frames[i].function;
		size_t length = function ? strlen(function) : 0;

		if (length && !strncmp(name, function, length) && strchr(" ;", name[length]))
			return &site->frames[i];
	}
	return NULL;
}

void baseline_compare(struct report *report, const char *path)
{
	struct known *all = read_known(report, path), *known;

	report->baseline = path;
	for (size_t i = 0; i < report->site_count; i++) {
		struct site *site = report->sites[i];

		if (site->class == CLASS_ANCHORED)
			continue;
		HASH_FIND(hh, all, site->fingerprint, HEX, known);
		if (known)
			known->seen = true;
		else
			site->caller = new_caller(site, all);
		site->fresh = !known;
		report->fresh += site->fresh;
	}
	find_gone(report, all);
}

static int by_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void baseline_write(const struct report *report, const char *path)
{
	char **lines = zeroed((report->site_count + 1) * sizeof(*lines));
	FILE *file = open_file("--write-baseline", path, "we");
	size_t count = 0;

	fputs("# Call sites known to preclude: a fingerprint that a rebuild does not change, and what it stands for.\n"
	      "# Written by `preclude report --write-baseline`, read by --baseline. Remove a line once its site is "
	      "repaired.\n",
	      file);
	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];

		/* The words first, so that the order is the reader's. */
		if (site->class != CLASS_ANCHORED)
			lines[count++] = text_of("%s\n%s", site->words, site->fingerprint);
	}
	qsort(lines, count, sizeof(*lines), by_words);
	for (size_t i = 0; i < count; i++) {
		char *fingerprint = strrchr(lines[i], '\n') + 1;

		/* Two sites of one fingerprint are one to a baseline. */
		if (!i || strcmp(lines[i], lines[i - 1]) != 0)
			fprintf(file, "%s %.*s\n", fingerprint, (int)(fingerprint - 1 - lines[i]), lines[i]);
	}
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
	free(lines);
	if (fclose(file))
		refused("--write-baseline %s: %s", path, strerror(errno));
}

static bool fails(const struct report *report, const struct site *site, const struct report_request *request)
{
	/* A baseline lists no site of class anchored, and so knows none. */
	if (report->baseline && !site->fresh && site->class != CLASS_ANCHORED)
		return false;
	return (request->fail_new && site->class != CLASS_ANCHORED) || site->class < request->fail_on;
}

static void say(const char *kind, const char *words, uint64_t number)
{
	struct refusal line;

	refuse(&line, "%s", words);
	if (number < SHOWN)
		fprintf(stderr, "preclude: %s: %s\n", kind, line.text);
}

/* What was counted and not shown. */
static void say_rest(const char *kind, uint64_t count)
{
	if (count > SHOWN)
		fprintf(stderr, "preclude: %s: and %llu more\n", kind, (unsigned long long)count - SHOWN);
}

static void say_site(const char *kind, const struct site *site, uint64_t number)
{
	const struct site_frame *at = site->caller ? site->caller : site->at;
	struct text text;
	FILE *words = text_begin(&text);

	fputs(site->words, words);
	if (site->caller)
		fprintf(words, "; new caller: %s", site->caller->function);
	if (at && at->source)
		fprintf(words, "; at %s:%u", at->source, at->line);
	say(kind, text_end(&text), number);
	free(text.bytes);
}

uint64_t baseline_gate(const struct report *report, const struct report_request *request)
{
	uint64_t found = 0, fresh = 0, others = 0;

	fflush(stdout);
	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];
		bool bad = fails(report, site, request);

		if (site->fresh)
			say_site("new", site, fresh++);
		else if (bad)
			say_site("found", site, others++);
		found += bad;
	}
	say_rest("new", fresh);
	say_rest("found", others);
	for (size_t i = 0; i < report->gone_count; i++)
		say("gone", report->gone[i].words, i);
	say_rest("gone", report->gone_count);
	if (found)
		fprintf(stderr, "preclude: --fail-on: %llu call site%s\n", (unsigned long long)found,
			found == 1 ? "" : "s");
	return found;
}
