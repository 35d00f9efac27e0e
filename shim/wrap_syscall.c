/* SPDX-License-Identifier: ISC */
/*
 * syscall(2), and ioctl's metadata. The six arguments are read as longs, as libc's own does: what the caller did not
 * pass is not used. What is of no interest is passed on in one jump, with the stack as it was.
 */
#include <errno.h>
#include <stdarg.h>

#include "shim/raw.h"
#include "shim/rawcall.h"
#include "shim/real.h"
#include "shim/watch.h"

WRAPPER(long, syscall, (long number, long a, long b, long c, long d, long e, long f))
{
	if (!REAL(syscall))
		return errno = ENOSYS, -1;
#ifdef RAW_HERE
	long result;
	if (raw.on && raw_signal_call(number, (const long[]){a, b, c, d, e, f}, &result))
		return result < 0 ? (errno = (int)-result, -1) : result;
#endif
	if (!shim.active || !rawcall_watched(number))
		return real.syscall(number, a, b, c, d, e, f);
	return rawcall(RAWCALL_SYSCALL, (uintptr_t)__builtin_return_address(0), number,
		       (const long[]){a, b, c, d, e, f});
}

#define SETFLAGS   0x6602 /* FS_IOC_SETFLAGS: _IOW('f', 2, long), without its size and direction */
#define FSSETXATTR 0x5820 /* FS_IOC_FSSETXATTR: _IOW('X', 32, struct fsxattr) */

#define IOCTL(name)                                                                                                    \
	WRAPPER(int, name, (int fd, unsigned long request, ...))                                                       \
	{                                                                                                              \
		va_list list;                                                                                          \
		void *argument;                                                                                        \
		int result;                                                                                            \
                                                                                                                       \
		va_start(list, request);                                                                               \
		argument = va_arg(list, void *);                                                                       \
		va_end(list);                                                                                          \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		if ((request & 0xffff) != SETFLAGS && (request & 0xffff) != FSSETXATTR)                                \
			return real.name(fd, request, argument);                                                       \
		struct watch watch = WATCH(#name, fd, NULL, true, DOES_METADATA, 0);                                   \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		result = watch.error ? (errno = watch.error, -1) : real.name(fd, request, argument);                   \
		watch_after(&watch, result == -1);                                                                     \
		return result;                                                                                         \
	}
IOCTL(ioctl)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
IOCTL(__ioctl_time64)
#endif
