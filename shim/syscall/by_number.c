/* SPDX-License-Identifier: ISC */
/* System calls by number: rows of syscalls.def, performed as functions are, or the functions that they are. */
#include "shim/syscall/by_number.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/judge/perform.h"
#include "shim/judge/pin_xattr.h"
#include "shim/libc/numbers.h"
#include "shim/libc/real.h"
#include "shim/log/log.h"
#include "shim/log/sites.h"
#include "shim/syscall/dispatch.h"

/* The functions that these calls are, defined in shim/wrap/descriptors.c and shim/wrap/directories.c. */
int wrap_close(int fd) __asm__("close");
int wrap_close_range(unsigned first, unsigned last, int flags) __asm__("close_range");
int wrap_dup(int fd) __asm__("dup");
int wrap_dup2(int from, int to) __asm__("dup2");
int wrap_dup3(int from, int to, int flags) __asm__("dup3");
int wrap_unshare(int flags) __asm__("unshare");
int wrap_setns(int fd, int type) __asm__("setns");
#ifdef RAW_HERE
int wrap_prctl(int option, long a, long b, long c, long d) __asm__("prctl");
#endif

/* "syscall(openat)" or "raw(openat)". */
#define FUNC(name) (how == RAWCALL_RAW ? "raw(" #name ")" : "syscall(" #name ")")

#define CALLEE(name) SYS_##name

