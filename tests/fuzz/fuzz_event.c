/* SPDX-License-Identifier: ISC */
/* Any event at all, in any room: nothing, or one line that a strict reader takes and a terminal only shows. */
#include <errno.h>

#include "shim/log/event.h"
#include "tests/fuzz/fuzz.h"

/*
 * RFC 8259, and what the log promises beside it: ASCII escapes of control characters only, \udcXX for a byte that is
 * not UTF-8. Strings are decoded back to the bytes that the program gave.
 */
struct json {
	const char *at;
	const char *key; /* the member that is looked for in the outermost object, or NULL */
	char *found;     /* its string, decoded; its first byte of `room` */
	size_t length;
	bool is_null;
	unsigned depth;
};

static uint32_t json_hex(struct json *json)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *json->at);

		HOLDS(*json->at && digit);
		value = value << 4 | (uint32_t)(digit - digits);
		json->at++;
	}
	return value;
}

static void json_put(char **out, uint32_t c)
{
	if (c >= 0xdc80 && c < 0xdd00) {
		*(*out)++ = (char)c;
	} else if (c < 0x80) {
		*(*out)++ = (char)c;
	} else if (c < 0x800) {
		*(*out)++ = (char)(0xc0 | c >> 6);
		*(*out)++ = (char)(0x80 | (c & 0x3f));
	} else {
		HOLDS(c < 0xd800 || c > 0xdfff);
		*(*out)++ = (char)(0xe0 | c >> 12);
		*(*out)++ = (char)(0x80 | (c >> 6 & 0x3f));
		*(*out)++ = (char)(0x80 | (c & 0x3f));
	}
}

/* Returns the length; `out` is long enough for anything on the line. */
static size_t json_string(struct json *json, char *out)
{
	char *start = out;

	HOLDS(*json->at == '"');
	for (json->at++; *json->at != '"';) {
		unsigned length = utf8_length((const unsigned char *)json->at);

		HOLDS(length && (unsigned char)*json->at >= 0x20);
		if (*json->at != '\\') {
			memcpy(out, json->at, length);
			out += length;
			json->at += length;
		} else if (json->at[1] == 'u') {
			json->at += 2;
			json_put(&out, json_hex(json));
		} else {
			HOLDS(json->at[1] == '"' || json->at[1] == '\\');
			*out++ = json->at[1];
			json->at += 2;
		}
	}
	json->at++;
	*out = '\0';
	return (size_t)(out - start);
}

static void json_value(struct json *json);

static void json_members(struct json *json, char close)
{
	static char key[2 * EVENT_ROOM], scrap[2 * EVENT_ROOM];

	HOLDS(++json->depth < 4);
	for (json->at++; *json->at != close; json->at += *json->at == ',') {
		bool wanted = false;

		HOLDS(json->at[-1] != ',' || *json->at != close);
		if (close == '}') {
			json_string(json, key);
			HOLDS(*json->at == ':');
			json->at++;
			wanted = json->depth == 1 && json->key && strcmp(key, json->key) == 0;
		}
		if (wanted && *json->at == '"')
			json->length = json_string(json, json->found);
		else if (*json->at == '"')
			json_string(json, scrap);
		else {
			json->is_null = json->is_null || (wanted && *json->at == 'n');
			json_value(json);
		}
		HOLDS(*json->at == close || (*json->at == ',' && json->at[1] != close));
	}
	json->at++;
	json->depth--;
}

