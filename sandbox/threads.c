/* SPDX-License-Identifier: ISC */
/* Whether there is more than one thread to restrict. */
#include "sandbox/threads.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>

#include "sandbox/sys.h"

/* statx(2): libc's headers are younger than the call. */
#define WANT_NLINK 0x04
#define AT_MASK    0 /* stx_mask, as a word of the structure */
#define AT_NLINK   4 /* stx_nlink */

/*
 * The link count of the directory is cheap, and a domain cannot hide it; where there is no /proc, the kernel says by
 * way of a call that does nothing but is refused when there are.
 */
bool threads_any(void)
{
	uint32_t words[64] = {0};

	if (sys(SYS_statx, AT_FDCWD, "/proc/self/task", 0, WANT_NLINK, words) == 0 && words[AT_MASK] & WANT_NLINK)
		return words[AT_NLINK] > 2 + 1;
	return sys(SYS_unshare, CLONE_THREAD) == -EINVAL;
}
