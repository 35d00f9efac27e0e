/* SPDX-License-Identifier: ISC */
/* The word that was meant. */
#include "config/nearest.h"

#include "tests/config/reading.h"

static void finds_the_word_that_was_meant(void **state)
{
	static const char *const known[] = {"ROOTS", "READ", "REQUIRE", "NARROW", "NARROW_READ", "NET", "NNP"};
	static const struct {
		const char *written, *meant;
	} rows[] = {
	    {"ROOTS", "ROOTS"},
	    {"ROOT", "ROOTS"},
	    {"ROTOS", "ROOTS"},
	    {"REQUIER", "REQUIRE"},
	    {"NAROW_READ", "NARROW_READ"},
	    {"NETS", "NET"},
	    {"NARROW_WRITE", "NARROW_READ"},
	    {"NARROWED", "NARROW"},
	    {"", "NET"},
	};
	static char endless[100000];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(nearest(rows[i].written, strlen(rows[i].written), known, COUNT(known)),
				    rows[i].meant);
	memset(endless, 'R', sizeof(endless));
	assert_non_null(nearest(endless, sizeof(endless), known, COUNT(known)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_word_that_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
