/* SPDX-License-Identifier: ISC */
/* Registers and stacks that make no sense end the walk; they never crash it. test_frames has those that do. */
#include "shim/stack/unwind.h"

#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#define STEPS 1000
#define PAGE  4096

static struct unwind_object objects[64];
static unsigned object_count;
static char *stack; /* two pages between two that cannot be read */

static int remember(struct dl_phdr_info *info, size_t size, void *context)
{
	struct unwind_object *o = &objects[object_count];

	(void)size;
	(void)context;
	o->start = UINTPTR_MAX;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && at < o->start)
			o->start = at;
		if (p->p_type == PT_LOAD && at + p->p_memsz > o->end)
			o->end = at + p->p_memsz;
		if (p->p_type == PT_GNU_EH_FRAME)
			o->eh_frame_hdr = (const uint8_t *)at; // NOLINT(performance-no-int-to-ptr)
	}
	object_count++;
	return object_count == sizeof(objects) / sizeof(objects[0]);
}

static const struct unwind_object *object_of(uintptr_t pc)
{
	for (unsigned i = 0; i < object_count; i++)
		if (pc - objects[i].start < objects[i].end - objects[i].start)
			return &objects[i];
	return NULL;
}

static uintptr_t random_word(void)
{
	static uint64_t word = 88172645463325252u;

	word ^= word << 13;
	word ^= word >> 7;
	word ^= word << 17;
	return (uintptr_t)word;
}

/* An address of the kind that a walk meets: code, the stack and its edges, or nothing at all. */
static uintptr_t likely(void)
{
	const struct unwind_object *o = &objects[random_word() % object_count];

	switch (random_word() % 8) {
	case 0:
	case 1:
	case 2:
		return o->start + random_word() % (o->end - o->start);
	case 3:
	case 4:
		return (uintptr_t)stack + PAGE + random_word() % (2 * PAGE / 8) * 8;
	case 5:
		return (uintptr_t)stack + random_word() % (4 * (uintptr_t)PAGE);
	case 6:
		return random_word() % 65536;
	default:
		return random_word();
	}
}

static unsigned simple; /* steps that a unwind rule was left of */

/* A unwind rule says no more and no less than the step that left it. */
static bool step(struct unwind *at, const struct unwind_object *object)
{
	struct unwind_quick quick = {.sp = at->reg[UNWIND_SP], .fp = at->reg[UNWIND_FP]};
	const bool exact = at->exact, stepped = unwind_step(at, object);

	assert_true(at->cfi_rule != CFI_RULE_END || !stepped);
	if (!(at->cfi_rule & CFI_RULE_SIMPLE) || exact || quick.sp % PAGE % sizeof(uintptr_t) ||
	    quick.sp - (uintptr_t)stack - PAGE >= 2 * (uintptr_t)PAGE)
		return stepped;
	quick.end = quick.sp - quick.sp % PAGE + PAGE;
	if (unwind_quick_step(&quick, at->cfi_rule)) {
		simple++;
		assert_true(stepped);
		assert_int_equal(quick.pc, at->reg[UNWIND_PC]);
		assert_int_equal(quick.sp, at->reg[UNWIND_SP]);
		assert_int_equal(quick.fp, at->reg[UNWIND_FP]);
	}
	return stepped;
}

static unsigned walk(struct unwind *at)
{
	unsigned steps = 0;

	for (; steps < STEPS; steps++) {
		const struct unwind_object *o = object_of(at->reg[UNWIND_PC] - !at->exact);

		if (!o || !step(at, o))
			break;
	}
	return steps;
}

static void nonsense_ends_the_walk(void **state)
{
	unsigned longest = 0;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		struct unwind at = {.exact = random_word() & 1};
		unsigned steps;

		for (unsigned i = 0; i < 16; i++)
			*(uintptr_t *)(void *)(stack + PAGE + random_word() % (2 * PAGE / 8) * 8) = likely();
		for (unsigned i = 0; i < UNWIND_SLOTS; i++)
			at.reg[i] = likely();
		steps = walk(&at);
		longest = steps > longest ? steps : longest;
	}
	/* Some of the nonsense looked like frames, none of it like frames without end. */
	assert_in_range(longest, 3, STEPS - 1);
	assert_true(simple > 1000);
}

static void broken_tables_are_not_followed(void **state)
{
	const struct unwind_object *own = object_of((uintptr_t)broken_tables_are_not_followed);
	const uintptr_t eh = (uintptr_t)own->eh_frame_hdr;
	const size_t size = own->end - eh < 65536 ? own->end - eh : 65536;
	const uintptr_t code = (uintptr_t)broken_tables_are_not_followed - eh;
	uint8_t *copy = mmap(NULL, 3 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct unwind_object broken;

	(void)state;
	assert_ptr_not_equal(copy, MAP_FAILED);
	/* The tables lie against a page that cannot be read. */
	mprotect(copy + 65536, 65536, PROT_NONE);
	broken.end = (uintptr_t)copy + 65536;
	broken.eh_frame_hdr = (const uint8_t *)(broken.end - size); // NOLINT(performance-no-int-to-ptr)
	broken.start = (uintptr_t)broken.eh_frame_hdr;
	for (unsigned round = 0; round < 100000; round++) {
		struct unwind at;

		if (round % 16 == 0)
			memcpy(copy + 65536 - size, (const void *)eh, size); // NOLINT(performance-no-int-to-ptr)
		copy[65536 - size + 4 + random_word() % (size - 4)] = (uint8_t)random_word();
		unwind_here(&at);
		at.reg[UNWIND_PC] = broken.start + code - random_word() % 4096;
		unwind_step(&at, &broken);
	}
	munmap(copy, 3 * 65536);
}

static void a_walk_from_here_reaches_the_start(void **state)
{
	struct unwind at;
	unsigned steps;

	(void)state;
	unwind_here(&at);
	steps = walk(&at);
	/* This test, cmocka, main, libc and _start. */
	assert_in_range(steps, 4, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_walk_from_here_reaches_the_start),
	    cmocka_unit_test(nonsense_ends_the_walk),
	    cmocka_unit_test(broken_tables_are_not_followed),
	};

	dl_iterate_phdr(remember, NULL);
	stack = mmap(NULL, (size_t)4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED || mprotect(stack + PAGE, (size_t)2 * PAGE, PROT_READ | PROT_WRITE) != 0)
		return 1;
	return cmocka_run_group_tests_name("shim/unwind", tests, NULL, NULL);
}
