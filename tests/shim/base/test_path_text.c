/* SPDX-License-Identifier: ISC */
/* What is left of a path when each ".." is taken back by text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shim/base/path_text.h"

static void a_path_is_tidied(void **state)
{
	static const struct {
		const char *path;
		unsigned climb;
		const char *tidy;
	} rows[] = {
	    {"a/b", 0, "a/b"},
	    {"./a//b/./", 0, "a/b"},
	    {"/a//b/.", 0, "/a/b"},
	    {"", 0, "."},
	    {".", 9, "."},
	    {"/", 0, "/"},
	    {"a/..", 0, "."},
	    {"a/../b", 0, "b"},
	    {"aa/bb/../../cc", 0, "cc"},
	    {"/a/../../b", 9, "/b"},
	    {"../a", 0, "a"},
	    {"../a", 1, "../a"},
	    {"../../a", 1, "../a"},
	    {"../a/../../b", 1, "../b"},
	    {"../a/../../b", 2, "../../b"},
	    {"a/../..", 1, ".."},
	    {"..a/...", 0, "..a/..."},
	    {"a..", 0, "a.."},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(text_tidy(out, sizeof(out), rows[i].path, rows[i].climb));
		if (strcmp(out, rows[i].tidy))
			fail_msg("%s (%u): %s, not %s", rows[i].path, rows[i].climb, out, rows[i].tidy);
	}
}

static void there_is_room_or_nothing(void **state)
{
	char out[8] = "-------";

	(void)state;
	assert_true(text_tidy(out, 5, "abc", 0));
	assert_false(text_tidy(out, 4, "abcd", 0));
	assert_false(text_tidy(out, 4, "../..", 2));
	assert_int_equal(out[5], '-');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_is_tidied),
	    cmocka_unit_test(there_is_room_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
