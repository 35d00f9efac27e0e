/* SPDX-License-Identifier: ISC */
/* Call sites: return addresses now, names when they are written. */
#ifndef PRECLUDE_SHIM_FRAMES_H
#define PRECLUDE_SHIM_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "shim/call.h"

struct frame {
	const char *object;      /* path of the program or library, as the loader knows it; the program's own for "" */
	uint8_t build_id[20];
	uint8_t build_id_length; /* 0 when it has none */
	uint64_t offset;         /* of the call (return address - 1 rounded into the call) in the object's address space */
	const char *symbol;      /* nearest dynamic symbol that covers it, or NULL */
};

/*
 * Loads the unwinder and finds the library's own text range. Once, at start, before the domain is in force. `program` is
 * the path of the running program, for the object whose loader name is empty.
 */
void frames_init(const char *program);

/*
 * Up to `max` return addresses outside the library, innermost first; returns how many. `caller` is the return address of
 * the exported wrapper: always the first, even when nothing can be unwound. Async-signal-safe, allocates nothing.
 */
unsigned frames_capture(uintptr_t caller, uintptr_t *pcs, unsigned max);

/* Object, build-id, offset and symbol of a return address. False when it lies in no known object. Takes no lock. */
int frames_describe(uintptr_t pc, struct frame *out);

#endif
