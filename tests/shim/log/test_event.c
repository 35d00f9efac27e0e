/* SPDX-License-Identifier: ISC */
/* Events -> lines: what a program parses and what a person reads, whatever bytes a file name is made of. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "shim/base/format.h"
#include "shim/log/event.h"

#define WHEN         .seconds = 1000000000, .microseconds = 42, .pid = 4711, .exe = "/usr/bin/rsync", .describe = describe
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static char line[1 << 20];

/* Two frames in one object, and an address in none. */
static int describe(uintptr_t pc, struct frame *out)
{
	if (pc == 3)
		return 0;
	*out = (struct frame){.object = "/usr/bin/rsync",
			      .build_id = {0xab, 0x01},
			      .build_id_length = 2,
			      .offset = 0x1234 * pc,
			      .symbol = pc == 1 ? "do_open" : NULL};
	return 1;
}

static const char *formatted(const struct event *event, enum log_format format, size_t room)
{
	size_t length = event_format(event, format, "", line, room);

	assert_true(length > 0 && length <= room);
	assert_int_equal(line[length - 1], '\n');
	assert_null(memchr(line, '\n', length - 1));
	line[length - 1] = '\0';
	return line;
}

static const char *escaped(enum escape escape, const char *text, size_t max)
{
	struct out out = {.at = line, .end = line + sizeof(line) - 1};

	put_escaped(&out, escape, text, max);
	*out.at = '\0';
	return line;
}

static void strings_are_escaped(void **state)
{
	static const struct {
		const char *text, *json, *words;
	} rows[] = {
	    {"", "\"\"", "\"\""},
	    {"/srv/a b", "\"/srv/a b\"", "\"/srv/a b\""},
	    {"q\"b\\", "\"q\\\"b\\\\\"", "\"q\\\"b\\\\\""},
	    {"a\nb\tc\x1b[2J", "\"a\\u000ab\\u0009c\\u001b[2J\"", "\"a\\x0ab\\x09c\\x1b[2J\""},
	    {"\x7f", "\"\\u007f\"", "\"\\x7f\""},
	    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7", "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7\"",
	     "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7\""},
	    {"c1 \xc2\x9b", "\"c1 \\u009b\"", "\"c1 \\xc2\\x9b\""},
	    {"\xc2\xa0", "\"\xc2\xa0\"", "\"\xc2\xa0\""},
	    {"line \xe2\x80\xa8 para \xe2\x80\xa9", "\"line \\u2028 para \\u2029\"",
	     "\"line \\xe2\\x80\\xa8 para \\xe2\\x80\\xa9\""},
	    {"turn \xe2\x80\xaegnp.", "\"turn \\u202egnp.\"", "\"turn \\xe2\\x80\\xaegnp.\""},
	    {"bom \xef\xbb\xbf", "\"bom \\ufeff\"", "\"bom \\xef\\xbb\\xbf\""},
	    {"stray \x80\xff", "\"stray \\udc80\\udcff\"", "\"stray \\x80\\xff\""},
	    {"latin caf\xe9", "\"latin caf\\udce9\"", "\"latin caf\\xe9\""},
	    {"overlong \xc0\xaf", "\"overlong \\udcc0\\udcaf\"", "\"overlong \\xc0\\xaf\""},
	    {"overlong \xe0\x80\xaf", "\"overlong \\udce0\\udc80\\udcaf\"", "\"overlong \\xe0\\x80\\xaf\""},
	    {"half \xed\xa0\x80", "\"half \\udced\\udca0\\udc80\"", "\"half \\xed\\xa0\\x80\""},
	    {"beyond \xf4\x90\x80\x80", "\"beyond \\udcf4\\udc90\\udc80\\udc80\"", "\"beyond \\xf4\\x90\\x80\\x80\""},
	    {"short \xe2\x82", "\"short \\udce2\\udc82\"", "\"short \\xe2\\x82\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(escaped(ESCAPE_JSON, rows[i].text, SIZE_MAX), rows[i].json);
		assert_string_equal(escaped(ESCAPE_TEXT, rows[i].text, SIZE_MAX), rows[i].words);
	}
}

static void a_cut_never_halves_a_character(void **state)
{
	(void)state;
	assert_string_equal(escaped(ESCAPE_JSON, "ab\xe2\x82\xac", 4), "\"ab\"");
	assert_string_equal(escaped(ESCAPE_TEXT, "ab\xe2\x82\xac", 4), "\"ab\"...");
	assert_string_equal(escaped(ESCAPE_TEXT, "ab\xe2\x82\xac", 5), "\"ab\xe2\x82\xac\"");
	assert_string_equal(escaped(ESCAPE_BARE, "a\\b\n", 9), "a\\\\b\\x0a");
	assert_string_equal(escaped(ESCAPE_WORDS, "a\\x0a\"b\"", 9), "a\\x0a\"b\"");
}

