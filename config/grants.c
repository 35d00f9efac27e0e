/* SPDX-License-Identifier: ISC */
/* PRECLUDE_ROOTS, _READ, _WRITE, _EXEC, and the base: text -> grants. */
#include "config/base.h"
#include "config/parse.h"

/* The kernel takes PATH_MAX with its NUL, and a longer one could never be opened. */
#define LONGEST_PATH 4095

int grants_reserve(struct reading *reading, size_t count)
{
	struct policy *policy = &reading->policy;
	size_t total = policy->grant_count + count;
	struct grant *grants = arena_alloc(reading->arena, total * sizeof(*grants));

	if (!grants)
		return refuse_memory(reading->why);
	if (policy->grant_count)
		memcpy(grants, policy->grants, policy->grant_count * sizeof(*grants));
	policy->grants = grants;
	return 0;
}

void grants_add(struct reading *reading, struct grant grant)
{
	reading->policy.grants[reading->policy.grant_count++] = grant;
	reading->policy.root_count += access_is_root(grant.access);
}

const struct base_row base_rows[BASE_ROWS] = {
#define BASE(access, path, when) {path, ACCESS_##access, BASE_##when},
#include "config/base.def"
#undef BASE
};

static struct grant base_grant(uint32_t i)
{
	return (struct grant){.path = base_rows[i].path,
			      .variable = "PRECLUDE_BASE",
			      .position = i + 1,
			      .access = (uint8_t)base_rows[i].access,
			      .optional = true};
}

void grants_add_base(struct reading *reading)
{
	for (uint32_t i = 0; i < BASE_ROWS; i++)
		if (base_rows[i].when & BASE_WIDE)
			grants_add(reading, base_grant(i));
}

/* Room for `count` grants that stay after narrowing; NULL when out of memory, refused. */
static struct grant *narrow_new(struct reading *reading, size_t count)
{
	struct policy *policy = &reading->policy;

	policy->narrow_grants = arena_alloc(reading->arena, count * sizeof(*policy->narrow_grants));
	if (!policy->narrow_grants)
		refuse_memory(reading->why);
	return policy->narrow_grants;
}

int grants_narrow_base(struct reading *reading)
{
	struct policy *policy = &reading->policy;

	if (!narrow_new(reading, BASE_ROWS))
		return -1;
	for (uint32_t i = 0; i < BASE_ROWS; i++)
		if (base_rows[i].when & BASE_NARROW)
			policy->narrow_grants[policy->narrow_count++] = base_grant(i);
	return 0;
}

static const char *unescape(struct reading *reading, struct slice text)
{
	char *copy = arena_alloc(reading->arena, text.length + 1);

	if (!copy)
		refuse_memory(reading->why);
	else
		list_unescape(copy, text);
	return copy;
}

/* Reads what [?]/path grants. */
static int read_grant(struct reading *reading, const struct spot *spot, struct slice text, enum access access,
		      struct grant *grant)
{
	char *path;

	*grant = (struct grant){.variable = spot->variable,
				.position = spot->position,
				.access = (uint8_t)access,
				.optional = text.length && text.text[0] == '?'};
	if (grant->optional)
		text = (struct slice){text.text + 1, text.length - 1};
	if (!text.length || text.text[0] != '/')
		return refuse_at(reading->why, spot, "write an absolute path");
	path = arena_alloc(reading->arena, text.length + 1);
	if (!path)
		return refuse_memory(reading->why);
	list_unescape(path, text);
	if (!path_normalise(path))
		return refuse_at(reading->why, spot,
				 "the path contains \"..\", which a symbolic link can redirect; write it without");
	if (strlen(path) > LONGEST_PATH)
		return refuse_at(reading->why, spot, "the path is longer than %d bytes; write a shorter one",
				 LONGEST_PATH);
	grant->path = path;
	return 0;
}

static int add(struct reading *reading, const struct spot *spot, struct slice text, const char *name,
	       enum access access)
{
	struct grant grant;

	if (read_grant(reading, spot, text, access, &grant))
		return -1;
	grant.name = name;
	grants_add(reading, grant);
	return 0;
}

/* Takes ",ro" and ",dev" off the end of a root, and leaves the path. -1 when refused, else the access. */
static int root_options(struct reading *reading, const struct spot *spot, struct slice *text)
{
	struct slice rest = *text, option;
	bool more = list_cut(&rest, ',', text);
	bool ro = false, dev = false;

	while (more) {
		more = list_cut(&rest, ',', &option);
		if (slice_is(option, "ro"))
			ro = true;
		else if (slice_is(option, "dev"))
			dev = true;
		else
			return refuse_at(
			    reading->why, spot,
			    "only \"ro\" or \"dev\" may follow a \",\"; write \"\\,\" for a comma in the path");
	}
	if (ro && dev)
		return refuse_at(reading->why, spot,
				 "\"ro\" and \"dev\" exclude each other, since to make a device node is to write; "
				 "write one of them");
	return ro ? ACCESS_ROOT_RO : dev ? ACCESS_ROOT_DEV : ACCESS_ROOT;
}

static int root_element(struct reading *reading, const struct spot *spot)
{
	struct slice text = spot->text, label;
	const char *name = NULL;
	int access;

	if (text.text[0] != '/' && text.text[0] != '?') {
		if (!list_cut(&text, '=', &label))
			return refuse_at(reading->why, spot, "write an absolute path, or NAME=/path");
		if (!label.length)
			return refuse_at(reading->why, spot,
					 "the name before \"=\" is empty; write NAME=/path or /path");
		name = unescape(reading, label);
		if (!name)
			return -1;
	}
	access = root_options(reading, spot, &text);
	return access < 0 ? -1 : add(reading, spot, text, name, (enum access)access);
}

int parse_roots(struct reading *reading, const char *value)
{
	return parse_list(reading, value, root_element);
}

/* A comma would be an option of a root: taking it for part of the path would hide the mistake. */
static int without_options(struct reading *reading, const struct spot *spot, struct slice *path)
{
	struct slice rest = spot->text;

	return list_cut(&rest, ',', path)
		   ? refuse_at(reading->why, spot, "only roots take options; write \"\\,\" for a comma in the path")
		   : 0;
}

static int grant_element(struct reading *reading, const struct spot *spot, enum access access)
{
	struct slice path;

	return without_options(reading, spot, &path) ? -1 : add(reading, spot, path, NULL, access);
}

static int read_element(struct reading *reading, const struct spot *spot)
{
	return grant_element(reading, spot, ACCESS_READ);
}

static int write_element(struct reading *reading, const struct spot *spot)
{
	return grant_element(reading, spot, ACCESS_WRITE);
}

static int exec_element(struct reading *reading, const struct spot *spot)
{
	return grant_element(reading, spot, ACCESS_EXEC);
}

int parse_read(struct reading *reading, const char *value)
{
	return parse_list(reading, value, read_element);
}

int parse_write(struct reading *reading, const char *value)
{
	return parse_list(reading, value, write_element);
}

int parse_exec(struct reading *reading, const char *value)
{
	return parse_list(reading, value, exec_element);
}

static int narrow_element(struct reading *reading, const struct spot *spot)
{
	struct policy *policy = &reading->policy;
	struct slice path;

	if (without_options(reading, spot, &path) ||
	    read_grant(reading, spot, path, ACCESS_READ, &policy->narrow_grants[policy->narrow_count]))
		return -1;
	policy->narrow_count++;
	return 0;
}

int parse_narrow_read(struct reading *reading, const char *value)
{
	return narrow_new(reading, parse_list_bound(value)) ? parse_list(reading, value, narrow_element) : -1;
}
