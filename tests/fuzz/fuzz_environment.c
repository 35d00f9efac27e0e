/* SPDX-License-Identifier: ISC */
/* Any environment at all: NUL-terminated lines become a policy that says what they say, a refusal, or nothing. */
#include "config/env.h"
#include "config/list.h"
#include "sandbox/applied.h"
#include "tests/fuzz/fuzz.h"

#define LINES 48

static char memory[8 << 20];
static char *used;

/* The arena starts anew with each input; what was used of it is zeroed. */
static struct arena fresh(void)
{
	if (used)
		memset(memory, 0, (size_t)(used - memory));
	return (struct arena){memory, memory + sizeof(memory)};
}

static void splitting_loses_nothing(const char *text)
{
	static const char separators[] = ":,=";
	size_t length = strlen(text);
	char *escaped = malloc(2 * length + 1), *back = malloc(2 * length + 1);
	struct slice rest, head;

	HOLDS(escaped && back);
	for (const char *s = separators; *s; s++) {
		const char *at = text;
		bool more = true;

		for (rest = slice_of(text); more; at += head.length + more) {
			more = list_cut(&rest, *s, &head);
			HOLDS(head.text == at && (!more || at[head.length] == *s));
		}
		HOLDS(at == text + length);
	}

	list_escape(escaped, text);
	for (const char *s = separators; *s; s++) {
		rest = slice_of(escaped);
		HOLDS(!list_cut(&rest, *s, &head) && head.length == strlen(escaped));
	}
	HOLDS(list_bad_escape(head) == head.length);
	HOLDS(list_unescape(back, head) == length && strcmp(back, text) == 0);
	HOLDS(list_bad_escape(slice_of(text)) <= length);
	HOLDS(list_unescape(back, slice_of(text)) <= length);
	free(escaped);
	free(back);
}

static bool one_spelling(const char *path)
{
	size_t length = strlen(path);

	return path[0] == '/' && length <= 4095 && (length == 1 || path[length - 1] != '/') && !strstr(path, "//") &&
	       !strstr(path, "/./") && !strstr(path, "/../") && (length < 2 || strcmp(path + length - 2, "/.") != 0) &&
	       (length < 3 || strcmp(path + length - 3, "/..") != 0);
}

static void the_policy_is_whole(const struct policy *policy)
{
	HOLDS(policy->mode == MODE_ENFORCE || policy->mode == MODE_OBSERVE);
	HOLDS(policy->frames >= 1 && policy->frames <= 16);
	HOLDS(policy->flags && policy->scope <= 7);
	HOLDS(policy->root_count <= policy->grant_count);
	HOLDS((policy->log == LOG_FILE) == (policy->log_path != NULL));
	HOLDS(policy->net_restricted || (!policy->bind_count && !policy->connect_count));
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		HOLDS(access_is_root(grant->access) == (i < policy->root_count));
		HOLDS(grant->position && grant->variable && grant->access < ACCESS_COUNT);
		HOLDS(policy->from_ll ? *grant->path != '\0' : one_spelling(grant->path));
		HOLDS(!grant->name || (*grant->name && i < policy->root_count));
	}
}

/* What the grants of one variable would be written as; an empty list is as unset, except of roots. */
static char *written(const struct policy *policy, const char *variable)
{
	size_t room = strlen(variable) + 2;
	const char *before = "=";
	char *line, *at;

	for (size_t i = 0; i < policy->grant_count; i++)
		room += 2 * strlen(policy->grants[i].path) + 16 +
			(policy->grants[i].name ? 2 * strlen(policy->grants[i].name) : 0);
	line = malloc(room);
	HOLDS(line);
	at = stpcpy(line, variable);
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (strcmp(grant->variable, variable) != 0)
			continue;
		at = stpcpy(at, before);
		before = ":";
		if (grant->name) {
			at += list_escape(at, grant->name);
			*at++ = '=';
		}
		if (grant->optional)
			*at++ = '?';
		at += list_escape(at, grant->path);
		at = stpcpy(at, grant->access == ACCESS_ROOT_RO    ? ",ro"
				: grant->access == ACCESS_ROOT_DEV ? ",dev"
								   : "");
	}
	if (*before == '=')
		stpcpy(at, before);
	return line;
}

