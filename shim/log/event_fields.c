/* SPDX-License-Identifier: ISC */
/*
 * An event's words as fields of journald, to choose by: journalctl PRECLUDE_EFFECT=denied.
 *
 * Paths are in the message alone: what a program wrote is no name to choose by, and might be long.
 */
#include "shim/base/names.h"
#include "shim/log/event_line.h"

#define FACILITY 3 /* daemon */

static void field(struct out *out, const char *name, const char *value)
{
	if (!value)
		return;
	put(out, name);
	put_byte(out, '=');
	/* A newline would end the field. */
	put_escaped(out, ESCAPE_BARE, value, 128);
	put_byte(out, '\n');
}

static void call_fields(struct out *out, const struct call_event *call)
{
	field(out, "PRECLUDE_FUNC", call->func);
	field(out, "PRECLUDE_WHERE", where_name(call->where));
	field(out, "PRECLUDE_FROM", from_name(call->from));
	field(out, "PRECLUDE_ESCAPE", call->escape ? "true" : "false");
	field(out, "PRECLUDE_WORST", call_is_worst(call) ? "true" : "false");
	field(out, "PRECLUDE_DOES", does_name(call->does));
	field(out, "PRECLUDE_HOW", how_name(call->how));
	field(out, "PRECLUDE_EFFECT", effect_name(call->effect));
	field(out, "PRECLUDE_BY", by_name(call->by));
	field(out, "PRECLUDE_MODULE", call->module);
}

void event_fields(const struct event *event, int priority, char *text, size_t room)
{
	struct out out = {.at = text, .end = text + room - sizeof("MESSAGE=")};

	put(&out, "SYSLOG_IDENTIFIER=preclude\nSYSLOG_FACILITY=");
	put_number(&out, FACILITY);
	put(&out, "\nPRIORITY=");
	put_number(&out, priority % 8);
	put_byte(&out, '\n');
	field(&out, "PRECLUDE_EVENT", event_name(event));
	switch (event->kind) {
	case EVENT_START:
		field(&out, "PRECLUDE_MODE", mode_name(event->start.mode));
		break;
	case EVENT_SANDBOX:
		field(&out, "PRECLUDE_OUTCOME", outcome_name(event->sandbox.outcome->kind));
		field(&out, "PRECLUDE_STATUS", status_name(event->sandbox.outcome->status));
		field(&out, "PRECLUDE_MODULE", event->sandbox.module);
		break;
	case EVENT_CALL:
		call_fields(&out, event->call);
		break;
	case EVENT_GUARD:
		field(&out, "PRECLUDE_OPTION", event->guard.option);
		field(&out, "PRECLUDE_MODULE", event->guard.module);
		break;
	case EVENT_WARNING:
	case EVENT_REFUSED:
		break;
	}
	out.end = text + room - 1;
	put(&out, "MESSAGE=");
	*out.at = '\0';
}
