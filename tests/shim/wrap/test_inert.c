/* SPDX-License-Identifier: ISC */
/* What the library leaves alone, what it exports, and how often it says a thing. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/shim/preloaded.h"

#define PRELOAD "LD_PRELOAD=" BUILD_DIR "/libpreclude.so"

static void in_build(const void *context)
{
	(void)context;
	if (chdir(BUILD_DIR))
		_exit(90);
}

static void try(struct preloaded *run, const char *what, const char *flag)
{
	static char directory[PATH_MAX];
	static const char *arguments[] = {BUILD_DIR "/tests/shim/wrap/prog_inert", NULL, directory, NULL};

	arguments[1] = what;
	strcpy(directory, tree_path("@/out"));
	run->arguments = arguments;
	run->more[run->more[0] ? 1 : 0] = flag;
	strcpy(run->roots, tree_path("@/root"));
	tree_make(FILE_);
	preloaded_run(run);
}

static const char *word(json_t *event, const char *field)
{
	const char *text = json_string_value(json_object_get(event, field));

	return text ? text : "null";
}

static unsigned events(const struct preloaded *run, const char *kind)
{
	unsigned count = 0;

	for (unsigned i = 0; i < run->event_count; i++)
		count += !strcmp(word(run->events[i], "event"), kind);
	return count;
}

/* The sum of the `count` fields. */
static long long counted(const struct preloaded *run)
{
	long long sum = 0;

	for (unsigned i = 0; i < run->event_count; i++)
		if (!strcmp(word(run->events[i], "event"), "count"))
			sum += json_integer_value(json_object_get(run->events[i], "count"));
	return sum;
}

static void inert_without_a_policy(void **state)
{
	struct preloaded run = {.more = {PRELOAD}};

	(void)state;
	try(&run, "environment", NULL);
	assert_int_equal(run.status, 0);
	assert_string_equal(run.said, "PATH=\n" PRELOAD "\n--\nPATH=\n" PRELOAD "\n");
	assert_int_equal(access(tree_path("@/log"), F_OK), -1);
	preloaded_free(&run);
}

static void the_same_without_a_policy(void **state)
{
	struct preloaded bare = {0}, run = {.more = {PRELOAD}};

	(void)state;
	try(&bare, "many", NULL);
	try(&run, "many", NULL);
	assert_string_equal(run.said, bare.said);
	assert_string_equal(run.tree, bare.tree);
	assert_non_null(strstr(run.tree, "/out/19"));
	preloaded_free(&bare);
	preloaded_free(&run);
}

static void off_is_inert(void **state)
{
	struct preloaded run = {.preload = true, .more = {"PRECLUDE_MODE=off"}};

	(void)state;
	try(&run, "many", NULL);
	assert_non_null(strstr(run.tree, "/out/19"));
	assert_int_equal(events(&run, "call"), 0);
	preloaded_free(&run);
}

static void observing_denies_nothing(void **state)
{
	struct preloaded run = {.preload = true, .more = {"PRECLUDE_MODE=observe"}};

	(void)state;
	try(&run, "many", NULL);
	assert_non_null(strstr(run.tree, "/out/19"));
	assert_true(run.call_count > 0);
	assert_string_equal(word(run.calls[0], "effect"), "would-deny");
	assert_string_equal(word(run.calls[0], "by"), "null");
	assert_string_equal(word(run.calls[0], "where"), "outside");
	preloaded_free(&run);
}

static void observing_accuses_nobody(void **state)
{
	struct preloaded run = {.preload = true, .more = {"PRECLUDE_MODE=observe"}};

	(void)state;
	try(&run, "harmless", NULL);
	assert_string_equal(run.said, "");
	assert_int_equal(run.call_count, 0);
	preloaded_free(&run);
}

static void what_was_applied_is_exported(void **state)
{
	struct preloaded run = {.preload = true};
	char *kernel, *applied;

	(void)state;
	try(&run, "environment", NULL);
	kernel = strstr(run.said, "--\n");
	applied = strstr(run.said, "PRECLUDE_APPLIED=1-");
	assert_non_null(kernel);
	assert_true(applied && applied < kernel);
	/* What the kernel shows is what the program was started with. */
	assert_null(strstr(kernel, "PRECLUDE_APPLIED"));
	assert_non_null(strstr(kernel, "PRECLUDE_ROOTS"));
	preloaded_free(&run);
}

