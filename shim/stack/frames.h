/* SPDX-License-Identifier: ISC */
/* Call sites: return addresses now, names when they are written. */
#ifndef PRECLUDE_SHIM_STACK_FRAMES_H
#define PRECLUDE_SHIM_STACK_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/base/call.h"

struct frame {
	const char *object; /* path of the program or library, as the loader knows it; the program's own for "" */
	uint8_t build_id[20];
	uint8_t build_id_length; /* 0 when it has none */
	uint64_t offset;    /* link-time address of the call's last byte (return address - 1), as addr2line wants it */
	const char *symbol; /* nearest dynamic symbol that covers it, or NULL */
};

/*
 * Learns how to tell which object holds an address, and where the library's own code lies. Once, at start. `program` is
 * the path of the running program, for the object whose loader name is empty; it is kept.
 */
void frames_init(const char *program);

/*
 * Up to `max` return addresses outside the library, innermost first; returns how many. `caller` is the return address
 * of the exported wrapper: always the first, even when nothing can be unwound. Of a frame that a signal interrupted,
 * the address is that of the instruction plus 1. The walk ends at the outermost frame, or where no loaded object is.
 * Async-signal-safe, allocates nothing, changes neither errno nor any memory but `pcs`; about 100 ns a frame.
 */
unsigned frames_capture(uintptr_t caller, uintptr_t *pcs, unsigned max);

/*
 * Object, build-id, offset and symbol of a return address. False when it lies in no known object. Takes no lock. The
 * strings live as long as the object is loaded. Without _dl_find_object (musl, glibc before 2.35) only the objects that
 * were loaded at start are known.
 */
int frames_describe(uintptr_t pc, struct frame *out);

/* Where the object lies that holds `address`; false when none does. */
bool frames_object(uintptr_t address, uintptr_t *start, uintptr_t *end);

#endif
