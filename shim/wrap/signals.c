/* SPDX-License-Identifier: ISC */
/* What libc has to say of signals and their masks, without SIGSYS while PRECLUDE_RAW=on needs it. Without, one jump. */
#include "shim/syscall/dispatch_signal.h"

#ifdef RAW_HERE

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "shim/base/signals.h"
#include "shim/libc/real.h"

#define OURS_4 ((int)OURS) /* in the old masks of 32 bits */
#define WORDS  16          /* a sigset_t of libc's */

static struct signal_action to_kernel(const struct sigaction *action)
{
	struct signal_action out = {.flags = (uint64_t)(unsigned)action->sa_flags};

	memcpy(&out.handler, &action->sa_handler, sizeof out.handler);
	memcpy(&out.mask, &action->sa_mask, sizeof out.mask);
	return out;
}

static void from_kernel(const struct signal_action *action, struct sigaction *out)
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
	bool masked = false, before = signal_masking(number);
	int result;

	if (signal_ours(number)) {
		struct signal_action now = signal_wanted(), next = action ? to_kernel(action) : now;

		if (old)
			from_kernel(&now, old);
		if (action)
			signal_want(&next);
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
			signal_remember_mask(number, masked);
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
	struct signal_action now = signal_wanted(),
			     next = {.handler = handler, .flags = flags, .mask = flags ? 0 : OURS};

	signal_want(&next);
	return now.handler;
}

#define SIGNAL(name, flags)                                                                                            \
	WRAPPER(void *, name, (int number, void *handler))                                                             \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, (void *)SIG_ERR;                                                        \
		return signal_ours(number) && handler != (void *)SIG_ERR ? simple(handler, flags)                      \
									 : real.name(number, handler);                 \
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
	if (!signal_ours(number))
		return real.sigset(number, handler);
	raw_thread.blocked = handler == (void *)SIG_HOLD;
	before = handler == (void *)SIG_HOLD ? signal_wanted().handler : simple(handler, 0);
	return was ? (void *)SIG_HOLD : before;
}

WRAPPER(int, sigignore, (int number))
{
	if (!REAL(sigignore))
		return errno = ENOSYS, -1;
	return signal_ours(number) ? (simple((void *)SIG_IGN, 0), 0) : real.sigignore(number);
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

/* In 32 bits, of 4.2BSD. */
static int old_mask(int (*call)(int), int how, int mask)
{
	bool was = raw_thread.blocked;
	int before = call(mask & ~OURS_4);

	signal_blocked_now(how, mask & OURS_4);
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
			signal_blocked_now(how, named);
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

#endif
