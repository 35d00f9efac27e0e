/* SPDX-License-Identifier: ISC */
/* Call frame information as it lies in a loaded object: finding the entry of an address. For unwind.c. */
#ifndef PRECLUDE_SHIM_STACK_CFI_H
#define PRECLUDE_SHIM_STACK_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/stack/unwind.h"

/* Bytes still to be read. Reads past the end give 0 and leave the cursor at the end. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static inline uint8_t cursor_byte(struct cursor *c)
{
	return c->at < c->end ? *c->at++ : 0;
}

static inline void cursor_skip(struct cursor *c, size_t size)
{
	c->at = (size_t)(c->end - c->at) < size ? c->end : c->at + size;
}

/* Little endian, of at most 8 bytes; the rest of a wider one is dropped. */
static inline uintptr_t cursor_fixed(struct cursor *c, size_t size)
{
	uintptr_t value = 0;

	if ((size_t)(c->end - c->at) < size) {
		c->at = c->end;
		return 0;
	}
	for (size_t i = 0; i < size && i < sizeof(value); i++)
		value |= (uintptr_t)c->at[i] << 8 * i;
	c->at += size;
	return value;
}

uintptr_t cursor_leb(struct cursor *c, bool is_signed);

static inline uintptr_t cursor_uleb(struct cursor *c)
{
	return c->at < c->end && *c->at < 0x80 ? *c->at++ : cursor_leb(c, false);
}

static inline intptr_t cursor_sleb(struct cursor *c)
{
	return (intptr_t)cursor_leb(c, true);
}

struct cfi_entry {
	struct cursor common;   /* instructions that all functions of a CIE begin with */
	struct cursor function; /* and those of the function's own FDE */
	uintptr_t begin;        /* first address of the function */
	uint32_t code_align;
	uint32_t data_align;    /* mostly negative: products of it are taken modulo 2^32 */
	uint32_t return_column; /* DWARF number of the register that holds the return address */
	bool signal; /* the frame of a signal handler's return: its caller was interrupted, it made no call */
};

/* False when the object says nothing of `pc`, or not in the encodings that linkers use. */
bool cfi_find(const struct unwind_object *object, uintptr_t pc, struct cfi_entry *out);

#endif