static void written_out_it_reads_the_same(const struct policy *policy, char *const *lines)
{
	static const char *const lists[] = {"PRECLUDE_ROOTS", "PRECLUDE_READ", "PRECLUDE_WRITE", "PRECLUDE_EXEC"};
	static char memory2[8 << 20];
	struct arena arena = {memory2, memory2 + sizeof(memory2)};
	char *environment[LINES + 5];
	unsigned count = 0, own;
	struct policy again;
	struct refusal why;

	for (unsigned i = 0; i < 4; i++)
		if (i || env_value(lines, lists[0]))
			environment[count++] = written(policy, lists[i]);
	own = count;
	/* The first of two equal names counts. */
	while ((environment[count] = *lines)) {
		lines++;
		count++;
	}
	HOLDS(policy_from_env(&again, environment, &arena, &why) == ENV_POLICY);
	HOLDS(policy_digest(&again) == policy_digest(policy) && again.grant_count == policy->grant_count);
	for (size_t i = 0; i < policy->grant_count; i++)
		HOLDS(!strcmp(again.grants[i].path, policy->grants[i].path) &&
		      again.grants[i].access == policy->grants[i].access);
	while (own)
		free(environment[--own]);
	memset(memory2, 0, (size_t)(arena.at - memory2));
}

/* What a parent says of its domain is believed to the letter, and nothing else is; `choice` picks what is changed. */
static void applied_is_told_from_nonsense(const struct policy *policy, const char *said, uint64_t choice,
					  struct arena *arena)
{
	struct place *places = arena_alloc(arena, policy->grant_count * sizeof(*places) + 1);
	const char *value;
	char *changed;
	size_t length, at, present = 0;

	for (size_t i = 0; i < policy->grant_count; i++)
		places[i] = (struct place){.id = {choice, i * 7919 + 2, 0}, .present = i % 3 != 2};
	value = applied_value(policy, places, arena);
	if (!value)
		return;
	length = strlen(value);
	HOLDS(applied_matches(value, policy) && !applied_matches(NULL, policy));
	applied_keep(value, policy, places);
	for (size_t i = 0; i < policy->grant_count; i++)
		HOLDS(places[i].present == (i % 3 != 2));
	if (said && applied_matches(said, policy)) {
		HOLDS(strlen(said) == length);
		applied_keep(said, policy, places);
		return;
	}

	changed = arena_copy(arena, value, length);
	at = choice % length;
	changed[at] = changed[at] == 'A' ? 'B' : 'A';
	if (at < 19) {
		HOLDS(!applied_matches(changed, policy));
		return;
	}
	HOLDS(applied_matches(changed, policy));
	applied_keep(changed, policy, places);
	for (size_t i = 0; i < policy->grant_count; i++)
		present += places[i].present != (i % 3 != 2 && i != (at - 19) / 6);
	HOLDS(present == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	char *lines[LINES + 1] = {NULL};
	struct policy policy, untouched;
	struct refusal why;
	struct arena arena = fresh();
	uint64_t choice = 0;

	for (unsigned i = 0; i < LINES && in.at < in.end; i++) {
		lines[i] = input_text(&in);
		splitting_loses_nothing(lines[i]);
		choice = choice * 31 + strlen(lines[i]);
	}
	memset(&policy, 0xa5, sizeof(policy));
	memset(&why, 0xa5, sizeof(why));
	untouched = policy;
	switch (policy_from_env(&policy, lines, &arena, &why)) {
	case ENV_REFUSED:
		HOLDS(memcmp(&policy, &untouched, sizeof(policy)) == 0);
		HOLDS(memchr(why.text, '\0', sizeof(why.text)) && why.text[0] && shows_as_one_line(why.text));
		break;
	case ENV_INERT:
		HOLDS(memcmp(&policy, &untouched, sizeof(policy)) == 0);
		break;
	case ENV_POLICY:
		the_policy_is_whole(&policy);
		if (!policy.from_ll)
			written_out_it_reads_the_same(&policy, lines);
		applied_is_told_from_nonsense(&policy, env_value(lines, "PRECLUDE_APPLIED"), choice, &arena);
	}
	HOLDS(arena.at >= memory && arena.at <= memory + sizeof(memory));
	used = arena.at;
	for (unsigned i = 0; lines[i]; i++)
		free(lines[i]);
	return 0;
}