/* What Python's os.fsencode(json.loads(...)) gives: the bytes of the name. */
static size_t decode(const char *json, unsigned char *bytes)
{
	size_t count = 0;
	unsigned code;

	for (json++; *json != '"'; json++) {
		if (*json != '\\') {
			bytes[count++] = (unsigned char)*json;
		} else if (*++json != 'u') {
			bytes[count++] = (unsigned char)*json;
		} else {
			assert_int_equal(sscanf(json + 1, "%4x", &code), 1);
			json += 4;
			if (code >= 0xdc80 && code <= 0xdcff) {
				bytes[count++] = (unsigned char)code;
			} else if (code < 0x80) {
				bytes[count++] = (unsigned char)code;
			} else {
				assert_true(code < 0x800);
				bytes[count++] = (unsigned char)(0xc0 | code >> 6);
				bytes[count++] = (unsigned char)(0x80 | (code & 0x3f));
			}
		}
	}
	return count;
}

/* No C0, no DEL, no C1, whether the terminal reads UTF-8 or bytes that are no UTF-8 at all. */
static void assert_harmless(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		assert_true(*at >= 0x20 && *at != 0x7f);
		assert_false(at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
	}
}

static void any_two_bytes_come_back_and_drive_no_terminal(void **state)
{
	unsigned char back[16];

	(void)state;
	for (unsigned a = 1; a < 256; a++) {
		for (unsigned b = 1; b < 256; b++) {
			char name[3] = {(char)a, (char)b, '\0'};

			assert_int_equal(decode(escaped(ESCAPE_JSON, name, SIZE_MAX), back), 2);
			assert_memory_equal(back, name, 2);
			assert_harmless(line);
			assert_harmless(escaped(ESCAPE_TEXT, name, SIZE_MAX));
		}
	}
}