static void json_value(struct json *json)
{
	static const char *const words[] = {"true", "false", "null"};

	if (*json->at == '{' || *json->at == '[') {
		json_members(json, *json->at == '{' ? '}' : ']');
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		if (!strncmp(json->at, words[i], strlen(words[i]))) {
			json->at += strlen(words[i]);
			return;
		}
	json->at += *json->at == '-';
	HOLDS(*json->at >= '0' && *json->at <= '9' &&
	      !(json->at[0] == '0' && json->at[1] >= '0' && json->at[1] <= '9'));
	json->at += strspn(json->at, "0123456789");
}

/* The string that member `key` says, or the beginning of it where the line is cut, is `wanted`. */
static void says(const char *line, bool cut, const char *key, const char *wanted)
{
	static char found[2 * EVENT_ROOM];
	struct json json = {.at = line, .key = key, .found = found, .length = SIZE_MAX};

	json_value(&json);
	HOLDS(*json.at == '\0');
	if (!key)
		return;
	HOLDS(json.is_null == (wanted == NULL) && (json.length == SIZE_MAX) == (wanted == NULL));
	HOLDS(!wanted || (cut ? strncmp(wanted, found, json.length) == 0 : strcmp(wanted, found) == 0));
}

/* Strings that may be NULL, in the order in which the input gives them. */
static char *maybe(struct input *in)
{
	return input_byte(in) % 8 ? input_text(in) : NULL;
}

static struct frame known;
static bool describes;

static int describe(uintptr_t pc, struct frame *out)
{
	*out = known;
	out->offset = pc;
	return describes;
}

enum { EXE, PATH, PATH2, DIR, RESOLVED, MODULE, FUNC, STRINGS };

/* Members and who said them, for each kind. */
static void line_says_it(const struct event *event, const char *line, char *const *strings)
{
	bool cut = strstr(line, ",\"truncated\":true}") != NULL;

	says(line, cut, "exe", strings[EXE]);
	switch (event->kind) {
	case EVENT_START:
		says(line, cut, "argv0", event->start.argv0);
		says(line, cut, "roots", event->start.roots);
		break;
	case EVENT_SANDBOX:
		says(line, cut, "scope", event->sandbox.scope);
		says(line, cut, "module", event->sandbox.module);
		says(line, cut, "root", event->sandbox.root);
		break;
	case EVENT_CALL:
		says(line, cut, "func", event->call->func);
		says(line, cut, "module", event->call->module);
		if (event->call->count)
			break;
		says(line, cut, "path", event->call->path);
		says(line, cut, "path2", event->call->path2);
		says(line, cut, "dir", event->call->dir);
		says(line, cut, "resolved", event->call->resolved);
		says(line, cut, "resolved2", event->call->resolved2);
		break;
	case EVENT_GUARD:
		says(line, cut, "option", event->guard.option);
		says(line, cut, "value", event->guard.value);
		says(line, cut, "module", event->guard.module);
		says(line, cut, "root", event->guard.root);
		break;
	case EVENT_WARNING:
	case EVENT_REFUSED:
		says(line, cut, "reason", event->reason);
	}
}

static void format_and_look(const struct event *event, enum log_format format, const char *prefix, size_t room,
			    char *const *strings)
{
	char *line = malloc(room + 1);
	size_t length;

	HOLDS(line);
	memset(line, '\a', room + 1);
	length = event_format(event, format, prefix, line, room);
	HOLDS(length <= room && line[room] == '\a');
	HOLDS(length || room < EVENT_ROOM);
	if (length) {
		HOLDS(line[length - 1] == '\n');
		line[length - 1] = '\0';
		HOLDS(strlen(line) == length - 1 && shows_as_one_line(line));
		HOLDS(strncmp(line, prefix, strlen(prefix)) == 0);
		if (format == FORMAT_JSON)
			line_says_it(event, line + strlen(prefix), strings);
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const prefixes[] = {"", "<12>preclude[1234567]: "};
	struct input in = input_of(data, size);
	struct event event = {.kind = (enum event_kind)(input_byte(&in) % 6), .describe = describe};
	enum log_format format = input_byte(&in) & 1 ? FORMAT_TEXT : FORMAT_JSON;
	const char *prefix = prefixes[input_byte(&in) & 1];
	size_t room = input_byte(&in) & 1 ? EVENT_ROOM : (size_t)input_word(&in) % (EVENT_ROOM + 1);
	struct outcome outcome = {.kind = (enum outcome_kind)(input_byte(&in) % 4),
				  .status = (enum status)(input_byte(&in) % 3)};
	struct call_event call = {.where = (enum where)(input_byte(&in) % 4)};
	uintptr_t pcs[FRAMES_MAX];
	char *strings[STRINGS];
	char *object, *symbol;

	event.seconds = (int64_t)(input_word(&in) >> 20);
	event.microseconds = (uint32_t)(input_word(&in) % 1000000);
	event.pid = (int)input_byte(&in);
	outcome.dropped.fs = input_word(&in);
	outcome.dropped.net = input_byte(&in);
	outcome.dropped.scope = input_byte(&in);
	outcome.error = call.error = (int)input_byte(&in) - 1;
	call.from = (enum from)(input_byte(&in) & 1);
	call.escape = input_byte(&in) & 1;
	call.does = (enum does)(input_byte(&in) % 9);
	call.how = (enum how)(input_byte(&in) & 1);
	call.effect = (enum effect)(input_byte(&in) % 4);
	call.by = (enum by)(input_byte(&in) % 3);
	call.count = input_byte(&in) & 1 ? input_word(&in) : 0;
	call.pc_count = input_byte(&in) % (FRAMES_MAX + 1);
	for (unsigned i = 0; i < FRAMES_MAX; i++)
		pcs[i] = (uintptr_t)0x555500000000 + i * 4097;
	call.pcs = pcs;
	describes = input_byte(&in) & 1;
	for (unsigned i = 0; i < STRINGS; i++)
		strings[i] = i == EXE || i == FUNC ? input_text(&in) : maybe(&in);
	object = input_text(&in);
	symbol = maybe(&in);
	known = (struct frame){.object = object, .symbol = symbol, .build_id_length = input_byte(&in) % 21};

	event.exe = strings[EXE];
	switch (event.kind) {
	case EVENT_START:
		event.start.argv0 = strings[PATH];
		event.start.roots = strings[DIR];
		event.start.build_id = known.build_id;
		event.start.build_id_length = known.build_id_length;
		event.start.mode = (enum mode)(input_byte(&in) % 3);
		break;
	case EVENT_SANDBOX:
		event.sandbox.scope = strings[FUNC];
		event.sandbox.module = strings[MODULE];
		event.sandbox.root = strings[PATH];
		event.sandbox.outcome = &outcome;
		break;
	case EVENT_CALL:
		call.func = strings[FUNC];
		call.path = strings[PATH];
		call.path2 = strings[PATH2];
		call.dir = strings[DIR];
		call.resolved = strings[RESOLVED];
		call.resolved2 = strings[DIR];
		call.asks = outcome.dropped.fs;
		call.module = strings[MODULE];
		event.call = &call;
		break;
	case EVENT_GUARD:
		event.guard.option = strings[FUNC];
		event.guard.value = strings[PATH];
		event.guard.module = strings[MODULE];
		event.guard.root = strings[DIR];
		break;
	case EVENT_WARNING:
	case EVENT_REFUSED:
		event.reason = strings[FUNC];
	}
	format_and_look(&event, format, prefix, room, strings);
	for (unsigned i = 0; i < STRINGS; i++)
		free(strings[i]);
	free(object);
	free(symbol);
	return 0;
}
