/* SPDX-License-Identifier: ISC */
/*
 * Where a call leads, by the library and by the kernel: worlds made of chance, in which prog_oracle.c makes calls under
 * the real preload and compares what is logged with what the kernel says (oracle.h).
 *
 * PRECLUDE_ORACLE_CASES: how many, 10,000 by default; PRECLUDE_ORACLE_SEED: of what chance, 1 by default, so that what
 * fails does so again, "fresh" for what nobody has seen. A failure is printed with the command that repeats it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/tap.h"

#define CASES_A_WORLD 500
#define CANNOT        77
#define PURPOSE       "to mount file systems and to change its root directory"

static const char *const kinds[] = {"all", "observe", "enforce", "anchor", "alone"};
static unsigned long wanted, cases, worlds, unknown_count;
static unsigned long long seed;

static struct reason {
	char name[64];
	unsigned long count;
} reasons[16];

static void count_reason(const char *name, unsigned long count)
{
	struct reason *reason = reasons;

	while (reason->name[0] && strcmp(reason->name, name))
		reason++;
	snprintf(reason->name, sizeof reason->name, "%s", name);
	reason->count += count;
	unknown_count += count;
}

/* Runs one world; returns its exit status. What it says of failures is shown when `loud`. */
static int world(unsigned long long number, const char *kind, bool loud)
{
	char command[1024], line[32768], name[64];
	unsigned long count;
	int status;
	FILE *out;

	snprintf(command, sizeof command,
		 "'" BUILD_DIR "/tests/shim/locate/prog_oracle' %llu %d %s '" BUILD_DIR "/libpreclude.so'", number,
		 CASES_A_WORLD, kind);
	out = popen(command, "r");
	assert_non_null(out);
	while (fgets(line, sizeof line, out)) {
		if (sscanf(line, "cases %lu", &count) == 1)
			cases += count;
		else if (sscanf(line, "unknown %lu %63[^\n]", &count, name) == 2)
			count_reason(name, count);
		else if (loud)
			printf("# %s", line);
	}
	status = pclose(out);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (status && status != CANNOT && loud)
		printf("# ended with %d; to repeat it: %s\n", status, command);
	return status;
}

static void agrees_with_the_kernel(void **state)
{
	unsigned wrong = 0;

	(void)state;
	NEEDS_ROOT(PURPOSE);
	printf("# PRECLUDE_ORACLE_SEED=%llu\n", seed);
	while (cases < wanted && wrong < 10) {
		int status = world(seed + worlds, kinds[worlds % 5], true);

		if (status == CANNOT)
			SKIP("no world of its own can be made here, as in a plain chroot");
		wrong += status != 0;
		worlds++;
	}
	printf("# %lu cases judged in %lu worlds\n", cases, worlds);
	assert_int_equal(wrong, 0);
}

/* A few cases more or less are chance, in a short run. */
static void seldom_unknown(void **state)
{
	const char *between = "";
	bool named = true;

	(void)state;
	NEEDS_ROOT(PURPOSE);
	if (!cases)
		SKIP("no case was judged");
	printf("# unknown: ");
	for (struct reason *reason = reasons; reason->name[0]; reason++) {
		if (!reason->count)
			continue;
		named &= strncmp(reason->name, "no reason", 9) != 0;
		printf("%s%lu %s", between, reason->count, reason->name);
		between = ", ";
	}
	printf("%s (%.2f %%)\n", unknown_count ? "" : "none", 100.0 * (double)unknown_count / (double)cases);
	assert_true(named);
	assert_true(unknown_count < cases / 200 + 20);
}

static void notices_a_lie(void **state)
{
	int status = 0;

	(void)state;
	NEEDS_ROOT(PURPOSE);
	for (unsigned i = 0; i < 5 && !status; i++)
		status = world(i + 1, "lie", false);
	if (status == CANNOT)
		SKIP("no world of its own can be made here, as in a plain chroot");
	assert_int_equal(status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_the_kernel),
	    cmocka_unit_test(seldom_unknown),
	    cmocka_unit_test(notices_a_lie),
	};
	const char *text = getenv("PRECLUDE_ORACLE_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (text && !strcmp(text, "fresh"))
		seed = (unsigned long long)now.tv_sec * 1000 + (unsigned long long)now.tv_nsec / 1000000;
	else
		seed = text ? strtoull(text, NULL, 10) : 1;
	text = getenv("PRECLUDE_ORACLE_CASES");
	wanted = text ? strtoul(text, NULL, 10) : 10000;
	setvbuf(stdout, NULL, _IOLBF, 0);
	unsetenv("PRECLUDE_ORACLE_SEED");
	unsetenv("PRECLUDE_ORACLE_CASES");
	return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
