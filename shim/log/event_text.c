/* SPDX-License-Identifier: ISC */
/* Events for people: what matters first, in the order in which a person asks; who and when in brackets at the end. */
#include <string.h>

#include "shim/base/names.h"
#include "shim/log/event_line.h"

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
		/* The program's own name is unknown where there is no /proc. */
		const char *slash = frame.object ? strrchr(frame.object, '/') : NULL;
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
		put(&line->out, call->count == 1 ? " time " : " times ");
	}
	put(&line->out, call_is_worst(call) ? "WORST " : "");
	put(&line->out, effects[call->effect]);
	bare(line, call->func);
	if (!call->count)
		text_object(line, call);
	put(&line->out, " (");
	put(&line->out, where_name(call->where));
	put(&line->out, call->from_module ? " another module" : "");
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
	if (call->from_module) {
		put(&line->out, ", from module ");
		bare(line, call->from_module);
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
	put(&line->out, outcome->confine_raw ? ", metadata by the library alone" : "");
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

/* guard REJECTED --temp-dir="/tmp" in module a at /srv/a */
static void text_guard(struct line *line, const struct event *event)
{
	static const char *const actions[] = {"guard REJECTED", "guard WOULD-REJECT", "guard UNAVAILABLE"};

	put(&line->out, actions[event->guard.action]);
	if (event->guard.option) {
		put(&line->out, " --");
		bare(line, event->guard.option);
		put_byte(&line->out, '=');
		quoted(line, event->guard.value ? event->guard.value : "");
	}
	if (event->guard.module) {
		put(&line->out, " in module ");
		bare(line, event->guard.module);
	}
	if (event->guard.root) {
		put(&line->out, " at ");
		bare(line, event->guard.root);
	}
}

void event_text(struct line *line, const struct event *event)
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
	case EVENT_GUARD:
		text_guard(line, event);
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
