/* SPDX-License-Identifier: ISC */
/* Inside event*.c only: a line while it is written. */
#ifndef PRECLUDE_SHIM_LOG_EVENT_LINE_H
#define PRECLUDE_SHIM_LOG_EVENT_LINE_H

#include "shim/base/format.h"
#include "shim/log/event.h"

struct line {
	struct out out;
	size_t most; /* bytes of a string; SIZE_MAX when nothing is cut */
};

static inline unsigned frames_kept(const struct line *line, const struct call_event *call)
{
	size_t most = line->most / 32;

	return call->pc_count < most ? call->pc_count : (unsigned)most;
}

const char *event_name(const struct event *event);

/* Everything between the prefix and the newline. */
void event_json(struct line *line, const struct event *event);
void event_text(struct line *line, const struct event *event);

#endif
