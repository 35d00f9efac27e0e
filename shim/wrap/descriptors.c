/* SPDX-License-Identifier: ISC */
/*
 * close and its kin: the library's own descriptors look unused to them, and whoever keeps notes about descriptor
 * numbers hears when one changes its meaning.
 *
 * No libc header that declares these functions is included here; the few constants are the kernel's.
 */
#include <errno.h>
#include <limits.h>

#include "sandbox/sys.h"
#include "shim/base/private_fd.h"
#include "shim/libc/real.h"
#include "shim/locate/holdings.h"

#define F_DUPFD             0
#define F_DUPFD_CLOEXEC     1030
#define CLOSE_RANGE_CLOEXEC 4

static int fail(int error)
{
	errno = error;
	return -1;
}

/* The descriptor that the program means: a number that it cannot know of is none, and fails as the kernel says. */
static int meant(int fd)
{
	return private_fd_holds(fd) ? -1 : fd;
}

/* glibc exports some of these twice, and programs use either name. */
#define CLOSE(name)                                                                                                    \
	WRAPPER(int, name, (int fd))                                                                                   \
	{                                                                                                              \
		int result = REAL(name) ? real.name(meant(fd)) : fail(ENOSYS);                                         \
                                                                                                                       \
		/* Linux lets go of the number even when it reports EINTR or EIO. */                                   \
		if (result == 0 || errno != EBADF)                                                                     \
			fd_forgotten(fd, fd);                                                                          \
		return result;                                                                                         \
	}
CLOSE(close)
CLOSE(__close)

WRAPPER(int, dup, (int fd))
{
	return REAL(dup) ? real.dup(meant(fd)) : fail(ENOSYS);
}

#define DUP2(name)                                                                                                     \
	WRAPPER(int, name, (int from, int to))                                                                         \
	{                                                                                                              \
		int result;                                                                                            \
                                                                                                                       \
		from = meant(from);                                                                                    \
		private_fd_vacate(to);                                                                                 \
		result = REAL(name) ? real.name(from, to) : fail(ENOSYS);                                              \
		if (result >= 0 && from != to)                                                                         \
			fd_forgotten(to, to);                                                                          \
		return result;                                                                                         \
	}
DUP2(dup2)
DUP2(__dup2)

WRAPPER(int, dup3, (int from, int to, int flags))
{
	int result;

	/* Equal numbers are an error of their own, used or not. */
	if (from != to) {
		from = meant(from);
		private_fd_vacate(to);
	}
	result = REAL(dup3) ? real.dup3(from, to, flags) : fail(ENOSYS);
	if (result >= 0)
		fd_forgotten(to, to);
	return result;
}

/*
 * F_DUPFD gives the lowest unused number from `least` on. When it passed one of ours over, ours moves away and the
 * kernel is asked again, while the first copy is still held so that nothing lower changes hands.
 */
static int dup_from(int (*call)(int, int, ...), int fd, int command, int least)
{
	int first = call(fd, command, least);
	int ours = first < 0 ? -1 : private_fd_lowest((unsigned)least, (unsigned)first);
	int second;

	if (ours < 0)
		return first;
	private_fd_vacate(ours);
	second = call(fd, command, least);
	if (second < 0)
		return first;
	sys(SYS_close, first);
	return second;
}

static int control(int (*call)(int, int, ...), int fd, int command, void *argument)
{
	fd = meant(fd);
	if (!call)
		return fail(ENOSYS);
	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return dup_from(call, fd, command, (int)(intptr_t)argument);
	return call(fd, command, argument);
}

#define CONTROL(name)                                                                                                  \
	WRAPPER(int, name, (int fd, int command, ...))                                                                 \
	{                                                                                                              \
		va_list arguments;                                                                                     \
		void *argument;                                                                                        \
                                                                                                                       \
		/* Read whether or not the command has one, as libc does. */                                           \
		va_start(arguments, command);                                                                          \
		argument = va_arg(arguments, void *);                                                                  \
		va_end(arguments);                                                                                     \
		return control(REAL(name) ? real.name : REAL(fcntl) ? real.fcntl : NULL, fd, command, argument);       \
	}
CONTROL(fcntl)
CONTROL(fcntl64)
CONTROL(__fcntl)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
CONTROL(__fcntl_time64)
#endif

/* The real close_range, for libcs that have none by the kernel's. */
static int range(unsigned first, unsigned last, int flags)
{
	long result;

	if (REAL(close_range))
		return real.close_range(first, last, flags);
	result = sys(SYS_close_range, first, last, flags);
	return result < 0 ? fail((int)-result) : (int)result;
}

/* Around ours, piece by piece: CLOSE_RANGE_UNSHARE holds from the first piece on, a bad flag fails there. */
static int range_around(unsigned first, unsigned last, int flags)
{
	unsigned at = first;
	int ours;

	while (at <= last && (ours = private_fd_lowest(at, last)) >= 0) {
		if (at < (unsigned)ours && range(at, (unsigned)ours - 1, flags) < 0)
			return -1;
		at = (unsigned)ours + 1;
	}
	if (at > last && first <= last)
		at = last = UINT_MAX; /* nothing is left to close, but flags still count */
	return range(at, last, flags);
}

WRAPPER(int, close_range, (unsigned first, unsigned last, int flags))
{
	int result = range_around(first, last, flags);

	if (result == 0 && !(flags & CLOSE_RANGE_CLOEXEC) && first <= INT_MAX)
		fd_forgotten((int)first, last > INT_MAX ? INT_MAX : (int)last);
	return result;
}

/* Below and between ours; kernels before 5.9 close one by one. Ours are low enough for that. */
static void close_between(unsigned first, unsigned last)
{
	if (first > last || sys(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last; fd++)
		sys(SYS_close, fd);
}

WRAPPER(void, closefrom, (int low))
{
	unsigned at = low < 0 ? 0 : (unsigned)low;
	int ours;

	while ((ours = private_fd_lowest(at, INT_MAX)) >= 0) {
		close_between(at, (unsigned)ours - 1);
		at = (unsigned)ours + 1;
	}
	if (REAL(closefrom))
		real.closefrom((int)at);
	else
		close_between(at, INT_MAX);
	fd_forgotten(low < 0 ? 0 : low, INT_MAX);
}
