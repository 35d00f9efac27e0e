/* SPDX-License-Identifier: ISC */
/* Options -> PRECLUDE_* variables -> policy. */
#include "tools/run/policy_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/env.h"
#include "config/list.h"
#include "config/parse.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/cli/variables.h"
#include "tools/program/program.h"
#include "tools/rsyncd/rsyncd.h"
#include "tools/run/option_words.h"

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
	unsigned given;   /* elements or values that options gave, */
	unsigned implied; /* and --rsyncd, before those */
} said[VARIABLES];

static bool rsyncd;             /* --rsyncd was given, */
static const char *rsyncd_conf; /* with this value, or with none */
static struct rsyncd_policy rsyncd_policy;

/*
 * One element of a list, in the variable's own syntax, but for one thing: a ':' that is not escaped cannot end an
 * element that is alone, so in a path it stands for itself. Words have no ':' in them; there it may separate.
 */
static bool takes_paths(int variable)
{
	return strstr(table[variable].argument, "PATH");
}

static void put_element(int variable, const char *element)
{
	bool path = takes_paths(variable);
	FILE *list = said[variable].list.to;
	struct refusal why;

	if (list)
		fputc(':', list);
	else
		list = text_begin(&said[variable].list);
	for (const char *c = element; *c; c++) {
		if (*c == '\\' && !c[1]) {
			refuse_value(&why, table[variable].variable, said[variable].given, element,
				     "ends in a lone backslash; write \"\\\\\" for a backslash");
			policy_options_refuse(&why);
		}
		if (*c == '\\')
			fputc(*c++, list);
		else if (*c == ':' && path)
			fputc('\\', list);
		fputc(*c, list);
	}
}

/* The argument of an option that may do without follows a "=". A word behind it is the command, if it is one. */
static void check_next(const struct argp_state *state, const char *option, const char *value,
		       bool (*meant)(const char *word))
{
	const char *word = value || state->next >= state->argc ? NULL : state->argv[state->next];
	struct program program = {0};

	if (word && *word != '-' && meant(word) && program_find(&program, word))
		refused("--%s %s: write --%s=%s (or -- before a command of that name)", option, word, option, word);
}

static bool is_file(const char *word)
{
	const size_t length = strlen(word);

	return strchr(word, '/') || access(word, F_OK) == 0 || (length > 5 && !strcmp(word + length - 5, ".conf"));
}

static bool is_switch(const char *word)
{
	return !strcmp(word, "on") || !strcmp(word, "off");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	int variable = key - KEY_VARIABLE;
	static char on[] = "on";

	if (key == KEY_RSYNCD) {
		check_next(state, "rsyncd", value, is_file);
		rsyncd = true;
		rsyncd_conf = value;
		return 0;
	}
	if (variable < 0 || variable >= VARIABLES)
		return ARGP_ERR_UNKNOWN;
	if (table[variable].takes == SWITCH)
		check_next(state, table[variable].option, value, is_switch);
	said[variable].given++;
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
	const size_t length = strlen(table[variable].variable);
	char name[64];
	uint32_t number;

	unsetenv(table[variable].variable);
	for (char **entry = environ; variable <= VARIABLE_EXEC && *entry;) {
		const size_t whole = strcspn(*entry, "=");

		if (strncmp(*entry, table[variable].variable, length) != 0 || (*entry)[length] != '_' ||
		    whole >= sizeof(name) ||
		    !parse_number((struct slice){*entry + length + 1, whole - length - 1}, 2, ENV_PARTS, &number)) {
			entry++;
			continue;
		}
		/* The next one takes its place. */
		snprintf(name, sizeof(name), "%.*s", (int)whole, *entry);
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
	struct slice rest = slice_of(list), element;

	said[variable].implied = *list != '\0';
	while (list_cut(&rest, ':', &element))
		said[variable].implied++;
	said[variable].text = text_of("%s%s%s", list, *list && said[variable].text ? ":" : "",
				      said[variable].text ? said[variable].text : "");
}

/* An option wins over what --rsyncd implies, and that over the environment: what it does not mention is not granted. */
static void imply_rsyncd(void)
{
	rsyncd_policy_read(&rsyncd_policy, rsyncd_conf, false);
	rsyncd_lists(&rsyncd_policy, imply_list);
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
	return said[variable_named(variable)].implied && !said[variable_named(variable)].given;
}

void policy_options_refuse(const struct refusal *why)
{
	struct option_words words[VARIABLES + 1];

	for (int i = 0; i < VARIABLES; i++)
		words[i] = (struct option_words){.variable = table[i].variable,
						 .option = table[i].option,
						 .path = takes_paths(i),
						 .joined = table[i].takes == SWITCH,
						 .given = said[i].given,
						 .implied = said[i].implied,
						 .set = getenv(table[i].variable)};
	words[VARIABLES] = (struct option_words){0};
	refused_option(words, why);
}

void policy_options_off(void)
{
	set_variable("PRECLUDE_MODE", "off");
	said[VARIABLE_MODE].text = getenv("PRECLUDE_MODE");
}

/* PRECLUDE_MODE=off in the environment, and an option that asks for a policy: neither may win in silence. */
static void refuse_off(void)
{
	if (said[VARIABLE_MODE].text)
		return;
	for (int i = 0; i < VARIABLES; i++)
		if (said[i].text)
			refused(
			    "PRECLUDE_MODE is off in the environment, and %s%s asks for a policy; unset it, or write "
			    "--mode off",
			    rsyncd ? "--rsyncd" : "--", rsyncd ? "" : table[i].option);
}

bool policy_options_read(struct policy *policy, struct arena *arena)
{
	struct refusal why;
	const char *mode;

	switch (policy_from_env(policy, environ, arena, &why)) {
	case ENV_POLICY:
		/* What is refused is refused in one line. */
		if (rsyncd)
			rsyncd_warn(&rsyncd_policy);
		return true;
	case ENV_INERT:
		mode = env_value(environ, "PRECLUDE_MODE");
		if (!mode || strcmp(mode, "off") != 0)
			refused(
			    "no policy; say where the program may work: --root DIRECTORY, or PRECLUDE_ROOTS=DIRECTORY");
		refuse_off();
		return false;
	case ENV_REFUSED:
		break;
	}
	policy_options_refuse(&why);
}
