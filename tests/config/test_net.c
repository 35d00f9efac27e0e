/* SPDX-License-Identifier: ISC */
/* PRECLUDE_NET: ports. */
#include "tests/config/reading.h"

static void reads_ports(void **state)
{
	struct policy policy =
	    accepted(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_NET=bind=873:connect=0:connect=65535:bind=80"}});

	(void)state;
	assert_true(policy.net_restricted && policy.net_bind && policy.net_connect);
	assert_int_equal(policy.bind_count, 2);
	assert_int_equal(policy.bind_ports[0], 873);
	assert_int_equal(policy.bind_ports[1], 80);
	assert_int_equal(policy.connect_count, 2);
	assert_int_equal(policy.connect_ports[0], 0);
	assert_int_equal(policy.connect_ports[1], 65535);
}

static void none_restricts_everything(void **state)
{
	struct policy policy = accepted(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_NET=none"}});

	(void)state;
	assert_true(policy.net_restricted && policy.net_bind && policy.net_connect);
	assert_int_equal(policy.bind_count + policy.connect_count, 0);
}

static void one_direction_named_restricts_both(void **state)
{
	struct policy policy = accepted(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_NET=bind=80"}});

	(void)state;
	assert_true(policy.net_bind && policy.net_connect);
	assert_int_equal(policy.connect_count, 0);
}

static void refuses_what_is_no_port(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_NET=80"}}, {"PRECLUDE_NET, element 1, \"80\"", "write none|bind=PORT|connect=PORT"}},
	    {{{"PRECLUDE_NET=bind=80:listen=8"}}, {"element 2, \"listen=8\"", "write none|bind=PORT"}},
	    {{{"PRECLUDE_NET=bind="}}, {"\"bind=\"", "0 to 65535", "decimal digits"}},
	    {{{"PRECLUDE_NET=bind=65536"}}, {"\"bind=65536\"", "0 to 65535"}},
	    {{{"PRECLUDE_NET=bind=-1"}}, {"\"bind=-1\""}},
	    {{{"PRECLUDE_NET=bind=0x50"}}, {"\"bind=0x50\""}},
	    {{{"PRECLUDE_NET=bind=http"}}, {"\"bind=http\""}},
	    {{{"PRECLUDE_NET=bind=80,443"}}, {"\"bind=80,443\""}},
	    {{{"PRECLUDE_NET=bind\\=80"}}, {"\"bind\\=80\""}},
	    {{{"PRECLUDE_NET=bind=80::connect=1"}}, {"element 2", "empty"}},
	    {{{"PRECLUDE_NET=none:bind=80"}}, {"element 1, \"none\"", "allows no port"}},
	    {{{"PRECLUDE_NET=bind=80:none"}}, {"element 2, \"none\"", "allows no port"}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_ports),
	    cmocka_unit_test(none_restricts_everything),
	    cmocka_unit_test(one_direction_named_restricts_both),
	    cmocka_unit_test(refuses_what_is_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
