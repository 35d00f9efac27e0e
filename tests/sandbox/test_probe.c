/* SPDX-License-Identifier: ISC */
/* What is said of this kernel agrees with what it does. */
#include "tests/sandbox/fixture.h"

#include "sandbox/landlock.h"

static void test_offer_agrees_with_the_kernel(void **state)
{
	const long version = sys(LL_SYS_CREATE_RULESET, 0, 0, LL_CREATE_VERSION);
	struct offer offer;

	(void)state;
	sandbox_probe(&offer);
	assert_int_equal(offer.abi, version > 0 ? version : 0);
	assert_int_equal(offer.missing, version < 0 ? -version : 0);
	/* An upstream kernel has what its version stands for. */
	assert_true(rights_none(rights_minus(rights_of_abi(offer.abi), offer.rights)));
	if (offer.abi >= 7) {
		assert_int_equal(offer.errata, sys(LL_SYS_CREATE_RULESET, 0, 0, LL_CREATE_ERRATA));
		assert_int_equal(offer.restrict_flags & 7, 7);
	}
	if (offer.abi == 7)
		assert_int_equal(offer.restrict_flags & LL_RESTRICT_TSYNC, 0);
}

/* Probing, flags included, adds no layer: sixteen still fit. */
static int probe_often(void *unused)
{
	struct sandboxed s;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		struct offer offer;

		sandbox_probe(&offer);
	}
	CHECK(touch(text("%s/out/new", scratch)) == 0);
	for (int i = 0; i < 16; i++)
		CHECK(APPLY(&s, "PRECLUDE_ROOTS=") == 0);
	return 0;
}

static void test_probing_restricts_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(probe_often, NULL), 0);
}

/* Without privilege the kernel will not talk about flags, and the version has to do. */
static int probe_unprivileged(void *expected)
{
	const struct offer *privileged = expected;
	struct offer offer;

	CHECK(drop_privileges() == 0);
	sandbox_probe(&offer);
	CHECK(offer.abi == privileged->abi && offer.restrict_flags == privileged->restrict_flags);
	CHECK(rights_none(rights_minus(privileged->rights, offer.rights)));
	return 0;
}

static void test_unprivileged_probe_is_the_same(void **state)
{
	struct offer offer;

	(void)state;
	NEEDS_ROOT("to compare with");
	sandbox_probe(&offer);
	assert_int_equal(in_child(probe_unprivileged, &offer), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_offer_agrees_with_the_kernel),
	    cmocka_unit_test_setup_teardown(test_probing_restricts_nothing, scratch_make, scratch_remove),
	    cmocka_unit_test(test_unprivileged_probe_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
