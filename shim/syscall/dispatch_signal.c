/* SPDX-License-Identifier: ISC */
/* What the program wants of SIGSYS, its system calls about it by number, and one that is not ours, handed on. */
#include "shim/syscall/dispatch_signal.h"

#ifdef RAW_HERE

#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "sandbox/sys.h"
#include "shim/base/path_text.h"
#include "shim/base/process.h"
#include "shim/base/signals.h"
#include "shim/libc/real.h"

#define RINGS   16
#define SECCOMP 1 /* SYS_SECCOMP, si_code */

/*
 * What the program wants done with SIGSYS. Written elsewhere first and then made valid by its number: a handler never
 * finds a half of it.
 */
static struct signal_action wanted[RINGS];
static atomic_uint wanted_at;
static atomic_uint wanted_next;

/* Signals whose handlers the program wants to run with SIGSYS blocked. */
static _Atomic uint64_t masking;

struct signal_action signal_wanted(void)
{
	return wanted[atomic_load(&wanted_at)];
}

void signal_want(const struct signal_action *action)
{
	unsigned at = (atomic_fetch_add(&wanted_next, 1) + 1) % RINGS;

	wanted[at] = *action;
	atomic_store(&wanted_at, at);
	raw_handle(action->handler == SIG_DFL || action->handler == SIG_IGN || (action->flags & SA_RESTART));
}

bool signal_ours(int number)
{
	return raw.on && number == SIGSYS && !process_borrowed();
}

void signal_remember_mask(int number, bool masked)
{
	if (masked)
		atomic_fetch_or(&masking, SIGNAL_BIT(number));
	else
		atomic_fetch_and(&masking, ~SIGNAL_BIT(number));
}

bool signal_masking(int number)
{
	return number > 0 && number <= 64 && atomic_load(&masking) & SIGNAL_BIT(number);
}

void signal_blocked_now(int how, bool named)
{
	if (how == SIG_SETMASK)
		raw_thread.blocked = named;
	else if (named)
		raw_thread.blocked = how == SIG_BLOCK;
}

static long raw_action(int number, const struct signal_action *action, struct signal_action *old)
{
	struct signal_action changed, now = signal_wanted();
	bool masked = false, before = signal_masking(number);
	long result;

	if (signal_ours(number)) {
		if (action) {
			changed = *action; /* which may lie where the old one goes */
			signal_want(&changed);
		}
		if (old)
			*old = now;
		return 0;
	}
	if (action) {
		changed = *action;
		masked = changed.mask & OURS;
		changed.mask &= ~OURS;
	}
	result = sys(SYS_rt_sigaction, number, action ? &changed : NULL, old, sizeof(uint64_t));
	if (result == 0 && old && before)
		old->mask |= OURS;
	if (result == 0 && action)
		signal_remember_mask(number, masked);
	return result;
}

static long raw_mask(int how, const uint64_t *set, uint64_t *old)
{
	bool was = raw_thread.blocked, named = set && *set & OURS;
	uint64_t changed = set ? *set & ~OURS : 0;
	long result = sys(SYS_rt_sigprocmask, how, set ? &changed : NULL, old, sizeof changed);

	if (result == 0 && old && was)
		*old |= OURS;
	if (result == 0 && set)
		signal_blocked_now(how, named);
	return result;
}

/* One whose argument number `at` points to a mask. */
static long raw_wait(long number, const long *arg, int at)
{
	long changed[6];
	uint64_t without;

	memcpy(changed, arg, sizeof changed);
	if (text_readable((const char *)arg[at])) {
		without = *(const uint64_t *)arg[at] & ~OURS;
		changed[at] = (long)&without;
	}
	return sys(number, changed[0], changed[1], changed[2], changed[3], changed[4], changed[5]);
}

/* pselect6's last argument points to a pointer to the mask, and its size. */
static long raw_pselect(const long *arg)
{
	uint64_t without, packed[2];
	const uint64_t *given = (const uint64_t *)arg[5];

	if (!text_readable((const char *)given) || !text_readable((const char *)given[0]))
		return sys(SYS_pselect6, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	without = *(const uint64_t *)given[0] & ~OURS;
	packed[0] = (uint64_t)&without;
	packed[1] = given[1];
	return sys(SYS_pselect6, arg[0], arg[1], arg[2], arg[3], arg[4], packed);
}

static bool readable_or_none(long address)
{
	return !address || text_readable((const char *)address);
}

bool raw_signal_call(long number, const long *arg, long *result)
{
	switch (number) {
	case SYS_rt_sigaction:
		if (arg[3] != sizeof(uint64_t) || !readable_or_none(arg[1]) || !readable_or_none(arg[2]))
			return false;
		*result = raw_action((int)arg[0], (const struct signal_action *)arg[1], (struct signal_action *)arg[2]);
		return true;
	case SYS_rt_sigprocmask:
		if (arg[3] != sizeof(uint64_t) || !readable_or_none(arg[1]) || !readable_or_none(arg[2]))
			return false;
		*result = raw_mask((int)arg[0], (const uint64_t *)arg[1], (uint64_t *)arg[2]);
		return true;
	case SYS_rt_sigsuspend:
		*result = raw_wait(number, arg, 0);
		return true;
	case SYS_ppoll:
		*result = raw_wait(number, arg, 3);
		return true;
	case SYS_pselect6:
		*result = raw_pselect(arg);
		return true;
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
		*result = raw_wait(number, arg, 4);
		return true;
	default:
		return false;
	}
}

/* What the kernel would have done without us. */
static void die(void)
{
	static const struct sigaction normal = {.sa_handler = SIG_DFL};

	real.sigaction(SIGSYS, &normal, NULL);
	sys(SYS_tgkill, sys(SYS_getpid), sys(SYS_gettid), SIGSYS);
}

void raw_forward(int number, void *info, void *context)
{
	struct signal_action action = signal_wanted(), gone = action;
	const int code = ((siginfo_t *)info)->si_code;
	uint64_t block;

	if (action.handler == (void *)SIG_IGN && code != SECCOMP)
		return;
	if (action.handler == (void *)SIG_DFL || action.handler == (void *)SIG_IGN) {
		/* Blocked, it would wait for better days; what the kernel forces does not. */
		if (!raw_thread.blocked || code == SECCOMP)
			die();
		return;
	}
	if (action.flags & SA_RESETHAND) {
		gone.handler = (void *)SIG_DFL;
		signal_want(&gone);
	}
	/* In a program with a dispatch of its own, not even this call may pass. */
	block = action.mask & ~OURS;
	if (block && code <= SECCOMP)
		sys(SYS_rt_sigprocmask, SIG_BLOCK, &block, NULL, sizeof block);
	if (action.flags & SA_SIGINFO)
		((void (*)(int, siginfo_t *, void *))action.handler)(number, info, context);
	else
		((void (*)(int))action.handler)(number);
}

#endif
