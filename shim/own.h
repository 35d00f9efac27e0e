/* SPDX-License-Identifier: ISC */
/*
 * The library's own descriptors: few, high, CLOEXEC, invisible to close() and its kin, and checked by device and inode
 * before each use. One that was lost (closed or replaced by a raw system call) stays lost: -1, for good.
 */
#ifndef PRECLUDE_SHIM_OWN_H
#define PRECLUDE_SHIM_OWN_H

#include <stdbool.h>

enum own { OWN_LOG, OWN_PROC, OWN_ROOTS, OWN_COUNT = OWN_ROOTS + 8 };

/*
 * Moves `fd` to a high number (below 256 and below RLIMIT_NOFILE, so that the descriptor table of the program does not
 * grow), closes the old number, remembers its identity in `slot`. Returns the new number, or -errno; `fd` is closed
 * either way. A slot that another thread filled first keeps its descriptor.
 */
int own_take(enum own slot, int fd);

/* The descriptor in `slot` if it still is what was put there, else -1. One fstat. Async-signal-safe. */
int own_fd(enum own slot);

/* Whether `fd` is one of ours, now. No system call. */
bool own_is(int fd);

/* Gives `fd` (which the program wants for itself, as the target of dup2) free by moving ours elsewhere. */
void own_vacate(int fd);

#endif
