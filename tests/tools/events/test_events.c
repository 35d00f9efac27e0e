/* SPDX-License-Identifier: ISC */
/* The log read back: what the library wrote is what the reader has, whatever stands around it or is missing of it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shim/log/event.h"
#include "tools/events/events.h"

static int describe(uintptr_t pc, struct frame *out)
{
	*out =
	    (struct frame){.object = "/usr/bin/[", .build_id_length = 2, .offset = pc, .symbol = pc & 1 ? "odd" : NULL};
	out->build_id[0] = 0xab;
	out->build_id[1] = 0x01;
	return 1;
}

static const uintptr_t pcs[] = {0x1234, 0x777};

static const struct call_event nasty = {
    .func = "rename",
    .path = "a \"quoted\" \\ back\nnew\ttab \x01\x7f \xc3\xa4 \xf0\x9f\x98\x80 \xff\xfe \xe2\x80\xae",
    .path2 = "{\"event\":\"call\"}",
    .dir = "",
    .resolved = NULL,
    .where = WHERE_UNKNOWN,
    .from = FROM_ROOT,
    .escape = true,
    .does = DOES_CONNECT,
    .how = HOW_UNANCHORED,
    .effect = EFFECT_WOULD_DENY,
    .by = BY_CONFINE,
    .error = 13,
    .module = "m,[]{}",
    .pcs = pcs,
    .pc_count = 2,
};

/* The library's own line for a call. Returns its length, without the newline. */
static size_t line_of(const struct call_event *call, char *line, size_t room)
{
	const struct event event = {.kind = EVENT_CALL,
				    .seconds = 1763791200,
				    .microseconds = 42,
				    .pid = 77,
				    .exe = "/bin/x y",
				    .call = call,
				    .describe = describe};
	size_t length = event_format(&event, FORMAT_JSON, "", line, room - 1);

	assert_true(length > 1);
	line[--length] = '\0';
	return length;
}

static enum events_line parse(const char *text, struct logged *event)
{
	static char line[8192];

	assert_true(strlen(text) < sizeof(line));
	strcpy(line, text);
	return events_parse(line, line + strlen(line), event);
}

static void what_was_written_is_read(void **state)
{
	char line[EVENT_ROOM];
	struct logged event;

	(void)state;
	line_of(&nasty, line, sizeof(line));
	assert_int_equal(parse(line, &event), EVENTS_EVENT);
	assert_int_equal(event.kind, LOGGED_CALL);
	assert_int_equal(event.pid, 77);
	assert_string_equal(event.time, "2025-11-22T06:00:00.000042Z");
	assert_string_equal(event.exe, "/bin/x y");
	assert_string_equal(event.func, "rename");
	assert_string_equal(event.path, nasty.path);
	assert_string_equal(event.path2, nasty.path2);
	assert_string_equal(event.dir, "");
	assert_null(event.resolved);
	assert_int_equal(event.where, WHERE_UNKNOWN);
	assert_int_equal(event.from, FROM_ROOT);
	assert_true(event.escape);
	assert_int_equal(event.does, DOES_CONNECT);
	assert_int_equal(event.how, HOW_UNANCHORED);
	assert_int_equal(event.effect, EFFECT_WOULD_DENY);
	assert_int_equal(event.by, BY_CONFINE);
	assert_int_equal(event.error, 13);
	assert_string_equal(event.error_name, "EACCES");
	assert_string_equal(event.module, "m,[]{}");
	assert_int_equal(event.frame_count, 2);
	assert_string_equal(event.frames[0].object, "/usr/bin/[");
	assert_string_equal(event.frames[0].build_id, "ab01");
	assert_null(event.frames[0].symbol);
	assert_int_equal(event.frames[1].offset, 0x777);
	assert_string_equal(event.frames[1].symbol, "odd");
	assert_null(event.host);
}

