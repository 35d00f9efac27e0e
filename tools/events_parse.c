/* SPDX-License-Identifier: ISC */
/*
 * One line of the log -> struct logged, in place: strings are unescaped where they stand and ended by a NUL over their
 * closing quote, so a million lines cost no allocation. Members come in the order in which the library writes them, so
 * each is looked for behind the last; in any other order they are found just as well.
 */
#include <stdlib.h>
#include <string.h>

#include "shim/words.h"
#include "tools/events.h"

struct scan {
	char *at;
	const char *end; /* a NUL stands there */
};

enum type { TEXT, NUMBER, TRUTH, WORD, FRAMES, DROPPED, RIGHTS, KIND };

/* A word's value, or -1. By words.c, which is the one place that has them; a word that it does not know is later than
 * this program. */
#define WORDS(type)                                                                                                    \
	static int type##_value(const char *word)                                                                      \
	{                                                                                                              \
		for (int i = 0; i < WORDS_MAX; i++) {                                                                  \
			const char *name = type##_name((enum type)i);                                                  \
			if (name && !strcmp(name, word))                                                               \
				return i;                                                                              \
		}                                                                                                      \
		return -1;                                                                                             \
	}
#define WORDS_MAX 9 /* `does` has as many */
WORDS(where)
WORDS(from)
WORDS(does)
WORDS(how)
WORDS(effect)
WORDS(by)
WORDS(mode)
WORDS(status)
WORDS(guard_action)
#define outcome_kind_name outcome_name
WORDS(outcome_kind)

static const struct field {
	const char *name;
	size_t offset;
	int (*value)(const char *word);
	uint8_t length;
	uint8_t type;
} fields[] = {
#define FIELD(type, name, member)       {name, offsetof(struct logged, member), NULL, sizeof(name) - 1, type},
#define FIELD_WORD(value, name, member) {name, offsetof(struct logged, member), value, sizeof(name) - 1, WORD},
    FIELD(NUMBER, "v", v) FIELD(KIND, "event", kind) FIELD(TEXT, "time", time) FIELD(NUMBER, "pid", pid)
	FIELD(TEXT, "exe", exe) FIELD(TEXT, "func", func) FIELD(NUMBER, "count", count) FIELD(TEXT, "path", path)
	    FIELD(TEXT, "path2", path2) FIELD(TEXT, "dir", dir) FIELD(TEXT, "resolved", resolved)
		FIELD(TEXT, "resolved2", resolved2) FIELD(RIGHTS, "asks", asks) FIELD_WORD(where_value, "where", where)
		    FIELD_WORD(from_value, "from", from) FIELD(TRUTH, "escape", escape) FIELD(TRUTH, "worst", worst)
			FIELD_WORD(does_value, "does", does) FIELD_WORD(how_value, "how", how)
			    FIELD_WORD(effect_value, "effect", effect) FIELD_WORD(by_value, "by", by)
				FIELD(NUMBER, "errno", error) FIELD(TEXT, "error", error_name)
				    FIELD(TEXT, "module", module) FIELD(FRAMES, "frames", frames)
					FIELD(TRUTH, "truncated", truncated)
    /* start */
    FIELD(TEXT, "argv0", argv0) FIELD(TEXT, "build_id", build_id) FIELD(NUMBER, "ppid", ppid)
	FIELD_WORD(mode_value, "mode", mode) FIELD(TEXT, "roots", roots) FIELD(TRUTH, "objects", objects)
    /* sandbox, guard */
    FIELD(TEXT, "scope", scope) FIELD(TEXT, "root", root) FIELD_WORD(outcome_kind_value, "outcome", outcome)
	FIELD_WORD(status_value, "status", status) FIELD(NUMBER, "abi", abi) FIELD(DROPPED, "dropped", dropped)
	    FIELD(NUMBER, "layers", layers) FIELD(TRUTH, "no_new_privs", no_new_privs) FIELD(TEXT, "option", option)
		FIELD(TEXT, "value", value) FIELD_WORD(guard_action_value, "action", action)
		    FIELD(TEXT, "reason", reason)
    /* a collector's */
    FIELD(TEXT, "host", host)};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static void space(struct scan *scan)
{
	while (*scan->at == ' ' || *scan->at == '\t')
		scan->at++;
}

static bool next(struct scan *scan, char c)
{
	space(scan);
	if (*scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool hex4(const char *at, unsigned *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
							: 16;

		if (digit == 16)
			return false;
		*code = *code << 4 | digit;
	}
	return true;
}

static char *put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}

/*
 * \uXXXX at `*from`, which stands behind the u. A byte that was not UTF-8 was written as \udc80 to \udcff; no path has
 * a NUL, so what claims one is replaced.
 */
