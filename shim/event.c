/* SPDX-License-Identifier: ISC */
/*
 * One event -> one line.
 *
 * A line is whole or it is not written: one that does not fit its room is written again with shorter strings and fewer
 * frames. So a single limit travels with the buffer, and every string goes through it.
 */
#include "shim/event.h"

#include <string.h>

#include "shim/out.h"
#include "shim/words.h"

struct line {
	struct out out;
	size_t most; /* bytes of a string; SIZE_MAX when nothing is cut */
};

bool call_is_worst(const struct call_event *call)
{
	return (call->escape || call->where == WHERE_OUTSIDE) && call->effect == EFFECT_PASSED &&
	       call->does != DOES_LOOK;
}

static unsigned frames_kept(const struct line *line, const struct call_event *call)
{
	size_t most = line->most / 32;

	return call->pc_count < most ? call->pc_count : (unsigned)most;
}

/* JSON: every member brings the comma before it, since `v` comes first in every event. */

static void name(struct line *line, const char *name)
{
	put(&line->out, ",\"");
	put(&line->out, name);
	put(&line->out, "\":");
}

static void value_string(struct line *line, const char *value)
{
	if (value)
		put_escaped(&line->out, ESCAPE_JSON, value, line->most);
	else
		put(&line->out, "null");
}

static void string(struct line *line, const char *key, const char *value)
{
	name(line, key);
	value_string(line, value);
}

static void number(struct line *line, const char *key, int64_t value)
{
	name(line, key);
	put_number(&line->out, value);
}

static void boolean(struct line *line, const char *key, bool value)
{
	name(line, key);
	put(&line->out, value ? "true" : "false");
}

static void build_id(struct line *line, const uint8_t *id, unsigned length)
{
	name(line, "build_id");
	if (!length) {
		put(&line->out, "null");
		return;
	}
	put_byte(&line->out, '"');
	put_bytes_hex(&line->out, id, length);
	put_byte(&line->out, '"');
}

static void json_frames(struct line *line, const struct event *event)
{
	unsigned kept = frames_kept(line, event->call);

	name(line, "frames");
	put_byte(&line->out, '[');
	for (unsigned i = 0; i < kept; i++) {
		uintptr_t pc = event->call->pcs[i];
		struct frame frame;

		/* An address in no known object is all that there is to say. */
		if (!event->describe(pc, &frame))
			frame = (struct frame){.offset = pc};
		put(&line->out, i ? ",{\"object\":" : "{\"object\":");
		value_string(line, frame.object);
		build_id(line, frame.build_id, frame.build_id_length);
		number(line, "offset", (int64_t)frame.offset);
		string(line, "symbol", frame.symbol);
		put_byte(&line->out, '}');
	}
	put_byte(&line->out, ']');
}

static void json_call(struct line *line, const struct event *event)
{
	const struct call_event *call = event->call;

	string(line, "func", call->func);
	if (call->count) {
		number(line, "count", (int64_t)call->count);
	} else {
		string(line, "path", call->path);
		string(line, "path2", call->path2);
		string(line, "dir", call->dir);
		string(line, "resolved", call->resolved);
	}
	string(line, "where", where_name(call->where));
	string(line, "from", from_name(call->from));
	boolean(line, "escape", call->escape);
	boolean(line, "worst", call_is_worst(call));
	string(line, "does", does_name(call->does));
	string(line, "how", how_name(call->how));
	string(line, "effect", effect_name(call->effect));
	string(line, "by", by_name(call->by));
	number(line, "errno", call->error);
	string(line, "error", error_name(call->error));
	string(line, "module", call->module);
	json_frames(line, event);
}

