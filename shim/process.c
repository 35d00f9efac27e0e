/* SPDX-License-Identifier: ISC */
/* Whose memory this is: a page that the kernel wipes in a fork child, and keeps for those that share memory. */
#include "shim/process.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "sandbox/sys.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 /* madvise(2), Linux 4.14 */
#endif

static _Atomic int *owner;

void process_init(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	madvise(page, 4096, MADV_WIPEONFORK);
	owner = page;
	atomic_store(owner, (int)sys(SYS_getpid));
}

bool process_borrowed(void)
{
	int pid = (int)sys(SYS_getpid);
	int expected = 0;

	if (!owner)
		return true;
	/* Zero: wiped, so this is a fork child's own copy. Whoever asks first writes its pid down. */
	if (atomic_load(owner) == 0)
		atomic_compare_exchange_strong(owner, &expected, pid);
	return atomic_load(owner) != pid;
}
