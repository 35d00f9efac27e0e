/* SPDX-License-Identifier: ISC */
/* Whether memory that the program names may be read before the kernel has seen the call. */
#ifndef PRECLUDE_SHIM_BASE_READABLE_H
#define PRECLUDE_SHIM_BASE_READABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The smallest page there is: where pages are larger, the kernel is asked more often than it must be. */
#define READABLE_PAGE ((uintptr_t)4096)

/*
 * Pages that could be read, each at the place that its number gives. Threads, handlers and vfork children share it, as
 * they share the pages.
 */
#define READABLE_KNOWN 256
extern _Atomic(uintptr_t) readable_known[READABLE_KNOWN] __attribute__((visibility("hidden")));

static inline _Atomic(uintptr_t) *readable_slot(uintptr_t page)
{
	return &readable_known[page / READABLE_PAGE % READABLE_KNOWN];
}

/*
 * Whether text can be read up to its NUL, and memory over its size: what cannot is answered by the kernel with EFAULT,
 * not by us with a signal. One system call for a page that is new, none for a page seen before (5 ns). A page that
 * could be read once and is gone since is taken for readable still.
 */
bool text_readable_slowly(const char *text);
bool memory_readable(const void *memory, size_t size);

/* Most text lies in one page that is known. The page at zero never is. */
static inline bool text_readable(const char *text)
{
	const uintptr_t at = (uintptr_t)text, page = at & ~(READABLE_PAGE - 1);

	return (page && atomic_load_explicit(readable_slot(page), memory_order_relaxed) == page &&
		memchr(text, '\0', READABLE_PAGE - (at - page))) ||
	       text_readable_slowly(text);
}

#endif
