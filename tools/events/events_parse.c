/* SPDX-License-Identifier: ISC */
/*
 * One line of the log -> struct logged, by the rows of events.def. Members come in the order in which the library
 * writes them, so each is looked for behind the last; in any other order they are found just as well.
 */
#include <string.h>

#include "shim/base/names.h"
#include "tools/events/events.h"
#include "tools/events/json_scan.h"

enum type { TEXT, NUMBER, TRUTH, WORD, FRAMES, DROPPED, RIGHTS };

const char *logged_kind_name(enum logged_kind kind)
{
	static const char *const names[] = {"start", "sandbox", "call", "count", "guard", "warning", "refused"};

	_Static_assert(sizeof(names) / sizeof(names[0]) == LOGGED_KINDS, "a name for each kind");
	return (unsigned)kind < LOGGED_KINDS ? names[kind] : NULL;
}

/*
 * A word's value, or -1, by the functions that name values: the one place that has the words. One that they do not know
 * is later than this program.
 */
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
WORDS(logged_kind)
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
#define MEMBER(name, type, member)       {name, offsetof(struct logged, member), NULL, sizeof(name) - 1, type},
#define MEMBER_WORD(name, words, member) {name, offsetof(struct logged, member), words##_value, sizeof(name) - 1, WORD},
#include "tools/events/events.def"
#undef MEMBER
#undef MEMBER_WORD
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static bool frame(struct scan *scan, struct logged_frame *frame)
{
	const char *name;
	size_t length;
	int64_t offset = 0;

	*frame = (struct logged_frame){0};
	if (!scan_next(scan, '{'))
		return false;
	do {
		bool good;

		if (!scan_key(scan, &name, &length))
			return false;
		switch (name[0]) {
		case 'o':
			good = name[1] == 'b' ? scan_text(scan, &frame->object) : scan_number(scan, &offset);
			break;
		case 'b':
			good = scan_text(scan, &frame->build_id);
			break;
		case 's':
			good = scan_text(scan, &frame->symbol);
			break;
		default:
			good = scan_skip(scan);
		}
		if (!good)
			return false;
	} while (scan_next(scan, ','));
	frame->offset = (uint64_t)offset;
	return scan_next(scan, '}');
}

static bool frames(struct scan *scan, struct logged *event)
{
	struct logged_frame beyond;

	event->frame_count = 0;
	if (!scan_next(scan, '['))
		return false;
	if (scan_next(scan, ']'))
		return true;
	do {
		if (!frame(scan, event->frame_count < FRAMES_MAX ? &event->frames[event->frame_count] : &beyond))
			return false;
		event->frame_count += event->frame_count < FRAMES_MAX;
	} while (scan_next(scan, ','));
	return scan_next(scan, ']');
}

static bool dropped(struct scan *scan, struct logged *event)
{
	const char *name;

	event->dropped_count = 0;
	if (!scan_next(scan, '['))
		return false;
	if (scan_next(scan, ']'))
		return true;
	do {
		if (!scan_next(scan, '"') || !(name = scan_string(scan)))
			return false;
		if (event->dropped_count < LOGGED_DROPPED_MAX)
			event->dropped[event->dropped_count++] = name;
	} while (scan_next(scan, ','));
	return scan_next(scan, ']');
}

/* A list of names as a set; a later library's rights are none that this program could grant. */
static bool rights(struct scan *scan, uint64_t *set)
{
	const struct rights all = {.fs = ~UINT64_C(0)};
	const char *name, *right;

	if (!scan_next(scan, '['))
		return false;
	if (scan_next(scan, ']'))
		return true;
	do {
		unsigned cursor = 0, before = 0;

		if (!scan_next(scan, '"') || !(name = scan_string(scan)))
			return false;
		while ((right = rights_next(all, &cursor)) && strcmp(right, name))
			before = cursor;
		if (right)
			*set |= rights_take(all, &before).fs;
	} while (scan_next(scan, ','));
	return scan_next(scan, ']');
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
		return scan_text(scan, at);
	case NUMBER:
		return scan_number(scan, at) || scan_skip(scan);
	case TRUTH:
		return scan_truth(scan, at);
	case FRAMES:
		return frames(scan, event);
	case DROPPED:
		return dropped(scan, event);
	case RIGHTS:
		return rights(scan, at);
	case WORD:
		if (!scan_text(scan, &word))
			return false;
		if (!word)
			return true;
		value = field->value(word);
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

		if (!scan_key(&scan, &name, &length))
			return broken(object, end);
		field = find(name, length, &cursor);
		if (!(field ? member(&scan, field, event, &known) : scan_skip(&scan)))
			return broken(object, end);
	} while (scan_next(&scan, ','));
	if (!scan_next(&scan, '}') || scan.at[strspn(scan.at, " \t\r")] || scan.at > end)
		return broken(object, end);
	if (!event->host && object > line)
		event->host = host_before(line, object);
	return known && event->v == 1 && event->kind != LOGGED_KINDS ? EVENTS_EVENT : EVENTS_FOREIGN;
}
