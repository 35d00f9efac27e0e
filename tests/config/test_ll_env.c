/* SPDX-License-Identifier: ISC */
/* The kernel sample's variables, as the sample means them. */
#include "tests/config/reading.h"

static void reads_paths(void **state)
{
	static const struct grant expected[] = {
	    {.path = "/tmp", .variable = "LL_FS_RW", .position = 1, .access = ACCESS_ROOT_DEV},
	    {.path = "/dev/null", .variable = "LL_FS_RW", .position = 3, .access = ACCESS_ROOT_DEV},
	    {.path = "/usr", .variable = "LL_FS_RO", .position = 1, .access = ACCESS_EXEC},
	    {.path = "/a\\", .variable = "LL_FS_RO", .position = 2, .access = ACCESS_EXEC},
	    {.path = "b,ro=?", .variable = "LL_FS_RO", .position = 3, .access = ACCESS_EXEC},
	    {.path = "/tmp/x/../y", .variable = "LL_FS_RO", .position = 4, .access = ACCESS_EXEC},
	    {.path = "/usr", .variable = "LL_FS_RO", .position = 5, .access = ACCESS_EXEC},
	};
	struct policy policy =
	    accepted(&(struct lines){{"LL_FS_RO=/usr:/a\\:b,ro=?:/tmp/x/../y:/usr", "LL_FS_RW=/tmp/::/dev/null:"}});

	(void)state;
	assert_true(policy.from_ll);
	assert_false(policy.base);
	assert_int_equal(policy.root_count, 2);
	assert_int_equal(policy.grant_count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_string_equal(policy.grants[i].path, expected[i].path);
		assert_string_equal(policy.grants[i].variable, expected[i].variable);
		assert_int_equal(policy.grants[i].position, expected[i].position);
		assert_int_equal(policy.grants[i].access, expected[i].access);
		assert_null(policy.grants[i].name);
		/* The sample says that it cannot open a path, and goes on. */
		assert_true(policy.grants[i].optional);
	}
}

static void empty_is_an_empty_list(void **state)
{
	struct policy policy = accepted(&(struct lines){{"LL_FS_RO=", "LL_FS_RW=", "LL_TCP_BIND=", "LL_SCOPED="}});

	(void)state;
	assert_int_equal(policy.grant_count, 0);
	assert_true(policy.net_restricted && policy.net_bind);
	assert_false(policy.net_connect);
	assert_int_equal(policy.bind_count, 0);
	assert_int_equal(policy.scope, 0);
	assert_false(policy.ll_force_log);
}

static void each_port_list_restricts_its_own(void **state)
{
	struct policy policy = accepted(&(struct lines){{"LL_FS_RO=/", "LL_FS_RW=", "LL_TCP_CONNECT=80::443:"}});

	(void)state;
	assert_false(policy.net_bind);
	assert_true(policy.net_restricted && policy.net_connect);
	assert_int_equal(policy.connect_count, 2);
	assert_int_equal(policy.connect_ports[0], 80);
	assert_int_equal(policy.connect_ports[1], 443);
	policy = accepted(&(struct lines){{"LL_FS_RO=/", "LL_FS_RW="}});
	assert_false(policy.net_restricted || policy.net_bind || policy.net_connect);
}

static void scopes_and_log(void **state)
{
	struct policy policy =
	    accepted(&(struct lines){{"LL_FS_RO=/", "LL_FS_RW=", "LL_SCOPED=a:s", "LL_FORCE_LOG=1"}});

	(void)state;
	assert_int_equal(policy.scope, SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL);
	assert_true(policy.ll_force_log);
	policy = accepted(&(struct lines){{"LL_FS_RO=/", "LL_FS_RW=", "LL_SCOPED=s"}});
	assert_int_equal(policy.scope, SCOPE_SIGNAL);
}

static void goes_with_what_says_nothing_else(void **state)
{
	struct policy policy =
	    accepted(&(struct lines){{"LL_FS_RO=/", "LL_FS_RW=", "PRECLUDE_LOG=fd:9", "PRECLUDE_SCOPE=signal"}});

	(void)state;
	assert_true(policy.from_ll);
	assert_int_equal(policy.log_fd, 9);
	assert_int_equal(policy.scope, SCOPE_SIGNAL);
	accepted(&(struct lines){{"LL_FS_RO=/", "LL_FS_RW=", "PRECLUDE_BASE=none", "PRECLUDE_NET=none"}});
	/* Names that nobody knows are other people's, as long as no LL_ variable of the sample is there. */
	assert_false(accepted(&(struct lines){{"PRECLUDE_ROOTS=/a", "LL_API_KEY=x"}}).from_ll);
}

static void refuses(void **state)
{
	static const struct refused rows[] = {
	    {{{"LL_FS_RW=/tmp"}}, {"LL_FS_RO is not set", "write LL_FS_RO="}},
	    {{{"LL_FS_RO=/usr"}}, {"LL_FS_RW is not set", "write LL_FS_RW="}},
	    {{{"LL_SCOPED="}}, {"LL_FS_RW is not set"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_TCP_BIND=80:x"}}, {"LL_TCP_BIND, element 2, \"x\"", "0 to 65535"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_TCP_CONNECT=65536"}}, {"LL_TCP_CONNECT, element 1, \"65536\""}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_SCOPED=a:x"}}, {"LL_SCOPED, element 2, \"x\"", "unknown", "a:s"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_SCOPED=a:a"}}, {"LL_SCOPED, element 2, \"a\"", "twice"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_SCOPED=a:"}}, {"LL_SCOPED, element 2, \"\"", "unknown"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_FORCE_LOG=yes"}}, {"LL_FORCE_LOG, \"yes\"", "write 1"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_FORCE_LOG="}}, {"LL_FORCE_LOG, \"\"", "write 1"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_TPC_BIND=80"}}, {"LL_TPC_BIND: unknown", "LL_TCP_BIND"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_TCP_BIND=1", "PRECLUDE_NET=none"}}, {"PRECLUDE_NET and LL_TCP_BIND"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "LL_SCOPED=a", "PRECLUDE_SCOPE=signal"}}, {"PRECLUDE_SCOPE and LL_SCOPED"}},
	    {{{"LL_FS_RO=/", "LL_FS_RW=", "PRECLUDE_BASE=system"}}, {"PRECLUDE_BASE and LL_FS_RO", "no base"}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_paths),
	    cmocka_unit_test(empty_is_an_empty_list),
	    cmocka_unit_test(each_port_list_restricts_its_own),
	    cmocka_unit_test(scopes_and_log),
	    cmocka_unit_test(goes_with_what_says_nothing_else),
	    cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
