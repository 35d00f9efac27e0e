/* SPDX-License-Identifier: ISC */
/* The second layer: what it leaves, and what it takes with it that the first allows. */
#include "sandbox/module.h"

#include <sys/resource.h>

#include "tests/sandbox/fixture.h"

static struct walk walk;

/* A process domain over in/ and out/, then a layer for in/ with the rights of `access`. 0 or -errno. */
static int narrow(struct sandboxed *s, enum access access, const char *narrow_read, struct outcome *out)
{
	const char *roots = text("PRECLUDE_ROOTS=%s/in:%s/out", scratch, scratch);
	struct module_request request = {.grants = true, .walk = &walk, .enforce = true};
	int result;

	if (narrow_read ? APPLY(s, roots, "PRECLUDE_NARROW=on", narrow_read) : APPLY(s, roots, "PRECLUDE_NARROW=on"))
		return -ECANCELED;
	request.policy = &s->policy;
	request.root = open(text("%s/in", scratch), O_PATH | O_CLOEXEC);
	request.rights = access_rights(access, true);
	result = module_ruleset(&request, out);
	close(request.root);
	return result < 0 ? result : module_restrict(request.ruleset, out);
}

static int can_read(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : close(fd);
}

static int leaves_the_module(void *unused)
{
	struct sandboxed s;
	struct outcome out;

	(void)unused;
	CHECK(narrow(&s, ACCESS_ROOT, NULL, &out) == 0);
	CHECK(out.kind == OUTCOME_ENFORCED && out.layers == 1 && out.in_force.fs == rights_wanted(&s.policy).fs);
	CHECK(out.status == (rights_none(out.dropped) ? STATUS_FULL : STATUS_PARTIAL));
	CHECK(touch(text("%s/in/new", scratch)) == 0);
	CHECK_FAILS(touch(text("%s/out/new", scratch)), EACCES);
	CHECK_FAILS(can_read(text("%s/out/file", scratch)), EACCES);
	CHECK(mkdir(text("%s/in/a", scratch), 0755) == 0);
	/* REFER is denied in a layer that does not grant it anew. */
	CHECK(rename(text("%s/in/new", scratch), text("%s/in/a/new", scratch)) == 0);
	CHECK(can_read("/etc/passwd") == 0);
	CHECK(can_read("/usr/lib") == 0);
	CHECK_FAILS(can_read("/etc/shells"), EACCES);
	return 0;
}

static int leaves_a_read_only_module(void *unused)
{
	struct sandboxed s;
	struct outcome out;

	(void)unused;
	CHECK(narrow(&s, ACCESS_ROOT_RO, NULL, &out) == 0);
	CHECK(can_read(text("%s/in/file", scratch)) == 0);
	CHECK_FAILS(touch(text("%s/in/file", scratch)), EACCES);
	return 0;
}

static int leaves_what_is_said(void *unused)
{
	struct sandboxed s;
	struct outcome out;

	(void)unused;
	CHECK(narrow(&s, ACCESS_ROOT, "PRECLUDE_NARROW_READ=/etc/shells:?/none", &out) == 0);
	CHECK(can_read("/etc/shells") == 0);
	CHECK_FAILS(can_read("/etc/passwd"), EACCES);
	CHECK_FAILS(can_read("/usr/lib"), EACCES);
	return 0;
}

static int tells_its_rules(void *unused)
{
	struct module_rule rules[64];
	struct module_request request = {.grants = true, .walk = &walk, .rules = rules};
	struct sandboxed s;
	struct outcome out;
	struct identity passwd;
	bool found = false;

	(void)unused;
	CHECK(APPLY(&s, text("PRECLUDE_ROOTS=%s/in", scratch), "PRECLUDE_NARROW=on", "PRECLUDE_MODE=observe") == 0);
	request.policy = &s.policy;
	request.root = open(text("%s/in", scratch), O_PATH | O_CLOEXEC);
	request.rights = access_rights(ACCESS_ROOT_RO, true);
	CHECK(module_ruleset(&request, &out) == 0);
	CHECK(request.ruleset == -1 && request.rule_count > 5);
	CHECK(rules[0].rights == request.rights);
	CHECK(sys_identity_at(AT_FDCWD, "/etc/passwd", 0, &passwd) == 0);
	for (size_t i = 0; i < request.rule_count; i++)
		found = found ||
			(identity_same(&rules[i].id, &passwd) && rules[i].rights == access_rights(ACCESS_READ, false));
	CHECK(found);
	return 0;
}

/* Whatever descriptor is the first that there is none for: an error, and everything is as it was. */
static int fails_whole(void *unused)
{
	struct module_request request = {.grants = true, .walk = &walk, .enforce = true};
	struct sandboxed s;
	struct outcome out;

	(void)unused;
	CHECK(APPLY(&s, text("PRECLUDE_ROOTS=%s/in:%s/out", scratch, scratch), "PRECLUDE_NARROW=on") == 0);
	request.policy = &s.policy;
	request.root = open(text("%s/in", scratch), O_PATH | O_CLOEXEC);
	request.rights = access_rights(ACCESS_ROOT, true);
	for (rlim_t room = 1; room <= 2; room++) {
		const struct rlimit limit = {(rlim_t)request.root + room, 1024};

		CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		CHECK(module_ruleset(&request, &out) == -EMFILE);
		CHECK(out.kind == OUTCOME_ERROR);
	}
	CHECK(touch(text("%s/out/new", scratch)) == 0);
	return 0;
}

/* The process has two layers already: fourteen more, and then it is as it was. */
static int is_the_seventeenth(void *unused)
{
	struct sandboxed s;
	struct outcome out;

	(void)unused;
	CHECK(narrow(&s, ACCESS_ROOT, NULL, &out) == 0);
	for (int layer = 2; layer <= 16; layer++) {
		struct module_request request = {.policy = &s.policy, .walk = &walk, .enforce = true};

		request.root = open(text("%s/in", scratch), O_PATH | O_CLOEXEC);
		request.rights = access_rights(ACCESS_ROOT, true);
		CHECK(module_ruleset(&request, &out) == 0);
		CHECK(module_restrict(request.ruleset, &out) == (layer < 16 ? 0 : -E2BIG));
	}
	CHECK(out.kind == OUTCOME_ERROR && out.error == E2BIG && out.layers == 0);
	CHECK(touch(text("%s/in/new", scratch)) == 0);
	return 0;
}

#define IN_CHILD(function)                                                                                             \
	static void test_##function(void **state)                                                                      \
	{                                                                                                              \
		(void)state;                                                                                           \
		touch(text("%s/in/file", scratch));                                                                    \
		touch(text("%s/out/file", scratch));                                                                   \
		assert_int_equal(in_child(function, NULL), 0);                                                         \
	}

IN_CHILD(leaves_the_module)
IN_CHILD(leaves_a_read_only_module)
IN_CHILD(leaves_what_is_said)
IN_CHILD(tells_its_rules)
IN_CHILD(fails_whole)
IN_CHILD(is_the_seventeenth)

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(test_##function, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
	    TEST(leaves_the_module), TEST(leaves_a_read_only_module), TEST(leaves_what_is_said), TEST(tells_its_rules),
	    TEST(fails_whole),       TEST(is_the_seventeenth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
