/* SPDX-License-Identifier: ISC */
/* Where grants lead: missing ones, symlinks, and what lies in what. */
#include <sys/resource.h>

#include "tests/sandbox/fixture.h"

static const char *at(const char *name)
{
	return text("%s/%s", scratch, name);
}

/*
 * One row a policy. In the environment %s is the scratch directory, where:
 *
 *   in/ in/sub/ in/file out/ out/file
 *   in/planted -> ../out    a symlink that whoever is confined to in/ could have made
 *   in/loop -> loop
 *   link -> in    deep -> link/sub    through -> in/planted    odd -> in/sub/../../out
 */
static const struct row {
	const char *name;
	const char *environment[3];
	int result;
	const char *says; /* part of the refusal or of the warnings; "" for none */
	const char *writable, *denied;
} rows[] = {
    {"a root", {"PRECLUDE_ROOTS=%s/in"}, 0, "", "in/new", "out/new"},
    {"a root that is a file", {"PRECLUDE_ROOTS=%s/in/file"}, 0, "", "in/file", "in/new"},
    {"a missing root", {"PRECLUDE_ROOTS=%s/in:%s/none"}, -1, "PRECLUDE_ROOTS, element 2, \"", NULL, NULL},
    {"a missing root, optional", {"PRECLUDE_ROOTS=?%s/none:%s/in"}, 0, "does not exist; skipped", "in/new", "out/new"},
    {"a root beneath a file, optional", {"PRECLUDE_ROOTS=?%s/in/file/x:%s/out"}, 0, "skipped", "out/new", "in/new"},
    {"a missing grant", {"PRECLUDE_READ=%s/none"}, -1, "write \"?\" before the path", NULL, NULL},
    {"a root that cannot be resolved", {"PRECLUDE_ROOTS=?%s/in/loop"}, -1, "cannot be granted", NULL, NULL},
    {"a root by a symlink", {"PRECLUDE_ROOTS=%s/link"}, 0, "", "in/new", "out/new"},
    {"a root by symlinks of symlinks", {"PRECLUDE_ROOTS=%s/deep"}, 0, "", "in/sub/new", "in/new"},
    {"a root by a symlink with dots", {"PRECLUDE_ROOTS=%s/odd"}, 0, "", "out/new", "in/new"},
    {"a root through a planted symlink, alone", {"PRECLUDE_ROOTS=%s/in/planted"}, 0, "", "out/new", "in/new"},
    {"a root beneath a root", {"PRECLUDE_ROOTS=%s/in:%s/in/sub"}, 0, "", "in/sub/new", "out/new"},
    {"a root through a symlink planted in a root",
     {"PRECLUDE_ROOTS=%s/in:%s/in/planted"},
     -1,
     "goes through a symlink",
     NULL,
     NULL},
    {"the same, the other order", {"PRECLUDE_ROOTS=%s/in/planted:%s/in"}, -1, "goes through a symlink", NULL, NULL},
    {"the same, the outer root by a symlink",
     {"PRECLUDE_ROOTS=%s/link:%s/in/planted"},
     -1,
     "goes through a symlink",
     NULL,
     NULL},
    {"the same, reached by a symlink", {"PRECLUDE_ROOTS=%s/in:%s/through"}, -1, "goes through a symlink", NULL, NULL},
    {"the same, optional", {"PRECLUDE_ROOTS=%s/in:?%s/in/planted"}, -1, "goes through a symlink", NULL, NULL},
    {"a grant through a symlink planted in a root",
     {"PRECLUDE_ROOTS=%s/in", "PRECLUDE_READ=%s/through"},
     -1,
     "goes through a symlink",
     NULL,
     NULL},
    {"a root through a symlink planted in a WRITE grant",
     {"PRECLUDE_WRITE=%s/in", "PRECLUDE_ROOTS=%s/in/planted"},
     -1,
     "goes through a symlink",
     NULL,
     NULL},
    {"a root through a symlink in a read-only root",
     {"PRECLUDE_ROOTS=%s/in,ro:%s/in/planted"},
     0,
     "",
     "out/new",
     "in/new"},
    {"a read-only root that leads beneath a root",
     {"PRECLUDE_ROOTS=%s/in:%s/deep,ro"},
     -1,
     "would not bind",
     NULL,
     NULL},
    {"a read-only root that leads to a root", {"PRECLUDE_ROOTS=%s/in:%s/link,ro"}, -1, "would not bind", NULL, NULL},
    {"a READ grant that leads beneath a root",
     {"PRECLUDE_ROOTS=%s/link", "PRECLUDE_READ=%s/in/sub"},
     -1,
     "would not bind",
     NULL,
     NULL},
    {"a READ grant that leads beneath a WRITE grant",
     {"PRECLUDE_WRITE=%s/link", "PRECLUDE_READ=%s/in/file"},
     -1,
     "would not bind",
     NULL,
     NULL},
    {"an EXEC grant that leads beneath a root",
     {"PRECLUDE_ROOTS=%s/link", "PRECLUDE_EXEC=%s/in/sub"},
     -1,
     "would not bind",
     NULL,
     NULL},
    {"an EXEC grant that leads beneath a WRITE grant",
     {"PRECLUDE_WRITE=%s/link", "PRECLUDE_EXEC=%s/in/sub"},
     0,
     "",
     "in/sub/new",
     "out/new"},
    {"read-only above a root", {"PRECLUDE_ROOTS=%s/link", "PRECLUDE_READ=%s"}, 0, "", "in/new", "out/new"},
    {"everything is a root, and base", {"PRECLUDE_ROOTS=/", "PRECLUDE_BASE=system"}, 0, "", "out/new", NULL},
    {"the sample: a union, whatever lies in what",
     {"LL_FS_RO=%s/in/sub:%s/in/planted", "LL_FS_RW=%s/in"},
     0,
     "",
     "in/sub/new",
     "out/new"},
    {"the sample: what is missing is left out",
     {"LL_FS_RO=", "LL_FS_RW=%s/none:%s/in:%s/in/loop"},
     0,
     "cannot be reached; skipped",
     "in/new",
     "out/new"},
    {"the sample: relative, and dots", {"LL_FS_RO=/", "LL_FS_RW=in/../out"}, 0, "", "out/new", "in/new"},
};

