/* SPDX-License-Identifier: ISC */
/* Events of many processes and hosts become call sites: what is one site, how often, how bad, and known by what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/sites/classify.h"
#include "tools/sites/sites.h"

/* An unanchored look inside, of one process. */
static const struct logged plain = {
    .kind = LOGGED_CALL,
    .time = "2026-11-22T06:00:00.000000Z",
    .exe = "/bin/prog",
    .v = 1,
    .pid = 100,
    .func = "lstat",
    .path = "a/b",
    .resolved = "/nonexistent/a/b",
    .module = "m",
    .where = WHERE_INSIDE,
    .how = HOW_UNANCHORED,
    .frames = {{"/bin/prog", "abcd", "inner", 0x10}, {"/bin/prog", "abcd", "main", 0x20}},
    .frame_count = 2,
};

static void calls(struct report *report, struct logged event, unsigned count)
{
	while (count--)
		sites_add(report, &event);
}

static void counted(struct report *report, struct logged event, int64_t count)
{
	event.kind = LOGGED_COUNT;
	event.path = event.resolved = NULL;
	event.count = count;
	sites_add(report, &event);
}

static void one_site_of_many_events(void **state)
{
	struct report report;
	struct logged event = plain;

	(void)state;
	sites_begin(&report);
	calls(&report, plain, 1);
	event.pid = 101;
	event.time = "2026-11-22T07:00:00.000000Z";
	calls(&report, event, 1);
	sites_finish(&report);
	assert_int_equal(report.site_count, 1);
	assert_int_equal(report.sites[0]->count, 2);
	assert_int_equal(report.sites[0]->processes, 2);
	assert_int_equal(report.processes, 2);
	assert_string_equal(report.sites[0]->first, "2026-11-22T06:00:00.000000Z");
	assert_string_equal(report.sites[0]->last, "2026-11-22T07:00:00.000000Z");
	assert_string_equal(report.sites[0]->at->function, "inner");
	sites_end(&report);
}

static void what_makes_another_site(void **state)
{
	struct report report;
	struct logged event[8];

	(void)state;
	for (size_t i = 0; i < 8; i++)
		event[i] = plain;
	event[0].func = "stat";
	event[1].where = WHERE_OUTSIDE;
	event[2].how = HOW_ANCHORED;
	event[3].effect = EFFECT_FAILED;
	event[4].module = "n";
	event[5].frames[1].offset = 0x21;
	event[6].frames[0].build_id = "abce";
	event[7].frame_count = 1;
	sites_begin(&report);
	calls(&report, plain, 1);
	for (size_t i = 0; i < 8; i++)
		calls(&report, event[i], 1);
	assert_int_equal(report.site_count, 9);
	sites_end(&report);
}

/* A count event tells the calls that were logged in full as well; after that, further calls are new ones. */
static void counts_add_up(void **state)
{
	struct report report;
	struct logged other = plain;

	(void)state;
	sites_begin(&report);
	calls(&report, plain, 3);
	counted(&report, plain, 10);
	assert_int_equal(report.sites[0]->count, 10);
	counted(&report, plain, 5);
	assert_int_equal(report.sites[0]->count, 15);
	calls(&report, plain, 1);
	assert_int_equal(report.sites[0]->count, 16);
	counted(&report, plain, 4);
	assert_int_equal(report.sites[0]->count, 19);
	other.pid = 7;
	counted(&report, other, 2);
	assert_int_equal(report.sites[0]->count, 21);
	assert_int_equal(report.calls, 21);
	sites_end(&report);
}

/* The same number on another host is another process. */
static void hosts(void **state)
{
	struct report report;
	struct logged event = plain;
	char name[16];

	(void)state;
	sites_begin(&report);
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "host%d", i);
		event.host = name;
		calls(&report, event, 1);
	}
	sites_finish(&report);
	assert_int_equal(report.host_count, 12);
	assert_int_equal(report.sites[0]->processes, 12);
	assert_int_equal(report.sites[0]->hosts.count, SITE_NAMES_MAX);
	assert_true(report.sites[0]->hosts.more);
	assert_string_equal(report.hosts[3]->name, "host3");
	assert_int_equal(report.hosts[3]->events, 1);
	sites_end(&report);
}