static const struct row rows[] = {
#define SYSCALL(name, what, paths, follows, held)                                                                      \
	{.callee = SYS_##name,                                                                                         \
	 .number = true,                                                                                               \
	 .operation = OPERATION_##what,                                                                                \
	 .result = RESULT_LONG,                                                                                        \
	 ROW_##paths,                                                                                                  \
	 ROW_FOLLOW_##follows,                                                                                         \
	 ROW_HELD_##held},
#include "shim/syscall/syscalls.def"
#undef SYSCALL
};

enum index {
#define SYSCALL(name, ...) INDEX_##name,
#include "shim/syscall/syscalls.def"
#undef SYSCALL
};

/* The row of a system call that takes a path, and what it is called in the log; NULL for the others. */
static const struct row *find(enum rawcall how, long number, const char **func)
{
	switch (number) {
#define SYSCALL(name, ...)                                                                                             \
	case SYS_##name:                                                                                               \
		*func = FUNC(name);                                                                                    \
		return &rows[INDEX_##name];
#include "shim/syscall/syscalls.def"
#undef SYSCALL
	default:
		return NULL;
	}
}

/* Once a process: what is asked for through the ring is not seen. */
static void warn_of_ring(void)
{
	static atomic_bool said;

	if (!atomic_exchange(&said, true))
		log_warning("io_uring is set up: the kernel restricts what goes through the ring, but no call in it is "
			    "logged");
}

/* Calls that change what the library holds or knows: as the functions of the same name. */
static bool by_plain_function(long number, const long *arg, long *result)
{
	switch (number) {
	case SYS_close:
		*result = wrap_close((int)arg[0]);
		return true;
	case SYS_close_range:
		*result = wrap_close_range((unsigned)arg[0], (unsigned)arg[1], (int)arg[2]);
		return true;
#ifdef SYS_dup2
	case SYS_dup2:
		*result = wrap_dup2((int)arg[0], (int)arg[1]);
		return true;
#endif
	case SYS_dup3:
		*result = wrap_dup3((int)arg[0], (int)arg[1], (int)arg[2]);
		return true;
	case SYS_dup:
		*result = wrap_dup((int)arg[0]);
		return true;
	case SYS_unshare:
		*result = wrap_unshare((int)arg[0]);
		return true;
	case SYS_setns:
		*result = wrap_setns((int)arg[0], (int)arg[1]);
		return true;
	default:
		return false;
	}
}

/* The same of those that are logged, under the name by which they were called. */
#define BY(name) ((struct called){FUNC(name), caller})
static bool by_socket_function(enum rawcall how, uintptr_t caller, long number, const long *arg, long *result)
{
	switch (number) {
	case SYS_bind:
		*result = call_bind(BY(bind), (int)arg[0], (const void *)arg[1], (unsigned)arg[2]);
		return true;
	case SYS_connect:
		*result = call_connect(BY(connect), (int)arg[0], (const void *)arg[1], (unsigned)arg[2]);
		return true;
	case SYS_sendto:
		*result = call_sendto(BY(sendto), (int)arg[0], (const void *)arg[1], (size_t)arg[2], (int)arg[3],
				      (const void *)arg[4], (unsigned)arg[5]);
		return true;
	case SYS_sendmsg:
		*result = call_sendmsg(BY(sendmsg), (int)arg[0], (const void *)arg[1], (int)arg[2]);
		return true;
	case SYS_sendmmsg:
		*result = call_sendmmsg(BY(sendmmsg), (int)arg[0], (void *)arg[1], (unsigned)arg[2], (int)arg[3]);
		return true;
	default:
		return false;
	}
}

static bool by_function(enum rawcall how, uintptr_t caller, long number, const long *arg, long *result)
{
	switch (number) {
	case SYS_chdir:
		*result = call_chdir(BY(chdir), (const char *)arg[0]);
		return true;
	case SYS_fchdir:
		*result = call_fchdir(BY(fchdir), (int)arg[0]);
		return true;
	case SYS_chroot:
		*result = call_chroot(BY(chroot), (const char *)arg[0]);
		return true;
	case SYS_pivot_root:
		*result = call_pivot_root(BY(pivot_root), (const char *)arg[0], (const char *)arg[1]);
		return true;
	case SYS_execve:
		*result = call_execve(BY(execve), (const char *)arg[0], (char *const *)arg[1], (char *const *)arg[2]);
		return true;
	case SYS_execveat:
		*result = call_execveat(BY(execveat), (int)arg[0], (const char *)arg[1], (char *const *)arg[2],
					(char *const *)arg[3], (int)arg[4]);
		return true;
	case SYS_openat2:
		*result = call_openat2(BY(openat2), NULL, (int)arg[0], (const char *)arg[1], (const void *)arg[2],
				       (size_t)arg[3]);
		return true;
	case SYS_ioctl:
		*result = call_ioctl(BY(ioctl), real.ioctl, (int)arg[0], (unsigned long)arg[1], (void *)arg[2]);
		return true;
	case SYS_io_uring_setup:
		warn_of_ring();
		return false;
#ifdef RAW_HERE
	case SYS_prctl:
		*result = wrap_prctl((int)arg[0], arg[1], arg[2], arg[3], arg[4]);
		return true;
	case SYS_seccomp:
		if (raw.on && (arg[0] == 0 || (arg[0] == 1 && arg[2])))
			raw_seal("the program filters its system calls");
		return false;
#endif
	case SYS_exit:
	case SYS_exit_group:
		sites_flush(log_call);
		return false;
	default:
		return false;
	}
}

long rawcall(enum rawcall how, uintptr_t caller, long number, const long *arg)
{
	const struct row *row;
	const char *func;
	long result;

	if (by_plain_function(number, arg, &result) || by_function(how, caller, number, arg, &result) ||
	    by_socket_function(how, caller, number, arg, &result))
		return result;
	row = find(how, number, &func);
	if (row)
		return perform_row(row, (struct called){func, caller}, arg);
	return real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

bool rawcall_watched(long number)
{
	switch (number) {
#define SYSCALL(name, ...) case SYS_##name:
#include "shim/syscall/syscalls.def"
#undef SYSCALL
	case SYS_close:
	case SYS_close_range:
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
	case SYS_dup:
	case SYS_chdir:
	case SYS_fchdir:
	case SYS_chroot:
	case SYS_pivot_root:
	case SYS_unshare:
	case SYS_setns:
	case SYS_execve:
	case SYS_execveat:
	case SYS_bind:
	case SYS_connect:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_ioctl:
	case SYS_io_uring_setup:
#ifdef RAW_HERE
	case SYS_prctl:
	case SYS_seccomp:
#endif
	case SYS_exit:
	case SYS_exit_group:
		return true;
	default:
		return false;
	}
}