static void json_sandbox(struct line *line, const struct event *event)
{
	const struct outcome *outcome = event->sandbox.outcome;
	unsigned cursor = 0;
	const char *right;

	string(line, "scope", event->sandbox.scope);
	string(line, "module", event->sandbox.module);
	string(line, "root", event->sandbox.root);
	string(line, "outcome", outcome_name(outcome->kind));
	string(line, "status", status_name(outcome->status));
	number(line, "abi", outcome->abi);
	name(line, "dropped");
	for (char open = '['; (right = rights_next(outcome->dropped, &cursor)); open = ',') {
		put_byte(&line->out, open);
		value_string(line, right);
	}
	put(&line->out, rights_none(outcome->dropped) ? "[]" : "]");
	number(line, "layers", outcome->layers);
	boolean(line, "no_new_privs", outcome->no_new_privs);
	number(line, "errno", outcome->error);
	string(line, "error", error_name(outcome->error));
}

static void json_line(struct line *line, const struct event *event)
{
	static const char *const kinds[] = {"start", "sandbox", "call", "warning", "refused"};

	put(&line->out, "{\"v\":1");
	string(line, "event", event->kind == EVENT_CALL && event->call->count ? "count" : kinds[event->kind]);
	name(line, "time");
	put_byte(&line->out, '"');
	put_time(&line->out, event->seconds, event->microseconds);
	put_byte(&line->out, '"');
	number(line, "pid", event->pid);
	string(line, "exe", event->exe);
	switch (event->kind) {
	case EVENT_START:
		string(line, "argv0", event->start.argv0);
		build_id(line, event->start.build_id, event->start.build_id_length);
		number(line, "ppid", event->start.ppid);
		string(line, "mode", mode_name(event->start.mode));
		break;
	case EVENT_SANDBOX:
		json_sandbox(line, event);
		break;
	case EVENT_CALL:
		json_call(line, event);
		break;
	case EVENT_WARNING:
	case EVENT_REFUSED:
		string(line, "reason", event->reason);
	}
	if (line->most != SIZE_MAX)
		boolean(line, "truncated", true);
	put_byte(&line->out, '}');
}

/* Text: what matters first, in the order in which a person asks; who and when in brackets at the end. */

static void bare(struct line *line, const char *words)
{
	put_escaped(&line->out, ESCAPE_BARE, words ? words : "?", line->most);
}

static void quoted(struct line *line, const char *words)
{
	put_escaped(&line->out, ESCAPE_TEXT, words, line->most);
}

static void text_frames(struct line *line, const struct event *event)
{
	unsigned kept = frames_kept(line, event->call);

	for (unsigned i = 0; i < kept; i++) {
		uintptr_t pc = event->call->pcs[i];
		struct frame frame;

		put(&line->out, i ? " < " : " at ");
		if (!event->describe(pc, &frame)) {
			put_hex(&line->out, pc);
			continue;
		}
		const char *slash = strrchr(frame.object, '/');
		bare(line, slash ? slash + 1 : frame.object);
		put_byte(&line->out, '+');
		put_hex(&line->out, frame.offset);
		if (frame.symbol) {
			put_byte(&line->out, ' ');
			bare(line, frame.symbol);
		}
	}
}

/* open("link") in /srv/a -> /etc/shadow */
static void text_object(struct line *line, const struct call_event *call)
{
	put_byte(&line->out, '(');
	if (call->path)
		quoted(line, call->path);
	if (call->path2) {
		put(&line->out, ", ");
		quoted(line, call->path2);
	}
	put_byte(&line->out, ')');
	if (call->dir && !(call->path && call->path[0] == '/')) {
		put(&line->out, " in ");
		bare(line, call->dir);
	}
	if (call->resolved && !(call->path && !strcmp(call->path, call->resolved))) {
		put(&line->out, " -> ");
		bare(line, call->resolved);
	}
}

