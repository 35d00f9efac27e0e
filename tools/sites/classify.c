/* SPDX-License-Identifier: ISC */
/*
 * Class, fingerprint and order of call sites.
 *
 * The log has no file modes, and a stat more a call is no price for a library to ask. So whether others may write to a
 * directory is judged when the report is made, on the machine that makes it, and the report says so.
 */
#include "tools/sites/classify.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/memory.h"

const struct class_words classes[CLASSES] = {
#define CLASS(name, NAME, meaning, level, severity, summary, help) {#name, meaning, level, severity, summary, help},
#include "tools/sites/classes.def"
#undef CLASS
};

const char *class_name(enum site_class class)
{
	return classes[class].name;
}

enum site_class class_of_verdict(enum where where, bool escape, enum does does, enum how how, enum effect effect)
{
	bool led_out = escape || where == WHERE_OUTSIDE;

	if (effect == EFFECT_WOULD_DENY || (led_out && effect == EFFECT_PASSED && does != DOES_LOOK))
		return CLASS_ESCAPED;
	if (led_out || where == WHERE_UNKNOWN || effect == EFFECT_DENIED)
		return CLASS_OUTSIDE;
	return how == HOW_UNANCHORED ? CLASS_UNANCHORED : CLASS_ANCHORED;
}

/* A group whose only member is likely the owner is nobody else. */
static bool others_may_write(const struct stat *st)
{
	return st->st_mode & S_IWOTH || (st->st_mode & S_IWGRP && st->st_gid && st->st_gid != st->st_uid);
}

/*
 * The directory above `path` in which somebody else could put or swap a name: the one that holds it, or one further up
 * unless its sticky bit keeps what is not theirs. What is gone was private, or lay where the answer is further up.
 */
static const char *shared_above(struct report *report, const char *path)
{
	char directory[PATH_MAX];
	size_t length = strlen(path);
	bool parent = true;
	struct stat st;

	if (*path != '/' || length >= sizeof(directory))
		return NULL;
	memcpy(directory, path, length + 1);
	for (;; parent = false) {
		char *slash = strrchr(directory, '/');

		if (!slash || !directory[1])
			return NULL;
		slash[slash == directory] = '\0';
		if (!stat(directory, &st) && S_ISDIR(st.st_mode) && others_may_write(&st) &&
		    (parent || !(st.st_mode & S_ISVTX)))
			return keep_text(report, directory);
	}
}

static const char *shared_of(struct report *report, const struct site *site)
{
	char here[HOST_NAME_MAX + 1] = "";

	gethostname(here, sizeof(here) - 1);
	for (unsigned i = 0; i < site->example_count; i++) {
		const struct site_example *example = &site->examples[i];
		const char *found = NULL;

		if (example->host && strcmp(example->host, here) != 0) {
			keep_note(report,
				  "whether others may write to a directory is only judged for this host, not for %s",
				  example->host);
			continue;
		}
		if (example->resolved)
			found = shared_above(report, example->resolved);
		else if (example->path)
			found = shared_above(report, example->path);
		if (found)
			return found;
	}
	return NULL;
}

static enum site_class class_of(struct report *report, struct site *site)
{
	enum site_class class = class_of_verdict(site->where, site->escape, site->does, site->how, site->effect);

	if (class == CLASS_UNANCHORED)
		site->shared = shared_of(report, site);
	return site->shared ? CLASS_SWAPPABLE : class;
}

/*
 * The class as the fingerprint has it. Who may write to a directory is the machine's affair, not the program's. What
 * enforcing denies is `escaped` in observe mode and `outside` in enforce mode, and is known by one fingerprint in both.
 */
static const char *lasting_class(const struct site *site)
{
	if (site->effect == EFFECT_WOULD_DENY)
		return class_name(CLASS_OUTSIDE);
	return class_name(site->class == CLASS_SWAPPABLE ? CLASS_UNANCHORED : site->class);
}