static char *put_code(char *to, char **from)
{
	unsigned code, low;

	if (!hex4(*from, &code))
		return NULL;
	*from += 4;
	if (code >= 0xd800 && code < 0xdc00 && (*from)[0] == '\\' && (*from)[1] == 'u' && hex4(*from + 2, &low) &&
	    low >= 0xdc00 && low < 0xe000) {
		*from += 6;
		return put_utf8(to, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
	}
	if (code >= 0xdc80 && code <= 0xdcff) {
		*to++ = (char)(code & 0xff);
		return to;
	}
	return put_utf8(to, code && (code < 0xd800 || code > 0xdfff) ? code : 0xfffd);
}

static char *put_escape(char *to, char **from)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = *(*from)++;
	const char *which;

	if (c == 'u')
		return put_code(to, from);
	which = c ? strchr(names, c) : NULL;
	if (which)
		*to++ = values[which - names];
	return which ? to : NULL;
}

/* A string whose opening quote was read; NULL when it does not end. */
static char *string(struct scan *scan)
{
	char *start = scan->at;
	char *from, *to;

	/* Most have no escape in them and stay as they are. */
	from = start;
	while (*from != '"' && *from != '\\' && *from)
		from++;
	to = from;
	while (*from != '"') {
		if (!*from)
			return NULL;
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		from++;
		to = put_escape(to, &from);
		if (!to)
			return NULL;
	}
	*to = '\0';
	scan->at = from + 1;
	return start;
}

static bool word(struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(scan->at, text, length) != 0)
		return false;
	scan->at += length;
	return true;
}

static bool number(struct scan *scan, int64_t *value)
{
	bool negative = *scan->at == '-';
	uint64_t sum = 0;
	char *at = scan->at + negative;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		sum = sum * 10 + (uint64_t)(*at - '0');
	*value = (int64_t)(negative ? 0 - sum : sum);
	scan->at = at;
	return true;
}

/* Any value, left out: of a member that this program does not know. */
static bool skip(struct scan *scan)
{
	unsigned depth = 0;

	do {
		char c = *scan->at;

		if (c == '"') {
			scan->at++;
			if (!string(scan))
				return false;
		} else if (c == '[' || c == '{') {
			depth++;
			scan->at++;
		} else if (c == ']' || c == '}') {
			if (!depth--)
				return false;
			scan->at++;
		} else if (!c) {
			return false;
		} else {
			scan->at += strcspn(scan->at, depth ? "\"[]{}" : ",}");
		}
	} while (depth);
	return true;
}

static bool text(struct scan *scan, const char **value)
{
	if (*scan->at == '"') {
		scan->at++;
		*value = string(scan);
		return *value != NULL;
	}
	*value = NULL;
	return word(scan, "null") || skip(scan);
}

static bool truth(struct scan *scan, bool *value)
{
	*value = *scan->at == 't';
	return word(scan, "true") || word(scan, "false") || skip(scan);
}

static bool key(struct scan *scan, const char **name, size_t *length)
{
	if (!next(scan, '"'))
		return false;
	*name = string(scan);
	if (!*name)
		return false;
	*length = (size_t)(scan->at - 1 - *name);
	if (!next(scan, ':'))
		return false;
	space(scan);
	return true;
}

static bool frame(struct scan *scan, struct logged_frame *frame)
{
	const char *name;
	size_t length;
	int64_t offset = 0;

	*frame = (struct logged_frame){0};
	if (!next(scan, '{'))
		return false;
	do {
		bool good;

		if (!key(scan, &name, &length))
			return false;
		switch (name[0]) {
		case 'o':
			good = name[1] == 'b' ? text(scan, &frame->object) : number(scan, &offset);
			break;
		case 'b':
			good = text(scan, &frame->build_id);
			break;
		case 's':
			good = text(scan, &frame->symbol);
			break;
		default:
			good = skip(scan);
		}
		if (!good)
			return false;
	} while (next(scan, ','));
	frame->offset = (uint64_t)offset;
	return next(scan, '}');
}

static bool frames(struct scan *scan, struct logged *event)
{
	struct logged_frame beyond;

	event->frame_count = 0;
	if (!next(scan, '['))
		return false;
	if (next(scan, ']'))
		return true;
	do {
		if (!frame(scan, event->frame_count < FRAMES_MAX ? &event->frames[event->frame_count] : &beyond))
			return false;
		event->frame_count += event->frame_count < FRAMES_MAX;
	} while (next(scan, ','));
	return next(scan, ']');
}

