/* SPDX-License-Identifier: ISC */
/* Roots held open, a few at a time: what an absolute path beneath a root is resolved from. */
#ifndef PRECLUDE_SHIM_HELD_H
#define PRECLUDE_SHIM_HELD_H

#include <stdint.h>

/*
 * A descriptor for the root, checked by device and inode, or -1; also when its name leads elsewhere by now. The first
 * few roots that are used stay open (own.h); others are opened for the one use. Give it back with held_release.
 * Async-signal-safe.
 */
int held_root(uint32_t root);
void held_release(int fd);

#endif
