/* SPDX-License-Identifier: ISC */
/* Numbers without any freedom, and one spelling for a path. */
#include "config/parse.h"

#include "tests/config/reading.h"

static void numbers_are_digits_in_range(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* -1: none */
	} rows[] = {
	    {"0", 0},
	    {"7", 7},
	    {"65535", 65535},
	    {"65536", -1},
	    {"", -1},
	    {"00", -1},
	    {"080", -1},
	    {"+1", -1},
	    {"-1", -1},
	    {" 1", -1},
	    {"1 ", -1},
	    {"0x10", -1},
	    {"1e3", -1},
	    {"18446744073709551617", -1},
	    {"99999999999999999999", -1},
	    {"\xd9\xa1", -1},
	};
	uint32_t number = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(parse_number(slice_of(rows[i].text), 0, 65535, &number), rows[i].value >= 0);
		if (rows[i].value >= 0)
			assert_int_equal(number, rows[i].value);
	}
	assert_false(parse_number(slice_of("0"), 1, 16, &number));
	assert_true(parse_number(slice_of("1"), 1, 16, &number));
}

static void paths_have_one_spelling(void **state)
{
	static const struct {
		const char *written, *path; /* NULL: refused, and left alone */
	} rows[] = {
	    {"/", "/"},
	    {"//", "/"},
	    {"/.", "/"},
	    {"/./", "/"},
	    {"/a", "/a"},
	    {"/a/", "/a"},
	    {"/a//", "/a"},
	    {"//a///b", "/a/b"},
	    {"/./a/./b/.", "/a/b"},
	    {"/.a/b./...", "/.a/b./..."},
	    {"/aaaa/././././././bbbbbbbb/./c", "/aaaa/bbbbbbbb/c"},
	    {"/a/..", NULL},
	    {"/../a", NULL},
	    {"/a/../b", NULL},
	    {"/a//./..", NULL},
	    {"/a/..b/b..", "/a/..b/b.."},
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		strcpy(path, rows[i].written);
		assert_int_equal(path_normalise(path), rows[i].path != NULL);
		assert_string_equal(path, rows[i].path ? rows[i].path : rows[i].written);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_are_digits_in_range),
	    cmocka_unit_test(paths_have_one_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
