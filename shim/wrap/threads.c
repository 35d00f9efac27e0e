/* SPDX-License-Identifier: ISC */
/* New threads are armed before they run anything of the program's; whoever locks the door is not pressed. */
#include "shim/syscall/dispatch.h"

#ifdef RAW_HERE

#include <errno.h>
#include <sys/mman.h>

#include "sandbox/sys.h"
#include "shim/libc/real.h"

#define SET_SECCOMP  22 /* PR_SET_SECCOMP, PR_SET_SYSCALL_USER_DISPATCH of prctl(2) */
#define SET_DISPATCH 59
#define FILTER       2 /* SECCOMP_MODE_FILTER */
#define THREAD_ERROR 2 /* thrd_error */

/* The start routine of a thread, on a page that the thread unmaps: malloc is not available. */
struct start {
	union {
		void *(*posix)(void *);
		int (*c11)(void *);
	};
	void *argument;
	bool blocked; /* masks are inherited */
};

static struct start *start_new(void *argument)
{
	long page = sys(SYS_mmap, 0, sizeof(struct start), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct start *start = page < 0 ? NULL : (struct start *)page;

	if (start) {
		start->argument = argument;
		start->blocked = raw_thread.blocked;
	}
	return start;
}

static void start_free(struct start *start)
{
	sys(SYS_munmap, start, sizeof *start);
}

static struct start begun(struct start *page)
{
	struct start start = *page;

	start_free(page);
	raw_thread.blocked = start.blocked;
	raw_arm();
	return start;
}

static void *begin_posix(void *page)
{
	struct start start = begun(page);

	return start.posix(start.argument);
}

static int begin_c11(void *page)
{
	struct start start = begun(page);

	return start.c11(start.argument);
}

WRAPPER(int, pthread_create, (unsigned long *thread, const void *attributes, void *(*function)(void *), void *argument))
{
	struct start *start;
	int error;

	if (!REAL(pthread_create))
		return ENOSYS;
	start = raw.on && !raw.sealed ? start_new(argument) : NULL;
	if (!start)
		return real.pthread_create(thread, attributes, function, argument);
	start->posix = function;
	error = real.pthread_create(thread, attributes, begin_posix, start);
	if (error)
		start_free(start);
	return error;
}

WRAPPER(int, thrd_create, (unsigned long *thread, int (*function)(void *), void *argument))
{
	struct start *start;
	int error;

	if (!REAL(thrd_create))
		return THREAD_ERROR;
	start = raw.on && !raw.sealed ? start_new(argument) : NULL;
	if (!start)
		return real.thrd_create(thread, function, argument);
	start->c11 = function;
	error = real.thrd_create(thread, begin_c11, start);
	if (error)
		start_free(start);
	return error;
}

/* A filter may forbid what arming takes, on pain of death; a dispatch of the program's own replaces ours. */
WRAPPER(int, prctl, (int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d))
{
	if (!REAL(prctl))
		return errno = ENOSYS, -1;
	if (raw.on && option == SET_SECCOMP && (a != FILTER || b)) /* without a filter it only asks */
		raw_seal("the program filters its system calls");
	if (raw.on && option == SET_DISPATCH) {
		raw_seal("the program asks for Syscall User Dispatch itself");
		raw_thread.armed = -1;
	}
	return real.prctl(option, a, b, c, d);
}

#endif
