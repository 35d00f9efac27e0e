/* SPDX-License-Identifier: ISC */
/* Whether memory that the program names may be read: the kernel is asked once a page. */
#include "shim/base/readable.h"

#include <errno.h>

#include "sandbox/sys.h"

/* A 32-bit program under a 64-bit kernel has its stack at the very top. */
#define END ((UINTPTR_MAX > UINT32_MAX ? UINTPTR_MAX >> 1 : UINTPTR_MAX) - READABLE_PAGE)

LARGE _Atomic(uintptr_t) readable_known[READABLE_KNOWN];

/* rt_sigprocmask(2) reads the new mask before it refuses a `how` that is none, and changes nothing. */
static bool page_readable(uintptr_t page)
{
	_Atomic(uintptr_t) *slot = readable_slot(page);

	if (page < READABLE_PAGE || page >= END)
		return false;
	if (atomic_load_explicit(slot, memory_order_relaxed) == page)
		return true;
	if (sys(SYS_rt_sigprocmask, -1, page, 0, 8) == -EFAULT)
		return false;
	atomic_store_explicit(slot, page, memory_order_relaxed);
	return true;
}

bool text_readable_slowly(const char *text)
{
	uintptr_t at = (uintptr_t)text;

	while (page_readable(at & ~(READABLE_PAGE - 1))) {
		size_t rest = READABLE_PAGE - at % READABLE_PAGE;

		if (memchr((const void *)at, '\0', rest))
			return true;
		at += rest;
	}
	return false;
}

bool memory_readable(const void *memory, size_t size)
{
	uintptr_t first = (uintptr_t)memory & ~(READABLE_PAGE - 1);
	uintptr_t last = (uintptr_t)memory + (size ? size - 1 : 0);

	if (last < (uintptr_t)memory)
		return false;
	for (uintptr_t page = first; page <= last; page += READABLE_PAGE)
		if (!page_readable(page))
			return false;
	return true;
}
