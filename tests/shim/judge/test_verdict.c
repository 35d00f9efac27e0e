/* SPDX-License-Identifier: ISC */
/* The truth table of shim/judge/verdict.c: one row for each combination of facts that leads to other words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shim/base/context.h"
#include "shim/judge/verdict.h"

#define ALL_RIGHTS RIGHTS_MASK
#define READ       FS(READ_FILE)
#define WRITE      FS(WRITE_FILE)
#define MAKE       FS(MAKE_REG)
#define CUT        FS(TRUNCATE)
#define LIST       FS(READ_DIR)

#define INSIDE    .where = WHERE_INSIDE
#define GRANTED   .where = WHERE_GRANTED
#define OUTSIDE   .where = WHERE_OUTSIDE
#define UNKNOWN   .where = WHERE_UNKNOWN
#define ENFORCED  .enforced = true, .in_force = ALL_RIGHTS
#define OBSERVED  .in_force = ALL_RIGHTS
#define FILE_     .exists = true, .regular = true
#define DIRECTORY .exists = true, .directory = true
#define DEVICE    .exists = true
#define FROM_IN   .from_root = true

static const struct {
	const char *name;
	struct verdict facts;
	uint64_t right;
	int error;
	/* words */
	enum where where;
	enum effect effect;
	enum by by;
	bool escape, doubtful;
	uint64_t asks;
} rows[] = {
    /* What a call asks for depends on what is there. */
    {"a file is read",
     {ENFORCED, INSIDE, FILE_, .rights = ALL_RIGHTS},
     READ,
     0,
     WHERE_INSIDE,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     READ},
    {"open of a directory lists it",
     {ENFORCED, INSIDE, DIRECTORY, .rights = LIST},
     READ,
     0,
     WHERE_INSIDE,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     LIST},
    {"O_DIRECTORY on a file asks for nothing",
     {ENFORCED, OUTSIDE, FILE_},
     LIST,
     ENOTDIR,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     0},
    {"O_CREAT of what exists makes nothing",
     {ENFORCED, INSIDE, FILE_, .rights = READ},
     READ | MAKE,
     0,
     WHERE_INSIDE,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     READ},
    {"nor does it where it writes",
     {ENFORCED, INSIDE, FILE_, .rights = WRITE},
     WRITE | MAKE,
     0,
     WHERE_INSIDE,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     WRITE},
    {"O_CREAT of what is missing makes it",
     {ENFORCED, INSIDE, .rights = READ},
     READ | MAKE,
     EACCES,
     WHERE_INSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     READ | MAKE},
    {"what only makes asks for it although something exists",
     {ENFORCED, OUTSIDE, FILE_},
     MAKE,
     EACCES,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     MAKE},
    {"O_TRUNC of a device truncates nothing",
     {ENFORCED, GRANTED, DEVICE, .rights = WRITE},
     WRITE | CUT,
     0,
     WHERE_GRANTED,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     WRITE},
    {"O_TRUNC of a file does",
     {ENFORCED, GRANTED, FILE_, .rights = WRITE},
     WRITE | CUT,
     EACCES,
     WHERE_GRANTED,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     WRITE | CUT},
    {"a right that is not in force is not asked for",
     {.enforced = true, .in_force = WRITE, OUTSIDE, FILE_},
     WRITE | CUT,
     EACCES,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     WRITE},

    /* What became of it, under a domain. */
    {"a right lacks, and EACCES: the domain's",
     {ENFORCED, OUTSIDE, FILE_},
     READ,
     EACCES,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     READ},
    {"a right lacks, and another error came first",
     {ENFORCED, OUTSIDE, FILE_},
     READ,
     ELOOP,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"a right lacks, and it passed: something moved",
     {ENFORCED, OUTSIDE, FILE_},
     READ,
     0,
     WHERE_UNKNOWN,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     READ},
    {"EXDEV of two paths is the domain's",
     {ENFORCED, OUTSIDE, FILE_, .two = true},
     FS(REFER),
     EXDEV,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     FS(REFER)},
    {"EXDEV of one path is not",
     {ENFORCED, OUTSIDE, FILE_},
     READ,
     EXDEV,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"EPERM where no rule can grant it",
     {ENFORCED, INSIDE, DIRECTORY, .rights = ALL_RIGHTS},
     RIGHT_NEVER,
     EPERM,
     WHERE_INSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     0},
    {"EPERM of anything else is not the domain's",
     {ENFORCED, OUTSIDE, FILE_},
     READ,
     EPERM,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"what no rule can grant passed: no domain denies it here",
     {ENFORCED, INSIDE, DIRECTORY, .rights = ALL_RIGHTS},
     RIGHT_NEVER,
     0,
     WHERE_INSIDE,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     0},
    {"a hidden call's error tells nothing: denied where a right lacks",
     {ENFORCED, OUTSIDE, FILE_},
     READ | RIGHT_HIDDEN,
     ENOMEM,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     READ},
    {"so it is when it seems to have passed",
     {ENFORCED, OUTSIDE, FILE_},
     READ | RIGHT_HIDDEN,
     0,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_LANDLOCK,
     0,
     0,
     READ},
    {"a hidden call on what is missing is not denied",
     {ENFORCED, OUTSIDE},
     READ | RIGHT_HIDDEN,
     ENOENT,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"the library's refusal is its own",
     {ENFORCED, OUTSIDE, FILE_, .confined = true},
     0,
     EACCES,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_CONFINE,
     0,
     0,
     0},
    {"even where the domain would have refused, too",
     {ENFORCED, OUTSIDE, FILE_, .confined = true},
     READ,
     EACCES,
     WHERE_OUTSIDE,
     EFFECT_DENIED,
     BY_CONFINE,
     0,
     0,
     READ},
    {"what the library is against, and did not refuse, failed",
     {ENFORCED, OUTSIDE, FILE_, .against = true},
     0,
     ENOENT,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     0},

    /* An EACCES that the policy does not explain. */
    {"all rights, and EACCES: doubtful",
     {ENFORCED, INSIDE, FILE_, .rights = ALL_RIGHTS},
     READ,
     EACCES,
     WHERE_INSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     true,
     READ},
    {"in a grant, too",
     {ENFORCED, GRANTED, FILE_, .rights = READ},
     READ,
     EACCES,
     WHERE_GRANTED,
     EFFECT_FAILED,
     BY_NONE,
     0,
     true,
     READ},
    {"not where nothing is mediated",
     {ENFORCED, INSIDE, FILE_, .rights = ALL_RIGHTS},
     0,
     EACCES,
     WHERE_INSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     0},
    {"not without a domain",
     {OBSERVED, INSIDE, FILE_, .rights = ALL_RIGHTS},
     READ,
     EACCES,
     WHERE_INSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"not of another error",
     {ENFORCED, INSIDE, FILE_, .rights = ALL_RIGHTS},
     READ,
     ENOENT,
     WHERE_INSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"not of what is unknown already",
     {ENFORCED, UNKNOWN, FILE_, .rights = ALL_RIGHTS},
     READ,
     EACCES,
     WHERE_UNKNOWN,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},

    /* Without a domain: what enforcing would deny. */
    {"a right lacks, and it passed: would be denied",
     {OBSERVED, OUTSIDE, FILE_},
     READ,
     0,
     WHERE_OUTSIDE,
     EFFECT_WOULD_DENY,
     BY_NONE,
     0,
     0,
     READ},
    {"what no rule can grant would be denied anywhere",
     {OBSERVED, INSIDE, DIRECTORY, .rights = ALL_RIGHTS},
     RIGHT_NEVER,
     0,
     WHERE_INSIDE,
     EFFECT_WOULD_DENY,
     BY_NONE,
     0,
     0,
     0},
    {"what the library would refuse would be denied",
     {OBSERVED, OUTSIDE, FILE_, .against = true},
     0,
     0,
     WHERE_OUTSIDE,
     EFFECT_WOULD_DENY,
     BY_NONE,
     0,
     0,
     0},
    {"what failed by itself failed",
     {OBSERVED, OUTSIDE, FILE_, .against = true},
     READ,
     EACCES,
     WHERE_OUTSIDE,
     EFFECT_FAILED,
     BY_NONE,
     0,
     0,
     READ},
    {"what is allowed passes",
     {OBSERVED, GRANTED, FILE_, .rights = READ},
     READ,
     0,
     WHERE_GRANTED,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     READ},

    /* From a root to anywhere else is an escape. */
    {"from a root, inside",
     {ENFORCED, INSIDE, FILE_, FROM_IN, .rights = ALL_RIGHTS},
     0,
     0,
     WHERE_INSIDE,
     EFFECT_PASSED,
     BY_NONE,
     0,
     0,
     0},
    {"from a root into a grant",
     {ENFORCED, GRANTED, FILE_, FROM_IN, .rights = READ},
     READ,
     0,
     WHERE_GRANTED,
     EFFECT_PASSED,
     BY_NONE,
     true,
     0,
     READ},
    {"from a root to outside",
     {ENFORCED, OUTSIDE, FILE_, FROM_IN},
     0,
     0,
     WHERE_OUTSIDE,
     EFFECT_PASSED,
     BY_NONE,
     true,
     0,
     0},
    {"from a root to nobody knows where",
     {ENFORCED, UNKNOWN, FILE_, FROM_IN},
     0,
     0,
     WHERE_UNKNOWN,
     EFFECT_PASSED,
     BY_NONE,
     true,
     0,
     0},
    {"unknown by what the kernel let pass",
     {ENFORCED, INSIDE, FILE_, FROM_IN},
     READ,
     0,
     WHERE_UNKNOWN,
     EFFECT_PASSED,
     BY_NONE,
     true,
     0,
     READ},
};

