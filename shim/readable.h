/* SPDX-License-Identifier: ISC */
/* Whether memory that the program names may be read before the kernel has seen the call. */
#ifndef PRECLUDE_SHIM_READABLE_H
#define PRECLUDE_SHIM_READABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether text can be read up to its NUL, and memory over its size: what cannot is answered by the kernel with EFAULT,
 * not by us with a signal. One system call for a page that is new, none for a page seen before (5 ns). A page that
 * could be read once and is gone since is taken for readable still.
 */
bool text_readable(const char *text);
bool memory_readable(const void *memory, size_t size);

#endif
