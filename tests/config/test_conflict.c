/* SPDX-License-Identifier: ISC */
/* What a policy may not say twice. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/config/reading.h"

static void refuses_contradictions(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_ROOTS=m=/a:n=/b:m=/c"}},
	     {"PRECLUDE_ROOTS, element 3, \"m\"", "already given to", "element 1, \"/a\"", "write another"}},
	    {{{"PRECLUDE_ROOTS=m=/a:m=/a"}}, {"element 2, \"m\"", "already given"}},
	    {{{"PRECLUDE_ROOTS=/a:/b:/a,ro"}},
	     {"element 3, \"/a\"", "read-only", "PRECLUDE_ROOTS, element 1, \"/a\"", "remove one of the two"}},
	    {{{"PRECLUDE_ROOTS=/a,ro:/a"}}, {"element 1, \"/a\"", "read-only", "element 2"}},
	    {{{"PRECLUDE_ROOTS=/a:/a/,dev"}}, {"element 2, \"/a\"", "\"dev\"", "element 1"}},
	    {{{"PRECLUDE_ROOTS=/a,dev:/a"}}, {"element 2, \"/a\"", "\"dev\"", "element 1"}},
	    {{{"PRECLUDE_ROOTS=/a:/a/b/c,ro"}}, {"element 2, \"/a/b/c\"", "read-only", "element 1, \"/a\""}},
	    {{{"PRECLUDE_ROOTS=/a/b/c,ro:/a"}}, {"element 1, \"/a/b/c\"", "read-only", "element 2, \"/a\""}},
	    {{{"PRECLUDE_ROOTS=/a,dev:/a/b,ro"}}, {"element 2, \"/a/b\"", "read-only"}},
	    {{{"PRECLUDE_ROOTS=/:/a/b,ro"}}, {"element 2, \"/a/b\"", "element 1, \"/\""}},
	    {{{"PRECLUDE_ROOTS=/a//b/.:/a/./b/c,ro"}}, {"element 2, \"/a/b/c\"", "element 1, \"/a/b\""}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_READ=/b:/a/x"}},
	     {"PRECLUDE_READ, element 2, \"/a/x\"", "PRECLUDE_ROOTS, element 1, \"/a\""}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_EXEC=/a/bin"}}, {"PRECLUDE_EXEC, element 1, \"/a/bin\""}},
	    {{{"PRECLUDE_WRITE=/a", "PRECLUDE_READ=/a"}},
	     {"PRECLUDE_READ, element 1, \"/a\"", "PRECLUDE_WRITE, element 1, \"/a\""}},
	    {{{"PRECLUDE_WRITE=/a", "PRECLUDE_ROOTS=/a/b,ro"}},
	     {"PRECLUDE_ROOTS, element 1, \"/a/b\"", "PRECLUDE_WRITE, element 1, \"/a\""}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

static void accepts_what_only_looks_like_one(void **state)
{
	static const struct lines rows[] = {
	    {{"PRECLUDE_ROOTS=/a:/a:/a/"}},
	    {{"PRECLUDE_ROOTS=m=/a:n=/a"}},
	    {{"PRECLUDE_ROOTS=m=/a:M=/b:/m"}},
	    {{"PRECLUDE_ROOTS=/a,ro:/a,ro"}},
	    {{"PRECLUDE_ROOTS=/a,ro:/a/b"}},
	    {{"PRECLUDE_ROOTS=/a:/a/b,dev"}},
	    {{"PRECLUDE_ROOTS=/a:/ab,ro:/a\\:b,ro"}},
	    {{"PRECLUDE_ROOTS=/a/b:/a,ro"}},
	    {{"PRECLUDE_ROOTS=/:/a"}},
	    {{"PRECLUDE_ROOTS=/a,ro", "PRECLUDE_READ=/a", "PRECLUDE_EXEC=/a"}},
	    {{"PRECLUDE_ROOTS=/a", "PRECLUDE_WRITE=/a/b:/a"}},
	    {{"PRECLUDE_WRITE=/a", "PRECLUDE_EXEC=/a/bin:/a"}},
	    /* It binds where the policy narrows. */
	    {{"PRECLUDE_ROOTS=/a:/a/b/c,ro", "PRECLUDE_NARROW=on"}},
	    {{"PRECLUDE_ROOTS=m=/a:n=/a,ro", "PRECLUDE_NARROW=on"}},
	    {{"PRECLUDE_WRITE=/a", "PRECLUDE_READ=/a/b", "PRECLUDE_NARROW=on"}},
	    /* The base is no contradiction of what the user wrote. */
	    {{"PRECLUDE_ROOTS=/"}},
	    {{"PRECLUDE_WRITE=/usr:/etc"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		accepted(&rows[i]);
}

static void finds_the_one_among_thousands(void **state)
{
	const unsigned count = 10000;
	char *line = malloc(count * 40 + 80);
	struct lines lines = {{line}};
	size_t length = (size_t)sprintf(line, "PRECLUDE_ROOTS=");
	struct answer answer;

	(void)state;
	for (unsigned i = 0; i < count; i++)
		length += (size_t)sprintf(line + length, "m%u=/srv/%u:", i, i);
	strcpy(line + length, "m7777=/x");
	answer = ask(&lines);
	assert_int_equal(answer.result, ENV_REFUSED);
	assert_non_null(strstr(answer.why.text, "element 10001, \"m7777\""));
	assert_non_null(strstr(answer.why.text, "element 7778, \"/srv/7777\""));
	strcpy(line + length, "x=/srv/4321/sub/dir,ro");
	answer = ask(&lines);
	assert_int_equal(answer.result, ENV_REFUSED);
	assert_non_null(strstr(answer.why.text, "element 10001, \"/srv/4321/sub/dir\""));
	assert_non_null(strstr(answer.why.text, "element 4322, \"/srv/4321\""));
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_contradictions),
	    cmocka_unit_test(accepts_what_only_looks_like_one),
	    cmocka_unit_test(finds_the_one_among_thousands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
