/* SPDX-License-Identifier: ISC */
/* Arming: which objects may pass, which threads are asked for, and where none can be. */
#include "shim/syscall/dispatch.h"

#include "sandbox/sys.h"
#include "shim/base/context.h"
#include "shim/log/log.h"
#include "shim/syscall/gate.h"

#ifdef RAW_HERE

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "shim/base/process.h"
#include "shim/base/signals.h"
#include "shim/libc/real.h"
#include "shim/stack/frames.h"

#define DISPATCH     59 /* PR_SET_SYSCALL_USER_DISPATCH, and its first argument */
#define DISPATCH_OFF 0
#define DISPATCH_ON  1

struct raw raw;
__thread struct raw_thread raw_thread __attribute__((tls_model("initial-exec")));

/* The process that is armed, on a page that is wiped in children: there it is 0 until somebody asks. */
static _Atomic int *owner_page;

static int owner(void)
{
	int expected = 0;

	if (atomic_load_explicit(owner_page, memory_order_relaxed) == 0)
		atomic_compare_exchange_strong(owner_page, &expected, (int)sys(SYS_getpid));
	return atomic_load_explicit(owner_page, memory_order_relaxed);
}

/* System calls of the library's own, which the kernel would stop as it stops the program's. */
static long gate(long nr, long a, long b, long c, long d, long e, long f)
{
	int held = errno;
	long result = real.syscall(nr, a, b, c, d, e, f);

	if (result == -1) {
		result = -errno;
		errno = held;
	}
	return result;
}

/*
 * Through the library's gate. A handler that interrupts is let pass too for the moment, and what it changes by raw
 * system calls meets the filter. One that made a judged call has closed the way behind it: see stopped() in
 * shim/syscall/dispatch_trap.c.
 */
static long pass_gate(long nr, long a, long b, long c, long d, long e, long f)
{
	const struct raw_thread before = raw_thread;
	long result;

	raw_thread.passing = true;
	raw_thread.selector = RAW_PASS;
	result = ((gate_function *)GATE_PAGE)(nr, a, b, c, d, e, f);
	raw_thread.selector = before.selector;
	raw_thread.passing = before.passing;
	return result;
}

static long dispatch(int mode)
{
	if (mode == DISPATCH_OFF)
		return sys(SYS_prctl, DISPATCH, DISPATCH_OFF, 0, 0, 0);
	return sys(SYS_prctl, DISPATCH, DISPATCH_ON, raw.libc, raw.libc_end - raw.libc, &raw_thread.selector);
}

static long arm(void)
{
	const uint64_t only = SIGNAL_BIT(SIGSYS);
	uint64_t before = 0;

	sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, &before, sizeof only);
	if (before & only)
		raw_thread.blocked = true;
	raw_thread.selector = RAW_STOP;
	/* Before it is tried: where it fails once, it fails at every call. */
	raw_thread.armed = owner();
	return dispatch(DISPATCH_ON);
}

void raw_arm(void)
{
	if (!raw.on || raw.sealed)
		return;
	if (arm() < 0)
		log_warning("PRECLUDE_RAW: a thread or child could not be armed; its raw system calls are not seen");
}

void raw_disarm(void)
{
	dispatch(DISPATCH_OFF);
}

void raw_seal(const char *why)
{
	static atomic_bool said;

	raw.sealed = true;
	if (!atomic_exchange(&said, true))
		log_warning("PRECLUDE_RAW: %s: from here on no new thread or child is armed, and raw system calls in "
			    "them are not seen",
			    why);
}

/*
 * At every call that is judged at length: a thread that libc made for itself, or the child of a clone() that ran no
 * handlers, was not armed when it began; a signal handler that jumped away left the selector open.
 */
static void again(void)
{
	if (raw_thread.armed != atomic_load_explicit(owner_page, memory_order_relaxed))
		raw_arm();
	else if (raw_thread.selector != RAW_STOP)
		raw_thread.selector = RAW_STOP;
}

static bool find_objects(void)
{
	const uintptr_t inside[] = {
	    getauxval(AT_SYSINFO_EHDR), (uintptr_t)dlsym(RTLD_DEFAULT, "__tls_get_addr"), (uintptr_t)raw_start,
	    (uintptr_t)real.pthread_create, /* before glibc 2.34 in a library of its own */
	};

	for (unsigned i = 0; i < sizeof inside / sizeof *inside; i++)
		frames_object(inside[i], &raw.quiet[i][0], &raw.quiet[i][1]);
	return real.syscall && frames_object((uintptr_t)real.syscall, &raw.libc, &raw.libc_end) &&
	       (uintptr_t)real.sigprocmask - raw.libc < raw.libc_end - raw.libc;
}

static bool take_page(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || madvise(page, 4096, MADV_WIPEONFORK) != 0)
		return false;
	owner_page = page;
	return true;
}

/* Everything stands before the first call can be stopped. 0, or what the kernel said. */
static long begin(void)
{
	long error;

	if (!take_page())
		return -ENOMEM;
	sys_gate = gate;
	if (shim.gate)
		shim.gate = pass_gate;
	raw.on = true;
	error = raw_handle(true);
	if (!error)
		error = arm();
	if (!error)
		error = -pthread_atfork(NULL, NULL, raw_arm);
	if (error) {
		raw.on = false;
		sys_gate = NULL;
	}
	return error;
}

/* By the variable that asked for it. */
#define REFUSED(why)                                                                                                   \
	end_refused(shim.policy.confine_raw ? "PRECLUDE_CONFINE_RAW" why "PRECLUDE_CONFINE_RAW=off"                    \
					    : "PRECLUDE_RAW" why "PRECLUDE_RAW=off")

void raw_start(void)
{
	long error;

	if (!shim.active || !shim.policy.raw || raw.on)
		return;
	shim.policy.raw = false;
	if (!find_objects())
		REFUSED(": another library stands in for libc's syscall(): leave it out of LD_PRELOAD, or write ");
	error = begin();
	if (!error)
		shim.raw_again = again;
	else if (shim.policy.require == REQUIRE_FULL)
		REFUSED(": this kernel cannot (Syscall User Dispatch, Linux 5.11), and PRECLUDE_REQUIRE is full; "
			"write ");
	else
		log_warning("PRECLUDE_RAW: raw system calls are not seen%s: this kernel cannot (Syscall User Dispatch, "
			    "Linux 5.11): errno %ld",
			    shim.gate ? ", and those that change metadata fail with EPERM" : "", -error);
}

#else

void raw_start(void)
{
	if (shim.active && shim.policy.raw)
		end_refused("PRECLUDE_RAW: works only on x86_64 with glibc; write PRECLUDE_RAW=off");
}

#endif
