/* SPDX-License-Identifier: ISC */
/*
 * Whose memory this is. A vfork child (or any clone with CLONE_VM) runs in its parent's memory: what it would store
 * there about itself would be taken for the parent's.
 */
#ifndef PRECLUDE_SHIM_BASE_PROCESS_H
#define PRECLUDE_SHIM_BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* At start. Without MADV_WIPEONFORK (before Linux 4.14) every child counts as borrowed: slower, never wrong. */
void process_init(void);

/* At start: `size` bytes of such a page, zero. NULL where there is no memory. */
void *process_wiped(size_t size);

/*
 * The memory belongs to the first process that claims it after a fork: before a vfork child of its own can. One load,
 * and one system call after each fork; async-signal-safe.
 */
void process_claim(void);

/* Whether this process runs in another's memory. One or two system calls; async-signal-safe. */
bool process_borrowed(void);

#endif
