/* SPDX-License-Identifier: ISC */
/* PRECLUDE_APPLIED: believed when the kernel denies what the policy denies, and only then. */
#include <sys/prctl.h>

#include "tests/sandbox/fixture.h"

static const char *at(const char *name)
{
	return text("%s/%s", scratch, name);
}

/* What a child would find in its environment. */
static const char *value_of(struct sandboxed *s)
{
	return text("PRECLUDE_APPLIED=%s", applied_value(&s->policy, s->places, &s->arena));
}

static const char *roots(void)
{
	return text("PRECLUDE_ROOTS=%s/in:%s/other", scratch, scratch);
}

/* More than twice the layers that the kernel has room for, under one policy. */
static int forty(const char *given, const char *second)
{
	char *policy = strdup(given); /* text() keeps only the last few */
	const char *applied = "PRECLUDE_APPLIED=";

	/* Without root the first time would set it. */
	CHECK(geteuid() == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	for (int i = 0; i < 40; i++) {
		struct sandboxed s;

		CHECK(APPLY(&s, policy, second, applied) == 0);
		CHECK(s.out.inherited == (i > 0) && s.out.layers == (i == 0));
		CHECK(s.out.kind == OUTCOME_ENFORCED && s.out.status == STATUS_FULL);
		CHECK(!rights_none(s.out.in_force) && !s.out.no_new_privs);
		CHECK(s.places[0].present || s.policy.grant_count == 0);
		applied = value_of(&s);
	}
	free(policy);
	return 0;
}

static int forty_times(void *unused)
{
	(void)unused;
	CHECK(forty(roots(), "PRECLUDE_BASE=system") == 0);
	CHECK(touch(at("in/new")) == 0);
	CHECK_FAILS(touch(at("out/new")), EACCES);
	return 0;
}

static int forty_times_unprivileged(void *unused)
{
	(void)unused;
	CHECK(drop_privileges() == 0);
	return forty(roots(), "PRECLUDE_BASE=none");
}

static int forty_times_where_all_may_be_read(void *unused)
{
	(void)unused;
	return forty("PRECLUDE_ROOTS=", "PRECLUDE_READ=/");
}

static int forty_times_where_nothing_may(void *unused)
{
	(void)unused;
	return forty("PRECLUDE_ROOTS=", "PRECLUDE_BASE=none");
}

/* The value of a policy that is in force somewhere else, made in observe mode. */
static int make_value(struct sandboxed *s)
{
	CHECK(APPLY(s, roots(), "PRECLUDE_MODE=observe") == 0);
	return 0;
}

static int forged_without_a_domain(void *unused)
{
	struct sandboxed s, forged;

	(void)unused;
	CHECK(make_value(&forged) == 0);
	forged.policy.mode = MODE_ENFORCE;
	CHECK(APPLY(&s, roots(), value_of(&forged)) == 0);
	CHECK(!s.out.inherited && s.out.layers == 1);
	CHECK_FAILS(touch(at("out/new")), EACCES);
	return 0;
}

/* Denied by file permissions is not denied by the policy. */
static int permissions_are_no_domain(void *unused)
{
	struct sandboxed s, forged;

	(void)unused;
	CHILD_NEEDS_ROOT("to change its root directory");
	CHECK(APPLY(&forged, "PRECLUDE_ROOTS=?/in", "PRECLUDE_MODE=observe") == 0);
	forged.policy.mode = MODE_ENFORCE;
	CHECK(chmod(at("."), 0711) == 0 && chroot(scratch) == 0 && chdir("/") == 0);
	CHECK(drop_privileges() == 0);
	CHECK_FAILS(open("/", O_RDONLY), EACCES);
	scratch[0] = '\0';
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=?/in", value_of(&forged)) == 0);
	CHECK(!s.out.inherited && s.out.layers == 1);
	return 0;
}

static int another_policy_adds_its_layer(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, roots()) == 0);
	/* As many grants, so that only the digest tells. */
	CHECK(APPLY(&s, text("PRECLUDE_ROOTS=%s/in,ro:%s/other", scratch, scratch), value_of(&s)) == 0);
	CHECK(!s.out.inherited && s.out.layers == 1);
	CHECK_FAILS(touch(at("in/new")), EACCES);
	CHECK(touch(at("other/new")) == 0);
	return 0;
}