static int make(void)
{
	CHECK(mkdir(at("in/sub"), 0755) == 0 && touch(at("in/file")) == 0 && touch(at("out/file")) == 0);
	CHECK(symlink("../out", at("in/planted")) == 0 && symlink("loop", at("in/loop")) == 0);
	CHECK(symlink("in", at("link")) == 0 && symlink("link/sub", at("deep")) == 0);
	CHECK(symlink("in/planted", at("through")) == 0 && symlink("in/sub/../../out", at("odd")) == 0);
	return chdir(scratch);
}

/* The scratch directory for each %s. */
static const char *filled(const char *template)
{
	const char *result = "", *next;

	if (!template)
		return NULL;
	for (; (next = strstr(template, "%s")); template = next + 2)
		result = text("%s%.*s%s", result, (int)(next - template), template, scratch);
	return text("%s%s", result, template);
}

static int resolve(void *argument)
{
	const struct row *row = argument;
	const char *environment[] = {filled(row->environment[0]), filled(row->environment[1]), NULL};
	struct sandboxed s;

	CHECK(make() == 0);
	CHECK(apply_request(&s, environment, (struct sandbox_request){0}) == row->result);
	if (row->result == 0 && !*row->says)
		CHECK(!s.warnings[0]);
	if (!has(row->result ? s.why.text : s.warnings, row->says)) {
		fprintf(stderr, "# said: %s%s\n", s.why.text, s.warnings);
		return 1;
	}
	if (row->writable)
		CHECK(touch(at(row->writable)) == 0);
	if (row->denied)
		CHECK_FAILS(touch(at(row->denied)), EACCES);
	return 0;
}

static void test_row(void **state)
{
	assert_int_equal(in_child(resolve, *state), 0);
}

/* What the rest of the library is told. */
static int places_are_told(void *unused)
{
	struct identity in, sub;
	struct sandboxed s;

	(void)unused;
	CHECK(make() == 0);
	CHECK(APPLY(&s, filled("PRECLUDE_ROOTS=%s/deep:%s/in:?%s/none"), text("PRECLUDE_READ=%s/out/file", scratch)) ==
	      0);
	CHECK(sys_identity_at(AT_FDCWD, at("in"), 0, &in) == 0 &&
	      sys_identity_at(AT_FDCWD, at("in/sub"), 0, &sub) == 0);
	CHECK(s.places[0].present && identity_same(&s.places[0].id, &sub));
	CHECK(!strcmp(s.places[0].canonical, at("in/sub")));
	CHECK(s.places[1].present && s.places[1].directory && identity_same(&s.places[1].id, &in));
	CHECK(!s.places[2].present);
	CHECK(s.places[3].present && !s.places[3].directory && !strcmp(s.places[3].canonical, at("out/file")));
	return 0;
}

static void test_places_are_told(void **state)
{
	(void)state;
	assert_int_equal(in_child(places_are_told, NULL), 0);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(*rows) + 1];
	size_t count = 0;

	for (; count < sizeof(rows) / sizeof(*rows); count++)
		tests[count] = (struct CMUnitTest){rows[count].name, test_row, scratch_make, scratch_remove,
						   (void *)(uintptr_t)&rows[count]};
	tests[count] =
	    (struct CMUnitTest)cmocka_unit_test_setup_teardown(test_places_are_told, scratch_make, scratch_remove);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
