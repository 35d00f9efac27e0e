/* SPDX-License-Identifier: ISC */
/* The environment -> a policy: which variables are there, and what they mean together. */
#include "config/env.h"

#include <stdio.h>

#include "config/base.h"
#include "config/nearest.h"
#include "config/parse.h"

#define PREFIX "PRECLUDE_"

enum variable {
#define VARIABLE(name, parse, option, takes, argument, help) V_##name,
#include "config/variables.def"
#undef VARIABLE
	V_COUNT
};

static const char *const names[V_COUNT] = {
#define VARIABLE(name, parse, option, takes, argument, help) PREFIX #name,
#include "config/variables.def"
#undef VARIABLE
};

static const struct {
	int (*parse)(struct reading *reading, const char *value);
	const char *expects;
} rows[V_COUNT] = {
#define VARIABLE(name, parse, option, takes, argument, help) {parse, argument},
#include "config/variables.def"
#undef VARIABLE
};

#define LISTS (V_EXEC + 1)

/* What of it is there. A variable that is set but empty is as unset, except PRECLUDE_ROOTS. */
struct given {
	const char *value[V_COUNT];
	uint32_t parts[LISTS]; /* number of the last variable that the list goes on in */
	const char *stranger;  /* the first PRECLUDE_ name that nobody knows, with its value */
};

const char *env_value(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}

/* Whether `name` is NAME_2 or the like of a list of grants: which, and its number. */
static bool is_part(struct slice name, enum variable *list, uint32_t *number)
{
	for (enum variable v = 0; v < LISTS; v++) {
		const size_t length = strlen(names[v]);

		if (name.length <= length || memcmp(name.text, names[v], length) != 0 || name.text[length] != '_')
			continue;
		*list = v;
		return parse_number((struct slice){name.text + length + 1, name.length - length - 1}, 2, ENV_PARTS,
				    number);
	}
	return false;
}

static void gather_other(struct given *given, struct slice name, struct slice value, const char *assignment)
{
	enum variable list;
	uint32_t number;

	if (!is_part(name, &list, &number))
		given->stranger = given->stranger ? given->stranger : assignment;
	else if (value.length && number > given->parts[list])
		given->parts[list] = number;
}

static void gather(struct given *given, char *const *environment)
{
	const char *first[V_COUNT] = {NULL};

	memset(given, 0, sizeof(*given));
	for (; *environment; environment++) {
		struct slice value = slice_of(*environment), name;
		unsigned v = 0;

		if (strncmp(*environment, PREFIX, strlen(PREFIX)) != 0 || !list_cut(&value, '=', &name))
			continue;
		while (v < V_COUNT && !slice_is(name, names[v]))
			v++;
		if (v == V_COUNT)
			gather_other(given, name, value, *environment);
		else if (!first[v])
			first[v] = value.text;
	}
	for (unsigned v = 0; v < V_COUNT; v++)
		if (first[v] && (*first[v] || v == V_ROOTS))
			given->value[v] = first[v];
	given->value[V_APPLIED] = NULL;
	for (enum variable v = 0; v < LISTS; v++)
		if (given->value[v] && !given->parts[v])
			given->parts[v] = 1;
}

#define PART_NAME 32

/* The name of the variable, perhaps in `room`. */
static const char *part_name(enum variable list, uint32_t number, char *room)
{
	if (number == 1)
		return names[list];
	snprintf(room, PART_NAME, "%s_%u", names[list], (unsigned)number);
	return room;
}

/* Roots that got lost on the way are no roots: where one of the variables of a list is missing, so is the policy. */
static int check_parts(const struct given *given, char *const *environment, struct refusal *why)
{
	for (enum variable v = 0; v < LISTS; v++)
		for (uint32_t number = 1; number < given->parts[v]; number++) {
			char room[PART_NAME];
			const char *name = part_name(v, number, room), *value = env_value(environment, name);

			if (!value || !*value)
				return refuse(why, "%s_%u is set but %s is not; set both or neither", names[v],
					      (unsigned)given->parts[v], name);
		}
	return 0;
}

static int parse_variable(struct reading *reading, const struct given *given, enum variable v)
{
	if (!given->value[v])
		return 0;
	reading->variable = names[v];
	reading->expects = rows[v].expects;
	return rows[v].parse(reading, given->value[v]);
}

static int parse_parts(struct reading *reading, const struct given *given, enum variable v, char *const *environment)
{
	for (uint32_t number = 1; number <= given->parts[v]; number++) {
		char room[PART_NAME];
		const char *name = part_name(v, number, room), *value = env_value(environment, name);

		reading->variable = name == room ? arena_copy(reading->arena, name, strlen(name)) : name;
		reading->expects = rows[v].expects;
		if (!reading->variable)
			return refuse_memory(reading->why);
		if (rows[v].parse(reading, value))
			return -1;
	}
	return 0;
}

static size_t parts_bound(const struct given *given, enum variable v, char *const *environment)
{
	size_t count = 0;

	for (uint32_t number = 1; number <= given->parts[v]; number++) {
		char room[PART_NAME];

		count += parse_list_bound(env_value(environment, part_name(v, number, room)));
	}
	return count;
}

static int refuse_stranger(struct refusal *why, const char *assignment)
{
	size_t length = strcspn(assignment, "=");

	const int shown = length > 64 ? 64 : (int)length;
	const char *meant = nearest(assignment, length, strlen(PREFIX), names, V_APPLIED);

	if (!meant)
		return refuse(why, "%.*s: no such variable; remove it", shown, assignment);
	return refuse(why, "%.*s: no such variable; did you mean %s?", shown, assignment, meant);
}

