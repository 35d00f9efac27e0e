/* SPDX-License-Identifier: ISC */
/* Events for programs: JSON. Every member brings the comma before it, since `v` comes first in every event. */
#include "shim/base/names.h"
#include "shim/log/event_line.h"

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

static void rights(struct line *line, const char *key, struct rights set)
{
	unsigned cursor = 0;
	const char *right;

	name(line, key);
	put_byte(&line->out, '[');
	for (const char *before = ""; (right = rights_next(set, &cursor)); before = ",") {
		put(&line->out, before);
		value_string(line, right);
	}
	put_byte(&line->out, ']');
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
		string(line, "resolved2", call->resolved2);
		rights(line, "asks", (struct rights){.fs = call->asks});
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
	string(line, "from_module", call->from_module);
	json_frames(line, event);
}

static void json_sandbox(struct line *line, const struct event *event)
{
	const struct outcome *outcome = event->sandbox.outcome;

	string(line, "scope", event->sandbox.scope);
	string(line, "module", event->sandbox.module);
	string(line, "root", event->sandbox.root);
	string(line, "outcome", outcome_name(outcome->kind));
	string(line, "status", status_name(outcome->status));
	number(line, "abi", outcome->abi);
	rights(line, "dropped", outcome->dropped);
	number(line, "layers", outcome->layers);
	boolean(line, "no_new_privs", outcome->no_new_privs);
	boolean(line, "confine_raw", outcome->confine_raw);
	number(line, "errno", outcome->error);
	string(line, "error", error_name(outcome->error));
}

void event_json(struct line *line, const struct event *event)
{
	put(&line->out, "{\"v\":1");
	string(line, "event", event_name(event));
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
		string(line, "roots", event->start.roots);
		boolean(line, "objects", event->start.objects);
		break;
	case EVENT_SANDBOX:
		json_sandbox(line, event);
		break;
	case EVENT_CALL:
		json_call(line, event);
		break;
	case EVENT_GUARD:
		string(line, "option", event->guard.option);
		string(line, "value", event->guard.value);
		string(line, "module", event->guard.module);
		string(line, "root", event->guard.root);
		string(line, "action", guard_action_name(event->guard.action));
		break;
	case EVENT_WARNING:
	case EVENT_REFUSED:
		string(line, "reason", event->reason);
	}
	if (line->most != SIZE_MAX)
		boolean(line, "truncated", true);
	put_byte(&line->out, '}');
}
