/* SPDX-License-Identifier: ISC */
/*
 * preclude suggest: what a logged run needs, and the smallest policy that gives it.
 *
 *   calls (suggest.c) -> needs: rights by path (suggest_needs.c) -> grants (suggest_grants.c) -> text (suggest_print.c,
 *   and what the log does not have, suggest_unseen.c)
 */
#ifndef PRECLUDE_TOOLS_SUGGEST_SUGGEST_H
#define PRECLUDE_TOOLS_SUGGEST_SUGGEST_H

#include <stdbool.h>
#include <stdint.h>

#define HASH_NONFATAL_OOM 0
#include <uthash.h>

#include "config/arena.h"
#include "config/policy.h"
#include "sandbox/rights.h"
#include "tools/events/events.h"

/* No right of Landlock's: confinement asks for a writable root or grant, and base is none. */
#define NEED_METADATA (UINT64_C(1) << 62)

/* FS rights of one kind of grant, and the first call that asked for them, in words; NULL: moves alone do. */
struct asked {
	uint64_t rights;
	const char *because;
};

/* What is asked of one path, or beneath it: by the access that it takes, ACCESS_READ to ACCESS_EXEC. */
struct need {
	const char *path;
	struct asked asked[ACCESS_EXEC + 1];
	bool made; /* the run made this path, so a grant must lie above it */
	UT_hash_handle hh;
};

/* A rename or link: what moves may gain no right by it, or the kernel answers EXDEV. */
struct move {
	const char *from, *to; /* directories */
};

struct needs {
	struct need *by_path;
	struct move *moves;
	size_t move_count, move_room;
	struct arena arena;
	/* the run */
	const char **roots; /* PRECLUDE_ROOTS, one a policy */
	size_t root_count, root_room;
	uint64_t calls;
	uint64_t unresolved; /* calls of which the log does not say where they led */
	struct told *seen;   /* programs that wrote events, by path */
	struct told *ran;    /* what was executed, by path */
	struct told *warned; /* warnings and refusals, by text */
	bool whole;          /* every policy was observed with PRECLUDE_FLAG=objects */
};

/* Adds what a call needs. */
void needs_add_call(struct needs *needs, const struct logged *call);
/* Adds rights, which `because` is the first to ask for. */
void need_add(struct need *need, uint64_t rights, const char *because);
uint64_t need_rights(const struct need *need);
/* The need of a path, which is made when there is none. */
struct need *needs_of(struct needs *needs, const char *path, size_t length);
/* The directory of a path: its length, without the slash but for "/" itself. */
size_t path_parent(const char *path);
/* Zeroed memory that lives as long as the needs. */
void *needs_room(struct needs *needs, size_t size);
/* Whether `path` is `above`, or lies beneath it. */
bool path_within(const char *path, const char *above);

/* One grant of the answer. Its path's needs say why; of a merge, those of the paths that went into it. */
struct suggestion {
	const char *path;
	enum access access; /* READ, WRITE or EXEC */
	const struct need *need;
	struct suggestion *next;   /* among those of the same merge */
	struct suggestion *merged; /* what went into it */
	unsigned merged_count;
	bool gone; /* covered by another, or merged */
	UT_hash_handle hh;
};

struct answer {
	struct policy policy; /* the roots, and base */
	struct suggestion **grants;
	size_t count;
	const struct need **never; /* asked for what no grant gives */
	size_t never_count;
};

/* The smallest policy: roots as they were, base taken into account. Refuses when the log's roots cannot be read. */
void suggest_grants(struct needs *needs, struct answer *answer);

/* `torn` lines could not be read. */
void suggest_print(const struct needs *needs, const struct answer *answer, uint64_t torn);

/* In a comment of the answer: what could end the line is spelt out. */
void put_comment(const char *text, size_t length);

/* suggest_unseen.c: remembers what an event tells of things that the log does not have, and says it as comments. */
void unseen_add(struct needs *needs, const struct logged *event);
void unseen_print(const struct needs *needs, uint64_t torn);

#endif
