/* SPDX-License-Identifier: ISC */
/* A refusal is one printable line, whatever is in it. */
#include "tests/config/reading.h"

static void escapes_what_does_not_print(void **state)
{
	static const struct {
		const char *raw, *shown;
	} rows[] = {
	    {"plain \\ text", "plain \\ text"},
	    {"a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"},
	    {"\033[31mred\177", "\\x1b[31mred\\x7f"},
	    {"gr\303\274n \342\202\254 \360\237\220\247", "gr\303\274n \342\202\254 \360\237\220\247"},
	    {"lone \303 byte \200", "lone \\xc3 byte \\x80"},
	    {"overlong \300\257 \340\237\277", "overlong \\xc0\\xaf \\xe0\\x9f\\xbf"},
	    {"C1 \302\233, line \342\200\250", "C1 \\xc2\\x9b, line \\xe2\\x80\\xa8"},
	    {"surrogate \355\240\200", "surrogate \\xed\\xa0\\x80"},
	    {"beyond \364\220\200\200 \377", "beyond \\xf4\\x90\\x80\\x80 \\xff"},
	    {"cut \342\202", "cut \\xe2\\x82"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct refusal why;

		assert_int_equal(refuse(&why, "%s", rows[i].raw), -1);
		assert_string_equal(why.text, rows[i].shown);
	}
}

static void long_ones_end_in_dots(void **state)
{
	static char text[5000];

	(void)state;
	/* Plain, four bytes for one, and a character that must not be cut in two. */
	for (size_t i = 0; i < 3; i++) {
		struct {
			struct refusal why;
			char behind[8];
		} at = {.behind = "behind"};
		size_t length;

		for (size_t j = 0; j < sizeof(text) - 1; j++)
			text[j] = i == 0 ? 'x' : i == 1 ? '\n' : "\342\202\254"[j % 3];
		/* What stands in front moves the end through every step of four. */
		for (int front = 0; front < 4; front++) {
			refuse(&at.why, "%.*s%s", front, "abc", text);
			length = strlen(at.why.text);
			assert_in_range(length, sizeof(at.why.text) - 8, sizeof(at.why.text) - 1);
			assert_string_equal(at.why.text + length - 3, "...");
			assert_string_equal(at.behind, "behind");
			if (i == 2)
				assert_memory_equal(at.why.text + length - 6, "\342\202\254", 3);
		}
	}
}

static void exactly_full_is_not_cut(void **state)
{
	struct refusal why;
	char text[sizeof(why.text) - 3];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refuse(&why, "%s", text);
	assert_string_equal(why.text, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(escapes_what_does_not_print),
	    cmocka_unit_test(long_ones_end_in_dots),
	    cmocka_unit_test(exactly_full_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
