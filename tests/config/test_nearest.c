/* SPDX-License-Identifier: ISC */
/* The word that was meant. */
#include "config/nearest.h"

#include "tests/config/reading.h"

static const char *find(const char *const *known, const char *word)
{
	while (strcmp(*known, word) != 0)
		known++;
	return *known;
}

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
	    {"require", "REQUIRE"},
	    {"NARROW_REED", "NARROW_READ"},
	    {"NARROWED", "NARROW"},
	    {"NETWORK", NULL},
	    {"X", NULL},
	    {"", NULL},
	};
	static char endless[100000];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_ptr_equal(nearest(rows[i].written, strlen(rows[i].written), 0, known, COUNT(known)),
				 rows[i].meant ? find(known, rows[i].meant) : NULL);
	/* What all words begin with makes no word near. */
	assert_null(nearest("PRECLUDE_XYZ", 12, 9, (const char *const[]){"PRECLUDE_ROOTS"}, 1));
	memset(endless, 'R', sizeof(endless));
	(void)nearest(endless, sizeof(endless), 0, known, COUNT(known));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_word_that_was_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