static void every_byte_is_read(void **state)
{
	char path[256], line[EVENT_ROOM];
	struct call_event call = nasty;
	struct logged event;

	(void)state;
	for (int i = 0; i < 255; i++)
		path[i] = (char)(i + 1);
	path[255] = '\0';
	call.path = path;
	line_of(&call, line, sizeof(line));
	assert_int_equal(parse(line, &event), EVENTS_EVENT);
	assert_string_equal(event.path, path);
}

static void a_cut_line_is_torn(void **state)
{
	char line[EVENT_ROOM], part[EVENT_ROOM + 16];
	size_t length = line_of(&nasty, line, sizeof(line));
	struct logged event;

	(void)state;
	for (size_t i = 1; i < length; i++) {
		memcpy(part, line, i);
		part[i] = '\0';
		assert_int_equal(parse(part, &event), EVENTS_TORN);
	}
	/* Something behind it: whole, but not a line of ours alone. */
	snprintf(part, sizeof(part), "%s garbage", line);
	assert_int_equal(parse(part, &event), EVENTS_TORN);
	/* Two processes in one line: the second half is not the first's. */
	snprintf(part, sizeof(part), "%.100s%.200s", line, line);
	assert_int_equal(parse(part, &event), EVENTS_TORN);
}

static void what_is_not_ours_is_foreign(void **state)
{
	static const char *const lines[] = {
	    "rsyncd: connect from somewhere",
	    "{\"event\":\"call\",\"func\":\"open\"}",
	    "{\"v\":2,\"event\":\"call\",\"func\":\"open\"}",
	    "{\"v\":1,\"event\":\"later\"}",
	    "{\"v\":1,\"event\":\"call\",\"func\":\"open\",\"does\":\"teleport\"}",
	    "{\"v\":1}",
	};
	struct logged event;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i], &event), EVENTS_FOREIGN);
	assert_int_equal(parse("", &event), EVENTS_EMPTY);
	assert_int_equal(parse(" \t\r", &event), EVENTS_EMPTY);
}

static void any_order_and_unknown_members(void **state)
{
	struct logged event;

	(void)state;
	assert_int_equal(
	    parse(" { \"later\" : {\"a\":[1,{\"b\":\"}\"}],\"c\":null} , \"count\" : 7 , \"frames\" : [ ] , "
		  "\"func\":\"o\\u0070en\",\"more\":-1.5e3,\"event\":\"count\",\"path\":[\"no\"],\"v\":1} \r",
		  &event),
	    EVENTS_EVENT);
	assert_int_equal(event.kind, LOGGED_COUNT);
	assert_int_equal(event.count, 7);
	assert_string_equal(event.func, "open");
	assert_null(event.path);
	assert_int_equal(event.frame_count, 0);
}

static void the_other_events(void **state)
{
	struct logged event;

	(void)state;
	assert_int_equal(
	    parse("{\"v\":1,\"event\":\"sandbox\",\"time\":\"t\",\"pid\":1,\"exe\":null,\"scope\":\"module\","
		  "\"module\":\"m\","
		  "\"root\":\"/r\",\"outcome\":\"enforced\",\"status\":\"partial\",\"abi\":7,\"dropped\":[\"A\",\"B\"],"
		  "\"layers\":2,\"no_new_privs\":true,\"errno\":0,\"error\":null}",
		  &event),
	    EVENTS_EVENT);
	assert_string_equal(event.scope, "module");
	assert_int_equal(event.outcome, OUTCOME_ENFORCED);
	assert_int_equal(event.status, STATUS_PARTIAL);
	assert_int_equal(event.dropped_count, 2);
	assert_string_equal(event.dropped[1], "B");
	assert_int_equal(event.layers, 2);
	assert_true(event.no_new_privs);
	assert_int_equal(parse("{\"v\":1,\"event\":\"guard\",\"option\":\"temp-dir\",\"value\":\"/"
			       "x\",\"module\":\"m\",\"root\":\"/r\","
			       "\"action\":\"rejected\"}",
			       &event),
			 EVENTS_EVENT);
	assert_string_equal(event.option, "temp-dir");
	assert_string_equal(event.value, "/x");
	assert_int_equal(event.action, GUARD_REJECTED);
	assert_int_equal(parse("{\"v\":1,\"event\":\"warning\",\"reason\":\"why\"}", &event), EVENTS_EVENT);
	assert_string_equal(event.reason, "why");
	assert_null(event.option);
}

