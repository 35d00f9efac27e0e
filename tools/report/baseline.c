/* SPDX-License-Identifier: ISC */
/*
 * Known call sites: a text file that is kept beside the source, one site a line, and what it means for a gate.
 *
 * The fingerprint counts, the words behind it are for those who read a diff. A report in JSON is a baseline as well.
 * What is anchored and inside is never listed: it is as it should be.
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
		const char *func = json_string_value(json_object_get(site, "func"));

		if (fingerprint && is_fingerprint(fingerprint) && class && strcmp(class, rank_name(RANK_REST)) != 0)
			add(report, all, fingerprint, func ? func : "");
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

void baseline_compare(struct report *report, const char *path)
{
	struct known *all = read_known(report, path), *known;

	report->baseline = path;
	for (size_t i = 0; i < report->site_count; i++) {
		struct site *site = report->sites[i];

		if (site->rank == RANK_REST)
			continue;
		HASH_FIND(hh, all, site->fingerprint, HEX, known);
		if (known)
			known->seen = true;
		site->fresh = !known;
		report->fresh += site->fresh;
	}
	find_gone(report, all);
}

void baseline_words(const struct site *site, char *words, size_t room)
{
	const struct site_frame *at = site->at ? site->at : site->frame_count ? site->frames : NULL;
	const char *source = at ? (at->source ? at->source : at->object) : NULL;
	const char *slash = source ? strrchr(source, '/') : NULL;

	/* Whether others may write to a directory is the machine's word, not the program's. */
	snprintf(words, room, "%s %s%s%s%s%s%s", rank_name(site->rank == RANK_SHARED ? RANK_UNANCHORED : site->rank),
		 site->func, at && at->function ? " in " : "", at && at->function ? at->function : "",
		 source ? " (" : "",
		 slash    ? slash + 1
		 : source ? source
			  : "",
		 source ? ")" : "");
	for (; *words; words++) {
		if ((unsigned char)*words < ' ')
			*words = '?';
	}
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

	fputs("# Call sites known to preclude: a fingerprint that a rebuild leaves as it is, and what it stands for.\n"
	      "# Made by `preclude report --write-baseline`; read by --baseline. Take a line out when its site is "
	      "mended.\n",
	      file);
	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];
		char words[512];

		if (site->rank == RANK_REST)
			continue;
		baseline_words(site, words, sizeof(words));
		/* The words first, so that the order is the reader's. */
		lines[count++] = text_of("%s\n%s", words, site->fingerprint);
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

static bool fails(const struct report *report, const struct site *site, unsigned fail_on)
{
	if (site->rank == RANK_REST || (report->baseline && !site->fresh))
		return false;
	return (fail_on & FAIL_NEW) || (fail_on & FAIL_OUTSIDE && site->rank <= RANK_OUTSIDE) ||
	       (fail_on & FAIL_UNANCHORED && site->how == HOW_UNANCHORED);
}

static void say(const char *kind, const char *words, uint64_t number)
{
	struct refusal line;

	if (number > SHOWN)
		return;
	refuse(&line, "%s", words);
	fprintf(stderr, "preclude: %s: %s\n", kind, number == SHOWN ? "..." : line.text);
}

uint64_t baseline_gate(const struct report *report, unsigned fail_on)
{
	uint64_t found = 0;
	uint64_t fresh = 0;

	fflush(stdout);
	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];
		bool bad = fails(report, site, fail_on);
		char words[640];
		size_t length;

		if (!bad && !site->fresh)
			continue;
		baseline_words(site, words, sizeof(words) - 64);
		length = strlen(words);
		if (site->at && site->at->line)
			snprintf(words + length, sizeof(words) - length, ", line %u", site->at->line);
		say(site->fresh ? "new" : "found", words, fresh++);
		found += bad;
	}
	for (size_t i = 0; i < report->gone_count; i++)
		say("gone", report->gone[i].words, i);
	if (found)
		fprintf(stderr, "preclude: --fail-on: %llu call site%s\n", (unsigned long long)found,
			found == 1 ? "" : "s");
	return found;
}
