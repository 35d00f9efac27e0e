/* SPDX-License-Identifier: ISC */
/*
 * syscall(2), and ioctl's metadata. The six arguments are read as longs, as libc's own does: what the caller did not
 * pass is not used. What is of no interest is passed on in one jump, with the stack as it was.
 */
#include <errno.h>
#include <stdarg.h>

#include "sandbox/filter.h"
#include "shim/judge/watch.h"
#include "shim/libc/real.h"
#include "shim/syscall/by_number.h"
#include "shim/syscall/dispatch.h"
#include "shim/syscall/gate.h"

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

int call_ioctl(struct called by, int (*call)(int, unsigned long, ...), int fd, unsigned long request, void *argument)
{
	int result = -1;

	if (!call)
		return errno = ENOSYS, -1;
	if (!ioctl_changes(request))
		return call(fd, request, argument);
	struct watch watch = WATCH_AS(by, fd, NULL, true, DOES_METADATA, 0);
	watch_before(&watch, ACT_BY_PATH);
	if (watch.error) {
		errno = watch.error;
	} else if (shim.gate) {
		const long said = gate_sys(SYS_ioctl, fd, request, argument);

		result = said < 0 ? (errno = (int)-said, -1) : (int)said;
	} else {
		result = call(fd, request, argument);
	}
	watch_after(&watch, result == -1);
	return result;
}

#define IOCTL(name)                                                                                                    \
	WRAPPER(int, name, (int fd, unsigned long request, ...))                                                       \
	{                                                                                                              \
		va_list list;                                                                                          \
		void *argument;                                                                                        \
                                                                                                                       \
		va_start(list, request);                                                                               \
		argument = va_arg(list, void *);                                                                       \
		va_end(list);                                                                                          \
		return call_ioctl(CALLED(#name), REAL(name) ? real.name : NULL, fd, request, argument);                \
	}
IOCTL(ioctl)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
IOCTL(__ioctl_time64)
#endif
