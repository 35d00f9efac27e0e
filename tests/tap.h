/* SPDX-License-Identifier: ISC */
/*
 * What test programs and their helpers share: a skip that says why, which tests/run shows in its last lines, and time
 * limits that a busy machine extends.
 */
#ifndef PRECLUDE_TESTS_TAP_H
#define PRECLUDE_TESTS_TAP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Skips the cmocka test that is running. */
#define SKIP(reason)                                                                                                   \
	do {                                                                                                           \
		puts("# SKIP " reason);                                                                                \
		skip();                                                                                                \
	} while (0)

/* NEEDS_ROOT("to mount file systems"): the same, unless the user is root. */
#define NEEDS_ROOT(purpose)                                                                                            \
	do {                                                                                                           \
		if (geteuid())                                                                                         \
			SKIP("needs root: " purpose);                                                                  \
	} while (0)

/* A limit in seconds for what takes far less on an idle machine; tests/run sets the factor. It ends what hangs and
 * decides no test. */
static inline unsigned patience(unsigned limit)
{
	const char *factor = getenv("TEST_PATIENCE");
	const int times = factor ? atoi(factor) : 1;

	return times > 1 ? limit * (unsigned)times : limit;
}

#endif
