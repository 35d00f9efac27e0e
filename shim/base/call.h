/* SPDX-License-Identifier: ISC */
/* What can be said of one call. The words are the log's; *_name() gives them. */
#ifndef PRECLUDE_SHIM_BASE_CALL_H
#define PRECLUDE_SHIM_BASE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum where { WHERE_INSIDE, WHERE_GRANTED, WHERE_OUTSIDE, WHERE_UNKNOWN };
enum from { FROM_ROOT, FROM_ELSEWHERE };
enum does {
	DOES_LOOK,
	DOES_ENTER,
	DOES_OPEN,
	DOES_CREATE,
	DOES_REMOVE,
	DOES_RENAME,
	DOES_METADATA,
	DOES_RUN,
	DOES_CONNECT
};
/* It leaves what is there as it is, and learns of it or goes there. */
static inline bool does_look(enum does does)
{
	return does == DOES_LOOK || does == DOES_ENTER;
}
enum how { HOW_ANCHORED, HOW_UNANCHORED };
enum effect { EFFECT_PASSED, EFFECT_DENIED, EFFECT_WOULD_DENY, EFFECT_FAILED };
enum by { BY_NONE, BY_LANDLOCK, BY_CONFINE };

/* What became of an option of a client. */
enum guard_action { GUARD_REJECTED, GUARD_WOULD_REJECT, GUARD_UNAVAILABLE };

#define FRAMES_MAX 16

/* One call, ready to be written. Strings may be NULL (written as null in JSON). */
struct call_event {
	const char *func;
	const char *path;
	const char *path2;
	const char *dir;
	const char *resolved;
	const char *resolved2; /* of two paths: where the one led that the verdict is not about */
	uint64_t asks;         /* Landlock rights that the kernel asks for what was found there */
	enum where where;
	enum from from;
	bool escape;
	enum does does;
	enum how how;
	enum effect effect;
	enum by by;
	int error;               /* errno of the call, 0 when it passed */
	const char *module;      /* NAME of the root, or its path when it has none; NULL */
	const char *from_module; /* the root that the call was made from, when it is another than `module`; NULL */
	const uintptr_t *pcs;    /* return addresses, innermost first */
	unsigned pc_count;
	uint64_t count; /* 0: a `call` event; else a `count` event, without paths */
};

#endif
