/* SPDX-License-Identifier: ISC */
/* Options -> PRECLUDE_* variables -> policy. */
#include "tools/run/policy_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/env.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/cli/variables.h"
#include "tools/rsyncd/rsyncd.h"

enum takes { ELEMENT, VALUE, SWITCH, HIDDEN };

enum {
#define VARIABLE(name, ...) VARIABLE_##name,
#include "config/variables.def"
#undef VARIABLE
	VARIABLES
};

static const struct {
	const char *variable;
	const char *option;
	const char *argument;
	enum takes takes;
} table[VARIABLES] = {
#define VARIABLE(name, parse, option, takes, argument, help) {"PRECLUDE_" #name, option, argument, takes},
#include "config/variables.def"
#undef VARIABLE
};

/* argp's keys: beyond every character, so that none is a short option. */
#define KEY_VARIABLE 0x100
#define KEY_RSYNCD   0x1000

#define ROW_ELEMENT(name, option, argument, flags, help)                                                               \
	{option, KEY_VARIABLE + VARIABLE_##name, argument, flags, help, 0},
#define ROW_VALUE(...)  ROW_ELEMENT(__VA_ARGS__)
#define ROW_SWITCH(...) ROW_ELEMENT(__VA_ARGS__)
#define ROW_HIDDEN(...)
#define FLAGS_ELEMENT 0
#define FLAGS_VALUE   0
#define FLAGS_SWITCH  OPTION_ARG_OPTIONAL
#define FLAGS_HIDDEN  0
static const struct argp_option options[] = {
#define VARIABLE(name, parse, option, takes, argument, help) ROW_##takes(name, option, argument, FLAGS_##takes, help)
#include "config/variables.def"
#undef VARIABLE
    {"rsyncd", KEY_RSYNCD, "CONF", OPTION_ARG_OPTIONAL, "what an rsyncd.conf asks for (default /etc/rsyncd.conf)", 0},
    {0},
};

/* What the options said of each variable: the elements of a list so far, or the last value. */
static struct {
	struct text list; /* while it grows */
	char *text;
	bool implied; /* by --rsyncd alone */
} said[VARIABLES];

static bool rsyncd;             /* --rsyncd was given, */
static const char *rsyncd_conf; /* with this value, or with none */

/*
 * One element of a list, in the variable's own syntax, but for one thing: a ':' that is not escaped cannot end an
 * element that is alone, so in a path it stands for itself. Words have no ':' in them; there it may separate.
 */
static void put_element(int variable, const char *element)
{
	bool path = strstr(table[variable].argument, "PATH");
	FILE *list = said[variable].list.to;

	if (list)
		fputc(':', list);
	else
		list = text_begin(&said[variable].list);
	for (const char *c = element; *c; c++) {
		if (*c == '\\' && !c[1])
			refused("--%s: \"%s\" ends in a lone \\: write \\\\ for a backslash", table[variable].option,
				element);
		if (*c == '\\')
			fputc(*c++, list);
		else if (*c == ':' && path)
			fputc('\\', list);
		fputc(*c, list);
	}
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	int variable = key - KEY_VARIABLE;
	static char on[] = "on";

	(void)state;
	if (key == KEY_RSYNCD) {
		rsyncd = true;
		rsyncd_conf = value;
		return 0;
	}
	if (variable < 0 || variable >= VARIABLES)
		return ARGP_ERR_UNKNOWN;
	if (table[variable].takes == ELEMENT)
		put_element(variable, value);
	else
		said[variable].text = value ? value : on;
	return 0;
}

const struct argp policy_argp = {.options = options, .parser = parse_option};

/*
 * First away with it: where a name occurs twice, not everybody agrees on which one counts; and what a list went on in
 * is not to be added to another one.
 */
static void unset(int variable)
{
	char name[64];

	unsetenv(table[variable].variable);
	for (unsigned number = 2; variable <= VARIABLE_EXEC && number <= ENV_PARTS; number++) {
		snprintf(name, sizeof(name), "%s_%u", table[variable].variable, number);
		unsetenv(name);
	}
}

static int variable_named(const char *name)
{
	int variable = 0;

	while (strcmp(table[variable].variable, name) != 0)
		variable++;
	return variable;
}

/* The modules first, and behind them what options add: roots and grants are a union. */
static void imply_list(const char *name, const char *list)
{
	int variable = variable_named(name);
	char *both = text_of("%s%s%s", list, *list && said[variable].text ? ":" : "",
			     said[variable].text ? said[variable].text : "");

	said[variable].implied = !said[variable].text;
	said[variable].text = both;
}

/* An option wins over what --rsyncd implies, and that over the environment: what it does not mention is not granted. */
static void imply_rsyncd(void)
{
	struct rsyncd_policy policy;

	rsyncd_policy_read(&policy, rsyncd_conf, false);
	rsyncd_lists(&policy, imply_list);
	for (int i = VARIABLE_ROOTS; i <= VARIABLE_EXEC; i++) {
		if (!said[i].text)
			unset(i);
	}
	for (const struct rsyncd_setting *setting = rsyncd_settings; setting->variable; setting++) {
		int variable = variable_named(setting->variable);

		said[variable].implied = !said[variable].text;
		if (!said[variable].text)
			said[variable].text = must(strdup(setting->value));
	}
}

void policy_options_export(void)
{
	for (int i = 0; i < VARIABLES; i++) {
		if (said[i].list.to)
			said[i].text = text_end(&said[i].list);
	}
	if (rsyncd)
		imply_rsyncd();
	for (int i = 0; i < VARIABLES; i++) {
		if (!said[i].text)
			continue;
		unset(i);
		if (i <= VARIABLE_EXEC)
			put_list(table[i].variable, said[i].text, set_variable);
		else
			set_variable(table[i].variable, said[i].text);
	}
}

bool policy_options_implied(const char *variable)
{
	return said[variable_named(variable)].implied;
}

void policy_options_refuse(const struct refusal *why)
{
	/* The first variable that is named is at fault; others are advice. */
	const char *name = strstr(why->text, "PRECLUDE_");
	size_t length = name ? strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;

	if (length && name[length - 1] == '_') /* PRECLUDE_ROOTS_2 */
		length--;
	for (int i = 0; name && i < VARIABLES; i++) {
		if (said[i].text && strlen(table[i].variable) == length && !strncmp(table[i].variable, name, length))
			refused("--%s: %s", said[i].implied ? "rsyncd" : table[i].option, why->text);
	}
	refused("%s", why->text);
}

bool policy_options_read(struct policy *policy, struct arena *arena)
{
	struct refusal why;
	const char *mode;

	switch (policy_from_env(policy, environ, arena, &why)) {
	case ENV_POLICY:
		return true;
	case ENV_INERT:
		mode = env_value(environ, "PRECLUDE_MODE");
		if (!mode || strcmp(mode, "off") != 0)
			refused("no policy; say where the program may work: --root DIRECTORY, or PRECLUDE_ROOTS");
		return false;
	case ENV_REFUSED:
		break;
	}
	policy_options_refuse(&why);
}
