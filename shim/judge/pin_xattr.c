/* SPDX-License-Identifier: ISC */
/*
 * Extended attributes of what is held, which no call before Linux 6.13 reaches by a descriptor that only holds
 * (O_PATH).
 *
 * Where the process sees /proc, its name there does. After chroot to what is not inside (the outer directory of a
 * module's path with /./) there is no such name: the call is made relative to the library's own /proc, by setxattrat(2)
 * and its kin; on an older kernel, by a process that has no other threads, with /proc as the working directory for that
 * one call.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "shim/base/private_fd.h"
#include "shim/base/signals.h"
#include "shim/judge/pin_xattr.h"
#include "shim/libc/gate_call.h"
#include "shim/libc/numbers.h"

#define NOFOLLOW 0x100 /* AT_SYMLINK_NOFOLLOW */

/* xattr(7)'s struct xattr_args. */
struct args {
	uint64_t value;
	uint32_t size, flags;
};

static long by_at(int dir, const char *name, int nofollow, const struct xattr_call *call)
{
	const struct args args = {(uintptr_t)call->value, (uint32_t)call->size, (uint32_t)call->flags};

	switch (call->does) {
	case XATTR_SET:
		return gate_sys(SYS_setxattrat, dir, name, nofollow, call->key, &args, sizeof args);
	case XATTR_GET:
		return sys(SYS_getxattrat, dir, name, nofollow, call->key, &args, sizeof args);
	case XATTR_LIST:
		return sys(SYS_listxattrat, dir, name, nofollow, call->value, call->size);
	default:
		return gate_sys(SYS_removexattrat, dir, name, nofollow, call->key);
	}
}

static long by_path(const char *name, int nofollow, const struct xattr_call *call)
{
	switch (call->does) {
	case XATTR_SET:
		return gate_sys(nofollow ? SYS_lsetxattr : SYS_setxattr, name, call->key, call->value, call->size,
				call->flags);
	case XATTR_GET:
		return sys(nofollow ? SYS_lgetxattr : SYS_getxattr, name, call->key, call->value, call->size);
	case XATTR_LIST:
		return sys(nofollow ? SYS_llistxattr : SYS_listxattr, name, call->value, call->size);
	default:
		return gate_sys(nofollow ? SYS_lremovexattr : SYS_removexattr, name, call->key);
	}
}

/* Whether no other thread shares the working directory: the links of the directory with one entry for each thread. */
static bool alone(void)
{
	uint32_t st[64] = {0}; /* struct statx: its fifth word is stx_nlink */

	return sys(SYS_statx, private_fd(PRIVATE_PROC), "self/task", 0, 4 /* STATX_NLINK */, st) == 0 && st[4] == 3;
}

/* What the call says is the kernel's word, not the library's. */
static void passes(struct watch *watch)
{
	watch->error = 0;
	watch->confined = false;
}

/* Going back must be possible before anything is done. */
bool away_begin(struct away *away)
{
	away->mask = signals_hold();
	away->here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (alone() && away->here >= 0 && sys(SYS_fchdir, away->here) == 0 &&
	    sys(SYS_fchdir, private_fd(PRIVATE_PROC)) == 0)
		return true;
	sys_put(away->here);
	signals_release(away->mask);
	return false;
}

void away_end(const struct away *away)
{
	sys(SYS_fchdir, away->here);
	sys(SYS_close, away->here);
	signals_release(away->mask);
}

static long from_directory(struct watch *watch, const char *name, int nofollow, const struct xattr_call *call)
{
	struct away away;
	long result;

	if (!away_begin(&away))
		return -EACCES;
	result = by_path(name, nofollow, call);
	passes(watch);
	away_end(&away);
	return result;
}

long xattr_unseen(struct watch *watch, const struct xattr_call *call)
{
	const struct watch_path *at = &watch->at;
	const int nofollow = at->entry ? NOFOLLOW : 0;
	char name[HELD_TEXT];
	long result;

	pin_beside(at, "self/fd/", name);
	result = by_at(private_fd(PRIVATE_PROC), name, nofollow, call);
	if (result == -ENOSYS)
		result = from_directory(watch, name, nofollow, call);
	else
		passes(watch);
	return result < 0 ? (errno = (int)-result, -1) : result;
}
