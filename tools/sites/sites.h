/* SPDX-License-Identifier: ISC */
/*
 * Events of many runs and hosts, merged into call sites: what `preclude report` and its formats work on.
 *
 * A call site is function, frames, module, where, from, escape, does, how, effect and by. All strings live as long as
 * the report. What there is to know of a site is filled in three steps: sites_add() merges, source_resolve() finds
 * function and line of each frame, sites_finish() classifies, advises, fingerprints and sorts.
 */
#ifndef PRECLUDE_TOOLS_SITES_SITES_H
#define PRECLUDE_TOOLS_SITES_SITES_H

#include <uthash.h>

#include "config/arena.h"
#include "tools/events/events.h"
#include "tools/sites/walked.h"

/* Worst first, the report's order: classes.def says what each means. */
enum site_class {
#define CLASS(name, NAME, ...) CLASS_##NAME,
#include "tools/sites/classes.def"
#undef CLASS
	CLASSES
};

/* One level of a stack after symbolising: inlined functions have levels of their own. */
struct site_frame {
	const char *object; /* path of the program or library, or NULL */
	const char *build_id;
	const char *symbol;   /* the library's word, from the object's symbols */
	uint64_t offset;      /* of the call, as the object counts addresses */
	const char *function; /* from debug information or the symbol table, else `symbol`; may be NULL */
	const char *source;   /* source file, as the compiler had it, or NULL */
	unsigned line;        /* 0: not known */
	bool inlined;         /* into the next frame */
};

struct site_example {
	const char *time;
	const char *host; /* may be NULL */
	const char *exe;
	const char *path;
	const char *path2;
	const char *dir;
	const char *resolved;
	int64_t pid;
};

#define SITE_EXAMPLES  4
#define SITE_FRAMES    48 /* levels kept of a stack whose functions were inlined */
#define SITE_NAMES_MAX 8  /* hosts and programs named */

/* A few names, each once, in the order they came. */
struct site_names {
	const char *name[SITE_NAMES_MAX];
	unsigned count;
	bool more; /* there were others */
};

struct site {
	/* the call site */
	const char *func;
	const char *module; /* may be NULL */
	enum where where;
	enum from from;
	enum does does;
	enum how how;
	enum effect effect;
	enum by by;
	const char *error_name; /* of the first call that failed, or NULL */
	bool escape;
	uint64_t verdict;                    /* all of these in one word, to be compared */
	struct logged_frame raw[FRAMES_MAX]; /* as logged, innermost first */
	unsigned raw_count;

	/* from source_resolve(): the same stack, symbolised */
	struct site_frame *frames;
	unsigned frame_count;
	const struct site_frame
	    *at; /* to show: the innermost with a source line; else the innermost that has a name; NULL */

	/* how often, where, by whom */
	uint64_t count;
	uint64_t names;     /* of these calls, those whose path is known to be a single name */
	enum walked walked; /* of these calls, the one that tells most of symlinks */
	uint64_t processes;
	struct site_names hosts; /* empty when no line named one */
	struct site_names programs;
	struct site_example examples[SITE_EXAMPLES]; /* distinct by what they led to */
	unsigned example_count;
	const char *first; /* time of the first event, and of the last */
	const char *last;

	/* from sites_finish() */
	enum site_class class;
	const char *shared;   /* the directory that others may write, of CLASS_SWAPPABLE */
	const char *advice;   /* what to write instead; NULL when the call is as it should be */
	char fingerprint[33]; /* hex; the same after a rebuild */
	const char
	    *words; /* "unanchored lstat in deep (a.c) < main": other words than those of any other fingerprint */
	bool fresh; /* a baseline was given, and does not know it */
	const struct site_frame
	    *caller; /* of a fresh one: the frame that no known site reaches this call through, or NULL */

	uint64_t key;
	UT_hash_handle hh;
};

