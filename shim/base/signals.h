/* SPDX-License-Identifier: ISC */
/*
 * Signals held back while the library holds a descriptor, pages or an unfinished line: a handler that jumps out of the
 * call (a timeout by siglongjmp, say) would leave them behind for good, and the line unsaid. Never around the real
 * function, which a signal must be able to interrupt.
 */
#ifndef PRECLUDE_SHIM_BASE_SIGNALS_H
#define PRECLUDE_SHIM_BASE_SIGNALS_H

#include <signal.h>
#include <stdint.h>

#include "sandbox/sys.h"

/* The kernel's signal set: 64 bits on every architecture that we know. */
#define SIGNAL_BIT(signal) (UINT64_C(1) << ((signal)-1))

/* Returns what was blocked before. What an instruction raises by itself cannot wait. */
static inline uint64_t signals_hold(void)
{
	const uint64_t all = ~(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGFPE) |
			       SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGSYS));
	uint64_t before = 0;

	sys(SYS_rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof all);
	return before;
}

static inline void signals_release(uint64_t before)
{
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
}

#endif
