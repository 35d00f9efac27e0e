/* SPDX-License-Identifier: ISC */
/*
 * One event -> one line, as JSON for programs or as text for people. Pure: who, when and where to are the caller's.
 */
#ifndef PRECLUDE_SHIM_LOG_EVENT_H
#define PRECLUDE_SHIM_LOG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/policy.h"
#include "sandbox/sandbox.h"
#include "shim/base/call.h"
#include "shim/stack/frames.h"

/* A room of this size takes every event, however much its strings must be shortened. Also PIPE_BUF. */
#define EVENT_ROOM 4096

enum event_kind { EVENT_START, EVENT_SANDBOX, EVENT_CALL, EVENT_WARNING, EVENT_REFUSED, EVENT_GUARD };

struct event {
	enum event_kind kind;
	int64_t seconds; /* since 1970 */
	uint32_t microseconds;
	int pid;
	const char *exe;
	union {
		struct {
			const char *argv0;
			const uint8_t *build_id;
			unsigned build_id_length; /* 0: written as null */
			int ppid;
			enum mode mode;
			const char *roots; /* PRECLUDE_ROOTS as it was written; NULL in who inherits them */
			bool objects;      /* PRECLUDE_FLAG has them: no object is missing from this log */
		} start;
		struct {
			const char *scope;
			const char *module;
			const char *root;
			const struct outcome *outcome;
		} sandbox;
		const struct call_event *call; /* `call`, or `count` when its count is not 0 */
		struct {
			const char *option; /* NULL: of all of them, none can be guarded */
			const char *value;
			const char *module;
			const char *root;
			enum guard_action action;
		} guard;
		const char *reason; /* of a warning or refusal */
	};
	int (*describe)(uintptr_t pc, struct frame *out); /* frames_describe, but for tests */
};

/*
 * Writes the line, `prefix` first and its newline last, no NUL. When it does not fit, strings are cut and frames left
 * out until it does, and the line says so ("truncated":true). Returns its length; 0 when `room` is too small for that.
 */
size_t event_format(const struct event *event, enum log_format format, const char *prefix, char *line, size_t room);

/*
 * What journald wants before the message: PRIORITY and the like, and the event's words as PRECLUDE_* fields to choose
 * by, one a line; the last is MESSAGE without its value. Ends with a NUL. What does not fit `room` is left out.
 */
void event_fields(const struct event *event, int priority, char *text, size_t room);

/* An escape, or anything outside, that passed and did more than look. */
bool call_is_worst(const struct call_event *call);

#endif