static void a_relative_preload_is_made_absolute(void **state)
{
	char roots[PATH_MAX + 32];
	struct preloaded run = {.before = in_build, .more = {"LD_PRELOAD=./libpreclude.so"}};

	(void)state;
	snprintf(roots, sizeof roots, "PRECLUDE_ROOTS=%s", tree_path("@/root"));
	run.more[2] = "PRECLUDE_LOG=off";
	try(&run, "environment", roots);
	*strstr(run.said, "--\n") = '\0';
	assert_non_null(strstr(run.said, "LD_PRELOAD=" BUILD_DIR));
	assert_null(strstr(run.said, "LD_PRELOAD=./"));
	preloaded_free(&run);
}

static void an_exec_that_drops_the_library_is_logged(void **state)
{
	struct preloaded run = {.preload = true};

	(void)state;
	try(&run, "cleared", NULL);
	assert_int_equal(run.status, 0);
	assert_int_equal(events(&run, "warning"), 1);
	for (unsigned i = 0; i < run.event_count; i++)
		if (!strcmp(word(run.events[i], "event"), "warning"))
			assert_non_null(strstr(word(run.events[i], "reason"), "LD_PRELOAD"));
	preloaded_free(&run);
}

/* Said in full once, counted thereafter, and the count is told however the program ends. */
static void counts_are_told(void **state)
{
	struct preloaded run = {.preload = true};

	try(&run, *state, "PRECLUDE_CONFINE=off");
	assert_int_equal(run.status, 0);
	assert_string_equal(run.said, "");
	assert_int_equal(run.call_count, 1);
	assert_int_equal(events(&run, "count"), 1);
	assert_int_equal(counted(&run), 3);
	for (unsigned i = 0; i < run.event_count; i++) {
		if (strcmp(word(run.events[i], "event"), "count"))
			continue;
		assert_string_equal(word(run.events[i], "func"), "chmod");
		assert_string_equal(word(run.events[i], "where"), "outside");
		assert_null(json_object_get(run.events[i], "path"));
		assert_true(preloaded_frame(run.events[i], "/prog_inert"));
	}
	preloaded_free(&run);
}

static void sixteen_objects_then_a_warning(void **state)
{
	struct preloaded run = {.preload = true};

	(void)state;
	try(&run, "many", NULL);
	assert_string_equal(run.said, "");
	assert_int_equal(run.call_count, 16);
	assert_int_equal(events(&run, "warning"), 1);
	assert_int_equal(counted(&run), 20);
	preloaded_free(&run);
}

static void forks_log_a_site_once(void **state)
{
	struct preloaded run = {.preload = true};

	(void)state;
	try(&run, "forks", "PRECLUDE_CONFINE=off");
	assert_string_equal(run.said, "");
	assert_int_equal(run.call_count, 1);
	/* A site that only children know is told when its calls have doubled (shim/log/sites.h). */
	assert_true(counted(&run) > 60 && counted(&run) <= 120);
	preloaded_free(&run);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inert_without_a_policy),
	    cmocka_unit_test(the_same_without_a_policy),
	    cmocka_unit_test(off_is_inert),
	    cmocka_unit_test(observing_denies_nothing),
	    cmocka_unit_test(observing_accuses_nobody),
	    cmocka_unit_test(what_was_applied_is_exported),
	    cmocka_unit_test(a_relative_preload_is_made_absolute),
	    cmocka_unit_test(an_exec_that_drops_the_library_is_logged),
	    {"counts_at_exit", counts_are_told, NULL, NULL, (void *)(uintptr_t) "exit"},
	    {"counts_at__exit", counts_are_told, NULL, NULL, (void *)(uintptr_t) "_exit"},
	    {"counts_at_exec", counts_are_told, NULL, NULL, (void *)(uintptr_t) "exec"},
	    cmocka_unit_test(sixteen_objects_then_a_warning),
	    cmocka_unit_test(forks_log_a_site_once),
	};

	if (geteuid() == 0 && own_shared_memory())
		return puts("1..0 # SKIP no file systems can be mounted here"), 0;
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("inert", tests, tree_begin, tree_end);
}
