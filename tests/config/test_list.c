/* SPDX-License-Identifier: ISC */
/* The splitter of lists: what is an element, what is an escape, and that escaping comes back. */
#include "config/list.h"

#include "tests/config/reading.h"

static void splits_at_bare_separators(void **state)
{
	static const struct {
		const char *list;
		char separator;
		const char *elements[4]; /* escapes still in them */
	} rows[] = {
	    {"", ':', {""}},
	    {"/a", ':', {"/a"}},
	    {"/a:/b:/c", ':', {"/a", "/b", "/c"}},
	    {":", ':', {"", ""}},
	    {"/a:", ':', {"/a", ""}},
	    {"/a\\:b:/c", ':', {"/a\\:b", "/c"}},
	    {"/a\\\\:/c", ':', {"/a\\\\", "/c"}},
	    {"/a\\\\\\:b", ':', {"/a\\\\\\:b"}},
	    {"/a,ro,dev", ',', {"/a", "ro", "dev"}},
	    {"/a\\,b,ro", ',', {"/a\\,b", "ro"}},
	    {"a\\=b=/c", '=', {"a\\=b", "/c"}},
	    {"/a\\", ':', {"/a\\"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice rest = slice_of(rows[i].list), head;
		bool more = true;
		size_t n = 0;

		for (; more; n++) {
			more = list_cut(&rest, rows[i].separator, &head);
			assert_true(n < 4 && rows[i].elements[n]);
			assert_true(slice_is(head, rows[i].elements[n]));
		}
		assert_true(n == 4 || !rows[i].elements[n]);
		assert_int_equal(rest.length, 0);
	}
}

static void finds_bad_escapes(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} rows[] = {
	    {"", 0},   {"plain", 5},   {"\\:\\,\\=\\\\", 8}, {"a\\nb", 1},
	    {"\\", 0}, {"a\\\\\\", 3}, {"\\:\\ ", 2},        {"\\/", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(list_bad_escape(slice_of(rows[i].text)), rows[i].at);
	/* What stands behind the slice is none of its business. */
	assert_int_equal(list_bad_escape((struct slice){"a\\:", 2}), 1);
}

static void unescapes(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(list_unescape(out, slice_of("a\\:b\\,c\\=d\\\\e")), 9);
	assert_string_equal(out, "a:b,c=d\\e");
}

static void escaping_comes_back(void **state)
{
	static const char alphabet[] = "a/:,=\\";
	char text[6], escaped[16], back[16];

	(void)state;
	/* Every text of up to five characters. */
	for (unsigned n = 0; n < 7776 * 6; n++) {
		struct slice rest, head;
		size_t length = 0;

		for (unsigned rest_of_n = n; rest_of_n && length < 5; rest_of_n /= 6)
			text[length++] = alphabet[rest_of_n % 6];
		text[length] = '\0';
		rest = (struct slice){escaped, list_escape(escaped, text)};
		assert_int_equal(rest.length, strlen(escaped));
		assert_int_equal(list_bad_escape(rest), rest.length);
		for (const char *separator = ":,="; *separator; separator++) {
			rest = slice_of(escaped);
			assert_false(list_cut(&rest, *separator, &head));
		}
		assert_int_equal(list_unescape(back, head), length);
		assert_string_equal(back, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(splits_at_bare_separators),
	    cmocka_unit_test(finds_bad_escapes),
	    cmocka_unit_test(unescapes),
	    cmocka_unit_test(escaping_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
