/* SPDX-License-Identifier: ISC */
/*
 * Options, by argp, with the house's manners.
 *
 * argp's own messages speak of "Try `preclude --help'" in three lines, and its --help is silent as soon as they are
 * switched off, so both are done here: a refusal is one line that says which word is wrong and what to write.
 */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/nearest.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"

#define KEY_HELP 0x1ffff /* beyond every key that a command uses */

#define HELP_COLUMN 26
#define OPTIONS_MAX 64 /* that are suggested */

static const struct argp_option own_options[] = {{"help", KEY_HELP, NULL, 0, "print this", 0}, {0}};

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

static void print_options(const struct argp *top, const struct argp *argp)
{
	for (const struct argp_option *o = argp->options; o && o->name; o++) {
		bool optional = o->flags & OPTION_ARG_OPTIONAL;
		int width;

		/* Of two with one name, the first is the one that is parsed. */
		if (o->flags & OPTION_HIDDEN || find(top, o->name, strlen(o->name)) != o)
			continue;
		width = printf("  --%s%s%s%s", o->name,
			       !o->arg    ? ""
			       : optional ? "[="
					  : " ",
			       o->arg ? o->arg : "", optional ? "]" : "");
		if (width >= HELP_COLUMN)
			width = printf("\n") - 1;
		printf("%*s%s\n", HELP_COLUMN - width, "", o->doc);
	}
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		print_options(top, child->argp);
}

/* In the order of the tables, where argp would sort by name. */
static void print_help(const struct parse *parse)
{
	const char *after = strchr(parse->argp->doc, '\v');
	int before = after ? (int)(after - parse->argp->doc) : (int)strlen(parse->argp->doc);

	printf("Usage: %s %s\n\n%.*s\n\n", parse->name, parse->argp->args_doc, before, parse->argp->doc);
	const struct argp own = {.options = own_options};

	print_options(parse->argp, parse->argp);
	print_options(&own, &own);
	if (after)
		printf("\n%s\n", after + 1);
}

static size_t list_names(const struct argp *argp, const char **names, size_t count)
{
	for (const struct argp_option *o = argp->options; o && (o->name || o->key || o->doc); o++) {
		if (o->name && !(o->flags & OPTION_HIDDEN) && count < OPTIONS_MAX)
			names[count++] = o->name;
	}
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		count = list_names(child->argp, names, count);
	return count;
}

/* Refuses a word that may mean several options, or comes near to one. */
static void suggest(const struct argp *argp, const char *word, const char *name, size_t length)
{
	const char *names[OPTIONS_MAX], *one = NULL, *meant;
	const size_t count = list_names(argp, names, 0);

	for (size_t i = 0; i < count; i++) {
		if (strncmp(names[i], name, length) != 0)
			continue;
		if (one && strcmp(one, names[i]) != 0)
			refused("%s: may be --%s or --%s; write it in full", word, one, names[i]);
		one = names[i];
	}
	meant = nearest(name, length, 0, names, count);
	if (meant)
		refused("%s: unknown option; did you mean --%s?", word, meant);
}

/* getopt has moved past a long option that it could not take, but stays on a word of several short ones. */
static _Noreturn void blame(const struct parse *parse, const struct argp_state *state)
{
	const char *word = state->argv[state->next - 1];
	const char *name = word + 2;

	if (!strncmp(word, "--", 2)) {
		const struct argp_option *o = find(parse->argp, name, strcspn(name, "="));

		if (o && o->arg && !strchr(name, '='))
			refused("%s: a value is missing; write %s %s", word, word, o->arg);
		if (o && !o->arg && strchr(name, '='))
			refused("%s: --%s takes no value", word, o->name);
		suggest(parse->argp, word, name, strcspn(name, "="));
	} else if (state->next < state->argc && *word != '-') {
		word = state->argv[state->next];
	}
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
		print_help(parse);
		finish_output();
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
	const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
	const struct argp wrapper = {.options = own_options, .parser = parse_word, .children = children};
	struct parse parse = {.argp = argp, .input = input, .first = argc};

	argv[0] = text_of("preclude %s", argv[0]);
	parse.name = argv[0];
	if (argp_parse(&wrapper, argc, argv, ARGP_IN_ORDER | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &parse))
		refused("%s: the options cannot be parsed", parse.name);
	return parse.first;
}

#define KEY_JSON 0x100
const struct argp_option json_options[] = {{"json", KEY_JSON, NULL, 0, "print one JSON object", 0}, {0}};

error_t parse_json(int key, char *value, struct argp_state *state)
{
	(void)value;
	if (key != KEY_JSON)
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}