static void a_collector_names_the_host(void **state)
{
	static const struct {
		const char *line, *host;
	} cases[] = {
	    {"Nov 22 06:00:36 web1 preclude[77]: {\"v\":1,\"event\":\"start\"}", "web1"},
	    {"2026-11-22T06:00:36+00:00 web2 preclude[77]: {\"v\":1,\"event\":\"start\"}", "web2"},
	    {"2026-11-22T06:00:36+00:00 web2 preclude[77]: @cee: {\"v\":1,\"event\":\"start\",\"host\":\"web3\"}",
	     "web3"},
	    {"{\"v\":1,\"event\":\"start\",\"host\":\"web4\"}", "web4"},
	    {"preclude: {\"v\":1,\"event\":\"start\"}", NULL},
	};
	struct logged event;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].line, &event), EVENTS_EVENT);
		if (cases[i].host)
			assert_string_equal(event.host, cases[i].host);
		else
			assert_null(event.host);
	}
}

struct heard {
	unsigned events;
	char last[64];
};

static void hear(void *context, const struct logged *event)
{
	struct heard *heard = context;

	heard->events++;
	snprintf(heard->last, sizeof(heard->last), "%s", event->func ? event->func : "");
}

/* A pipe that the text comes through in pieces, each read at once. */
static void in_pieces(void **state)
{
	static const char text[] =
	    "{\"v\":1,\"event\":\"call\",\"func\":\"one\"}\nnoise\n{\"v\":1,\"event\":\"call\",\"func\":\"two\"}";
	struct events_tally tally = {0};
	struct heard heard = {0};
	struct events_stream *stream = events_begin(hear, &heard, &tally);
	char path[] = "/tmp/preclude-events.XXXXXX";
	int to = mkstemp(path);
	int from = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	unlink(path);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(write(to, text + i, 1), 1);
		assert_int_equal(events_more(stream, from), 0);
	}
	assert_int_equal(heard.events, 1);
	events_end(stream);
	assert_int_equal(heard.events, 2);
	assert_string_equal(heard.last, "two");
	assert_int_equal(tally.lines, 3);
	assert_int_equal(tally.foreign, 1);
	assert_int_equal(tally.bytes, sizeof(text) - 1);
	close(to);
	close(from);
}

/* What no event is as long as is left out as one line, and what follows is read. */
static void a_line_without_end(void **state)
{
	char path[] = "/tmp/preclude-events.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct events_tally tally = {0};
	struct heard heard = {0};

	(void)state;
	fputs("{\"v\":1,\"event\":\"call\",\"func\":\"", file);
	for (int i = 0; i < 3000000; i++)
		fputc('x', file);
	fputs("\"}\n{\"v\":1,\"event\":\"call\",\"func\":\"after\"}\n", file);
	fclose(file);
	assert_int_equal(events_read(path, hear, &heard, &tally), 0);
	unlink(path);
	assert_int_equal(heard.events, 1);
	assert_string_equal(heard.last, "after");
	assert_int_equal(tally.torn, 1);
	assert_int_equal(tally.lines, 2);
}

static void a_file_that_is_not_there(void **state)
{
	struct events_tally tally = {0};

	(void)state;
	assert_int_equal(events_read("/nonexistent/log", hear, NULL, &tally), -ENOENT);
	assert_int_equal(events_read("/tmp", hear, NULL, &tally), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_written_is_read),
	    cmocka_unit_test(every_byte_is_read),
	    cmocka_unit_test(a_cut_line_is_torn),
	    cmocka_unit_test(what_is_not_ours_is_foreign),
	    cmocka_unit_test(any_order_and_unknown_members),
	    cmocka_unit_test(the_other_events),
	    cmocka_unit_test(a_collector_names_the_host),
	    cmocka_unit_test(in_pieces),
	    cmocka_unit_test(a_line_without_end),
	    cmocka_unit_test(a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