static void each_row_of_facts_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict verdict = rows[i].facts;

		verdict_judge(&verdict, rows[i].right, rows[i].error);
		if (verdict.where != rows[i].where || verdict.effect != rows[i].effect || verdict.by != rows[i].by ||
		    verdict.escape != rows[i].escape || verdict.doubtful != rows[i].doubtful ||
		    verdict.asks != rows[i].asks)
			fail_msg("%s: where %d, effect %d, by %d, escape %d, doubtful %d, asks %#llx", rows[i].name,
				 verdict.where, verdict.effect, verdict.by, verdict.escape, verdict.doubtful,
				 (unsigned long long)verdict.asks);
	}
}

static void a_refusal_that_nothing_explains_is_unknown(void **state)
{
	struct verdict inside = {INSIDE}, from_root = {INSIDE, FROM_IN};

	(void)state;
	verdict_doubt(&inside);
	verdict_doubt(&from_root);
	assert_int_equal(inside.where, WHERE_UNKNOWN);
	assert_false(inside.escape);
	assert_int_equal(from_root.where, WHERE_UNKNOWN);
	assert_true(from_root.escape);
}

#define EVENT(...) (&(struct call_event){__VA_ARGS__})

static void flags_ask_for_what_they_name(void **state)
{
	const struct call_event *const astray = EVENT(.where = WHERE_OUTSIDE, .does = DOES_OPEN, .how = HOW_ANCHORED);
	const struct call_event *const look = EVENT(.where = WHERE_OUTSIDE, .does = DOES_LOOK, .how = HOW_ANCHORED);
	const struct call_event *const entry = EVENT(.where = WHERE_UNKNOWN, .does = DOES_ENTER, .how = HOW_ANCHORED);
	const struct call_event *const denied =
	    EVENT(.where = WHERE_OUTSIDE, .does = DOES_LOOK, .how = HOW_ANCHORED, .effect = EFFECT_DENIED);
	const struct call_event *const would =
	    EVENT(.where = WHERE_OUTSIDE, .does = DOES_LOOK, .how = HOW_ANCHORED, .effect = EFFECT_WOULD_DENY);
	const struct call_event *const swappable = EVENT(.does = DOES_OPEN, .how = HOW_UNANCHORED);
	const struct call_event *const object =
	    EVENT(.where = WHERE_GRANTED, .does = DOES_OPEN, .how = HOW_ANCHORED, .asks = READ);
	const struct call_event *const plain = EVENT(.does = DOES_OPEN, .how = HOW_ANCHORED, .asks = READ);

	(void)state;
	assert_true(verdict_flagged(astray, FLAG_OUTSIDE));
	assert_false(verdict_flagged(look, FLAG_OUTSIDE));
	assert_false(verdict_flagged(entry, FLAG_OUTSIDE));
	assert_true(verdict_flagged(denied, FLAG_OUTSIDE));
	assert_true(verdict_flagged(would, FLAG_OUTSIDE));
	assert_false(verdict_flagged(astray, FLAG_LOOKS));
	assert_true(verdict_flagged(look, FLAG_LOOKS));
	assert_true(verdict_flagged(entry, FLAG_LOOKS));
	assert_true(verdict_flagged(swappable, FLAG_UNANCHORED));
	assert_false(verdict_flagged(plain, FLAG_UNANCHORED));
	assert_true(verdict_flagged(object, FLAG_OBJECTS));
	assert_false(verdict_flagged(plain, FLAG_OBJECTS));
	assert_true(verdict_flagged(plain, FLAG_ALL));
	assert_false(verdict_flagged(plain, FLAG_OUTSIDE | FLAG_LOOKS));
}

