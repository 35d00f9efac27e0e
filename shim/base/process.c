/* SPDX-License-Identifier: ISC */
/* Whose memory this is: a page that the kernel wipes in a fork child, and keeps for those that share memory. */
#include "shim/base/process.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "sandbox/sys.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* madvise(2), Linux 4.14 */
#endif

#define PAGE 4096

static _Atomic int *owner;

void *process_wiped(size_t size)
{
	static char *at;
	static size_t left;

	size = (size + 15) / 16 * 16;
	if (size > left) {
		at = sys_pages(PAGE, MAP_PRIVATE);
		left = at ? PAGE : 0;
		if (!at)
			return NULL;
		sys(SYS_madvise, at, PAGE, MADV_WIPEONFORK);
	}
	left -= size;
	return at + left;
}

void process_init(void)
{
	owner = process_wiped(sizeof(*owner));
	if (owner)
		atomic_store(owner, (int)sys(SYS_getpid));
}

void process_claim(void)
{
	int expected = 0;

	/* Zero: wiped, so this is a fork child's own copy. */
	if (owner && atomic_load_explicit(owner, memory_order_relaxed) == 0)
		atomic_compare_exchange_strong(owner, &expected, (int)sys(SYS_getpid));
}

bool process_borrowed(void)
{
	process_claim();
	return !owner || atomic_load(owner) != (int)sys(SYS_getpid);
}
