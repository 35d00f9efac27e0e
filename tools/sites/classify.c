/* SPDX-License-Identifier: ISC */
/*
 * Rank, fingerprint and order of call sites.
 *
 * The log has no file modes, and a stat more a call is no price for a library to ask. So whether others may write to a
 * directory is judged when the report is made, on the machine that makes it, and the report says so.
 */
#include "tools/sites/classify.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *rank_name(enum site_rank rank)
{
	static const char *const names[] = {"worst", "outside", "shared", "unanchored", "rest"};

	return (unsigned)rank < RANKS ? names[rank] : "rest";
}

/* What PRECLUDE_FLAG=outside and --fail-on outside mean. */
static bool is_outside(const struct site *site)
{
	bool astray = site->where == WHERE_OUTSIDE || site->where == WHERE_UNKNOWN;

	return site->escape || site->effect == EFFECT_DENIED || site->effect == EFFECT_WOULD_DENY ||
	       (astray && !does_look(site->does));
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

static enum site_rank rank_of(struct report *report, struct site *site)
{
	if (site->worst)
		return RANK_WORST;
	if (is_outside(site))
		return RANK_OUTSIDE;
	if (site->how != HOW_UNANCHORED)
		return RANK_REST;
	site->shared = shared_of(report, site);
	return site->shared ? RANK_SHARED : RANK_UNANCHORED;
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

/*
 * What stays the same over a rebuild: who calls what, and how it is judged; no offset, line or build-id. Where there
 * are no names at all, the programs' names must do.
 */
static void fingerprint(struct site *site)
{
	const char *before[2] = {"", ""};
	unsigned __int128 hash = (unsigned __int128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d;

	hash = mix_in(hash, site->func);
	hash = mix_in(hash, rank_name(site->rank == RANK_SHARED ? RANK_UNANCHORED : site->rank));
	hash = mix_in(hash, site->module ? site->module : "");
	for (unsigned i = 0; i < site->frame_count; i++) {
		const struct site_frame *frame = &site->frames[i];
		const char *function = frame->function ? frame->function : "";
		const char *file = last_name(frame->source ? frame->source : frame->object ? frame->object : "");

		/* What called main() is another with every libc; how deep a recursion went, with every run. */
		if (sites_is_libc(frame->object) || (!strcmp(function, before[0]) && !strcmp(file, before[1])))
			continue;
		hash = mix_in(mix_in(hash, function), file);
		before[0] = function;
		before[1] = file;
	}
	snprintf(site->fingerprint, sizeof(site->fingerprint), "%016llx%016llx", (unsigned long long)(hash >> 64),
		 (unsigned long long)hash);
}

void judge_site(struct report *report, struct site *site)
{
	site->rank = rank_of(report, site);
	site->advice = site->rank == RANK_REST ? NULL : advice_for(report, site);
	fingerprint(site);
}

/* Within a rank: roots before what the policy grants besides, what passed or would be denied before what failed anyhow,
 * doing before looking. */
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

	ORDER(a->rank, b->rank);
	ORDER(weight(a), weight(b));
	ORDER(b->count, a->count);
	order = strcmp(a->func, b->func);
	if (!order)
		order = strcmp(a->fingerprint, b->fingerprint);
	if (!order)
		ORDER(a->key, b->key);
	return order;
}
