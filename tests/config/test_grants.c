/* SPDX-License-Identifier: ISC */
/* Roots, grants and the base: what is read out of them, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/config/reading.h"

static void reads_roots(void **state)
{
	static const struct {
		const char *text, *name, *path;
		enum access access;
		bool optional;
	} rows[] = {
	    {"/a", NULL, "/a", ACCESS_ROOT, false},
	    {"/", NULL, "/", ACCESS_ROOT, false},
	    {"/a,ro", NULL, "/a", ACCESS_ROOT_RO, false},
	    {"/a,dev", NULL, "/a", ACCESS_ROOT_DEV, false},
	    {"/a,ro,ro", NULL, "/a", ACCESS_ROOT_RO, false},
	    {"?/a", NULL, "/a", ACCESS_ROOT, true},
	    {"?/a,dev", NULL, "/a", ACCESS_ROOT_DEV, true},
	    {"m=/a", "m", "/a", ACCESS_ROOT, false},
	    {"m=?/a,ro", "m", "/a", ACCESS_ROOT_RO, true},
	    {"/a=b", NULL, "/a=b", ACCESS_ROOT, false},
	    {"?/a=b", NULL, "/a=b", ACCESS_ROOT, true},
	    {"m=/a=b", "m", "/a=b", ACCESS_ROOT, false},
	    {"m\\=n=/a", "m=n", "/a", ACCESS_ROOT, false},
	    {"m\\:n\\,\\\\=/a", "m:n,\\", "/a", ACCESS_ROOT, false},
	    {"my module=/a", "my module", "/a", ACCESS_ROOT, false},
	    {"m,ro=/a", "m,ro", "/a", ACCESS_ROOT, false},
	    {"/a\\,ro", NULL, "/a,ro", ACCESS_ROOT, false},
	    {"/a\\:b\\\\c\\=d,ro", NULL, "/a:b\\c=d", ACCESS_ROOT_RO, false},
	    {"/a?", NULL, "/a?", ACCESS_ROOT, false},
	    {"/a//./b/", NULL, "/a/b", ACCESS_ROOT, false},
	    {"/a\nb\377", NULL, "/a\nb\377", ACCESS_ROOT, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[80];
		struct policy policy;

		snprintf(line, sizeof(line), "PRECLUDE_ROOTS=/first:%s", rows[i].text);
		policy = accepted(&(struct lines){{line, "PRECLUDE_BASE=none"}});
		assert_int_equal(policy.root_count, 2);
		assert_int_equal(policy.grant_count, 2);
		assert_string_equal(policy.grants[1].path, rows[i].path);
		assert_int_equal(policy.grants[1].access, rows[i].access);
		assert_int_equal(policy.grants[1].optional, rows[i].optional);
		assert_string_equal(policy.grants[1].variable, "PRECLUDE_ROOTS");
		assert_int_equal(policy.grants[1].position, 2);
		if (rows[i].name)
			assert_string_equal(policy.grants[1].name, rows[i].name);
		else
			assert_null(policy.grants[1].name);
	}
}

static void refuses_malformed_elements(void **state)
{
	static const struct refused rows[] = {
	    {{{"PRECLUDE_ROOTS=/a:tmp/x"}}, {"PRECLUDE_ROOTS, element 2", "\"tmp/x\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS=m=tmp"}}, {"element 1, \"m=tmp\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS=m="}}, {"element 1, \"m=\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS==/a"}}, {"\"=/a\"", "name before \"=\" is empty", "write NAME=/path"}},
	    {{{"PRECLUDE_ROOTS=?"}}, {"\"?\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS=?\?/a"}}, {"\"?\?/a\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS=?m=/a"}}, {"\"?m=/a\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS=,ro"}}, {"\",ro\"", "write an absolute path, or NAME=/path"}},
	    {{{"PRECLUDE_ROOTS=/a::/b"}}, {"element 2", "empty; remove it"}},
	    {{{"PRECLUDE_ROOTS=:/a"}}, {"element 1", "empty"}},
	    {{{"PRECLUDE_ROOTS=/a:"}}, {"element 2", "empty"}},
	    {{{"PRECLUDE_ROOTS=/a,rw"}}, {"element 1, \"/a,rw\"", "\"ro\" or \"dev\"", "write \"\\,\" for a comma"}},
	    {{{"PRECLUDE_ROOTS=/a,"}}, {"\"/a,\"", "\"ro\" or \"dev\""}},
	    {{{"PRECLUDE_ROOTS=/a,ro,dev"}}, {"\"/a,ro,dev\"", "exclude each other", "write one of them"}},
	    {{{"PRECLUDE_ROOTS=/b:/a/../b"}}, {"element 2, \"/a/../b\"", "\"..\"", "write it without"}},
	    {{{"PRECLUDE_ROOTS=/b:/a\\nb"}}, {"element 2, byte 3, \"/a\\nb\"", "write \"\\\\\" for a backslash"}},
	    {{{"PRECLUDE_ROOTS=/a\\"}}, {"element 1, byte 3", "backslash"}},
	    {{{"PRECLUDE_ROOTS=/a\n/b:x\033[2J"}}, {"element 2, \"x\\x1b[2J\""}},
	    {{{"PRECLUDE_READ=etc"}}, {"PRECLUDE_READ, element 1, \"etc\"", "write an absolute path"}},
	    {{{"PRECLUDE_READ=m=/etc"}}, {"PRECLUDE_READ", "\"m=/etc\"", "write an absolute path"}},
	    {{{"PRECLUDE_WRITE=/a:/b,ro"}}, {"PRECLUDE_WRITE, element 2, \"/b,ro\"", "only roots take options"}},
	    {{{"PRECLUDE_EXEC=/a:"}}, {"PRECLUDE_EXEC, element 2", "empty"}},
	};

	(void)state;
	assert_refused(rows, COUNT(rows));
}

static void refuses_what_no_kernel_opens(void **state)
{
	static char line[6000] = "PRECLUDE_ROOTS=";
	struct lines lines = {{line}};
	struct answer answer;

	(void)state;
	memset(line + 15, 'x', 4096);
	line[15] = '/';
	answer = ask(&lines);
	assert_int_equal(answer.result, ENV_REFUSED);
	assert_non_null(strstr(answer.why.text, "PRECLUDE_ROOTS, element 1, \"/xxx"));
	assert_non_null(strstr(answer.why.text, "...\": the path is longer than 4095 bytes; write a shorter one"));
	line[15 + 4095] = '\0';
	assert_int_equal(ask(&lines).result, ENV_POLICY);
}

static void orders_roots_grants_base(void **state)
{
	static const struct {
		const char *path;
		enum access access;
	} expected[] = {{"/r1", ACCESS_ROOT},   {"/r2", ACCESS_ROOT_RO}, {"/in", ACCESS_READ}, {"/out", ACCESS_WRITE},
			{"/bin2", ACCESS_EXEC}, {"/bin3", ACCESS_EXEC},  {"/usr", ACCESS_EXEC}};
	struct policy policy = accepted(&(struct lines){
	    {"PRECLUDE_EXEC=/bin2:?/bin3", "PRECLUDE_WRITE=/out", "PRECLUDE_READ=/in", "PRECLUDE_ROOTS=/r1:/r2,ro"}});

	(void)state;
	assert_int_equal(policy.root_count, 2);
	assert_true(policy.grant_count > COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_string_equal(policy.grants[i].path, expected[i].path);
		assert_int_equal(policy.grants[i].access, expected[i].access);
	}
	assert_true(policy.grants[5].optional);
	assert_false(policy.grants[4].optional);
}

static void base_is_what_programs_need(void **state)
{
	static const struct {
		const char *path;
		enum access access;
	} expected[] = {
	    {"/usr", ACCESS_EXEC},
	    {"/bin", ACCESS_EXEC},
	    {"/sbin", ACCESS_EXEC},
	    {"/lib", ACCESS_EXEC},
	    {"/lib32", ACCESS_EXEC},
	    {"/lib64", ACCESS_EXEC},
	    {"/libx32", ACCESS_EXEC},
	    {"/etc", ACCESS_READ},
	    {"/etc/resolv.conf", ACCESS_READ},
	    {"/run/systemd/resolve", ACCESS_READ},
	    {"/run/systemd/userdb", ACCESS_READ},
	    {"/proc/sys/kernel/random/boot_id", ACCESS_READ},
	    {"/proc/self", ACCESS_READ},
	    {"/dev/random", ACCESS_READ},
	    {"/dev/urandom", ACCESS_READ},
	    {"/dev/null", ACCESS_DEVICE},
	    {"/dev/zero", ACCESS_DEVICE},
	    {"/dev/full", ACCESS_DEVICE},
	    {"/dev/tty", ACCESS_DEVICE},
	};
	struct policy policy = accepted(&(struct lines){{"PRECLUDE_ROOTS="}});

	(void)state;
	assert_int_equal(policy.root_count, 0);
	assert_int_equal(policy.grant_count, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_string_equal(policy.grants[i].path, expected[i].path);
		assert_int_equal(policy.grants[i].access, expected[i].access);
		assert_true(policy.grants[i].optional);
		assert_string_equal(policy.grants[i].variable, "PRECLUDE_BASE");
	}
	policy = accepted(&(struct lines){{"PRECLUDE_ROOTS=", "PRECLUDE_BASE=none"}});
	assert_int_equal(policy.grant_count, 0);
}

static bool stays(const struct policy *policy, const char *path, enum access access)
{
	for (size_t i = 0; i < policy->narrow_count; i++)
		if (!strcmp(policy->narrow_grants[i].path, path) && policy->narrow_grants[i].access == access)
			return true;
	return false;
}

static void narrowing_keeps_the_base_without_most_of_etc(void **state)
{
	struct policy policy = accepted(&(struct lines){{"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW=on"}});

	(void)state;
	assert_true(stays(&policy, "/usr", ACCESS_EXEC));
	assert_true(stays(&policy, "/dev/null", ACCESS_DEVICE));
	assert_true(stays(&policy, "/etc/passwd", ACCESS_READ));
	assert_true(stays(&policy, "/etc/ssl/openssl.cnf", ACCESS_READ));
	assert_false(stays(&policy, "/etc", ACCESS_READ));
	assert_false(stays(&policy, "/etc/shadow", ACCESS_READ));
	/* And none of it is granted before. */
	for (size_t i = 0; i < policy.grant_count; i++)
		assert_string_not_equal(policy.grants[i].path, "/etc/passwd");
	policy = accepted(&(struct lines){{"PRECLUDE_ROOTS=/a"}});
	assert_int_equal(policy.narrow_count, 0);
}

