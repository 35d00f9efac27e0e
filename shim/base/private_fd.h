/* SPDX-License-Identifier: ISC */
/*
 * The library's own descriptors: few, high, CLOEXEC, invisible to close() and its kin, and checked by device and inode
 * before each use. One that was lost (closed or replaced by a raw system call) is -1 from then on; nothing takes its
 * place. No "lost" mark is kept, since a vfork child that closes everything would leave it in its parent's memory.
 */
#ifndef PRECLUDE_SHIM_BASE_PRIVATE_FD_H
#define PRECLUDE_SHIM_BASE_PRIVATE_FD_H

#include <stdbool.h>

enum private_fd_slot { PRIVATE_LOG, PRIVATE_SYSLOG, PRIVATE_PROC, PRIVATE_MOUNTS, PRIVATE_COUNT };

/*
 * Moves `fd` to a high number (below 256 and below RLIMIT_NOFILE, so that the descriptor table of the program does not
 * grow), closes the old number, remembers its identity in `slot`. Returns the new number, or -errno; `fd` is closed
 * either way. A slot that another thread filled first keeps its descriptor, and its number is returned. -EBUSY in a
 * vfork child, whose memory is its parent's; so process_init() comes first.
 */
int private_fd_take(enum private_fd_slot slot, int fd);

/* The descriptor in `slot` if it still is what was put there, else -1. One fstat. Async-signal-safe. */
int private_fd(enum private_fd_slot slot);

/* Whether `fd` is one of ours: false when the number was lost to something of the program's. One fstat when it is. */
bool private_fd_holds(int fd);

/* The lowest of our numbers in first..last that we still hold; -1 when there is none. */
int private_fd_lowest(unsigned first, unsigned last);

/*
 * Gives `fd` (which the program wants for itself, as the target of dup2) free by moving ours elsewhere. In a vfork
 * child ours is only closed: the number is remembered in the parent's memory, where it goes on being right.
 */
void private_fd_vacate(int fd);

#endif
