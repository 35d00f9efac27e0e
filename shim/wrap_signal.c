/* SPDX-License-Identifier: ISC */
/*
 * SIGSYS stays deliverable while PRECLUDE_RAW=on needs it, and no program can tell: what it blocks, and which handler
 * it sets, is remembered, given back when it asks, and called for what is not ours. Without, one jump.
 */
#include "shim/raw.h"

#ifdef RAW_HERE

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "sandbox/sys.h"
#include "shim/hold.h"
#include "shim/lexical.h"
#include "shim/process.h"
#include "shim/real.h"

#define OURS    SIGNAL_BIT(SIGSYS)
#define OURS_4  ((int)OURS) /* in the old masks of 32 bits */
#define WORDS   16          /* a sigset_t of libc's */
#define RINGS   16
#define SECCOMP 1 /* SYS_SECCOMP, si_code */

/* The kernel's struct sigaction. */
struct action {
	void *handler;
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

/*
 * What the program wants done with SIGSYS. Written elsewhere first and then made valid by its number: a handler never
 * finds a half of it.
 */
static struct action wanted[RINGS];
static atomic_uint wanted_at;
static atomic_uint wanted_next;

/* Signals whose handlers the program wants to run with SIGSYS blocked. */
static _Atomic uint64_t masking;

static struct action wanted_now(void)
{
	return wanted[atomic_load(&wanted_at)];
}

static void want(const struct action *action)
{
	unsigned at = (atomic_fetch_add(&wanted_next, 1) + 1) % RINGS;

	wanted[at] = *action;
	atomic_store(&wanted_at, at);
	raw_handle(action->handler == SIG_DFL || action->handler == SIG_IGN || (action->flags & SA_RESTART));
}

/* A vfork child changes nobody's actions but its own, and is not armed. */
static bool ours(int number)
{
	return raw.on && number == SIGSYS && !process_borrowed();
}

/* Of another signal: without SIGSYS in its mask. Returns whether it was in there. */
static void remember_mask(int number, bool masked)
{
	if (masked)
		atomic_fetch_or(&masking, SIGNAL_BIT(number));
	else
		atomic_fetch_and(&masking, ~SIGNAL_BIT(number));
}

static bool remembered(int number)
{
	return number > 0 && number <= 64 && atomic_load(&masking) & SIGNAL_BIT(number);
}

static struct action to_kernel(const struct sigaction *action)
{
	struct action out = {.flags = (uint64_t)(unsigned)action->sa_flags};

	memcpy(&out.handler, &action->sa_handler, sizeof out.handler);
	memcpy(&out.mask, &action->sa_mask, sizeof out.mask);
	return out;
}

static void from_kernel(const struct action *action, struct sigaction *out)
{
	memset(out, 0, sizeof *out);
	memcpy(&out->sa_handler, &action->handler, sizeof action->handler);
	memcpy(&out->sa_mask, &action->mask, sizeof action->mask);
	out->sa_flags = (int)action->flags;
}

static int act(int (*call)(int, const struct sigaction *, struct sigaction *), int number,
	       const struct sigaction *action, struct sigaction *old)
{
	struct sigaction changed;
	bool masked = false, before = remembered(number);
	int result;

	if (ours(number)) {
		struct action now = wanted_now(), next = action ? to_kernel(action) : now;

		if (old)
			from_kernel(&now, old);
		if (action)
			want(&next);
		return 0;
	}
	if (raw.on && action) {
		changed = *action;
		masked = sigismember(&changed.sa_mask, SIGSYS) == 1;
		sigdelset(&changed.sa_mask, SIGSYS);
		action = &changed;
	}
	result = call(number, action, old);
	if (raw.on && result == 0) {
		if (old && before)
			sigaddset(&old->sa_mask, SIGSYS);
		if (action)
			remember_mask(number, masked);
	}
	return result;
}

#define ACTION(name)                                                                                                   \
	WRAPPER(int, name, (int number, const struct sigaction *action, struct sigaction *old))                        \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		return raw.on ? act(real.name, number, action, old) : real.name(number, action, old);                  \
	}
ACTION(sigaction)
ACTION(__sigaction)

/* The older ways to say it differ in the flags. */
static void *simple(void *handler, uint64_t flags)
{
	struct action now = wanted_now(), next = {.handler = handler, .flags = flags, .mask = flags ? 0 : OURS};

	want(&next);
	return now.handler;
}

#define SIGNAL(name, flags)                                                                                            \
	WRAPPER(void *, name, (int number, void *handler))                                                             \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, (void *)SIG_ERR;                                                        \
		return ours(number) && handler != (void *)SIG_ERR ? simple(handler, flags)                             \
								  : real.name(number, handler);                        \
	}
SIGNAL(signal, SA_RESTART)
SIGNAL(bsd_signal, SA_RESTART)
SIGNAL(ssignal, SA_RESTART)
SIGNAL(sysv_signal, SA_RESETHAND | SA_NODEFER)
SIGNAL(__sysv_signal, SA_RESETHAND | SA_NODEFER)

WRAPPER(void *, sigset, (int number, void *handler))
{
	bool was = raw_thread.blocked;
	void *before;

	if (!REAL(sigset))
		return errno = ENOSYS, (void *)SIG_ERR;
	if (!ours(number))
		return real.sigset(number, handler);
	raw_thread.blocked = handler == (void *)SIG_HOLD;
	before = handler == (void *)SIG_HOLD ? wanted_now().handler : simple(handler, 0);
	return was ? (void *)SIG_HOLD : before;
}

