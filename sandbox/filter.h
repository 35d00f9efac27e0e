/* SPDX-License-Identifier: ISC */
/*
 * A seccomp filter under which the system calls that change metadata are made from one instruction alone, x86_64 only.
 *
 * Anywhere else they fail with EPERM, without having looked at anything; so do those of the other tables that such a
 * machine has (int $0x80, x32) from wherever, and io_uring_setup, whose rings would make them without a system call.
 * Filters are inherited over fork, clone and exec, and nobody takes one away.
 */
#ifndef PRECLUDE_SANDBOX_FILTER_H
#define PRECLUDE_SANDBOX_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * `back` is the address that the instruction returns to. ioctl is in no list: the filter knows which of its requests
 * change metadata. Sets no_new_privs where the kernel asks for it, and says so; every thread is restricted. 0 or
 * -errno: -EBUSY when a thread has a filter of its own.
 */
#define FILTER_MAX 64
long filter_install(uintptr_t back, const uint32_t *numbers, size_t count, bool *no_new_privs);

/* Whether a request of ioctl(2) changes metadata; the kernel reads 32 bits of it. */
static inline bool ioctl_changes(unsigned long request)
{
	switch ((uint32_t)request) {
#define IOCTL(number) case (number):
#include "sandbox/ioctls.def"
#undef IOCTL
		return true;
	default:
		return false;
	}
}

#endif
