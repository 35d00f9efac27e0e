/* SPDX-License-Identifier: ISC */
/*
 * One event -> one line.
 *
 * A line is whole or it is not written: one that does not fit its room is written again with shorter strings and fewer
 * frames. So a single limit travels with the buffer, and every string goes through it.
 */
#include "shim/log/event_line.h"

bool call_is_worst(const struct call_event *call)
{
	return (call->escape || call->where == WHERE_OUTSIDE) && call->effect == EFFECT_PASSED &&
	       call->does != DOES_LOOK;
}

const char *event_name(const struct event *event)
{
	static const char *const kinds[] = {"start", "sandbox", "call", "warning", "refused", "guard"};

	return event->kind == EVENT_CALL && event->call->count ? "count" : kinds[event->kind];
}

size_t event_format(const struct event *event, enum log_format format, const char *prefix, char *text, size_t room)
{
	/* The first cut leaves strings of 2 KiB and all frames, the last 32 bytes and one frame. */
	for (size_t most = SIZE_MAX; most >= 32; most = most == SIZE_MAX ? 2048 : most / 2) {
		struct line line = {.out = {.at = text, .end = text + room}, .most = most};

		put(&line.out, prefix);
		if (format == FORMAT_JSON)
			event_json(&line, event);
		else
			event_text(&line, event);
		put_byte(&line.out, '\n');
		if (line.out.length <= room)
			return line.out.length;
	}
	return 0;
}
