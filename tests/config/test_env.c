/* SPDX-License-Identifier: ISC */
/* The environment as a whole: when there is a policy, when there is none, and when it contradicts itself. */
#include "tests/config/reading.h"

static void is_inert_when_nothing_is_asked(void **state)
{
	static const struct lines rows[] = {
	    {{NULL}},
	    {{"PATH=/bin", "NOT_PRECLUDE_ROOTS=/a", "preclude_roots=/a"}},
	    {{"PRECLUDE=1", "PRECLUDED_=1", "PRECLUDE_NO_EQUALS_SIGN"}},
	    {{"LL_API_KEY=x", "LL=1"}},
	    /* Set but empty is as unset. */
	    {{"PRECLUDE_LOG=", "PRECLUDE_READ=", "PRECLUDE_GUARD=", "PRECLUDE_NARROW_READ="}},
	    {{"PRECLUDE_APPLIED=1-0-0"}},
	    {{"PRECLUDE_MODE=off"}},
	    /* "off" is the way out of whatever else is wrong. */
	    {{"PRECLUDE_ROOTS=tmp", "PRECLUDE_MODE=off", "PRECLUDE_ROOT=/a", "LL_FS_RW=/a"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(ask(&rows[i]).result, ENV_INERT);
}

static void unknown_names_are_refused(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_ROOT=/x"}}, {"PRECLUDE_ROOT: no such variable", "did you mean PRECLUDE_ROOTS?"}},
	    {{{"PRECLUDE_ROOT="}}, {"did you mean PRECLUDE_ROOTS?"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_REQUIRES=full"}}, {"did you mean PRECLUDE_REQUIRE?"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW-READ=/"}}, {"did you mean PRECLUDE_NARROW_READ?"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_log=/"}}, {"PRECLUDE_log", "did you mean PRECLUDE_"}},
	    {{{"PRECLUDE_=x"}}, {"PRECLUDE_: no such variable"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_A\nB=x"}}, {"PRECLUDE_A\\x0aB: no such variable"}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

static void enforcing_needs_one_kind_of_list(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_LOG=stderr"}}, {"nothing says what may be reached", "give PRECLUDE_ROOTS", "=observe"}},
	    {{{"PRECLUDE_MODE=enforce", "PRECLUDE_READ="}}, {"nothing says what may be reached"}},
	    {{{"PRECLUDE_ROOTS=/a", "LL_FS_RW=/a"}}, {"PRECLUDE_ROOTS and LL_FS_RW", "at once", "remove"}},
	    {{{"PRECLUDE_ROOTS=", "LL_FS_RO=/a"}}, {"PRECLUDE_ROOTS and LL_FS_RO"}},
	    {{{"PRECLUDE_EXEC=/a", "LL_SCOPED="}}, {"PRECLUDE_EXEC and LL_SCOPED"}},
	};
	static const char *const lists[] = {"PRECLUDE_ROOTS=", "PRECLUDE_ROOTS=/a", "PRECLUDE_READ=/a",
					    "PRECLUDE_WRITE=/a", "PRECLUDE_EXEC=/a"};

	(void)state;
	assert_refused(rows, COUNT(rows));
	for (size_t i = 0; i < COUNT(lists); i++)
		accepted(&(struct lines){{lists[i]}});
}

static void observing_needs_none(void **state)
{
	struct policy policy = accepted(&(struct lines){{"PRECLUDE_MODE=observe"}});

	(void)state;
	assert_int_equal(policy.mode, MODE_OBSERVE);
	assert_int_equal(policy.root_count, 0);
	/* The sample's variables are about enforcing, and do not count. */
	policy = accepted(&(struct lines){{"PRECLUDE_MODE=observe", "PRECLUDE_ROOTS=/a", "LL_FS_RW=/b"}});
	assert_int_equal(policy.root_count, 1);
	assert_false(policy.from_ll);
}

static void the_first_of_two_counts(void **state)
{
	char first[] = "A=1", second[] = "A=2", longer[] = "AB=3";
	char *environment[] = {longer, first, second, NULL};
	struct policy policy = accepted(&(struct lines){{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS=/b:/c"}});

	(void)state;
	assert_int_equal(policy.root_count, 1);
	assert_string_equal(policy.grants[0].path, "/a");
	assert_int_equal(ask(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_ROOTS=tmp"}}).result, ENV_POLICY);
	assert_int_equal(ask(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_LOG=", "PRECLUDE_LOG=x"}}).result,
			 ENV_POLICY);
	assert_string_equal(env_value(environment, "A"), "1");
	assert_string_equal(env_value(environment, "AB"), "3");
	assert_null(env_value(environment, "B"));
}

static void a_list_goes_on_in_further_variables(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_3=/c"}},
	     {"PRECLUDE_ROOTS_3", "PRECLUDE_ROOTS_2", "is not; set both or neither"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_3=/c", "PRECLUDE_ROOTS_2="}},
	     {"PRECLUDE_ROOTS_2", "is not; set both or neither"}},
	    {{{"PRECLUDE_READ_2=/a"}}, {"PRECLUDE_READ_2 is set but PRECLUDE_READ is not", "set both or neither"}},
	    /* No root at all, and another one. */
	    {{{"PRECLUDE_ROOTS=", "PRECLUDE_ROOTS_2=/a"}}, {"PRECLUDE_ROOTS_2", "is not; set both or neither"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_2=/b:c"}}, {"PRECLUDE_ROOTS_2, element 2, \"c\""}},
	    {{{"PRECLUDE_ROOTS=n=/a", "PRECLUDE_ROOTS_2=n=/b"}}, {"PRECLUDE_ROOTS_2, element 1", "PRECLUDE_ROOTS,"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_1=/b"}}, {"PRECLUDE_ROOTS_1: no such"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_02=/b"}}, {"PRECLUDE_ROOTS_02: no such"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_100=/b"}}, {"PRECLUDE_ROOTS_100: no such"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_ROOTS_=/b"}}, {"PRECLUDE_ROOTS_: no such"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_NET_2=none"}}, {"PRECLUDE_NET_2: no such"}},
	};
	struct policy whole =
	    accepted(&(struct lines){{"PRECLUDE_ROOTS=a=/a:/b:/c,ro", "PRECLUDE_WRITE=/d:/e", "PRECLUDE_BASE=none"}});
	struct policy parts = accepted(&(struct lines){
	    {"PRECLUDE_ROOTS_2=/b:/c,ro", "PRECLUDE_ROOTS=a=/a", "PRECLUDE_WRITE=/d:/e", "PRECLUDE_BASE=none"}});

	(void)state;
	assert_refused(rows, COUNT(rows));
	assert_int_equal(parts.root_count, 3);
	assert_int_equal(parts.grant_count, 5);
	assert_string_equal(parts.grants[2].variable, "PRECLUDE_ROOTS_2");
	assert_int_equal(parts.grants[2].position, 2);
	/* One policy: a child that is told it otherwise is under it all the same. */
	assert_int_equal(policy_digest(&parts), policy_digest(&whole));
	parts = accepted(&(struct lines){{"PRECLUDE_WRITE=/d", "PRECLUDE_WRITE_2=/e", "PRECLUDE_BASE=none"}});
	assert_int_equal(parts.grant_count, 2);
	assert_int_equal(ask(&(struct lines){{"PRECLUDE_ROOTS_2="}}).result, ENV_INERT);
}

static void refusing_leaves_the_policy_alone(void **state)
{
	struct arena arena = {NULL, NULL};
	struct policy policy, before;
	struct refusal why;
	char roots[] = "PRECLUDE_ROOTS=/a:/b", frames[] = "PRECLUDE_FRAMES=99";
	char *environment[] = {roots, frames, NULL};

	(void)state;
	memset(&policy, 0x5a, sizeof(policy));
	before = policy;
	assert_int_equal(policy_from_env(&policy, environment, &arena, &why), ENV_REFUSED);
	assert_memory_equal(&policy, &before, sizeof(policy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_inert_when_nothing_is_asked),   cmocka_unit_test(unknown_names_are_refused),
	    cmocka_unit_test(enforcing_needs_one_kind_of_list), cmocka_unit_test(observing_needs_none),
	    cmocka_unit_test(the_first_of_two_counts),          cmocka_unit_test(a_list_goes_on_in_further_variables),
	    cmocka_unit_test(refusing_leaves_the_policy_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
