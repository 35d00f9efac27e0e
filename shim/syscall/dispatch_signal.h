/* SPDX-License-Identifier: ISC */
/*
 * Inside PRECLUDE_RAW only: SIGSYS stays deliverable while it is needed, and no program can tell. What it blocks, and
 * which handler it sets, is remembered here, given back when it asks, and called for what is not ours.
 * Async-signal-safe.
 */
#ifndef PRECLUDE_SHIM_SYSCALL_DISPATCH_SIGNAL_H
#define PRECLUDE_SHIM_SYSCALL_DISPATCH_SIGNAL_H

#include "shim/syscall/dispatch.h"

#ifdef RAW_HERE

#define OURS SIGNAL_BIT(SIGSYS)

/* The kernel's struct sigaction. */
struct signal_action {
	void *handler;
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

/* What the program wants done with SIGSYS. */
struct signal_action signal_wanted(void);
void signal_want(const struct signal_action *action);

/* Whether the action of this signal is ours to keep. A vfork child changes nobody's but its own, and is not armed. */
bool signal_ours(int number);

/* Of another signal, whether the program wants its handler to run with SIGSYS blocked. */
void signal_remember_mask(int number, bool masked);
bool signal_masking(int number);

/* The program has changed its mask so; `named`: SIGSYS was in the set. */
void signal_blocked_now(int how, bool named);

#endif

#endif