static void examples_are_distinct(void **state)
{
	struct report report;
	struct logged event = plain;
	char path[32];

	(void)state;
	sites_begin(&report);
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/nonexistent/%d", i / 10 + (i > 30 ? i : 0));
		event.resolved = path;
		calls(&report, event, 1);
	}
	assert_int_equal(report.sites[0]->example_count, SITE_EXAMPLES);
	assert_string_equal(report.sites[0]->examples[1].resolved, "/nonexistent/1");
	sites_end(&report);
}

static enum site_class class_of(struct logged event)
{
	struct report report;
	enum site_class class;

	sites_begin(&report);
	calls(&report, event, 1);
	sites_finish(&report);
	class = report.sites[0]->class;
	sites_end(&report);
	return class;
}

/* Every verdict and its class, as preclude(1) has it: where it led, an escape, what it does, how, what became of it. */
static void each_verdict_has_its_class(void **state)
{
	static const struct {
		enum where where;
		bool escape;
		enum does does;
		enum how how;
		enum effect effect;
		enum site_class class;
	} rows[] = {
	    {WHERE_INSIDE, false, DOES_LOOK, HOW_UNANCHORED, EFFECT_PASSED, CLASS_UNANCHORED},
	    {WHERE_INSIDE, false, DOES_OPEN, HOW_ANCHORED, EFFECT_PASSED, CLASS_ANCHORED},
	    {WHERE_GRANTED, false, DOES_OPEN, HOW_ANCHORED, EFFECT_FAILED, CLASS_ANCHORED},
	    {WHERE_GRANTED, false, DOES_OPEN, HOW_UNANCHORED, EFFECT_PASSED, CLASS_UNANCHORED},
	    {WHERE_OUTSIDE, false, DOES_OPEN, HOW_ANCHORED, EFFECT_PASSED, CLASS_ESCAPED},
	    {WHERE_OUTSIDE, false, DOES_METADATA, HOW_UNANCHORED, EFFECT_PASSED, CLASS_ESCAPED},
	    {WHERE_GRANTED, true, DOES_OPEN, HOW_UNANCHORED, EFFECT_PASSED, CLASS_ESCAPED},
	    {WHERE_OUTSIDE, false, DOES_LOOK, HOW_UNANCHORED, EFFECT_PASSED, CLASS_OUTSIDE},
	    {WHERE_GRANTED, true, DOES_LOOK, HOW_UNANCHORED, EFFECT_PASSED, CLASS_OUTSIDE},
	    {WHERE_OUTSIDE, false, DOES_OPEN, HOW_UNANCHORED, EFFECT_FAILED, CLASS_OUTSIDE},
	    {WHERE_OUTSIDE, true, DOES_OPEN, HOW_UNANCHORED, EFFECT_DENIED, CLASS_OUTSIDE},
	    {WHERE_INSIDE, false, DOES_OPEN, HOW_ANCHORED, EFFECT_DENIED, CLASS_OUTSIDE},
	    {WHERE_UNKNOWN, false, DOES_OPEN, HOW_ANCHORED, EFFECT_PASSED, CLASS_OUTSIDE},
	    {WHERE_OUTSIDE, true, DOES_OPEN, HOW_UNANCHORED, EFFECT_WOULD_DENY, CLASS_ESCAPED},
	    {WHERE_OUTSIDE, false, DOES_LOOK, HOW_UNANCHORED, EFFECT_WOULD_DENY, CLASS_ESCAPED},
	    {WHERE_GRANTED, false, DOES_OPEN, HOW_ANCHORED, EFFECT_WOULD_DENY, CLASS_ESCAPED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct logged event = plain;

		event.where = rows[i].where;
		event.escape = rows[i].escape;
		event.does = rows[i].does;
		event.how = rows[i].how;
		event.effect = rows[i].effect;
		if (class_of(event) != rows[i].class)
			fail_msg("row %zu is %s", i, class_name(class_of(event)));
	}
}

/* Where others may put or swap a name: the directory itself, or one above whose sticky bit does not protect. */
static void shared_directories(void **state)
{
	static const struct {
		mode_t above, parent;
		enum site_class class;
	} cases[] = {
	    {0755, 0755, CLASS_UNANCHORED}, {0755, 0777, CLASS_SWAPPABLE},   {0755, 01777, CLASS_SWAPPABLE},
	    {0777, 0755, CLASS_SWAPPABLE},  {01777, 0700, CLASS_UNANCHORED}, {01777, 0770, CLASS_UNANCHORED},
	};
	char base[] = "/var/tmp/preclude-sites.XXXXXX";
	char above[64], parent[64], path[80];
	struct logged event = plain;

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(above, sizeof(above), "%s/a", base);
	snprintf(parent, sizeof(parent), "%s/a/b", base);
	snprintf(path, sizeof(path), "%s/a/b/c", base);
	mkdir(above, 0755);
	mkdir(parent, 0755);
	event.resolved = path;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		chmod(above, cases[i].above);
		chmod(parent, cases[i].parent);
		assert_int_equal(class_of(event), cases[i].class);
	}
	/* Another host's directories are not this one's. */
	chmod(parent, 0777);
	event.host = "somewhere.else";
	assert_int_equal(class_of(event), CLASS_UNANCHORED);
	rmdir(parent);
	rmdir(above);
	rmdir(base);
}