static bool dropped(struct scan *scan, struct logged *event)
{
	const char *name;

	event->dropped_count = 0;
	if (!next(scan, '['))
		return false;
	if (next(scan, ']'))
		return true;
	do {
		if (!next(scan, '"') || !(name = string(scan)))
			return false;
		if (event->dropped_count < LOGGED_DROPPED_MAX)
			event->dropped[event->dropped_count++] = name;
	} while (next(scan, ','));
	return next(scan, ']');
}

/* A list of names as a set; a later library's rights are none that this program could grant. */
static bool rights(struct scan *scan, uint64_t *set)
{
	const struct rights all = {.fs = ~UINT64_C(0)};
	const char *name, *right;

	if (!next(scan, '['))
		return false;
	if (next(scan, ']'))
		return true;
	do {
		unsigned cursor = 0, before = 0;

		if (!next(scan, '"') || !(name = string(scan)))
			return false;
		while ((right = rights_next(all, &cursor)) && strcmp(right, name))
			before = cursor;
		if (right)
			*set |= rights_take(all, &before).fs;
	} while (next(scan, ','));
	return next(scan, ']');
}

static int kind_value(const char *word)
{
	static const char *const kinds[] = {"start", "sandbox", "call", "count", "guard", "warning", "refused"};

	_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == LOGGED_KINDS, "a name for each kind");
	for (int i = 0; i < LOGGED_KINDS; i++) {
		if (!strcmp(kinds[i], word))
			return i;
	}
	return -1;
}

static const struct field *find(const char *name, size_t length, size_t *cursor)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const struct field *field = &fields[*cursor];

		*cursor = *cursor + 1 < FIELDS ? *cursor + 1 : 0;
		if (field->length == length && !memcmp(field->name, name, length))
			return field;
	}
	return NULL;
}

/* The value of `field`. False when the line is no JSON; `*known` becomes false when the word is a later library's. */
static bool member(struct scan *scan, const struct field *field, struct logged *event, bool *known)
{
	void *at = (char *)event + field->offset;
	const char *word;
	int value;

	switch ((enum type)field->type) {
	case TEXT:
		return text(scan, at);
	case NUMBER:
		return number(scan, at) || skip(scan);
	case TRUTH:
		return truth(scan, at);
	case FRAMES:
		return frames(scan, event);
	case DROPPED:
		return dropped(scan, event);
	case RIGHTS:
		return rights(scan, at);
	case KIND:
	case WORD:
		if (!text(scan, &word))
			return false;
		if (!word)
			return true;
		value = field->type == KIND ? kind_value(word) : field->value(word);
		if (value < 0)
			*known = false;
		else
			*(int *)at = value;
		return true;
	}
	return false;
}

/* "<time> host preclude[pid]: ": the word before the last one. */
static const char *host_before(char *line, char *object)
{
	char *end = object;
	char *start;

	while (end > line && end[-1] == ' ')
		end--;
	while (end > line && end[-1] != ' ')
		end--;
	while (end > line && end[-1] == ' ')
		end--;
	start = end;
	while (start > line && start[-1] != ' ')
		start--;
	if (start == end || start == line)
		return NULL;
	*end = '\0';
	return start;
}

/* What cannot be read: part of a line of ours, which always begins so, or anybody's text with a brace in it. */
static enum events_line broken(const char *object, const char *end)
{
	static const char begins[] = "{\"v"; /* what follows may have been cut to pieces by now */
	const size_t length = (size_t)(end - object), whole = sizeof begins - 1;

	return memcmp(object, begins, length < whole ? length : whole) == 0 ? EVENTS_TORN : EVENTS_FOREIGN;
}

enum events_line events_parse(char *line, char *end, struct logged *event)
{
	struct scan scan = {.at = memchr(line, '{', (size_t)(end - line)), .end = end};
	char *object = scan.at;
	bool known = true;
	const char *name;
	size_t length;
	size_t cursor = 0;

	if (!object)
		return line[strspn(line, " \t\r")] ? EVENTS_FOREIGN : EVENTS_EMPTY;
	/* All but the frames, of which frame_count says how many there are. */
	memset(event, 0, offsetof(struct logged, frames));
	event->frame_count = 0;
	event->option = event->value = event->reason = NULL;
	event->kind = LOGGED_KINDS;
	scan.at++;
	do {
		const struct field *field;

		if (!key(&scan, &name, &length))
			return broken(object, end);
		field = find(name, length, &cursor);
		if (!(field ? member(&scan, field, event, &known) : skip(&scan)))
			return broken(object, end);
	} while (next(&scan, ','));
	if (!next(&scan, '}') || scan.at[strspn(scan.at, " \t\r")] || scan.at > end)
		return broken(object, end);
	if (!event->host && object > line)
		event->host = host_before(line, object);
	return known && event->v == 1 && event->kind != LOGGED_KINDS ? EVENTS_EVENT : EVENTS_FOREIGN;
}