/* FNV-1a, 128 bits: known, simple, and the same on every machine. */
static unsigned __int128 mix_in(unsigned __int128 hash, const char *text)
{
	const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;

	/* The NUL too, so that two texts are not one. */
	do {
		hash = (hash ^ (unsigned char)*text) * prime;
	} while (*text++);
	return hash;
}

static const char *last_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* One level of the stack, in words; the file only where it is another than that of the level before. */
static void put_level(FILE *words, unsigned level, const char *function, const char *file, const char *file_before)
{
	fputs(!level ? " in " : " < ", words);
	if (*function)
		fputs(function, words);
	if (*file && (!*function || strcmp(file, file_before)))
		fprintf(words, *function ? " (%s)" : "%s", file);
}

static void put_verdict(FILE *words, const struct site *site)
{
	if (site->effect == EFFECT_WOULD_DENY)
		fputs("; denied when enforced", words);
	else if (site->effect == EFFECT_DENIED)
		fputs("; denied", words);
	if (site->module)
		fprintf(words, "; module %s", site->module);
}

/* A baseline has one line for each. */
static void flatten(char *words)
{
	for (; *words; words++) {
		if ((unsigned char)*words < ' ')
			*words = '?';
	}
}

/*
 * What stays the same over a rebuild: who calls what, and how it is judged; no offset, line or build-id. Where there
 * are no names at all, the programs' names must do. The words are made of the same.
 */
static void fingerprint(struct report *report, struct site *site)
{
	const char *before[2] = {"", ""};
	unsigned __int128 hash = (unsigned __int128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d;
	struct text text;
	FILE *words = text_begin(&text);
	unsigned level = 0;

	hash = mix_in(hash, site->func);
	hash = mix_in(hash, lasting_class(site));
	hash = mix_in(hash, site->module ? site->module : "");
	fprintf(words, "%s %s", class_name(site->class == CLASS_SWAPPABLE ? CLASS_UNANCHORED : site->class),
		site->func);
	for (unsigned i = 0; i < site->frame_count; i++) {
		const struct site_frame *frame = &site->frames[i];
		const char *function = frame->function ? frame->function : "";
		const char *file = last_name(frame->source ? frame->source : frame->object ? frame->object : "");

		/* What called main() is another with every libc; how deep a recursion went, with every run. */
		if (sites_is_libc(frame->object) || (!strcmp(function, before[0]) && !strcmp(file, before[1])))
			continue;
		hash = mix_in(mix_in(hash, function), file);
		if (strcmp(function, "_start") != 0)
			put_level(words, level++, function, file, before[1]);
		before[0] = function;
		before[1] = file;
	}
	put_verdict(words, site);
	snprintf(site->fingerprint, sizeof(site->fingerprint), "%016llx%016llx", (unsigned long long)(hash >> 64),
		 (unsigned long long)hash);
	flatten(text_end(&text));
	site->words = keep_text(report, text.bytes);
	free(text.bytes);
}

void judge_site(struct report *report, struct site *site)
{
	site->class = class_of(report, site);
	site->advice = site->class == CLASS_ANCHORED ? NULL : advice_for(report, site);
	fingerprint(report, site);
}

/* Within a class: roots before what the policy grants besides, what passed or would be denied before what failed
 * anyhow, doing before looking. */
static unsigned weight(const struct site *site)
{
	return (unsigned)(site->where == WHERE_GRANTED) << 2 | (unsigned)(site->effect == EFFECT_FAILED) << 1 |
	       does_look(site->does);
}

#define ORDER(a, b)                                                                                                    \
	do {                                                                                                           \
		if ((a) != (b))                                                                                        \
			return (a) < (b) ? -1 : 1;                                                                     \
	} while (0)

int judge_compare(const void *left, const void *right)
{
	const struct site *a = *(struct site *const *)left, *b = *(struct site *const *)right;
	int order;

	ORDER(a->class, b->class);
	ORDER(weight(a), weight(b));
	ORDER(b->count, a->count);
	order = strcmp(a->func, b->func);
	if (!order)
		order = strcmp(a->fingerprint, b->fingerprint);
	if (!order)
		ORDER(a->key, b->key);
	return order;
}
