/* SPDX-License-Identifier: ISC */
/* A system call that changes metadata, made from the gate (shim/syscall/gate.h) where there is one. */
#ifndef PRECLUDE_SHIM_LIBC_GATE_CALL_H
#define PRECLUDE_SHIM_LIBC_GATE_CALL_H

#include "sandbox/sys.h"
#include "shim/base/context.h"

/* From the gate, or without one as sys(). Returns what the kernel returned: a result or -errno. */
#define gate_sys(...) GATE_SYS(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define GATE_SYS(nr, a, b, c, d, e, f, ignored...)                                                                     \
	gate_call(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), SYS_ARG(f))

static inline long gate_call(long nr, long a, long b, long c, long d, long e, long f)
{
	return shim.gate ? shim.gate(nr, a, b, c, d, e, f) : sys6(nr, a, b, c, d, e, f);
}

#endif
