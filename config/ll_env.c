/* SPDX-License-Identifier: ISC */
/*
 * The variables of the kernel's own sample (samples/landlock/sandboxer.c), in their own meaning, so that what works
 * with it works here: lists between ':' without any escape; LL_FS_RO and LL_FS_RW both have to be set, and empty is an
 * empty list; a path that cannot be opened is left out with a warning, and may be relative; empty elements are passed
 * over in lists of paths and ports, but not of scopes; a port list that is unset restricts nothing, an empty one
 * everything.
 *
 * Two deviations, both to the strict side: a port is a plain number up to 65535 here already (there the kernel says
 * so), and while these variables count, an LL_ name that nobody knows is refused, since there is no telling what it was
 * to restrict.
 */
#include "config/env.h"
#include "config/parse.h"

static const char *const names[] = {"LL_FS_RO",       "LL_FS_RW",  "LL_TCP_BIND",
				    "LL_TCP_CONNECT", "LL_SCOPED", "LL_FORCE_LOG"};

static const char *known(const char *assignment)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);

		if (strncmp(assignment, names[i], length) == 0 && assignment[length] == '=')
			return names[i];
	}
	return NULL;
}

const char *ll_present(char *const *environment)
{
	const char *name = NULL;

	for (; *environment && !name; environment++)
		name = known(*environment);
	return name;
}

static int refuse_strangers(struct reading *reading, char *const *environment)
{
	for (; *environment; environment++) {
		struct slice rest = slice_of(*environment), name;

		if (strncmp(*environment, "LL_", 3) == 0 && list_cut(&rest, '=', &name) && !known(*environment))
			return refuse(reading->why,
				      "%.*s: unknown, but LL_FS_RO and LL_FS_RW count; unset it, or write one of "
				      "LL_TCP_BIND, LL_TCP_CONNECT, LL_SCOPED, LL_FORCE_LOG",
				      name.length > 64 ? 64 : (int)name.length, name.text);
	}
	return 0;
}

/* The next element of a list without escapes; `rest` is NULL behind the last. */
static bool next(const char **rest, struct spot *spot)
{
	if (!*rest)
		return false;
	spot->text = (struct slice){*rest, strcspn(*rest, ":")};
	spot->position++;
	*rest = (*rest)[spot->text.length] ? *rest + spot->text.length + 1 : NULL;
	return true;
}

static int read_paths(struct reading *reading, char *const *environment, const char *name, enum access access)
{
	const char *rest = env_value(environment, name);
	struct spot spot = {.variable = name};

	if (!rest)
		return refuse(reading->why,
			      "%s is not set, but another LL_ variable is; write %s= to grant nothing by it", name,
			      name);
	if (grants_reserve(reading, parse_list_bound(rest)))
		return -1;
	while (next(&rest, &spot)) {
		char *path;

		if (!spot.text.length)
			continue;
		path = arena_copy(reading->arena, spot.text.text, spot.text.length);
		if (!path)
			return refuse_memory(reading->why);
		/* Relative, or with "..", it stays as it is: only the kernel knows where it leads. */
		if (path[0] == '/')
			path_normalise(path);
		grants_add(reading, (struct grant){.path = path,
						   .variable = name,
						   .position = spot.position,
						   .access = (uint8_t)access,
						   .optional = true});
	}
	return 0;
}

/* The ports of a variable that is set; their number goes to `count`. NULL when refused. */
static const uint16_t *read_ports(struct reading *reading, const char *name, const char *value, size_t *count)
{
	uint16_t *ports = ports_new(reading, value);
	struct spot spot = {.variable = name};

	while (ports && next(&value, &spot)) {
		uint32_t number;

		if (!spot.text.length)
			continue;
		if (!parse_number(spot.text, 0, UINT16_MAX, &number)) {
			refuse_at(reading->why, &spot,
				  "not a number from 0 to 65535; write the port in decimal digits");
			return NULL;
		}
		ports[(*count)++] = (uint16_t)number;
	}
	return ports;
}

static int read_net(struct reading *reading, const char *bind, const char *connect)
{
	struct policy *policy = &reading->policy;

	if (!bind && !connect)
		return 0;
	if (policy->net_restricted)
		return refuse(reading->why, "PRECLUDE_NET and LL_TCP_%s are given at once; remove one of them",
			      bind ? "BIND" : "CONNECT");
	policy->net_restricted = true;
	policy->net_bind = bind != NULL;
	policy->net_connect = connect != NULL;
	if (bind) {
		policy->bind_ports = read_ports(reading, "LL_TCP_BIND", bind, &policy->bind_count);
		if (!policy->bind_ports)
			return -1;
	}
	if (connect) {
		policy->connect_ports = read_ports(reading, "LL_TCP_CONNECT", connect, &policy->connect_count);
		if (!policy->connect_ports)
			return -1;
	}
	return 0;
}

static int read_scope(struct reading *reading, const char *value)
{
	struct spot spot = {.variable = "LL_SCOPED"};
	unsigned scope = 0;

	if (!value || !*value)
		return 0;
	if (reading->policy.scope)
		return refuse(reading->why, "PRECLUDE_SCOPE and LL_SCOPED are given at once; remove one of them");
	while (next(&value, &spot)) {
		unsigned bit = slice_is(spot.text, "a")   ? SCOPE_ABSTRACT_UNIX
			       : slice_is(spot.text, "s") ? SCOPE_SIGNAL
							  : 0;

		if (!bit || (scope & bit))
			return refuse_at(reading->why, &spot, "%s; write a, s or a:s", bit ? "given twice" : "unknown");
		scope |= bit;
	}
	reading->policy.scope = scope;
	return 0;
}

int ll_parse(struct reading *reading, char *const *environment)
{
	const char *log = env_value(environment, "LL_FORCE_LOG");
	struct spot spot = {.variable = "LL_FORCE_LOG", .text = slice_of(log ? log : "")};

	reading->policy.from_ll = true;
	reading->policy.ll_force_log = log != NULL;
	if (log && strcmp(log, "1") != 0)
		return refuse_at(reading->why, &spot, "unknown; write 1, or unset it");
	/* The read-write ones are the roots, and roots come first. */
	if (refuse_strangers(reading, environment) || read_paths(reading, environment, "LL_FS_RW", ACCESS_ROOT_DEV) ||
	    read_paths(reading, environment, "LL_FS_RO", ACCESS_EXEC))
		return -1;
	if (read_net(reading, env_value(environment, "LL_TCP_BIND"), env_value(environment, "LL_TCP_CONNECT")))
		return -1;
	return read_scope(reading, env_value(environment, "LL_SCOPED"));
}
