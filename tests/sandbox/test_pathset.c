/* SPDX-License-Identifier: ISC */
/* Which directory a path lies beneath: by whole components, outermost first, in a set of any size. */
#include "tests/sandbox/fixture.h"

#include "sandbox/pathset.h"

static const struct row {
	const char *members[3];
	const char *path;
	const char *above; /* NULL: none */
} rows[] = {
    {{NULL}, "/a", NULL},   {{"/a"}, "/a", "/a"},       {{"/a"}, "/a/b/c", "/a"},
    {{"/a"}, "/ab", NULL},  {{"/a"}, "/", NULL},        {{"/ab"}, "/a", NULL},
    {{"/a/b"}, "/a", NULL}, {{"/a/b"}, "/a/b", "/a/b"}, {{"/a/b", "/a"}, "/a/b/c", "/a"},
    {{"/"}, "/", "/"},      {{"/"}, "/a/b", "/"},       {{"/b", "/"}, "/b/c", "/"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pathset_slot *found;
		struct arena arena = {0};
		struct pathset set;

		assert_int_equal(pathset_init(&set, 3, &arena), 0);
		for (size_t j = 0; j < 3 && rows[i].members[j]; j++)
			pathset_add(&set, rows[i].members[j], j);
		found = pathset_above(&set, rows[i].path, strlen(rows[i].path));
		if (rows[i].above)
			assert_string_equal(found ? found->path : "nothing", rows[i].above);
		else
			assert_null(found);
	}
}

static void test_only_the_length_given_counts(void **state)
{
	struct arena arena = {0};
	struct pathset set;

	(void)state;
	assert_int_equal(pathset_init(&set, 1, &arena), 0);
	pathset_add(&set, "/a/b", 1);
	assert_null(pathset_above(&set, "/a/b", 2));
	assert_null(pathset_above(&set, "/a/bc", 5));
	assert_non_null(pathset_above(&set, "/a/bc", 4));
}

static void test_the_first_of_equals_stays(void **state)
{
	struct arena arena = {0};
	struct pathset set;

	(void)state;
	assert_int_equal(pathset_init(&set, 2, &arena), 0);
	pathset_add(&set, "/a", 1);
	pathset_add(&set, "/a", 2);
	assert_int_equal(pathset_above(&set, "/a/x", 4)->value, 1);
}

/* Full to the brim, every member is found with its value, and no stranger is. */
static void test_many(void **state)
{
	enum { MANY = 10000 };
	static char names[MANY][16];
	struct arena arena = {0};
	struct pathset set;

	(void)state;
	assert_int_equal(pathset_init(&set, MANY, &arena), 0);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "/m/%zu", i);
		pathset_add(&set, names[i], i);
	}
	for (size_t i = 0; i < MANY; i++) {
		const char *path = text("%s/x/y", names[i]);
		const char *stranger = text("/n/%zu", i);

		assert_int_equal(pathset_above(&set, path, strlen(path))->value, i);
		assert_null(pathset_above(&set, stranger, strlen(stranger)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_only_the_length_given_counts),
	    cmocka_unit_test(test_the_first_of_equals_stays),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
