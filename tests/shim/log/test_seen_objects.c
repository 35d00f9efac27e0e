/* SPDX-License-Identifier: ISC */
/* The set behind PRECLUDE_FLAG=objects: each number is new once, in all processes; a full one forgets nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shim/base/path_text.h"
#include "shim/log/seen_objects.h"

static int init(void **state)
{
	(void)state;
	return objects_init();
}

static void each_is_new_once(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 1000; i++)
		assert_true(objects_new(i * i));
	for (uint64_t i = 1; i < 1000; i++)
		assert_false(objects_new(i * i));
}

static void a_child_knows_what_its_parent_said(void **state)
{
	int status;

	(void)state;
	assert_true(objects_new(UINT64_MAX));
	if (fork() == 0)
		_exit(objects_new(UINT64_MAX) || !objects_new(UINT64_MAX - 1));
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	assert_false(objects_new(UINT64_MAX - 1));
}

/* A line too many, never one too few. */
static void what_finds_no_room_is_new_each_time(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 200000; i++)
		objects_new(hash_mix(1, i));
	for (uint64_t i = 1; i < 1000; i++)
		assert_true(objects_new(hash_mix(1, i << 32)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_is_new_once),
	    cmocka_unit_test(a_child_knows_what_its_parent_said),
	    cmocka_unit_test(what_finds_no_room_is_new_each_time),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
