/* SPDX-License-Identifier: ISC */
/* Whether file permissions account for an EACCES that the policy does not. */
#include "shim/judge/dac.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define EFFECTIVE_IDS 0x200 /* AT_EACCESS; the kernel's own, libc's header has it only for glibc */

static int mode_needed(uint64_t right)
{
	int mode = F_OK;

	if (right & (FS(READ_FILE) | FS(READ_DIR)))
		mode |= R_OK;
	if (right & (FS(WRITE_FILE) | FS(TRUNCATE)))
		mode |= W_OK;
	if (right & FS(EXECUTE))
		mode |= X_OK;
	return mode;
}

static bool refused(int dir, const char *path, int mode)
{
	long answer = sys(SYS_faccessat2, dir, path, mode, EFFECTIVE_IDS);

	return answer == -EACCES || answer == -ENOSYS;
}

bool permissions_explain(const struct watch_path *at, uint64_t right, bool entry, struct scratch *scratch)
{
	size_t length;
	const char *last;

	if (!at->path || !*at->path)
		return true;
	/* What is there may not be readable, writable or executable; what is made or removed is its directory's affair.
	 */
	if (!entry && at->location.exists)
		return refused(at->dir, at->path, mode_needed(right));
	last = text_last(at->path, &length);
	if ((size_t)(last - at->path) >= sizeof scratch->path)
		return true;
	memcpy(scratch->path, at->path, (size_t)(last - at->path));
	scratch->path[last - at->path] = '\0';
	return refused(at->dir, scratch->path[0] ? scratch->path : ".", W_OK | X_OK);
}