static void narrowing_keeps_what_is_said(void **state)
{
	struct policy policy = accepted(&(struct lines){
	    {"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW=on", "PRECLUDE_NARROW_READ=/usr/./lib:?/etc/a\\:b"}});

	(void)state;
	assert_int_equal(policy.narrow_count, 2);
	assert_true(stays(&policy, "/usr/lib", ACCESS_READ));
	assert_true(stays(&policy, "/etc/a:b", ACCESS_READ));
	assert_false(policy.narrow_grants[0].optional);
	assert_true(policy.narrow_grants[1].optional);
}

static void refuses_narrowing_that_would_say_nothing(void **state)
{
	static const struct refused refusals[] = {
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW_READ=/b"}}, {"PRECLUDE_NARROW_READ", "write PRECLUDE_NARROW=on"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW=off", "PRECLUDE_NARROW_READ=/b"}}, {"is not on"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW=on", "PRECLUDE_NARROW_READ=b"}},
	     {"PRECLUDE_NARROW_READ, element 1, \"b\"", "write an absolute path"}},
	    {{{"PRECLUDE_ROOTS=/a", "PRECLUDE_NARROW=on", "PRECLUDE_NARROW_READ=/b:/c,ro"}},
	     {"PRECLUDE_NARROW_READ, element 2", "only roots take options"}},
	};

	(void)state;
	assert_refused(refusals, COUNT(refusals));
}

