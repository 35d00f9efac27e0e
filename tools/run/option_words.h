/* SPDX-License-Identifier: ISC */
/* A refusal in the words of whoever typed options: --root tmp instead of PRECLUDE_ROOTS, element 1, "tmp". */
#ifndef PRECLUDE_TOOLS_RUN_OPTION_WORDS_H
#define PRECLUDE_TOOLS_RUN_OPTION_WORDS_H

#include <stdbool.h>

#include "config/policy.h"

enum origin {
	ORIGIN_OPTION,
	ORIGIN_RSYNCD, /* implied by --rsyncd */
	ORIGIN_ENVIRONMENT,
	ORIGIN_NONE /* not given at all */
};

/* What the command knows of a variable. */
struct option_words {
	const char *variable;
	const char *option;
	bool path;        /* its elements are paths, in which a ':' need not be escaped */
	bool joined;      /* its value follows a "=": the option alone means "on" */
	unsigned given;   /* elements, or values, that options gave */
	unsigned implied; /* and the elements before them, that --rsyncd implies */
	bool set;         /* by the environment, or by any of these */
};

/* Refuses. `table` ends with a row without a variable. */
_Noreturn void refused_option(const struct option_words *table, const struct refusal *why);

#endif
