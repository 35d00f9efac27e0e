/* SPDX-License-Identifier: ISC */
/* Reading a policy in a test: an environment in, a policy or a refusal out. */
#ifndef PRECLUDE_TESTS_CONFIG_READING_H
#define PRECLUDE_TESTS_CONFIG_READING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/env.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES        4

/* An environment of a few lines; the rest is NULL. */
struct lines {
	const char *at[LINES + 1];
};

struct answer {
	enum env_result result;
	struct policy policy;
	struct refusal why;
};

static inline struct answer ask(const struct lines *lines)
{
	struct answer answer = {.result = ENV_INERT};
	struct arena arena = {NULL, NULL};
	char *environment[LINES + 1];

	memcpy(environment, lines->at, sizeof(environment));
	answer.result = policy_from_env(&answer.policy, environment, &arena, &answer.why);
	return answer;
}

static inline struct policy accepted(const struct lines *lines)
{
	struct answer answer = ask(lines);

	if (answer.result != ENV_POLICY)
		fail_msg("%s: result %d, \"%s\"", lines->at[0], answer.result, answer.why.text);
	return answer.policy;
}

/* A refusal, and what its text says: all of `says`. */
struct refused {
	struct lines lines;
	const char *says[4];
};

static inline void assert_refused(const struct refused *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct answer answer = ask(&rows[i].lines);

		if (answer.result != ENV_REFUSED)
			fail_msg("row %zu, %s: result %d", i, rows[i].lines.at[0], answer.result);
		for (size_t j = 0; j < COUNT(rows[i].says) && rows[i].says[j]; j++)
			if (!strstr(answer.why.text, rows[i].says[j]))
				fail_msg("row %zu, %s: \"%s\" does not say \"%s\"", i, rows[i].lines.at[0],
					 answer.why.text, rows[i].says[j]);
	}
}

#endif
