/* SPDX-License-Identifier: ISC */
/* What programs that get confined share: saying what was not so, and a system call that libc does not make. */
#ifndef PRECLUDE_TESTS_SHIM_CONFINED_H
#define PRECLUDE_TESTS_SHIM_CONFINED_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			int error = errno;                                                                             \
			dprintf(2, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(error));       \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)

#ifdef __x86_64__
/* The kernel's word. A function of its own: its one instruction is the site. */
static __attribute__((noinline, unused)) long by_instruction(long number, long a, long b, long c, long d, long e,
							     long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#endif

#endif
