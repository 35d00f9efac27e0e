/* SPDX-License-Identifier: ISC */
/*
 * Options, by argp, with the house's manners.
 *
 * argp's own messages speak of "Try `preclude --help'" in three lines and its --help is silent as soon as they are
 * switched off, so both are done here: one line that says which word is wrong and what to write, status 125.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tools.h"

#define KEY_HELP 0x1ffff /* beyond every key that a command uses */

struct parse {
	const struct argp *argp; /* the command's */
	void *input;
	const char *name; /* "preclude run" */
	int first;        /* the first word that is no option */
};

static const struct argp_option *find(const struct argp *argp, const char *name, size_t length)
{
	for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
		if (o->name && strlen(o->name) == length && !memcmp(o->name, name, length))
			return o;
	}
	for (const struct argp_child *child = argp->children; child && child->argp; child++) {
		const struct argp_option *o = find(child->argp, name, length);

		if (o)
			return o;
	}
	return NULL;
}

/* getopt has moved past a long option that it could not take, but stays on a word of several short ones. */
static _Noreturn void blame(const struct parse *parse, const struct argp_state *state)
{
	const char *word = state->argv[state->next - 1];
	const char *name = word + 2;

	if (!strncmp(word, "--", 2)) {
		const struct argp_option *o = find(parse->argp, name, strcspn(name, "="));

		if (!o)
			refused("%s: unknown option; `%s --help` lists them", word, parse->name);
		if (o->arg && !strchr(name, '='))
			refused("%s: a value is missing: %s %s", word, word, o->arg);
		if (!o->arg && strchr(name, '='))
			refused("%s: --%s takes no value", word, o->name);
	}
	if (state->next < state->argc && *word != '-')
		word = state->argv[state->next];
	refused("%s: unknown option; `%s --help` lists them", word, parse->name);
}

static error_t parse_word(int key, char *value, struct argp_state *state)
{
	struct parse *parse = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = parse->input;
		return 0;
	case KEY_HELP:
		argp_help(state->root_argp, stdout, ARGP_HELP_USAGE | ARGP_HELP_DOC | ARGP_HELP_LONG, state->argv[0]);
		exit(0);
	case ARGP_KEY_ARG:
		parse->first = state->next - 1;
		state->next = state->argc; /* COMMAND's options are its own */
		return 0;
	case ARGP_KEY_ERROR:
		blame(parse, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int parse_options(const struct argp *argp, int argc, char **argv, void *input)
{
	static const struct argp_option own[] = {{"help", KEY_HELP, NULL, 0, "print this", -1}, {0}};
	const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
	const struct argp wrapper = {own, parse_word, argp->args_doc, argp->doc, children, NULL, NULL};
	struct parse parse = {.argp = argp, .input = input, .first = argc};
	char *name = NULL;

	if (asprintf(&name, "preclude %s", argv[0]) < 0)
		refused("no memory");
	argv[0] = name;
	parse.name = name;
	if (argp_parse(&wrapper, argc, argv, ARGP_IN_ORDER | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &parse))
		refused("%s: the options cannot be parsed", name);
	return parse.first;
}