/* No time is asserted, since a loaded machine would fail it; it is printed, and twice the roots take twice as long. */
static void takes_thousands_of_roots(void **state)
{
	(void)state;
	for (unsigned count = 10000; count <= 20000; count += 10000) {
		char *line = malloc(count * 40);
		char expected[40];
		struct timespec before, after;
		struct policy policy;
		size_t length = (size_t)sprintf(line, "PRECLUDE_ROOTS=");

		for (unsigned i = 0; i < count; i++)
			length += (size_t)sprintf(line + length, "%sm%u=/srv/%u/data%s", i ? ":" : "", i, i,
						  i % 2 ? ",ro" : "");
		clock_gettime(CLOCK_MONOTONIC, &before);
		policy = accepted(&(struct lines){{line}});
		clock_gettime(CLOCK_MONOTONIC, &after);
		print_message("# %u roots: %.2f ms\n", count,
			      (double)(after.tv_sec - before.tv_sec) * 1e3 +
				  (double)(after.tv_nsec - before.tv_nsec) / 1e6);
		assert_int_equal(policy.root_count, count);
		for (unsigned i = 0; i < count; i++) {
			sprintf(expected, "/srv/%u/data", i);
			assert_string_equal(policy.grants[i].path, expected);
			sprintf(expected, "m%u", i);
			assert_string_equal(policy.grants[i].name, expected);
			assert_int_equal(policy.grants[i].access, i % 2 ? ACCESS_ROOT_RO : ACCESS_ROOT);
			assert_int_equal(policy.grants[i].position, i + 1);
		}
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_roots),
	    cmocka_unit_test(refuses_malformed_elements),
	    cmocka_unit_test(refuses_what_no_kernel_opens),
	    cmocka_unit_test(orders_roots_grants_base),
	    cmocka_unit_test(base_is_what_programs_need),
	    cmocka_unit_test(narrowing_keeps_the_base_without_most_of_etc),
	    cmocka_unit_test(narrowing_keeps_what_is_said),
	    cmocka_unit_test(refuses_narrowing_that_would_say_nothing),
	    cmocka_unit_test(takes_thousands_of_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
