/* SPDX-License-Identifier: ISC */
/* The variables whose value is a word, a number or a list of words. */
#include "config/parse.h"

struct word {
	const char *word;
	int value;
};

static struct spot whole(const struct reading *reading, const char *value)
{
	return (struct spot){.variable = reading->variable, .text = slice_of(value)};
}

static int refuse_unknown(struct reading *reading, const struct spot *spot)
{
	return refuse_at(reading->why, spot, "unknown; write %s", reading->expects);
}

/* What the word at `spot` stands for in `words` (which ends with a NULL word), or -1, refused. */
static int look_up(struct reading *reading, const struct spot *spot, const struct word *words)
{
	for (; words->word; words++)
		if (slice_is(spot->text, words->word))
			return words->value;
	return refuse_unknown(reading, spot);
}

static int one_word(struct reading *reading, const char *value, const struct word *words)
{
	struct spot spot = whole(reading, value);

	return look_up(reading, &spot, words);
}

/* The same, of a policy's member that is true for the word `yes`. */
static int either(struct reading *reading, const char *value, const char *no, const char *yes, bool *member)
{
	const struct word words[] = {{no, false}, {yes, true}, {0}};
	int chosen = one_word(reading, value, words);

	*member = chosen > 0;
	return chosen < 0 ? -1 : 0;
}

#define EITHER(variable, no, yes, member)                                                                              \
	int parse_##variable(struct reading *reading, const char *value)                                               \
	{                                                                                                              \
		return either(reading, value, no, yes, &reading->policy.member);                                       \
	}
EITHER(base, "none", "system", base)
EITHER(anchor, "off", "on", anchor)
EITHER(narrow, "off", "on", narrow)
EITHER(nnp, "auto", "on", nnp_on)
EITHER(ancestors, "off", "on", ancestors)
EITHER(raw, "off", "on", raw)
EITHER(confine_raw, "off", "on", confine_raw)

int parse_mode(struct reading *reading, const char *value)
{
	static const struct word words[] = {
	    {"enforce", MODE_ENFORCE}, {"observe", MODE_OBSERVE}, {"off", MODE_OFF}, {0}};
	int mode = one_word(reading, value, words);

	if (mode < 0)
		return -1;
	reading->policy.mode = (enum mode)mode;
	return 0;
}

int parse_require(struct reading *reading, const char *value)
{
	static const struct word words[] = {
	    {"landlock", REQUIRE_LANDLOCK}, {"full", REQUIRE_FULL}, {"nothing", REQUIRE_NOTHING}, {0}};
	uint32_t abi;
	int require;

	if (strncmp(value, "abi:", 4) == 0 && parse_number(slice_of(value + 4), 1, INT32_MAX, &abi)) {
		reading->policy.require = REQUIRE_ABI;
		reading->policy.require_abi = (int)abi;
		return 0;
	}
	require = one_word(reading, value, words);
	if (require < 0)
		return -1;
	reading->policy.require = (enum require)require;
	return 0;
}

int parse_confine(struct reading *reading, const char *value)
{
	static const struct word words[] = {
	    {"off", CONFINE_OFF}, {"metadata", CONFINE_METADATA}, {"all", CONFINE_ALL}, {0}};
	int confine = one_word(reading, value, words);

	if (confine < 0)
		return -1;
	reading->policy.confine = (enum confine)confine;
	return 0;
}

static int scope_element(struct reading *reading, const struct spot *spot)
{
	static const struct word words[] = {{"abstract-unix", SCOPE_ABSTRACT_UNIX},
					    {"signal", SCOPE_SIGNAL},
					    {"pathname-unix", SCOPE_PATHNAME_UNIX},
					    {0}};
	int scope = look_up(reading, spot, words);

	if (scope < 0)
		return -1;
	reading->policy.scope |= (unsigned)scope;
	return 0;
}

int parse_scope(struct reading *reading, const char *value)
{
	return parse_list(reading, value, scope_element);
}

static int flag_element(struct reading *reading, const struct spot *spot)
{
	static const struct word words[] = {{"outside", FLAG_OUTSIDE},       {"looks", FLAG_LOOKS},
					    {"unanchored", FLAG_UNANCHORED}, {"all", FLAG_ALL},
					    {"objects", FLAG_OBJECTS},       {0}};
	int flag = look_up(reading, spot, words);

	if (flag < 0)
		return -1;
	reading->policy.flags |= (unsigned)flag;
	return 0;
}

int parse_flag(struct reading *reading, const char *value)
{
	reading->policy.flags = 0;
	return parse_list(reading, value, flag_element);
}

/* The one value of the environment that is no list and may be a path: no escapes, so that it is the file's name. */
int parse_log(struct reading *reading, const char *value)
{
	static const struct word words[] = {{"auto", LOG_AUTO},       {"stderr", LOG_STDERR}, {"syslog", LOG_SYSLOG},
					    {"journal", LOG_JOURNAL}, {"off", LOG_OFF},       {0}};
	uint32_t fd;
	int sink;

	if (value[0] == '/') {
		reading->policy.log_path = arena_copy(reading->arena, value, strlen(value));
		if (!reading->policy.log_path)
			return refuse_memory(reading->why);
		reading->policy.log = LOG_FILE;
		return 0;
	}
	if (strncmp(value, "fd:", 3) == 0 && parse_number(slice_of(value + 3), 0, INT32_MAX, &fd)) {
		reading->policy.log_fd = (int)fd;
		reading->policy.log = LOG_FD;
		return 0;
	}
	if (strchr(value, '/')) {
		const struct spot spot = whole(reading, value);

		return refuse_at(reading->why, &spot, "write an absolute path, or %s", reading->expects);
	}
	sink = one_word(reading, value, words);
	if (sink < 0)
		return -1;
	reading->policy.log = (enum log_sink)sink;
	return 0;
}

int parse_format(struct reading *reading, const char *value)
{
	static const struct word words[] = {{"text", FORMAT_TEXT}, {"json", FORMAT_JSON}, {0}};
	int format = one_word(reading, value, words);

	if (format < 0)
		return -1;
	reading->policy.format = (enum log_format)format;
	return 0;
}

int parse_frames(struct reading *reading, const char *value)
{
	struct spot spot = whole(reading, value);

	return parse_number(spot.text, 1, 16, &reading->policy.frames) ? 0 : refuse_unknown(reading, &spot);
}
