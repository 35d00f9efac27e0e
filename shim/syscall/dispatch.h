/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_RAW=on: system calls that the program makes by instructions of its own.
 *
 * Syscall User Dispatch (Linux 5.11, x86) lets the system calls of libc's text pass, and turns every other one into a
 * SIGSYS with the registers as they are. The handler judges and logs it as if it were a call of libc's, carries it out
 * by libc's syscall(2), puts the result into the interrupted registers and returns behind the instruction. What cannot
 * be done from within a handler (a new thread on a stack of its own, say) goes on from a copy of the instruction, of
 * ours, that the thread is let pass for the moment.
 *
 * The kernel asks for it per thread, and forgets it in new threads, children and programs: each is armed again. A
 * thread that was made by a raw clone() is not, since its stack and its thread pointer need not be what the handler
 * needs; one line of the log says so.
 */
#ifndef PRECLUDE_SHIM_SYSCALL_DISPATCH_H
#define PRECLUDE_SHIM_SYSCALL_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

/* At the end of the start. Refuses a policy that asks for what this machine lacks. */
void raw_start(void);

#if defined(__x86_64__) && defined(__GLIBC__)
#define RAW_HERE 1

#define RAW_PASS 0 /* values of the selector: SYSCALL_DISPATCH_FILTER_ALLOW and _BLOCK of prctl(2) */
#define RAW_STOP 1

/* Static TLS: the handler of any thread may use it, and it lies at one distance from the thread pointer. */
struct raw_thread {
	unsigned char selector; /* read by the kernel at each call from beyond libc; first, the copies write it */
	bool blocked;           /* the program has SIGSYS blocked, as far as it can tell */
	bool passing;           /* at the library's gate, which lies beyond libc */
	int armed;              /* the process that this thread was armed in; 0: none */
};
extern __thread struct raw_thread raw_thread __attribute__((visibility("hidden"), tls_model("initial-exec")));

struct raw {
	bool on;     /* armed at start: from then on SIGSYS is ours */
	bool sealed; /* a seccomp filter or a dispatch of the program's own: nobody is armed any more */
	uintptr_t libc, libc_end;
	uintptr_t quiet[4][2]; /* objects whose calls are the system's own: the loader, the vDSO, this library */
	uintptr_t restorer;    /* libc's rt_sigreturn */
};
extern struct raw raw __attribute__((visibility("hidden")));

/* This thread, now. Async-signal-safe. */
void raw_arm(void);
void raw_disarm(void);

/* The process is left alone from now on, as far as it has not been armed; said once. */
void raw_seal(const char *why);

/* SIGSYS: the handler, and the registers that it carries on from (shim/syscall/dispatch_trap.c). Returns what
 * sigaction(2) did. */
long raw_handle(bool restart);

/*
 * System calls that would block SIGSYS, or take it away: done without, and remembered. False for all others. `result`
 * is the kernel's word (shim/syscall/dispatch_signal.c).
 */
bool raw_signal_call(long number, const long *arg, long *result);

/* A SIGSYS that is not ours, to the program. */
void raw_forward(int signal, void *info, void *context);
#endif

#endif