/* One host of many; "" is the host that no line named. */
struct report_host {
	const char *name;
	uint64_t events;
	uint64_t calls;
	uint64_t sites[CLASSES];
	UT_hash_handle hh;
};

/* A site of the baseline that this run did not have. */
struct report_gone {
	const char *fingerprint;
	const char *words; /* the baseline's own description */
};

/* A program that the log has an event of, by the last name of its path. */
struct report_program {
	const char *name;
	UT_hash_handle hh;
};

/* What the guard, a refused start or a warning had to say, each text once. */
struct report_said {
	enum logged_kind kind; /* LOGGED_GUARD, LOGGED_WARNING, LOGGED_REFUSED */
	const char *text;      /* one line, made for people */
	const char *module;    /* of the guard: NULL when there is none */
	enum guard_action action;
	uint64_t count;
	UT_hash_handle hh;
};

struct report {
	struct site **sites; /* sorted, worst first; sites_finish() */
	size_t site_count;
	uint64_t class_sites[CLASSES]; /* sites of each class */
	uint64_t class_calls[CLASSES]; /* calls of each class */
	uint64_t calls;                /* all of them, logged or counted */
	uint64_t processes;
	struct events_tally tally;

	uint64_t modes[3];    /* start events by enum mode */
	uint64_t outcomes[4]; /* sandbox events by enum outcome_kind */
	uint64_t statuses[3]; /* and by enum status */
	struct report_host **hosts;
	size_t host_count;
	struct report_said **said; /* in the order they came */
	size_t said_count;
	const char *headline; /* what happened, in a sentence: report_headline() */
	const char **notes;   /* what the reader should know: objects that changed since, and the like */
	size_t note_count, note_room;

	const char *const *only; /* with any: patterns of programs, to whose calls the report is confined */
	unsigned only_count;
	unsigned only_seen;               /* a bit for each pattern that some program matched */
	struct report_program **programs; /* of every event, whatever `only` says; in the order they came */
	size_t program_count;
	uint64_t judged; /* events of programs that the library was in */
	unsigned top;    /* in text, sites shown of each class; 0: all */

	/* with a baseline */
	const char *baseline; /* its name, or NULL */
	uint64_t fresh;       /* sites that it does not know */
	struct report_gone *gone;
	size_t gone_count;

	struct sites *private;
	struct arena arena; /* intern.c */
	struct kept *texts;
};

/* An empty report. Refuses without memory, as all of these do. */
void sites_begin(struct report *report);

/* An events_visit, whose context is the report. */
void sites_add(void *report, const struct logged *event);

/* Classifies, advises, fingerprints, sorts and counts. Nothing may be added afterwards. */
void sites_finish(struct report *report);

/* libc itself, whose frames are nobody's source. */
bool sites_is_libc(const char *object);

/* Gives a site its stack: copies `frames`, and finds the one to show. */
void sites_frames(struct report *report, struct site *site, const struct site_frame *frames, unsigned count);

/* Gives it the stack with no other names than those of the log. */
void stack_plain(struct report *report, struct site *site);

/* intern.c. Zeroed memory that lives as long as the report. */
void *keep_room(struct report *report, size_t size);

/* A copy that lives as long as the report, one for equal strings. NULL stays NULL. */
const char *keep_text(struct report *report, const char *text);

/* A sentence for report->notes; each once. */
void keep_note(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the notes, and which texts there are; the texts themselves go with the process. */
void keep_end(struct report *report);

/* Adds a name to a few, when it is none of them yet. */
void keep_name(struct report *report, struct site_names *names, const char *name);

/* Ends the report; what was kept goes with the process. */
void sites_end(struct report *report);

/* A row of classes.def. */
struct class_words {
	const char *name;
	const char *meaning;
	const char *level; /* NULL: not a finding */
	const char *severity;
	const char *summary;
	const char *help;
};
extern const struct class_words classes[CLASSES];

const char *class_name(enum site_class class);

#endif
