/* SPDX-License-Identifier: ISC */
/* System calls that no library sees: for tests that judge one which is in the same process. */
#ifndef PRECLUDE_TESTS_SHIM_UNSEEN_H
#define PRECLUDE_TESTS_SHIM_UNSEEN_H

#include <sys/syscall.h>

/* Past every library: the result, or -errno. */
static inline long raw(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	long result;
	register long r10 __asm__("r10") = d;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
#else
#error "a raw system call for this architecture is wanted here"
#endif
}
#define RAW5(number, a, b, c, d, ...) raw(number, (long)(a), (long)(b), (long)(c), (long)(d))
#define sys(...)                      RAW5(__VA_ARGS__, 0, 0, 0, 0)

#endif
