/* SPDX-License-Identifier: ISC */
/*
 * Files that the process made itself, while it still holds the descriptor that it made them with.
 *
 * A name that was not there and is made (mkstemp, O_CREAT with O_EXCL) under enforcement lies beneath a root that may
 * be written, or a write grant: that is the kernel's word, since nothing else gives the right to make it. So its
 * metadata may be changed by that descriptor, and where it lies need not be found out: one fstat instead of four system
 * calls, one of which (readlink in proc) takes as long as five others.
 *
 * A note is taken only once the program has changed metadata by a descriptor. It is void when the number is closed or
 * given away, when the process is narrowed, and where the descriptor's device and inode are no longer those of the
 * file: a number that was closed unseen, and that another file has now, and a note from a vfork child.
 */
#ifndef PRECLUDE_SHIM_LOCATE_CREATED_H
#define PRECLUDE_SHIM_LOCATE_CREATED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A descriptor was asked for: notes are worth taking. Private to the process and its fork children. */
extern atomic_bool created_wanted;

/* Whether `fd` holds what the process made itself. One system call where there is a note. Async-signal-safe. */
bool created_holds(int fd);

/* `fd` has just made a file; `narrow` is narrow_root() from before that, since a new layer takes rights away. */
void created_store(int fd, uint32_t narrow);
static inline void created_keep(int fd, uint32_t narrow)
{
	if (fd >= 0 && atomic_load_explicit(&created_wanted, memory_order_relaxed))
		created_store(fd, narrow);
}

/* The numbers first to last do not mean what they did. */
void created_forget(int first, int last);

#endif