static void worst_first(void **state)
{
	struct report report;
	struct logged event = plain;

	(void)state;
	sites_begin(&report);
	event.how = HOW_ANCHORED;
	calls(&report, event, 50);
	event = plain;
	calls(&report, event, 9);
	event.func = "stat";
	calls(&report, event, 10);
	event.func = "open";
	event.where = WHERE_OUTSIDE;
	event.does = DOES_OPEN;
	event.effect = EFFECT_FAILED;
	calls(&report, event, 20);
	event.effect = EFFECT_WOULD_DENY;
	calls(&report, event, 1);
	event.effect = EFFECT_PASSED;
	event.func = "chmod";
	event.does = DOES_METADATA;
	calls(&report, event, 1);
	sites_finish(&report);
	assert_int_equal(report.sites[0]->class, CLASS_ESCAPED);
	assert_int_equal(report.sites[1]->class, CLASS_ESCAPED);
	assert_int_equal(report.sites[2]->effect, EFFECT_FAILED);
	assert_string_equal(report.sites[3]->func, "stat");
	assert_string_equal(report.sites[4]->func, "lstat");
	assert_int_equal(report.sites[5]->class, CLASS_ANCHORED);
	assert_int_equal(report.class_calls[CLASS_UNANCHORED], 19);
	sites_end(&report);
}

static void fingerprint_of(const struct logged *event, const struct site_frame *frames, unsigned count, char *out)
{
	struct report report;

	sites_begin(&report);
	sites_add(&report, event);
	if (frames)
		sites_frames(&report, report.sites[0], frames, count);
	sites_finish(&report);
	memcpy(out, report.sites[0]->fingerprint, sizeof(report.sites[0]->fingerprint));
	sites_end(&report);
}

static void a_rebuild_leaves_the_fingerprint(void **state)
{
	const struct site_frame frames[] = {
	    {.object = "/build/prog", .function = "inner", .source = "/build/src/a.c", .line = 10, .offset = 1},
	    {.object = "/lib/libc.so.6", .function = "__libc_start_main", .offset = 2},
	};
	const struct site_frame rebuilt[] = {
	    {.object = "/other/prog2",
	     .build_id = "99",
	     .function = "inner",
	     .source = "../src/a.c",
	     .line = 12,
	     .offset = 9},
	    {.object = "/usr/lib/libc.so.6", .function = "__libc_start_call_main", .offset = 7},
	};
	struct site_frame renamed[] = {frames[0], frames[1]};
	const struct site_frame deeper[] = {frames[0], frames[0], frames[1]}; /* one that calls itself */
	char first[33], second[33];
	struct logged event = plain;

	(void)state;
	fingerprint_of(&plain, frames, 2, first);
	assert_int_equal(strlen(first), 32);
	fingerprint_of(&plain, rebuilt, 2, second);
	assert_string_equal(first, second);
	renamed[0].function = "outer";
	fingerprint_of(&plain, renamed, 2, second);
	assert_string_not_equal(first, second);
	renamed[0] = frames[0];
	renamed[0].source = "/build/src/b.c";
	fingerprint_of(&plain, renamed, 2, second);
	assert_string_not_equal(first, second);
	fingerprint_of(&plain, deeper, 3, second);
	assert_string_equal(first, second);
	event.func = "stat";
	fingerprint_of(&event, frames, 2, second);
	assert_string_not_equal(first, second);
	event = plain;
	event.where = WHERE_OUTSIDE; /* the same place, found to be worse */
	fingerprint_of(&event, frames, 2, second);
	assert_string_not_equal(first, second);
	/* What enforcing denies is one site, whichever mode it was seen in. */
	event.effect = EFFECT_WOULD_DENY;
	fingerprint_of(&event, frames, 2, first);
	event.effect = EFFECT_DENIED;
	fingerprint_of(&event, frames, 2, second);
	assert_string_equal(first, second);
	/* Known by this very text in files that people keep. */
	fingerprint_of(&plain, frames, 1, second);
	assert_string_equal(second, "c3ed1b74405f8c3bb418ddac52a6d139");
}

