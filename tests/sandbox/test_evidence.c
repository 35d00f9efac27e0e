/* SPDX-License-Identifier: ISC */
/* A domain is in force when what the policy denies is denied: neither the kernel's word counts, nor another domain. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "sandbox/landlock.h"
#include "tests/sandbox/fixture.h"

static const char *roots(void)
{
	return text("PRECLUDE_ROOTS=%s/in", scratch);
}

static const char *value_of(struct sandboxed *s)
{
	return text("PRECLUDE_APPLIED=%s", applied_value(&s->policy, s->places, &s->arena));
}

/* A seccomp filter that says yes in the kernel's place. */
static int say_yes(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LL_SYS_RESTRICT_SELF, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int a_filter_that_lies_is_refused(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(say_yes() == 0);
	CHECK(APPLY(&s, roots()) == -1);
	CHECK(s.out.kind == OUTCOME_UNAVAILABLE && rights_none(s.out.in_force) && s.out.layers == 0);
	CHECK(has(s.why.text, "said to be in force here, and is not") && has(s.why.text, "PRECLUDE_REQUIRE"));
	return 0;
}

static int or_warned_of_where_nothing_is_required(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(say_yes() == 0);
	CHECK(APPLY(&s, roots(), "PRECLUDE_REQUIRE=nothing") == 0);
	CHECK(s.out.kind == OUTCOME_UNAVAILABLE && s.out.status == STATUS_NONE && rights_none(s.out.in_force));
	CHECK(has(s.warnings, "running unconfined: Landlock is said to be in force here, and is not"));
	return 0;
}

/* Only writing is denied by it. */
static int nor_does_the_outer_layer_believe_it(void *unused)
{
	const struct sandbox_request outer = {.outer = true};
	struct sandboxed s;

	(void)unused;
	CHECK(say_yes() == 0);
	CHECK(apply_request(&s, ENVIRONMENT(roots()), outer) == -1);
	CHECK(s.out.kind == OUTCOME_UNAVAILABLE);
	return 0;
}

/* What can be opened because it is granted by another name is no sign of a lie. */
static int a_grant_by_another_name(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHILD_NEEDS_ROOT("to mount");
	CHECK(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("/proc", text("%s/out", scratch), NULL, MS_BIND, NULL) == 0);
	CHECK(APPLY(&s, roots(), "PRECLUDE_BASE=none", text("PRECLUDE_READ=%s/out", scratch)) == 0);
	CHECK(s.out.kind == OUTCOME_ENFORCED);
	CHECK(open("/proc/filesystems", O_RDONLY) >= 0);
	CHECK_FAILS(open("/etc/passwd", O_RDONLY), EACCES);
	/* Nor does a child add a layer for its sake. */
	CHECK(APPLY(&s, roots(), "PRECLUDE_BASE=none", text("PRECLUDE_READ=%s/out", scratch), value_of(&s)) == 0);
	CHECK(s.out.inherited);
	return 0;
}

/* Puts another domain in force, one that handles `rights` alone and allows them on the directory above the roots. */
static int restrict_otherwise(uint64_t rights)
{
	const struct ll_ruleset_attr attr = {.handled_access_fs = rights};
	struct ll_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = open(scratch, O_PATH)};
	const int ruleset = (int)syscall(LL_SYS_CREATE_RULESET, &attr, 8, 0);

	return ruleset < 0 || syscall(LL_SYS_ADD_RULE, ruleset, LL_RULE_PATH_BENEATH, &beneath, 0) ||
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(LL_SYS_RESTRICT_SELF, ruleset, 0);
}

static int another_domain(void *given)
{
	const uint64_t rights = *(uint64_t *)given;
	struct sandboxed s, elsewhere;

	CHECK(APPLY(&elsewhere, roots(), "PRECLUDE_MODE=observe") == 0);
	elsewhere.policy.mode = MODE_ENFORCE;
	CHECK(restrict_otherwise(rights) == 0);
	CHECK(APPLY(&s, roots(), value_of(&elsewhere)) == 0);
	CHECK(!s.out.inherited && s.out.layers == 1);
	CHECK_FAILS(touch(text("%s/out/new", scratch)), EACCES);
	return 0;
}

static void another_domain_is_not_the_policys(void **state)
{
	uint64_t read = RIGHT_MASK(FS, READ_FILE), list = RIGHT_MASK(FS, READ_DIR), write = RIGHT_MASK(FS, WRITE_FILE);
	uint64_t all = read | list | write;

	(void)state;
	passes_in_child(another_domain, &read);
	passes_in_child(another_domain, &list);
	passes_in_child(another_domain, &write);
	passes_in_child(another_domain, &all);
}

static void test_child(void **state)
{
	passes_in_child((int (*)(void *)) * state, NULL);
}

#define TEST(function)                                                                                                 \
	{                                                                                                              \
#function, test_child, scratch_make, scratch_remove, (void *)function                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_filter_that_lies_is_refused),
	    TEST(or_warned_of_where_nothing_is_required),
	    TEST(nor_does_the_outer_layer_believe_it),
	    TEST(a_grant_by_another_name),
	    cmocka_unit_test_setup_teardown(another_domain_is_not_the_policys, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
