/* SPDX-License-Identifier: ISC */
/*
 * The log, read back: JSON Lines, plain or gzip'ed, one struct logged a line.
 *
 * A line that a collector put something in front of ("<time> host preclude[pid]: {…}") counts from its first '{'. What
 * is no event of ours is never a reason to stop: it is counted, and the reader says how much there was of it.
 */
#ifndef PRECLUDE_TOOLS_EVENTS_EVENTS_H
#define PRECLUDE_TOOLS_EVENTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/policy.h"
#include "sandbox/sandbox.h"
#include "shim/base/call.h"

enum logged_kind {
	LOGGED_START,
	LOGGED_SANDBOX,
	LOGGED_CALL,
	LOGGED_COUNT,
	LOGGED_GUARD,
	LOGGED_WARNING,
	LOGGED_REFUSED,
	LOGGED_KINDS
};

/* "start", ...: the log's words. NULL for no kind. */
const char *logged_kind_name(enum logged_kind kind);

struct logged_frame {
	const char *object; /* NULL: an address in no known object */
	const char *build_id;
	const char *symbol;
	uint64_t offset; /* of the call in the object, as its own headers count addresses */
};

#define LOGGED_DROPPED_MAX 40

/*
 * One event. Strings live in the reader's buffer until the visitor returns; NULL stands for null and for what this kind
 * of event does not have. Escapes are undone: a path is the bytes that the program named.
 */
struct logged {
	enum logged_kind kind;
	const char *host; /* from what a collector added, or NULL */
	const char *time;
	const char *exe;
	int64_t v;
	int64_t pid;
	bool truncated;

	/* start */
	const char *argv0;
	const char *build_id;
	int64_t ppid;
	enum mode mode;
	const char *roots; /* PRECLUDE_ROOTS of the process that applied the policy */
	bool objects;      /* PRECLUDE_FLAG has them */

	/* sandbox; `module` and `root` of a guard event too */
	const char *scope;
	const char *root;
	enum outcome_kind outcome;
	enum status status;
	int64_t abi;
	int64_t layers;
	bool no_new_privs;
	const char *dropped[LOGGED_DROPPED_MAX];
	unsigned dropped_count;

	/* call, count; `errno` of a sandbox event too */
	const char *func;
	const char *path;
	const char *path2;
	const char *dir;
	const char *resolved;
	const char *resolved2;
	uint64_t asks; /* rights of struct rights.fs */
	const char *module;
	enum where where;
	enum from from;
	enum does does;
	enum how how;
	enum effect effect;
	enum by by;
	bool escape;
	int64_t error;
	const char *error_name;                 /* "EACCES" */
	int64_t count;                          /* of a count event */
	struct logged_frame frames[FRAMES_MAX]; /* innermost first */
	unsigned frame_count;

	/* guard */
	const char *option;
	const char *value;
	enum guard_action action;

	/* warning, refused */
	const char *reason;
};

/* What was read. */
struct events_tally {
	uint64_t bytes;
	uint64_t lines;
	uint64_t events[LOGGED_KINDS];
	uint64_t read;    /* all of these events */
	uint64_t torn;    /* begun as an object, and not ended as one: a line that somebody cut */
	uint64_t foreign; /* no event of this version: somebody else's line, or a later library's */
};

typedef void events_visit(void *context, const struct logged *event);

/*
 * Calls `visit` with each event of a file, in its order; "-" is standard input. Adds to `tally`. Returns 0, or -errno
 * when the file cannot be opened or read.
 */
int events_read(const char *path, events_visit *visit, void *context, struct events_tally *tally);

/* The same for a log that the user named: refuses what cannot be read, and a file that is not a log. events_log.c */
void events_read_log(const char *path, events_visit *visit, void *context, struct events_tally *tally);

/*
 * The same for a log that still grows: events_more() reads what there is now and keeps a line that is not yet whole.
 * Returns 0, or -errno. events_begin() returns NULL when there is no memory.
 */
struct events_stream;
struct events_stream *events_begin(events_visit *visit, void *context, struct events_tally *tally);
int events_more(struct events_stream *stream, int fd);
void events_end(struct events_stream *stream);

/* One line, whose newline is already a NUL: events_read's own step, for tests and for those who read otherwise. */
enum events_line { EVENTS_EVENT, EVENTS_TORN, EVENTS_FOREIGN, EVENTS_EMPTY };
enum events_line events_parse(char *line, char *end, struct logged *event);

#endif
