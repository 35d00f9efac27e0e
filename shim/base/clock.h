/* SPDX-License-Identifier: ISC */
/* The kernel's clocks, read without libc: a preloaded time machine must not date the log. */
#ifndef PRECLUDE_SHIM_BASE_CLOCK_H
#define PRECLUDE_SHIM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "sandbox/sys.h"

struct moment {
	int64_t seconds;
	uint32_t nanoseconds;
};

static inline struct moment clock_read(clockid_t clock)
{
#ifdef SYS_clock_gettime64 /* 32-bit machines, whose first call ends in 2038 */
	int64_t now[2] = {0, 0};

	sys(SYS_clock_gettime64, clock, now);
#else
	long now[2] = {0, 0};

	sys(SYS_clock_gettime, clock, now);
#endif
	return (struct moment){now[0], (uint32_t)now[1]};
}

#endif
