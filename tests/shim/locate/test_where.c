/* SPDX-License-Identifier: ISC */
/*
 * Where paths lead when things are not what they seem: each situation of where.def is run with every call logged, and
 * again as a user has it, where inside is silence: nothing that led elsewhere may be silent.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "shim/base/names.h"
#include "tests/shim/preloaded.h"

#define PROGRAM_PATH BUILD_DIR "/tests/shim/locate/prog_where"

#define ANY_WORDS NULL

struct situation {
	const char *name, *roots, *words;
};

static const struct situation situations[] = {
#define WHERE(name, roots, words, ...) {#name, roots, words},
#include "tests/shim/locate/where.def"
};

static void put_link(const char *target, const char *path)
{
	if (symlink(tree_path(target), tree_path(path)))
		abort();
}

static void make(void)
{
	tree_make(FILE_);
	put_link("in2", "@/root/in1");
	put_link("@/root/sub/../sub", "@/root/in2");
	put_link("out2", "@/root/out1");
	put_link("sub/../../out", "@/root/out2");
	put_link("loop", "@/root/loop");
	put_link("@/out/none", "@/root/dangle-out");
	put_link("none", "@/root/dangle-in");
	put_link("@/root/obj", "@/root/abs");
	tree_put(tree_path("@/root/only-in"), 0600);
	tree_put(tree_path("@/out/only-out"), 0600);
	if (mount(tree_path("@/out"), tree_path("@/root/dir"), NULL, MS_BIND, NULL))
		abort();
}

static void enter(const void *context)
{
	(void)context;
	if (chdir(tree_path("@/root")))
		_exit(90);
}

static bool is_probe(const char *func)
{
	return !strcmp(func, "lchown") || !strcmp(func, "chown") || !strcmp(func, "fchownat") ||
	       !strcmp(func, "syscall(openat)");
}

/* The probes' events in words. */
static void told(const struct preloaded *run, char *words, size_t room)
{
	FILE *out = fmemopen(words, room, "w");

	for (unsigned i = 0; i < run->call_count; i++) {
		json_t *call = run->calls[i];
		int error = (int)json_integer_value(json_object_get(call, "errno"));

		if (!is_probe(json_string_value(json_object_get(call, "func"))))
			continue;
		fprintf(out, "%s%s", ftell(out) ? " " : "", json_string_value(json_object_get(call, "where")));
		if (error)
			fprintf(out, "/%s", error_name(error));
	}
	fputc('\0', out);
	fclose(out);
}

/* The words without those of calls that stayed inside, or went where they may. */
static void astray(const char *words, char *kept)
{
	char copy[512], *rest;

	*kept = '\0';
	strcpy(copy, words);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (!strncmp(word, "inside", 6) || !strncmp(word, "granted", 7))
			continue;
		if (*kept)
			strcat(kept, " ");
		strcat(kept, word);
	}
}

static void run(struct preloaded *run_, const struct situation *s, const char *flag)
{
	const char *arguments[] = {PROGRAM_PATH, s->name, NULL};
	const char *rest = s->roots;

	*run_ =
	    (struct preloaded){.arguments = arguments,
			       .before = enter,
			       .preload = true,
			       .more = {"PRECLUDE_CONFINE=off", "PRECLUDE_READ=/var/tmp/preclude-where/granted", flag}};
	for (; *rest; rest++)
		snprintf(run_->roots + strlen(run_->roots), sizeof run_->roots - strlen(run_->roots), "%.*s",
			 *rest == '@' ? (int)strlen(tree_top) : 1, *rest == '@' ? tree_top : rest);
	make();
	preloaded_run(run_);
	if (run_->status || run_->said[0])
		fail_msg("%s: status %x: %s", s->name, (unsigned)run_->status, run_->said);
}

