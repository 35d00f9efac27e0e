/* SPDX-License-Identifier: ISC */
/*
 * popt's parser, between it and rsync: a client's value is judged before rsync has it.
 *
 * popt gives a value in two ways. It stores it where the option's row points to and goes on, so what is stored is
 * compared with what was; or it returns the row's `val` and holds the value until it is asked for, so it is asked for
 * here and handed on. What the destination has to do with is judged at the end, when the arguments are known. A
 * rejected value is an error of popt's, with the option's name and our words.
 */
#include <stdbool.h>
#include <stddef.h>

#include "shim/libc/real.h"
#include "shim/rsync/guard.h"

#define END         (-1)
#define REJECTED    (-0x4744) /* popt's own errors are small */
#define ARG_MASK    0xff      /* popt(3) */
#define ARG_STRING  1
#define VALUES_MOST 64 /* rsync takes 20 of --link-dest and its like */

/* popt's, unchanged since it became a library. */
struct row {
	const char *name;
	char letter;
	unsigned takes;
	void *stored;
	int val;
	const char *help, *argument;
};

static const char **(*arguments_left)(void *); /* poptGetArgs, which needs no wrapper */
static const void *context;                    /* the one that is guarded, or NULL */
static const struct row *table;
static const char *before[GUARD_OPTIONS]; /* what was stored when the table was first seen: not the client's */
static const char *judged[GUARD_OPTIONS];
static char *held; /* what popt was asked for ahead of rsync */
static bool holds;
static struct {
	const struct guard_option *option;
	const char *value;
} later[VALUES_MOST]; /* from all of a connection's parses: a later one may bring the destination */
static unsigned later_count;
static const struct guard_option *rejected;
static char name[64];
static char says[GUARD_SAYS];

static bool is_end(const struct row *row)
{
	return !row->name && !row->letter && !row->stored;
}

static const struct guard_option *option_of(const struct row *row)
{
	return (row->takes & ARG_MASK) == ARG_STRING ? guard_option(row->name) : NULL;
}

/* What the program has stored of an option, or NULL when popt returns it instead. */
static const char *stored(const struct row *row)
{
	return row->stored && !row->val ? *(const char *const *)row->stored : NULL;
}

static void remember(void)
{
	for (const struct row *row = table; !is_end(row); row++) {
		const struct guard_option *option = option_of(row);

		if (option)
			before[option - guard_options] = judged[option - guard_options] = stored(row);
	}
}

WRAPPER(void *, poptGetContext, (const char *program, int argc, const char **argv, const void *options, unsigned flags))
{
	void *made = REAL(poptGetContext) ? real.poptGetContext(program, argc, argv, options, flags) : NULL;

	context = made && options && guard_armed() ? made : NULL;
	if (context && table != options) {
		table = options;
		remember();
	}
	return made;
}

/* What popt and rsync say of it from here on. */
static void refuse(const struct guard_option *option)
{
	size_t length = 2;

	rejected = option;
	name[0] = name[1] = '-';
	for (const char *from = option->name; *from && length + 1 < sizeof name; from++)
		name[length++] = *from;
	name[length] = '\0';
}

static bool reject(const struct guard_option *option, const char *value, const char *const *arguments)
{
	if (!value || !guard_rejects(option, value, arguments, says))
		return false;
	refuse(option);
	return true;
}

/* What popt returned is --daemon. */
static bool reject_daemon(int val)
{
	const struct guard_option *option = NULL;

	for (const struct row *row = table; !option && !is_end(row); row++)
		option = row->val == val ? guard_rejects_daemon(row->name, says) : NULL;
	if (option)
		refuse(option);
	return option != NULL;
}

static const struct guard_option *returned(int val)
{
	for (const struct row *row = table; !is_end(row); row++)
		if (row->val == val && option_of(row))
			return option_of(row);
	return NULL;
}

/* popt has returned an option whose value it holds. */
static bool reject_held(const struct guard_option *option)
{
	static const char *const none[] = {NULL};

	held = real.poptGetOptArg((void *)(uintptr_t)context);
	holds = true;
	if (option->base == GUARD_HERE || later_count == VALUES_MOST)
		return reject(option, held, none);
	later[later_count].option = option;
	later[later_count++].value = held;
	return false;
}

/* What popt has stored since. With `arguments`, at the end, what depends on them. */
static bool reject_stored(const char *const *arguments)
{
	static const char *const none[] = {NULL};

	for (const struct row *row = table; !is_end(row); row++) {
		const struct guard_option *option = option_of(row);
		const char *value = option ? stored(row) : NULL;
		const size_t i = option ? (size_t)(option - guard_options) : 0;

		if (!value || value == before[i] || (option->base == GUARD_HERE && value == judged[i]) ||
		    (option->base == GUARD_DEST && !arguments))
			continue;
		judged[i] = value;
		if (reject(option, value, arguments ? arguments : none))
			return true;
	}
	return false;
}

static bool reject_at_end(void)
{
	static const char *const none[] = {NULL};
	const char *const *arguments = NULL;

	if (arguments_left || real_find(&arguments_left, "poptGetArgs"))
		arguments = arguments_left((void *)(uintptr_t)context);
	if (!arguments)
		arguments = none;
	for (unsigned i = 0; i < later_count; i++)
		if (reject(later[i].option, later[i].value, arguments))
			return true;
	return reject_stored(arguments);
}

WRAPPER(int, poptGetNextOpt, (void *parser))
{
	const struct guard_option *option;
	int result;

	if (!REAL(poptGetNextOpt))
		return END;
	if (!context || parser != context)
		return real.poptGetNextOpt(parser);
	holds = false;
	if (rejected)
		return REJECTED;
	result = real.poptGetNextOpt(parser);
	if (result < END)
		return result;
	option = result > 0 ? returned(result) : NULL;
	if ((result > 0 && reject_daemon(result)) || (option && reject_held(option)) || reject_stored(NULL) ||
	    (result == END && reject_at_end()))
		return REJECTED;
	return result;
}

WRAPPER(char *, poptGetOptArg, (void *parser))
{
	if (holds && parser == context) {
		holds = false;
		return held;
	}
	return REAL(poptGetOptArg) ? real.poptGetOptArg(parser) : NULL;
}

WRAPPER(const char *, poptBadOption, (void *parser, unsigned flags))
{
	if (rejected && parser == context)
		return name;
	return REAL(poptBadOption) ? real.poptBadOption(parser, flags) : NULL;
}

WRAPPER(const char *, poptStrerror, (int error))
{
	if (error == REJECTED && rejected)
		return says;
	return REAL(poptStrerror) ? real.poptStrerror(error) : NULL;
}
