/* SPDX-License-Identifier: ISC */
/*
 * Tables of call frame information that no compiler wrote: a walk by them ends, never reads outside of the object and
 * never below the stack pointer. The input is a few registers, then what follows the first word of an .eh_frame_hdr; it
 * ends where a page begins that cannot be read, as the stack does.
 */
#include <sys/mman.h>

#include "shim/stack/cfi.h"
#include "shim/stack/unwind.h"
#include "tests/fuzz/fuzz.h"

#define PAGE   ((size_t)4096)
#define CODE   (16 * PAGE) /* before the tables, which lie right behind the code in what linkers make */
#define TABLES (2 * PAGE)
#define STACK  (2 * PAGE)
#define STEPS  64

static uint8_t *object, *stack;

static void map(void)
{
	object = mmap(NULL, CODE + TABLES + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack = mmap(NULL, STACK + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	HOLDS(object != MAP_FAILED && stack != MAP_FAILED);
	HOLDS(mprotect(object + CODE + TABLES, PAGE, PROT_NONE) == 0 && mprotect(stack, PAGE, PROT_NONE) == 0 &&
	      mprotect(stack + PAGE + STACK, PAGE, PROT_NONE) == 0);
	stack += PAGE;
}

/* An address on the stack, or near its edges when `low` is very small or very large. */
static uintptr_t on_stack(uint16_t low)
{
	return (uintptr_t)stack - 64 + (low % (STACK + 128)) / 8 * 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct unwind_object tables;
	struct unwind at = {.low = 0};
	uintptr_t code, lowest;
	size_t length;

	if (!object)
		map();
	at.exact = input_byte(&in) & 1;
	code = (uintptr_t)input_byte(&in) << 8;
	code |= input_byte(&in);
	for (unsigned i = 0; i < UNWIND_SLOTS; i++) {
		uint16_t low = (uint16_t)(input_byte(&in) << 8);

		low |= input_byte(&in);
		at.reg[i] = on_stack(low);
	}

	length = (size_t)(in.end - in.at) < TABLES - 4 ? (size_t)(in.end - in.at) : TABLES - 4;
	tables.end = (uintptr_t)object + CODE + TABLES;
	tables.eh_frame_hdr = object + CODE + TABLES - length - 4;
	tables.start = (uintptr_t)tables.eh_frame_hdr - CODE;
	memcpy(object + CODE + TABLES - length - 4, "\x01\x1b\x03\x3b", 4);
	if (length)
		memcpy(object + CODE + TABLES - length, in.at, length);
	at.reg[UNWIND_PC] = tables.start + CODE - code;

	/* A stack of return addresses into the same code and of addresses further up. */
	for (size_t i = 0; i < STACK / sizeof(uintptr_t); i++)
		((uintptr_t *)(void *)stack)[i] =
		    i % 3 ? tables.start + CODE - code + i % 5 : on_stack((uint16_t)(64 + i * 8 + i % 7 * 16));

	for (unsigned step = 0; step < STEPS; step++) {
		struct cfi_entry entry = {.signal = false};
		uintptr_t pc = at.reg[UNWIND_PC] - !at.exact;

		if (pc - tables.start >= tables.end - tables.start)
			break;
		if (cfi_find(&tables, pc, &entry)) {
			HOLDS(entry.common.at >= (const uint8_t *)tables.start && entry.common.at <= entry.common.end);
			HOLDS(entry.function.at <= entry.function.end);
			HOLDS((uintptr_t)entry.function.end <= tables.end && (uintptr_t)entry.common.end <= tables.end);
			HOLDS(pc >= entry.begin);
		}
		lowest = at.reg[UNWIND_SP];
		if (!unwind_step(&at, &tables))
			break;
		HOLDS(at.exact || at.reg[UNWIND_SP] >= lowest);
	}
	return 0;
}