/* What can only have been found outside was not inside, and the other way round. */
static void never_wrong(const struct situation *s)
{
	struct preloaded storm;
	unsigned found = 0;

	run(&storm, s, "PRECLUDE_FLAG=all");
	for (unsigned i = 0; i < storm.event_count; i++) {
		json_t *event = storm.events[i];
		const char *path = json_string_value(json_object_get(event, "path"));
		const char *where = json_string_value(json_object_get(event, "where"));
		bool out = path && strstr(path, "only-out");

		if (!path || !strstr(path, "only-") || json_integer_value(json_object_get(event, "errno")))
			continue;
		found++;
		if (strcmp(where, out ? "outside" : "inside") && strcmp(where, "unknown"))
			fail_msg("%s: %s", path, where);
	}
	assert_true(found >= 4);
	preloaded_free(&storm);
}

static void leads_there(void **state)
{
	const struct situation *s = *state;
	struct preloaded loud, quiet;
	char words[1024], kept[512];

	if (!s->words) {
		never_wrong(s);
		return;
	}
	run(&loud, s, "PRECLUDE_FLAG=all");
	told(&loud, words, sizeof words);
	assert_string_equal(words, s->words);
	preloaded_free(&loud);

	run(&quiet, s, NULL);
	told(&quiet, words, sizeof words);
	astray(s->words, kept);
	assert_string_equal(words, kept);
	preloaded_free(&quiet);
}

/* Denied, but inside: the root grants reading only. */
static void a_read_only_root(void **state)
{
	const char *arguments[] = {BUILD_DIR "/tests/shim/wrap/prog_rows", "unlink", "-100", "obj", "-100", "", NULL};
	struct preloaded denied = {.arguments = arguments, .before = enter, .preload = true};

	(void)state;
	make();
	snprintf(denied.roots, sizeof denied.roots, "%s,ro", tree_path("@/root"));
	preloaded_run(&denied);
	assert_string_equal(denied.said, "failed 13\n");
	assert_int_equal(denied.call_count, 1);
	assert_string_equal(json_string_value(json_object_get(denied.calls[0], "where")), "inside");
	assert_string_equal(json_string_value(json_object_get(denied.calls[0], "effect")), "denied");
	assert_string_equal(json_string_value(json_object_get(denied.calls[0], "by")), "landlock");
	assert_false(json_is_true(json_object_get(denied.calls[0], "escape")));
	preloaded_free(&denied);
}

/* A build beneath what was mounted over is mounted where it was. */
static int keep_build(int build)
{
	char path[PATH_MAX] = BUILD_DIR, from[32];

	if (access(path, F_OK) == 0)
		return 0;
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
	snprintf(from, sizeof from, "/proc/self/fd/%d", build);
	return mkdir(path, 0755) || mount(from, path, NULL, MS_BIND, NULL);
}

/* In a file system of our own, so that the program can have its paths in its text. */
static int begin(void **state)
{
	const int build = open(BUILD_DIR, O_PATH | O_CLOEXEC);

	if (mount("none", "/var/tmp", "tmpfs", 0, NULL) || keep_build(build) || close(build) || tree_begin(state))
		return -1;
	if (rename(tree_top, "/var/tmp/preclude-where"))
		return -1;
	strcpy(tree_top, "/var/tmp/preclude-where");
	put_link("@/root", "@/alias");
	tree_put(tree_path("@/root2"), 0600);
	if (mkdir(tree_path("@/withproc"), 0755) || mkdir(tree_path("@/withproc/proc"), 0755))
		return -1;
	return mount("proc", tree_path("@/withproc/proc"), "proc", 0, NULL);
}

static int end(void **state)
{
	(void)state;
	tree_remove();
	return umount2("/var/tmp", MNT_DETACH);
}

int main(int argc, char **argv)
{
	enum { COUNT = sizeof situations / sizeof *situations };
	struct CMUnitTest tests[COUNT + 1];

	if (geteuid())
		return puts("1..0 # SKIP needs root: to mount file systems"), 0;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return puts("1..0 # SKIP no file systems can be mounted here"), 0;
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	for (unsigned i = 0; i < COUNT; i++)
		tests[i] =
		    (struct CMUnitTest){situations[i].name, leads_there, NULL, NULL, (void *)(uintptr_t)&situations[i]};
	tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(a_read_only_root);
	return cmocka_run_group_tests_name("where", tests, begin, end);
}
