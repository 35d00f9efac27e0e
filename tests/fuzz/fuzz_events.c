/* SPDX-License-Identifier: ISC */
/*
 * A line of a log that anybody may have written, read in place: nothing beyond it is touched, what is found lies in it,
 * and what another reader of JSON makes of the same line is no different.
 */
#include <jansson.h>

#include "fuzz.h"
#include "tools/events/events.h"

static const char *begin, *end;

/* A text of the event, if any, lies in the line and ends there. */
static void inside(const char *text)
{
	HOLDS(!text || (text >= begin && text <= end && text + strlen(text) <= end));
}

static void well_formed(const struct logged *event)
{
	HOLDS(event->kind < LOGGED_KINDS && event->v == 1);
	HOLDS(event->frame_count <= FRAMES_MAX && event->dropped_count <= LOGGED_DROPPED_MAX);
	inside(event->host);
	inside(event->time);
	inside(event->exe);
	inside(event->argv0);
	inside(event->build_id);
	inside(event->scope);
	inside(event->root);
	inside(event->func);
	inside(event->path);
	inside(event->path2);
	inside(event->dir);
	inside(event->resolved);
	inside(event->module);
	inside(event->error_name);
	inside(event->option);
	inside(event->value);
	inside(event->reason);
	for (unsigned i = 0; i < event->frame_count; i++) {
		inside(event->frames[i].object);
		inside(event->frames[i].build_id);
		inside(event->frames[i].symbol);
	}
	for (unsigned i = 0; i < event->dropped_count; i++)
		inside(event->dropped[i]);
}

static void same_text(const json_t *object, const char *name, const char *text)
{
	const char *other = json_string_value(json_object_get(object, name));

	HOLDS(!other == !text && (!other || !strcmp(other, text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *line = input_text(&in);
	size_t length = strcspn(line, "\n");
	struct logged event;
	json_t *object;

	line[length] = '\0';
	object = *line == '{' ? json_loads(line, 0, NULL) : NULL;
	begin = line;
	end = line + length;
	if (events_parse(line, line + length, &event) == EVENTS_EVENT) {
		well_formed(&event);
		/* jansson takes no byte that is not UTF-8, and \udcXX for none. */
		if (object) {
			same_text(object, "path", event.path);
			same_text(object, "resolved", event.resolved);
			same_text(object, "func", event.func);
			same_text(object, "reason", event.reason);
			HOLDS(!json_is_integer(json_object_get(object, "pid")) ||
			      json_integer_value(json_object_get(object, "pid")) == event.pid);
		}
	}
	json_decref(object);
	free(line);
	return 0;
}