WRAPPER(int, sigignore, (int number))
{
	if (!REAL(sigignore))
		return errno = ENOSYS, -1;
	return ours(number) ? (simple((void *)SIG_IGN, 0), 0) : real.sigignore(number);
}

#define HOLD(name, held)                                                                                               \
	WRAPPER(int, name, (int number))                                                                               \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		return raw.on && number == SIGSYS ? (raw_thread.blocked = (held), 0) : real.name(number);              \
	}
HOLD(sighold, true)
HOLD(sigrelse, false)

/* Masks. What was asked, and what the program is told that there was before. */
static void blocked_now(int how, bool named)
{
	if (how == SIG_SETMASK)
		raw_thread.blocked = named;
	else if (named)
		raw_thread.blocked = how == SIG_BLOCK;
}

/* In 32 bits, of 4.2BSD. */
static int old_mask(int (*call)(int), int how, int mask)
{
	bool was = raw_thread.blocked;
	int before = call(mask & ~OURS_4);

	blocked_now(how, mask & OURS_4);
	return was ? before | OURS_4 : before;
}

WRAPPER(int, sigblock, (int mask))
{
	if (!REAL(sigblock))
		return errno = ENOSYS, -1;
	return raw.on ? old_mask(real.sigblock, SIG_BLOCK, mask) : real.sigblock(mask);
}

WRAPPER(int, sigsetmask, (int mask))
{
	if (!REAL(sigsetmask))
		return errno = ENOSYS, -1;
	return raw.on ? old_mask(real.sigsetmask, SIG_SETMASK, mask) : real.sigsetmask(mask);
}

WRAPPER(int, siggetmask, (void))
{
	if (!REAL(siggetmask))
		return errno = ENOSYS, -1;
	return real.siggetmask() | (raw.on && raw_thread.blocked ? OURS_4 : 0);
}

static int mask(int (*call)(int, const uint64_t *, uint64_t *), int how, const uint64_t *set, uint64_t *old)
{
	uint64_t changed[WORDS];
	bool was = raw_thread.blocked, named = false;
	int result;

	if (set) {
		memcpy(changed, set, sizeof changed);
		named = changed[0] & OURS;
		changed[0] &= ~OURS;
	}
	result = call(how, set ? changed : NULL, old);
	if (result == 0) {
		if (old && was)
			old[0] |= OURS;
		if (set)
			blocked_now(how, named);
	}
	return result;
}

#define MASK(name, failure)                                                                                            \
	WRAPPER(int, name, (int how, const uint64_t *set, uint64_t *old))                                              \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return failure;                                                                                \
		return raw.on ? mask(real.name, how, set, old) : real.name(how, set, old);                             \
	}
MASK(sigprocmask, (errno = ENOSYS, -1))
MASK(pthread_sigmask, ENOSYS)

/* Calls that wait with another mask. */
#define WAIT(name, params, args)                                                                                       \
	WRAPPER(int, name, params)                                                                                     \
	{                                                                                                              \
		uint64_t changed[WORDS];                                                                               \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		if (raw.on && mask) {                                                                                  \
			memcpy(changed, mask, sizeof changed);                                                         \
			changed[0] &= ~OURS;                                                                           \
			mask = changed;                                                                                \
		}                                                                                                      \
		return real.name args;                                                                                 \
	}
WAIT(sigsuspend, (const uint64_t *mask), (mask))
WAIT(__sigsuspend, (const uint64_t *mask), (mask))
WAIT(ppoll, (void *fds, unsigned long count, const void *timeout, const uint64_t *mask), (fds, count, timeout, mask))
WAIT(__ppoll_chk, (void *fds, unsigned long count, const void *timeout, const uint64_t *mask, size_t room),
     (fds, count, timeout, mask, room))
WAIT(pselect, (int count, void *in, void *out, void *except, const void *timeout, const uint64_t *mask),
     (count, in, out, except, timeout, mask))
WAIT(epoll_pwait, (int fd, void *events, int max, int timeout, const uint64_t *mask), (fd, events, max, timeout, mask))
WAIT(epoll_pwait2, (int fd, void *events, int max, const void *timeout, const uint64_t *mask),
     (fd, events, max, timeout, mask))

WRAPPER(int, sigpause, (int mask))
{
	if (!REAL(sigpause))
		return errno = ENOSYS, -1;
	return real.sigpause(raw.on ? mask & ~OURS_4 : mask);
}

WRAPPER(int, __sigpause, (int signal_or_mask, int is_signal))
{
	if (!REAL(__sigpause))
		return errno = ENOSYS, -1;
	return real.__sigpause(raw.on && !is_signal ? signal_or_mask & ~OURS_4 : signal_or_mask, is_signal);
}

/* The same by number. */
static long raw_action(int number, const struct action *action, struct action *old)
{
	struct action changed, now = wanted_now();
	bool masked = false, before = remembered(number);
	long result;

	if (ours(number)) {
		if (action) {
			changed = *action; /* which may lie where the old one goes */
			want(&changed);
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
		remember_mask(number, masked);
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
		blocked_now(how, named);
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
		*result = raw_action((int)arg[0], (const struct action *)arg[1], (struct action *)arg[2]);
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
	struct action action = wanted_now(), gone = action;
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
		want(&gone);
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
