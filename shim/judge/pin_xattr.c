/* SPDX-License-Identifier: ISC */
/*
 * Calls that take no directory, on what is held: extended attributes, which no call before Linux 6.13 reaches by a
 * descriptor that only holds (O_PATH), and others that know nothing but a path.
 *
 * Where the process sees /proc, its name there does. After chroot to what is not inside (the outer directory of a
 * module's path with /./) there is no such name: attributes are reached relative to the library's own /proc, by
 * setxattrat(2) and its kin; everything else, and on an older kernel these, by another thread, with /proc as its own
 * working directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/base/private_fd.h"
#include "shim/base/signals.h"
#include "shim/judge/operation.h"
#include "shim/judge/pin_xattr.h"
#include "shim/libc/gate_call.h"
#include "shim/libc/numbers.h"

#define NOFOLLOW 0x100 /* AT_SYMLINK_NOFOLLOW */

/* A call of setxattr(2) or its kin. */
struct xattr_call {
	enum xattr does;
	const char *key;
	void *value; /* or the list */
	size_t size;
	int flags;
};

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

/* What the other thread is given, and what it leaves. */
struct errand {
	long (*function)(void *);
	void *argument;
	long result;
};

static int run_errand(void *given)
{
	struct errand *errand = given;

	if (sys(SYS_fchdir, private_fd(PRIVATE_PROC)) == 0)
		errand->result = errand->function(errand->argument);
	sys(SYS_exit, 0);
	return 0;
}

/* As vfork's child it has this thread's memory, errno included, while this one waits; but not its working directory. */
#define OTHER_THREAD (CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define OTHER_STACK  (64 * 1024)

long beside_proc(long (*function)(void *), void *argument)
{
	struct errand errand = {function, argument, -ECHILD};
	const uint64_t mask = signals_hold();
	char *const stack = sys_pages(OTHER_STACK, MAP_PRIVATE);

	if (stack) {
		clone(run_errand, stack + OTHER_STACK, OTHER_THREAD, &errand);
		sys(SYS_munmap, stack, OTHER_STACK);
	}
	signals_release(mask);
	return *(volatile long *)&errand.result;
}

/* One call by path, as another thread makes it. */
struct by_path_call {
	const char *name;
	int nofollow;
	const struct xattr_call *call;
};

static long by_path_beside(void *given)
{
	const struct by_path_call *this = given;

	return by_path(this->name, this->nofollow, this->call);
}

static struct xattr_call asked_for(const struct row *row, const long *given)
{
	const long *behind = given + row->path + 1;
	struct xattr_call call = {.does = (enum xattr)row->value};

	if (call.does != XATTR_LIST)
		call.key = (const char *)*behind++;
	if (call.does != XATTR_REMOVE) {
		call.value = (void *)behind[0];
		call.size = (size_t)behind[1];
	}
	if (call.does == XATTR_SET)
		call.flags = (int)behind[2];
	return call;
}

long xattr_unseen(struct watch *watch, const struct row *row, const long *given)
{
	const struct xattr_call call = asked_for(row, given);
	const int nofollow = watch->at.entry ? NOFOLLOW : 0;
	char name[HELD_TEXT];
	long result;

	pin_beside(&watch->at, "thread-self/fd/", name);
	result = by_at(private_fd(PRIVATE_PROC), name, nofollow, &call);
	if (result == -ENOSYS)
		result = beside_proc(by_path_beside, &(struct by_path_call){name, nofollow, &call});
	if (result == -ECHILD) {
		result = -EACCES;
	} else {
		/* What the call says is the kernel's word, not the library's. */
		watch->error = 0;
		watch->confined = false;
	}
	return result < 0 ? (errno = (int)-result, -1) : result;
}