/* A path from outside every root that leads to nothing; a path from a root tells of a planted link all the same. */
static void what_finds_nothing_is_no_event(void **state)
{
	static const int nothing[] = {ENOENT, ENOTDIR};

	(void)state;
	for (enum where where = WHERE_INSIDE; where <= WHERE_UNKNOWN; where++)
		for (enum does does = DOES_LOOK; does <= DOES_CONNECT; does++)
			for (size_t i = 0; i < 2; i++) {
				struct call_event event = {
				    .where = where, .does = does, .how = HOW_ANCHORED, .effect = EFFECT_FAILED};
				struct call_event other = event;
				const unsigned flags = FLAG_OUTSIDE | FLAG_LOOKS;

				event.error = nothing[i];
				other.error = EACCES;
				assert_int_equal(verdict_flagged(&event, flags), verdict_flagged(&other, flags));
				event.from = other.from = FROM_ELSEWHERE;
				assert_false(verdict_flagged(&event, flags));
				assert_int_equal(verdict_flagged(&other, flags), where >= WHERE_OUTSIDE);
				assert_true(verdict_flagged(&event, FLAG_ALL));
				event.effect = EFFECT_DENIED;
				assert_true(verdict_flagged(&event, FLAG_OUTSIDE));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_row_of_facts_has_its_words),
	    cmocka_unit_test(a_refusal_that_nothing_explains_is_unknown),
	    cmocka_unit_test(flags_ask_for_what_they_name),
	    cmocka_unit_test(what_finds_nothing_is_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
