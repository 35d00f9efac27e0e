/* SPDX-License-Identifier: ISC */
/* The arena: zeroed, aligned, separate memory of any size. */
#include "config/arena.h"

#include "tests/config/reading.h"

static void gives_zeroed_aligned_memory(void **state)
{
	struct arena arena = {NULL, NULL};
	size_t sizes[] = {0, 1, 3, 16, 4096, 65536, 65537, 1 << 20};
	char *before = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *memory = arena_alloc(&arena, sizes[i]);

		assert_non_null(memory);
		assert_ptr_not_equal(memory, before);
		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(memory[j], 0);
		memset(memory, 0xff, sizes[i]);
		before = memory;
	}
}

static void keeps_what_was_given(void **state)
{
	struct arena arena = {NULL, NULL};
	unsigned *numbers[20000];

	(void)state;
	for (unsigned i = 0; i < COUNT(numbers); i++) {
		numbers[i] = arena_alloc(&arena, sizeof(**numbers) * (1 + i % 7));
		*numbers[i] = i;
	}
	for (unsigned i = 0; i < COUNT(numbers); i++)
		assert_int_equal(*numbers[i], i);
}

static void copies_a_part_of_a_text(void **state)
{
	struct arena arena = {NULL, NULL};

	(void)state;
	assert_string_equal(arena_copy(&arena, "module", 3), "mod");
	assert_string_equal(arena_copy(&arena, "module", 0), "");
}

static void takes_back_what_was_for_a_while(void **state)
{
	struct arena arena = {NULL, NULL};

	(void)state;
	for (size_t size = 1000; size < 4000000; size *= 3) {
		char *kept = memset(arena_alloc(&arena, 100), 1, 100), *before, *after;
		const struct arena mark = arena_mark(&arena, size);

		before = arena_alloc(&arena, size / 2);
		memset(before, 2, size / 2);
		memset(arena_alloc(&arena, size / 4), 3, size / 4);
		arena_rewind(&arena, mark);
		after = arena_alloc(&arena, size / 2);
		assert_ptr_equal(after, before);
		for (size_t i = 0; i < size / 2; i++)
			assert_int_equal(after[i], 0);
		for (size_t i = 0; i < 100; i++)
			assert_int_equal(kept[i], 1);
	}
}

/* What was in the block before stays as it is. */
static void takes_nothing_back_that_lies_elsewhere(void **state)
{
	struct arena arena = {NULL, NULL};
	struct arena mark;
	char *first, *second;

	(void)state;
	arena_alloc(&arena, 1);
	mark = arena_mark(&arena, 10);
	first = memset(arena_alloc(&arena, 10), 1, 10);
	second = memset(arena_alloc(&arena, 200000), 2, 200000);
	arena_rewind(&arena, mark);
	assert_ptr_not_equal(arena_alloc(&arena, 10), first);
	assert_int_equal(first[9], 1);
	assert_int_equal(second[199999], 2);
}

static void says_when_there_is_no_memory(void **state)
{
	struct arena arena = {NULL, NULL};

	(void)state;
	assert_non_null(arena_alloc(&arena, 1));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX / 4 - 1));
	assert_null(arena_copy(&arena, "", SIZE_MAX));
	assert_non_null(arena_alloc(&arena, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_zeroed_aligned_memory),
	    cmocka_unit_test(keeps_what_was_given),
	    cmocka_unit_test(copies_a_part_of_a_text),
	    cmocka_unit_test(takes_back_what_was_for_a_while),
	    cmocka_unit_test(takes_nothing_back_that_lies_elsewhere),
	    cmocka_unit_test(says_when_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