static void times_are_utc(void **state)
{
	static const struct {
		int64_t seconds;
		uint32_t microseconds;
		const char *text;
	} rows[] = {
	    {0, 0, "1970-01-01T00:00:00.000000Z"},          {-1, 999999, "1969-12-31T23:59:59.999999Z"},
	    {951782400, 1, "2000-02-29T00:00:00.000001Z"},  {951868799, 0, "2000-02-29T23:59:59.000000Z"},
	    {951868800, 0, "2000-03-01T00:00:00.000000Z"},  {1709164800, 120, "2024-02-29T00:00:00.000120Z"},
	    {1735689599, 0, "2024-12-31T23:59:59.000000Z"}, {4107542400, 0, "2100-03-01T00:00:00.000000Z"},
	    {4294967296, 0, "2106-02-07T06:28:16.000000Z"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct out out = {.at = text, .end = text + sizeof(text) - 1};

		put_time(&out, rows[i].seconds, rows[i].microseconds);
		*out.at = '\0';
		assert_string_equal(text, rows[i].text);
	}
}

static const uintptr_t pcs[FRAMES_MAX] = {1, 2, 3};
static const struct call_event denied = {
    .func = "open",
    .path = "/srv/a/link",
    .dir = "/srv/a",
    .resolved = "/etc/shadow",
    .asks = RIGHT_MASK(FS, READ_FILE) | RIGHT_MASK(FS, WRITE_FILE),
    .where = WHERE_OUTSIDE,
    .from = FROM_ROOT,
    .escape = true,
    .does = DOES_OPEN,
    .how = HOW_UNANCHORED,
    .effect = EFFECT_DENIED,
    .by = BY_LANDLOCK,
    .error = EACCES,
    .module = "a",
    .pcs = pcs,
    .pc_count = 3,
};
static const struct call_event worst = {
    .func = "renameat2",
    .path = "x",
    .path2 = "../../y",
    .dir = "/srv/a/sub",
    .resolved = "/srv/y",
    .resolved2 = "/srv/a/sub/x",
    .where = WHERE_OUTSIDE,
    .from = FROM_ROOT,
    .escape = true,
    .does = DOES_RENAME,
    .how = HOW_UNANCHORED,
    .pcs = pcs,
    .pc_count = 1,
};
static const struct call_event counted = {
    .func = "lstat",
    .path = "not said",
    .where = WHERE_INSIDE,
    .does = DOES_LOOK,
    .how = HOW_ANCHORED,
    .effect = EFFECT_FAILED,
    .error = ENOENT,
    .count = 12,
};
static const struct call_event across = {
    .func = "open",
    .path = "../inbox/x",
    .dir = "/srv/team",
    .resolved = "/srv/inbox/x",
    .asks = RIGHT_MASK(FS, READ_FILE),
    .where = WHERE_INSIDE,
    .does = DOES_OPEN,
    .how = HOW_UNANCHORED,
    .effect = EFFECT_DENIED,
    .by = BY_LANDLOCK,
    .error = EACCES,
    .module = "inbox",
    .from_module = "team",
    .count = 1,
};
static const struct outcome partial = {
    .kind = OUTCOME_ENFORCED,
    .status = STATUS_PARTIAL,
    .abi = 2,
    .dropped = {.fs = RIGHT_MASK(FS, TRUNCATE) | RIGHT_MASK(FS, IOCTL_DEV)},
    .layers = 1,
    .no_new_privs = true,
    .confine_raw = true,
};
static const struct outcome absent = {.kind = OUTCOME_UNAVAILABLE, .status = STATUS_NONE, .error = EOPNOTSUPP};

static const uint8_t id[] = {0xde, 0xad, 0x00, 0x0f};

/* One row an event: the whole line, as both formats have it. */
static const struct {
	struct event event;
	const char *json, *text;
} lines[] = {
    {{EVENT_START, WHEN, .start = {"rsync", id, sizeof(id), 1, MODE_OBSERVE, "a=/srv/a", true}},
     "{\"v\":1,\"event\":\"start\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"argv0\":\"rsync\",\"build_id\":\"dead000f\",\"ppid\":1,\"mode\":\"observe\",\"roots\":\"a=/srv/"
     "a\",\"objects\":true}",
     "start \"rsync\" in mode observe, parent 1, build-id dead000f [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_SANDBOX, WHEN, .sandbox = {"process", NULL, NULL, &partial}},
     "{\"v\":1,\"event\":\"sandbox\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"scope\":\"process\",\"module\":null,\"root\":null,\"outcome\":\"enforced\",\"status\":\"partial\",\"abi\":2,"
     "\"dropped\":[\"TRUNCATE\",\"IOCTL_DEV\"],\"layers\":1,\"no_new_privs\":true,\"confine_raw\":true,\"errno\":0,"
     "\"error\":null}",
     "sandbox enforced, partial: process, Landlock ABI 2, layers 1, no_new_privs, metadata by the library alone, "
     "dropped TRUNCATE IOCTL_DEV "
     "[/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_SANDBOX, WHEN, .sandbox = {"module", "a", "/srv/a", &absent}},
     "{\"v\":1,\"event\":\"sandbox\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"scope\":\"module\",\"module\":\"a\",\"root\":\"/srv/"
     "a\",\"outcome\":\"unavailable\",\"status\":\"none\",\"abi\":0,"
     "\"dropped\":[],\"layers\":0,\"no_new_privs\":false,\"confine_raw\":false,\"errno\":95,\"error\":\"EOPNOTSUPP\"}",
     "sandbox UNAVAILABLE, none: module a at /srv/a, Landlock ABI 0, layers 0, EOPNOTSUPP "
     "[/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_CALL, WHEN, .call = &denied},
     "{\"v\":1,\"event\":\"call\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"func\":\"open\",\"path\":\"/srv/a/link\",\"path2\":null,\"dir\":\"/srv/a\",\"resolved\":\"/etc/shadow\","
     "\"resolved2\":null,\"asks\":[\"WRITE_FILE\",\"READ_FILE\"],"
     "\"where\":\"outside\",\"from\":\"root\",\"escape\":true,\"worst\":false,\"does\":\"open\",\"how\":\"unanchored\","
     "\"effect\":\"denied\",\"by\":\"landlock\",\"errno\":13,\"error\":\"EACCES\",\"module\":\"a\",\"from_module\":"
     "null,"
     "\"frames\":["
     "{\"object\":\"/usr/bin/rsync\",\"build_id\":\"ab01\",\"offset\":4660,\"symbol\":\"do_open\"},"
     "{\"object\":\"/usr/bin/rsync\",\"build_id\":\"ab01\",\"offset\":9320,\"symbol\":null},"
     "{\"object\":null,\"build_id\":null,\"offset\":3,\"symbol\":null}]}",
     "DENIED open(\"/srv/a/link\") -> /etc/shadow (outside, from a root: escape; open, unanchored) EACCES by landlock "
     "in module a at rsync+0x1234 do_open < rsync+0x2468 < 0x3 [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_CALL, WHEN, .call = &worst},
     "{\"v\":1,\"event\":\"call\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"func\":\"renameat2\",\"path\":\"x\",\"path2\":\"../../y\",\"dir\":\"/srv/a/sub\",\"resolved\":\"/srv/y\","
     "\"resolved2\":\"/srv/a/sub/x\",\"asks\":[],"
     "\"where\":\"outside\",\"from\":\"root\",\"escape\":true,\"worst\":true,\"does\":\"rename\",\"how\":"
     "\"unanchored\","
     "\"effect\":\"passed\",\"by\":null,\"errno\":0,\"error\":null,\"module\":null,\"from_module\":null,"
     "\"frames\":["
     "{\"object\":\"/usr/bin/rsync\",\"build_id\":\"ab01\",\"offset\":4660,\"symbol\":\"do_open\"}]}",
     "WORST passed renameat2(\"x\", \"../../y\") in /srv/a/sub -> /srv/y (outside, from a root: escape; rename, "
     "unanchored) at rsync+0x1234 do_open [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_CALL, WHEN, .call = &counted},
     "{\"v\":1,\"event\":\"count\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"func\":\"lstat\",\"count\":12,\"where\":\"inside\",\"from\":\"root\",\"escape\":false,\"worst\":false,"
     "\"does\":\"look\",\"how\":\"anchored\",\"effect\":\"failed\",\"by\":null,\"errno\":2,\"error\":\"ENOENT\","
     "\"module\":null,\"from_module\":null,\"frames\":[]}",
     "12 times failed lstat (inside, from a root; look, anchored) ENOENT "
     "[/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_CALL, WHEN, .call = &across},
     "{\"v\":1,\"event\":\"count\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"func\":\"open\",\"count\":1,\"where\":\"inside\",\"from\":\"root\",\"escape\":false,\"worst\":false,"
     "\"does\":\"open\",\"how\":\"unanchored\",\"effect\":\"denied\",\"by\":\"landlock\",\"errno\":13,\"error\":"
     "\"EACCES\","
     "\"module\":\"inbox\",\"from_module\":\"team\",\"frames\":[]}",
     "1 time DENIED open (inside another module, from a root; open, unanchored) EACCES by landlock in module inbox, "
     "from "
     "module team [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_WARNING, WHEN, .reason = "a \\x0a b"},
     "{\"v\":1,\"event\":\"warning\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"reason\":\"a \\\\x0a b\"}",
     "warning: a \\x0a b [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_GUARD, WHEN, .guard = {"temp-dir", "/t \"mp", "a", "/srv/a", GUARD_REJECTED}},
     "{\"v\":1,\"event\":\"guard\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"option\":\"temp-dir\",\"value\":\"/t \\\"mp\",\"module\":\"a\",\"root\":\"/srv/a\",\"action\":\"rejected\"}",
     "guard REJECTED --temp-dir=\"/t \\\"mp\" in module a at /srv/a [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_GUARD, WHEN, .guard = {.action = GUARD_UNAVAILABLE}},
     "{\"v\":1,\"event\":\"guard\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"option\":null,\"value\":null,\"module\":null,\"root\":null,\"action\":\"unavailable\"}",
     "guard UNAVAILABLE [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
    {{EVENT_REFUSED, WHEN, .reason = "PRECLUDE_ROOT: no such variable"},
     "{\"v\":1,\"event\":\"refused\",\"time\":\"2001-09-09T01:46:40.000042Z\",\"pid\":4711,\"exe\":\"/usr/bin/rsync\","
     "\"reason\":\"PRECLUDE_ROOT: no such variable\"}",
     "refused: PRECLUDE_ROOT: no such variable [/usr/bin/rsync 4711 2001-09-09T01:46:40.000042Z]"},
};