/* After entering a module root only; without that it would say nothing, and somebody thought that it did. */
static int read_narrow(struct reading *reading, const struct given *given)
{
	const bool listed = given->value[V_NARROW_READ];

	if (listed && !reading->policy.narrow)
		return refuse(reading->why, "PRECLUDE_NARROW_READ is given, but PRECLUDE_NARROW is not on; write "
					    "PRECLUDE_NARROW=on, or remove PRECLUDE_NARROW_READ");
	return reading->policy.narrow && !listed ? grants_narrow_base(reading) : 0;
}

/* What else carries out is refused for the sake of what is confined. */
static int check_confine_raw(struct reading *reading)
{
	if (reading->policy.confine_raw && !reading->policy.confine)
		return refuse(reading->why,
			      "PRECLUDE_CONFINE_RAW is on, and PRECLUDE_CONFINE, which it completes, is off; write "
			      "PRECLUDE_CONFINE=metadata or PRECLUDE_CONFINE_RAW=off");
	return 0;
}

/* The variable that says what may be reached in our own terms, or NULL when there is none. */
static const char *own_list(const struct given *given)
{
	for (enum variable v = V_ROOTS; v <= V_EXEC; v++)
		if (given->value[v])
			return names[v];
	return NULL;
}

/* Roots and grants come either from our variables or from the kernel sample's, and enforcing needs some. */
static int choose_kind(struct reading *reading, const struct given *given, char *const *environment)
{
	const char *own = own_list(given);
	const char *ll = ll_present(environment);

	if (reading->policy.mode != MODE_ENFORCE)
		return 0;
	if (own && ll)
		return refuse(reading->why, "%s and %s are given at once; remove one kind, PRECLUDE_* or LL_*", own,
			      ll);
	if (!own && !ll)
		return refuse(reading->why,
			      "nothing says what may be reached; give PRECLUDE_ROOTS (empty, so that nothing can be "
			      "written), PRECLUDE_READ, PRECLUDE_WRITE or PRECLUDE_EXEC, or write "
			      "PRECLUDE_MODE=observe");
	if (ll && given->value[V_BASE] && reading->policy.base)
		return refuse(reading->why,
			      "PRECLUDE_BASE and %s are given at once, but LL_* has no base; remove one of them", ll);
	reading->policy.from_ll = ll != NULL;
	/* In their own meaning, which knows of nothing beyond Landlock. */
	if (ll && !given->value[V_CONFINE])
		reading->policy.confine = CONFINE_OFF;
	return 0;
}

static int read_grants(struct reading *reading, const struct given *given, char *const *environment)
{
	size_t count = BASE_ROWS;

	if (reading->policy.from_ll) {
		reading->policy.base = false;
		return ll_parse(reading, environment);
	}
	for (enum variable v = V_ROOTS; v <= V_EXEC; v++)
		count += parts_bound(given, v, environment);
	if (grants_reserve(reading, count))
		return -1;
	for (enum variable v = V_ROOTS; v <= V_EXEC; v++)
		if (parse_parts(reading, given, v, environment))
			return -1;
	if (policy_check(&reading->policy, reading->arena, reading->why))
		return -1;
	if (reading->policy.base)
		grants_add_base(reading);
	return 0;
}

enum env_result policy_from_env(struct policy *out, char *const *environment, struct arena *arena, struct refusal *why)
{
	struct reading reading = {
	    .policy = {.base = true,
		       .require = REQUIRE_LANDLOCK,
		       .confine = CONFINE_METADATA,
		       .flags = FLAG_OUTSIDE,
		       .frames = 6},
	    .arena = arena,
	    .why = why,
	};
	bool anything = ll_present(environment) != NULL;
	struct given given;

	gather(&given, environment);
	for (unsigned v = 0; v < V_COUNT; v++)
		anything = anything || given.value[v] || (v < LISTS && given.parts[v]);
	if (!anything && !given.stranger)
		return ENV_INERT;

	/* "off" comes first: it is the way out of whatever else is wrong. */
	if (parse_variable(&reading, &given, V_MODE))
		return ENV_REFUSED;
	if (reading.policy.mode == MODE_OFF)
		return ENV_INERT;
	/* Whoever observes wants to see each missed *at call; whoever enforces does not pay for looks. */
	if (reading.policy.mode == MODE_OBSERVE)
		reading.policy.flags |= FLAG_LOOKS;
	if (given.stranger) {
		refuse_stranger(why, given.stranger);
		return ENV_REFUSED;
	}
	if (check_parts(&given, environment, why))
		return ENV_REFUSED;
	for (enum variable v = V_EXEC + 1; v < V_COUNT; v++)
		if (v != V_MODE && parse_variable(&reading, &given, v))
			return ENV_REFUSED;
	if (read_narrow(&reading, &given) || choose_kind(&reading, &given, environment) ||
	    check_confine_raw(&reading) || read_grants(&reading, &given, environment))
		return ENV_REFUSED;
	if (!given.value[V_FORMAT] && (reading.policy.log == LOG_FILE || reading.policy.log == LOG_FD))
		reading.policy.format = FORMAT_JSON;
	*out = reading.policy;
	return ENV_POLICY;
}