static int malformed_is_ignored(void *unused)
{
	static const char *const values[] = {"1", "1-", "1-0123456789abcdef-", "2-x",
					     "1-0123456789abcdef-AAAAAAAAAAAA"};

	(void)unused;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct sandboxed s;

		CHECK(APPLY(&s, roots(), text("PRECLUDE_APPLIED=%s", values[i])) == 0);
		CHECK(!s.out.inherited && s.out.layers == 1);
	}
	return 0;
}

/* Rules stay with inodes: a root that was replaced, or removed, is no root any more, and neither is an error. */
static int replaced_and_removed_roots(void *unused)
{
	const char *applied;
	struct sandboxed s;
	int pipe_fds[2];
	char byte;
	pid_t pid;

	(void)unused;
	CHECK(pipe(pipe_fds) == 0);
	pid = fork(); /* somebody who is not confined */
	if (pid == 0) {
		close(pipe_fds[1]);
		if (read(pipe_fds[0], &byte, 1) != 1)
			_exit(0);
		CHECK(rename(at("in"), at("moved")) == 0 && mkdir(at("in"), 0755) == 0 && rmdir(at("other")) == 0);
		_exit(0);
	}
	CHECK(APPLY(&s, roots()) == 0);
	CHECK(s.places[0].present && s.places[1].present);
	applied = value_of(&s);
	CHECK(write(pipe_fds[1], "x", 1) == 1 && waitpid(pid, NULL, 0) == pid);
	CHECK(APPLY(&s, roots(), applied) == 0);
	CHECK(s.out.inherited && !s.places[0].present && !s.places[1].present);
	CHECK_FAILS(touch(at("in/new")), EACCES);
	/* Without a domain that holds, a missing root is a refusal as ever. */
	CHECK(APPLY(&s, roots()) == -1);
	return 0;
}

/* A root that came into being afterwards was never granted. */
static int late_root_is_none(void *unused)
{
	const char *policy = text("PRECLUDE_ROOTS=%s/in:?%s/in/late", scratch, scratch);
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, policy) == 0);
	CHECK(mkdir(at("in/late"), 0755) == 0);
	CHECK(APPLY(&s, policy, value_of(&s)) == 0);
	CHECK(s.out.inherited && s.places[0].present && !s.places[1].present);
	return 0;
}

/* Where nothing is enforced, the digest alone keeps a child from announcing itself again. */
static int observe_goes_by_the_digest(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, roots(), "PRECLUDE_MODE=observe") == 0);
	CHECK(!s.out.inherited);
	CHECK(APPLY(&s, roots(), "PRECLUDE_MODE=observe", value_of(&s)) == 0);
	CHECK(s.out.kind == OUTCOME_OBSERVED && s.out.inherited && s.out.layers == 0);
	CHECK(touch(at("out/new")) == 0);
	return 0;
}

/* `preclude run` inside `preclude run`, under the same policy. */
static int outer_layer_goes_by_it_too(void *unused)
{
	const struct sandbox_request outer = {.outer = true};
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, roots()) == 0);
	CHECK(apply_request(&s, ENVIRONMENT(roots(), value_of(&s)), outer) == 0);
	CHECK(s.out.inherited && s.out.layers == 0);
	CHECK(apply_request(&s, ENVIRONMENT(roots()), outer) == 0);
	CHECK(!s.out.inherited && s.out.layers == 1);
	return 0;
}

/* What was only observed is not in force, and its value does not count in enforce mode. */
static int observed_is_not_enforced(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, roots(), "PRECLUDE_MODE=observe") == 0);
	CHECK(APPLY(&s, roots(), value_of(&s)) == 0);
	CHECK(!s.out.inherited && s.out.layers == 1);
	return 0;
}

static int make(void **state)
{
	return scratch_make(state) || mkdir(at("other"), 0755);
}

static void test_child(void **state)
{
	passes_in_child((int (*)(void *)) * state, NULL);
}

#define TEST(function)                                                                                                 \
	{                                                                                                              \
#function, test_child, make, scratch_remove, (void *)function                                          \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(forty_times),
	    TEST(forty_times_unprivileged),
	    TEST(forty_times_where_all_may_be_read),
	    TEST(forty_times_where_nothing_may),
	    TEST(forged_without_a_domain),
	    TEST(permissions_are_no_domain),
	    TEST(another_policy_adds_its_layer),
	    TEST(malformed_is_ignored),
	    TEST(replaced_and_removed_roots),
	    TEST(late_root_is_none),
	    TEST(observe_goes_by_the_digest),
	    TEST(outer_layer_goes_by_it_too),
	    TEST(observed_is_not_enforced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