static void events_have_their_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		json_error_t error;
		json_t *parsed;

		assert_string_equal(formatted(&lines[i].event, FORMAT_TEXT, sizeof(line)), lines[i].text);
		assert_string_equal(formatted(&lines[i].event, FORMAT_JSON, sizeof(line)), lines[i].json);
		parsed = json_loads(line, JSON_REJECT_DUPLICATES, &error);
		assert_non_null(parsed);
		json_decref(parsed);
	}
}

static void a_prefix_comes_first(void **state)
{
	struct event warning = {EVENT_WARNING, WHEN, .reason = "so"};
	size_t length = event_format(&warning, FORMAT_TEXT, "preclude: ", line, sizeof(line));

	(void)state;
	assert_memory_equal(line, "preclude: warning: ", 19);
	assert_int_equal(line[length - 1], '\n');
}

static char longest[64 * 1024];

static int describe_long(uintptr_t pc, struct frame *out)
{
	*out = (struct frame){.object = longest, .offset = pc, .symbol = longest};
	return 1;
}

/* However long its strings are, a line arrives in one piece in 4096 bytes, and says when something is missing. */
static void long_lines_are_cut_to_fit_a_pipe(void **state)
{
	static const char fills[] = {'x', '\n', '\xff', '"', '\x7f'};
	struct call_event call = denied;
	struct event event = {EVENT_CALL, WHEN, .call = &call};
	json_t *parsed;

	(void)state;
	event.describe = describe_long;
	event.exe = call.func = call.path = call.path2 = call.dir = call.resolved = call.resolved2 = call.module =
	    longest;
	call.pc_count = FRAMES_MAX;
	for (size_t i = 0; i < COUNT(fills); i++) {
		memset(longest, fills[i], sizeof(longest) - 1);
		assert_non_null(strstr(formatted(&event, FORMAT_TEXT, EVENT_ROOM), ", truncated]"));
		assert_non_null(strstr(formatted(&event, FORMAT_JSON, EVENT_ROOM), "\"truncated\":true}"));
		if (fills[i] == '\xff')
			continue; /* half a surrogate pair, which jansson rejects */
		parsed = json_loads(line, 0, NULL);
		assert_non_null(parsed);
		assert_string_equal(json_string_value(json_object_get(parsed, "effect")), "denied");
		json_decref(parsed);
	}
	assert_int_equal(event_format(&event, FORMAT_JSON, "", line, 100), 0);
}

