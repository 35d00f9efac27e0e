/* SPDX-License-Identifier: ISC */
/* Inside config only: what the parsers of single variables share. */
#ifndef PRECLUDE_CONFIG_PARSE_H
#define PRECLUDE_CONFIG_PARSE_H

#include <stdarg.h>

#include "config/arena.h"
#include "config/list.h"
#include "config/policy.h"

/* A policy while it is being read. */
struct reading {
	struct policy policy;
	struct arena *arena;
	struct refusal *why;
	const char *variable; /* the one being read */
	const char *expects;  /* what may be written in it */
	uint16_t *bind;       /* the policy's lists of ports, while they are being filled */
	uint16_t *connect;
};

/* Where in a variable something is wrong. */
struct spot {
	const char *variable;
	uint32_t position; /* 1-based element number, 0 when the value is no list */
	size_t byte;       /* 1-based byte in the element, 0 when the whole of it is meant */
	struct slice text;
};

/* As refuse_value(). */
int refuse_spot(struct refusal *why, const struct spot *spot, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int refuse_at(struct refusal *why, const struct spot *spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int refuse_memory(struct refusal *why);

/* Calls `element` for each element of a list; empty elements and bad escapes are refused here. 0 or -1. */
int parse_list(struct reading *reading, const char *value,
	       int (*element)(struct reading *reading, const struct spot *spot));

/* Decimal digits and nothing else: no sign, no space, no leading zero (which somebody may mean as octal). */
bool parse_number(struct slice text, uint32_t least, uint32_t most, uint32_t *out);

/* Elements that a list has at most: an escaped separator is counted too. */
size_t parse_list_bound(const char *value);

/*
 * Makes one path of one spelling, in place: repeated and trailing slashes and "." components go. Returns false, and
 * changes nothing, when there is a ".." in it: what that means depends on symlinks, which text cannot know.
 */
bool path_normalise(char *path);

/* Room for `count` more grants in the policy. 0 or -1. */
int grants_reserve(struct reading *reading, size_t count);
void grants_add(struct reading *reading, struct grant grant);
/* The rows of base.def. */
void grants_add_base(struct reading *reading);
/* Those of them that stay after narrowing, where PRECLUDE_NARROW_READ says nothing else. 0 or -1. */
int grants_narrow_base(struct reading *reading);

/* An array for as many ports as the list `value` may have; NULL when out of memory, refused. */
uint16_t *ports_new(struct reading *reading, const char *value);

/*
 * Refuses what the grants say twice and differently: one name for two roots, one path with rights that contradict, a
 * read-only path beneath a writable one. Linear in the length of all paths. 0 or -1.
 */
int policy_check(const struct policy *policy, struct arena *arena, struct refusal *why);

/*
 * The kernel sample's LL_* variables. ll_present names one that is set (as there, to an empty value is set), or is
 * NULL. ll_parse reads them all into a policy that has no grants yet: 0 or -1.
 */
const char *ll_present(char *const *environment);
int ll_parse(struct reading *reading, char *const *environment);

/* The `parse` column of variables.def. Each returns 0, or -1 with reading->why filled. */
int parse_roots(struct reading *reading, const char *value);
int parse_read(struct reading *reading, const char *value);
int parse_write(struct reading *reading, const char *value);
int parse_exec(struct reading *reading, const char *value);
int parse_base(struct reading *reading, const char *value);
int parse_mode(struct reading *reading, const char *value);
int parse_require(struct reading *reading, const char *value);
int parse_confine(struct reading *reading, const char *value);
int parse_anchor(struct reading *reading, const char *value);
int parse_narrow(struct reading *reading, const char *value);
int parse_narrow_read(struct reading *reading, const char *value);
int parse_guard(struct reading *reading, const char *value);
int parse_net(struct reading *reading, const char *value);
int parse_scope(struct reading *reading, const char *value);
int parse_flag(struct reading *reading, const char *value);
int parse_log(struct reading *reading, const char *value);
int parse_format(struct reading *reading, const char *value);
int parse_frames(struct reading *reading, const char *value);
int parse_nnp(struct reading *reading, const char *value);
int parse_ancestors(struct reading *reading, const char *value);
int parse_raw(struct reading *reading, const char *value);
int parse_confine_raw(struct reading *reading, const char *value);

#endif
