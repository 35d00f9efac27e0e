/* SPDX-License-Identifier: ISC */
/* PRECLUDE_GUARD: which options it names, and what is said of any other. */
#include "config/guard.h"

#include <stdio.h>

#include "tests/config/reading.h"

static uint32_t guard(const char *line)
{
	return accepted(&(struct lines){{"PRECLUDE_ROOTS=/a", line}}).guard;
}

static void nothing_is_guarded_unasked(void **state)
{
	(void)state;
	assert_int_equal(guard("PRECLUDE_LOG=off"), 0);
	assert_int_equal(guard("PRECLUDE_GUARD="), 0);
}

static void each_option_is_one_of_rsync(void **state)
{
	uint32_t all = 0;

	(void)state;
	for (unsigned i = 0; i < GUARD_OPTIONS; i++) {
		char line[64];

		snprintf(line, sizeof(line), "PRECLUDE_GUARD=%s", guard_options[i].name);
		assert_int_equal(guard(line), UINT32_C(1) << i);
		all |= guard(line);
	}
	assert_int_equal(guard("PRECLUDE_GUARD=rsync"), all);
	assert_int_equal(guard("PRECLUDE_GUARD=rsync:temp-dir"), all);
	assert_int_equal(guard("PRECLUDE_GUARD=temp-dir:link-dest"),
			 guard("PRECLUDE_GUARD=temp-dir") | guard("PRECLUDE_GUARD=link-dest"));
}

static void strict_alone_is_for_all(void **state)
{
	(void)state;
	assert_int_equal(guard("PRECLUDE_GUARD=strict"), guard("PRECLUDE_GUARD=rsync:strict"));
	assert_int_equal(guard("PRECLUDE_GUARD=strict:temp-dir"), GUARD_STRICT | guard("PRECLUDE_GUARD=temp-dir"));
	assert_int_not_equal(guard("PRECLUDE_GUARD=strict"), guard("PRECLUDE_GUARD=rsync"));
}

static void refuses_what_takes_no_path(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_GUARD=tempdir"}},
	     {"PRECLUDE_GUARD", "\"tempdir\"", "write rsync, strict, or an option"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_GUARD=rsync:--temp-dir"}}, {"element 2", "\"--temp-dir\"", "without"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_GUARD=suffix"}}, {"\"suffix\"", "takes a path"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_GUARD=on"}}, {"\"on\"", "write rsync, strict, or an option"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_GUARD=rsync:"}}, {"element 2", "empty"}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_guarded_unasked),
	    cmocka_unit_test(each_option_is_one_of_rsync),
	    cmocka_unit_test(strict_alone_is_for_all),
	    cmocka_unit_test(refuses_what_takes_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
