/* SPDX-License-Identifier: ISC */
/* The digest: equal for one policy however it is spelt, different for two. */
#include "tests/config/reading.h"

static uint64_t digest(const struct lines *lines)
{
	struct policy policy = accepted(lines);

	return policy_digest(&policy);
}

static void spelling_does_not_matter(void **state)
{
	static const struct lines rows[] = {
	    {{"PRECLUDE_ROOTS=m=/a:/b,ro", "PRECLUDE_READ=/c"}},
	    {{"PRECLUDE_READ=/c/.", "PRECLUDE_ROOTS=m=//a/:/./b,ro,ro"}},
	    {{"PRECLUDE_ROOTS=m=/a:/b,ro", "PRECLUDE_READ=/c", "PRECLUDE_MODE=enforce", "PRECLUDE_BASE=system"}},
	    {{"PRECLUDE_ROOTS=m=/a:/b,ro", "PRECLUDE_READ=/c", "PRECLUDE_LOG=auto", "PRECLUDE_APPLIED=1-2-3"}},
	    /* How much is said, and in which form, restricts nothing. */
	    {{"PRECLUDE_ROOTS=m=/a:/b,ro", "PRECLUDE_READ=/c", "PRECLUDE_FLAG=all", "PRECLUDE_FRAMES=9"}},
	    {{"PRECLUDE_ROOTS=m=/a:/b,ro", "PRECLUDE_READ=/c", "PRECLUDE_FORMAT=json"}},
	};

	(void)state;
	for (size_t i = 1; i < COUNT(rows); i++)
		assert_true(digest(&rows[i]) == digest(&rows[0]));
}

static void meaning_does(void **state)
{
	static const struct lines rows[] = {
	    {{"PRECLUDE_ROOTS=/a:/b"}},
	    {{"PRECLUDE_ROOTS=/b:/a"}},
	    {{"PRECLUDE_ROOTS=/a"}},
	    {{"PRECLUDE_ROOTS="}},
	    {{"PRECLUDE_ROOTS=/a:/b,ro"}},
	    {{"PRECLUDE_ROOTS=/a:/b,dev"}},
	    {{"PRECLUDE_ROOTS=/a:?/b"}},
	    {{"PRECLUDE_ROOTS=/a:m=/b"}},
	    {{"PRECLUDE_ROOTS=m=/a:/b"}},
	    {{"PRECLUDE_ROOTS=/a\\:/b"}},
	    {{"PRECLUDE_ROOTS=/a", "PRECLUDE_READ=/b"}},
	    {{"PRECLUDE_ROOTS=/a", "PRECLUDE_WRITE=/b"}},
	    {{"PRECLUDE_ROOTS=/a", "PRECLUDE_EXEC=/b"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_BASE=none"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_MODE=observe"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_REQUIRE=full"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_REQUIRE=abi:1"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_REQUIRE=abi:2"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NNP=on"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NARROW=on"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NARROW=on", "PRECLUDE_NARROW_READ=/etc"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NARROW=on", "PRECLUDE_NARROW_READ=/usr"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_GUARD=rsync"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_GUARD=rsync:strict"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_SCOPE=signal"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NET=none"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NET=bind=1"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NET=connect=1"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_NET=connect=1:connect=2"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_LOG=stderr"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_LOG=fd:2"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_LOG=fd:3"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_LOG=/l"}},
	    {{"PRECLUDE_ROOTS=/a:/b", "PRECLUDE_LOG=/m"}},
	    {{"LL_FS_RW=/a:/b", "LL_FS_RO="}},
	    {{"LL_FS_RW=/a:/b", "LL_FS_RO=", "LL_FORCE_LOG=1"}},
	    {{"LL_FS_RW=/a:/b", "LL_FS_RO=", "LL_TCP_BIND="}},
	    {{"LL_FS_RW=/a:/b", "LL_FS_RO=", "LL_TCP_CONNECT="}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < i; j++)
			if (digest(&rows[i]) == digest(&rows[j]))
				fail_msg("rows %zu and %zu have one digest", i, j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spelling_does_not_matter),
	    cmocka_unit_test(meaning_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