static const struct {
	const char *name, *paths;
} functions[] = {
#define FUNCTION(ret, name, params, args, libc, operation, paths, ...) {#name, #paths},
#define BY_HAND(ret, name, ...)                                        {#name, ""},
#define HAND(ret, name, ...)                                           {#name, ""},
#include "shim/libc/functions.def"
#undef FUNCTION
#undef BY_HAND
#undef HAND
#define SYSCALL(name, operation, paths, ...) {"syscall(" #name ")", #paths}, {"raw(" #name ")", #paths},
#include "shim/syscall/syscalls.def"
#undef SYSCALL
};

/* But for those that take a descriptor already. */
static void every_function_has_an_advice(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		const char *name = functions[i].name;
		bool descriptor = !strncmp(functions[i].paths, "FD", 2) || !strcmp(name, "ioctl") ||
				  !strcmp(name, "fchdir") || !strcmp(name, "syscall");

		if (!advice_instead(name) && !descriptor)
			fail_msg("no advice for %s", name);
	}
	assert_null(advice_instead("fchmod"));
	assert_null(advice_instead("stat6"));
}

/* Of one site with these calls, of which `counted` more were only counted. */
static const char *advice_of(const struct logged *events, size_t count, int64_t counted_too)
{
	static char text[512];
	struct report report;

	sites_begin(&report);
	for (size_t i = 0; i < count; i++)
		calls(&report, events[i], 1);
	if (counted_too)
		counted(&report, events[0], (int64_t)count + counted_too);
	sites_finish(&report);
	assert_int_equal(report.site_count, 1);
	snprintf(text, sizeof(text), "%s", report.sites[0]->advice ? report.sites[0]->advice : "");
	sites_end(&report);
	return text;
}

static void advice_is_right_for_every_call_of_a_site(void **state)
{
	const char *held = "fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW)";
	const char *here = "fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW)";
	struct logged name = plain, path = plain, link = plain;

	(void)state;
	name.path = "b";
	name.dir = "/nonexistent/a";
	path.path = "/nonexistent/a/b";
	link.path = "c";
	link.dir = "/nonexistent/a";
	assert_string_equal(advice_of(&path, 1, 0), held);
	assert_string_equal(advice_of(&name, 1, 0), here);
	/* One of them had a directory; of one nobody knows. */
	assert_string_equal(advice_of((struct logged[]){name, path}, 2, 0), held);
	assert_string_equal(advice_of(&name, 1, 1), held);
	/* A descriptor was given. */
	name.func = "fstatat";
	assert_string_equal(advice_of(&name, 1, 0), held);
	name.func = "umount2";
	assert_string_equal(advice_of(&name, 1, 0), "fchdir(dirfd) || umount2(name, flags | UMOUNT_NOFOLLOW)");
	/* What led elsewhere than its text says went through a link, which must still be followed. */
	name.func = "lstat";
	assert_non_null(strstr(advice_of((struct logged[]){name, link}, 2, 0), "RESOLVE_BENEATH"));
	/* On the way there was one: what does not follow its last name must not begin to. */
	link.path = "elsewhere/b";
	assert_string_equal(advice_of(&link, 1, 0), held);
	link.func = "stat";
	assert_non_null(strstr(advice_of(&link, 1, 0), "RESOLVE_BENEATH"));
	link.path = "../a/./b//";
	assert_string_equal(advice_of(&link, 1, 0), held);
	name.how = HOW_ANCHORED;
	assert_string_equal(advice_of(&name, 1, 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_site_of_many_events),
	    cmocka_unit_test(what_makes_another_site),
	    cmocka_unit_test(counts_add_up),
	    cmocka_unit_test(hosts),
	    cmocka_unit_test(examples_are_distinct),
	    cmocka_unit_test(each_verdict_has_its_class),
	    cmocka_unit_test(shared_directories),
	    cmocka_unit_test(worst_first),
	    cmocka_unit_test(a_rebuild_leaves_the_fingerprint),
	    cmocka_unit_test(every_function_has_an_advice),
	    cmocka_unit_test(advice_is_right_for_every_call_of_a_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