static void what_fits_is_whole(void **state)
{
	struct call_event call = denied;
	struct event event = {EVENT_CALL, WHEN, .call = &call};
	unsigned frames = 0;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	call.path = longest;
	call.pc_count = FRAMES_MAX;
	formatted(&event, FORMAT_JSON, sizeof(line));
	assert_non_null(strstr(line, longest));
	assert_null(strstr(line, "truncated"));
	for (const char *at = line; (at = strstr(at, "{\"object\":")); at++)
		frames++;
	assert_int_equal(frames, FRAMES_MAX);

	/* A path of 3900 bytes is cut before any frame goes. */
	call.path = longest + sizeof(longest) - 1 - 3900;
	call.pc_count = 3;
	formatted(&event, FORMAT_JSON, EVENT_ROOM);
	assert_non_null(strstr(line, "truncated"));
	assert_non_null(strstr(line, "\"offset\":3,"));
}

static void the_worst_are_marked(void **state)
{
	static const struct {
		enum where where;
		bool escape;
		enum effect effect;
		enum does does;
		bool worst;
	} rows[] = {
	    {WHERE_OUTSIDE, false, EFFECT_PASSED, DOES_OPEN, true},
	    {WHERE_GRANTED, true, EFFECT_PASSED, DOES_METADATA, true},
	    {WHERE_UNKNOWN, true, EFFECT_PASSED, DOES_CREATE, true},
	    {WHERE_OUTSIDE, true, EFFECT_PASSED, DOES_LOOK, false},
	    {WHERE_OUTSIDE, true, EFFECT_DENIED, DOES_OPEN, false},
	    {WHERE_OUTSIDE, true, EFFECT_FAILED, DOES_OPEN, false},
	    {WHERE_OUTSIDE, true, EFFECT_WOULD_DENY, DOES_OPEN, false},
	    {WHERE_INSIDE, false, EFFECT_PASSED, DOES_OPEN, false},
	    {WHERE_GRANTED, false, EFFECT_PASSED, DOES_REMOVE, false},
	    {WHERE_UNKNOWN, false, EFFECT_PASSED, DOES_OPEN, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct call_event call = {
		    .where = rows[i].where, .escape = rows[i].escape, .effect = rows[i].effect, .does = rows[i].does};

		assert_int_equal(call_is_worst(&call), rows[i].worst);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strings_are_escaped),
	    cmocka_unit_test(a_cut_never_halves_a_character),
	    cmocka_unit_test(any_two_bytes_come_back_and_drive_no_terminal),
	    cmocka_unit_test(times_are_utc),
	    cmocka_unit_test(events_have_their_lines),
	    cmocka_unit_test(a_prefix_comes_first),
	    cmocka_unit_test(long_lines_are_cut_to_fit_a_pipe),
	    cmocka_unit_test(what_fits_is_whole),
	    cmocka_unit_test(the_worst_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