static void text_call(struct line *line, const struct event *event)
{
	static const char *const effects[] = {"passed ", "DENIED ", "WOULD-DENY ", "failed "};
	const struct call_event *call = event->call;
	const char *error = error_name(call->error);

	if (call->count) {
		put_number(&line->out, (int64_t)call->count);
		put(&line->out, " times ");
	}
	put(&line->out, call_is_worst(call) ? "WORST " : "");
	put(&line->out, effects[call->effect]);
	bare(line, call->func);
	if (!call->count)
		text_object(line, call);
	put(&line->out, " (");
	put(&line->out, where_name(call->where));
	put(&line->out, call->from == FROM_ROOT ? ", from a root" : ", from elsewhere");
	put(&line->out, call->escape ? ": escape; " : "; ");
	put(&line->out, does_name(call->does));
	put(&line->out, call->how == HOW_ANCHORED ? ", anchored)" : ", unanchored)");
	if (call->error) {
		put_byte(&line->out, ' ');
		if (error) {
			put(&line->out, error);
		} else {
			put(&line->out, "errno ");
			put_number(&line->out, call->error);
		}
	}
	if (call->by != BY_NONE) {
		put(&line->out, " by ");
		put(&line->out, by_name(call->by));
	}
	if (call->module) {
		put(&line->out, " in module ");
		bare(line, call->module);
	}
	text_frames(line, event);
}

static void text_sandbox(struct line *line, const struct event *event)
{
	static const char *const outcomes[] = {"enforced", "UNAVAILABLE", "FAILED", "observed"};
	const struct outcome *outcome = event->sandbox.outcome;
	unsigned cursor = 0;
	const char *right, *error = error_name(outcome->error);

	put(&line->out, "sandbox ");
	put(&line->out, outcomes[outcome->kind]);
	put(&line->out, ", ");
	put(&line->out, status_name(outcome->status));
	put(&line->out, ": ");
	bare(line, event->sandbox.scope);
	if (event->sandbox.module) {
		put_byte(&line->out, ' ');
		bare(line, event->sandbox.module);
	}
	if (event->sandbox.root) {
		put(&line->out, " at ");
		bare(line, event->sandbox.root);
	}
	put(&line->out, ", Landlock ABI ");
	put_number(&line->out, outcome->abi);
	put(&line->out, ", layers ");
	put_number(&line->out, outcome->layers);
	put(&line->out, outcome->no_new_privs ? ", no_new_privs" : "");
	for (const char *before = ", dropped "; (right = rights_next(outcome->dropped, &cursor)); before = " ") {
		put(&line->out, before);
		put(&line->out, right);
	}
	if (outcome->error) {
		put(&line->out, ", ");
		put(&line->out, error ? error : "errno ");
		if (!error)
			put_number(&line->out, outcome->error);
	}
}

static void text_line(struct line *line, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
		put(&line->out, "start ");
		quoted(line, event->start.argv0 ? event->start.argv0 : "");
		put(&line->out, " in mode ");
		put(&line->out, mode_name(event->start.mode));
		put(&line->out, ", parent ");
		put_number(&line->out, event->start.ppid);
		if (event->start.build_id_length) {
			put(&line->out, ", build-id ");
			put_bytes_hex(&line->out, event->start.build_id, event->start.build_id_length);
		}
		break;
	case EVENT_SANDBOX:
		text_sandbox(line, event);
		break;
	case EVENT_CALL:
		text_call(line, event);
		break;
	case EVENT_WARNING:
	case EVENT_REFUSED:
		put(&line->out, event->kind == EVENT_WARNING ? "warning: " : "refused: ");
		put_escaped(&line->out, ESCAPE_WORDS, event->reason, line->most);
	}
	put(&line->out, " [");
	bare(line, event->exe);
	put_byte(&line->out, ' ');
	put_number(&line->out, event->pid);
	put_byte(&line->out, ' ');
	put_time(&line->out, event->seconds, event->microseconds);
	put(&line->out, line->most == SIZE_MAX ? "]" : ", truncated]");
}

size_t event_format(const struct event *event, enum log_format format, const char *prefix, char *text, size_t room)
{
	/* The first cut leaves strings of 2 KiB and all frames, the last 32 bytes and one frame. */
	for (size_t most = SIZE_MAX; most >= 32; most = most == SIZE_MAX ? 2048 : most / 2) {
		struct line line = {.out = {.at = text, .end = text + room}, .most = most};

		put(&line.out, prefix);
		if (format == FORMAT_JSON)
			json_line(&line, event);
		else
			text_line(&line, event);
		put_byte(&line.out, '\n');
		if (line.out.length <= room)
			return line.out.length;
	}
	return 0;
}
