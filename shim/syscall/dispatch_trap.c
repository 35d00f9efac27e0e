/* SPDX-License-Identifier: ISC */
/* A stopped system call: judged, logged, carried out. */
#include "shim/syscall/dispatch.h"

#ifdef RAW_HERE

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>

#include "sandbox/sys.h"
#include "shim/base/signals.h"
#include "shim/libc/real.h"
#include "shim/log/log.h"
#include "shim/syscall/by_number.h"
#include "shim/syscall/gate.h"

#define USER_DISPATCH 2          /* SYS_USER_DISPATCH, si_code */
#define ARCH_X86_64   0xc000003e /* AUDIT_ARCH_X86_64, si_arch */
#define SET_FS        0x1002     /* ARCH_SET_FS */
#define CLEAR_SIGHAND 0x100000000ull
#define INSTRUCTION   2 /* bytes of syscall, and of int $0x80 */
#define COPIES        64
#define COPY_SIZE     64

/*
 * Copies of the instruction, COPIES of each kind, a site of the program's each, which they jump back to. Nothing is
 * changed but rcx, which syscall itself changes, and memory below the red zone; not even flags.
 *
 *   clone    in the child nothing is armed, and the thread pointer may be anything: only the parent is stopped again
 *   plain    always
 *   int80    changes no register at all
 */
enum copy { COPY_CLONE, COPY_PLAIN, COPY_INT80 };
__asm__(".text\n"
	".macro preclude_stop\n"
	"	movq	raw_thread@gottpoff(%rip), %rcx\n"
	"	movb	$1, %fs:(%rcx)\n"
	".endm\n"
	".balign 64\n"
	"raw_copies:\n"
	".set site, 0\n"
	".rept 64\n"
	"	.balign 64\n"
	"	syscall\n"
	"	movq	%rax, %rcx\n"
	"	jrcxz	1f\n"
	"	preclude_stop\n"
	"1:	jmp	*raw_sites+8*site(%rip)\n"
	"	.set site, site+1\n"
	".endr\n"
	".set site, 0\n"
	".rept 64\n"
	"	.balign 64\n"
	"	syscall\n"
	"	preclude_stop\n"
	"	jmp	*raw_sites+8*site(%rip)\n"
	"	.set site, site+1\n"
	".endr\n"
	".set site, 0\n"
	".rept 64\n"
	"	.balign 64\n"
	"	int	$0x80\n"
	"	leaq	-128(%rsp), %rsp\n"
	"	pushq	%rcx\n"
	"	preclude_stop\n"
	"	popq	%rcx\n"
	"	leaq	128(%rsp), %rsp\n"
	"	jmp	*raw_sites+8*site(%rip)\n"
	"	.set site, site+1\n"
	".endr\n"
	"	.balign 64\n"
	"raw_copies_end:\n");
extern const char raw_copies[] __attribute__((visibility("hidden")));
extern const char raw_copies_end[] __attribute__((visibility("hidden")));

/* Where each copy goes back to: set once and for ever, so that whoever is in one late still finds its way. */
_Atomic uintptr_t raw_sites[COPIES] __attribute__((visibility("hidden")));

static int site_of(uintptr_t back)
{
	for (int i = 0; i < COPIES; i++) {
		uintptr_t known = 0;

		if (atomic_compare_exchange_strong(&raw_sites[i], &known, back) || known == back)
			return i;
	}
	return -1;
}

/* This thread goes its own way from here. */
static void leave_alone(greg_t *r, const char *why)
{
	log_warning("PRECLUDE_RAW: %s: raw system calls of this thread are not seen any more", why);
	raw_disarm();
	raw_thread.armed = -1;
	r[REG_RIP] -= INSTRUCTION;
}

static void elsewhere(greg_t *r, enum copy kind)
{
	const uintptr_t back = (uintptr_t)r[REG_RIP];
	int site;

	/* In a copy already: another one, in a handler in between, was done first and closed the way. */
	if (back - (uintptr_t)raw_copies < (uintptr_t)(raw_copies_end - raw_copies)) {
		r[REG_RIP] -= INSTRUCTION;
	} else {
		site = site_of(back);
		if (site < 0) {
			leave_alone(r, "too many places that make threads");
			return;
		}
		r[REG_RIP] = (greg_t)(uintptr_t)(raw_copies + (kind * COPIES + site) * COPY_SIZE);
	}
	raw_thread.selector = RAW_PASS;
}

static void warn_once(atomic_bool *said, const char *words)
{
	if (!atomic_exchange(said, true))
		log_warning("PRECLUDE_RAW: %s", words);
}

/* A child with memory and registers of its own may return from this handler as its parent does. */
static bool plain_fork(long number, const long *arg)
{
	switch (number) {
	case SYS_fork:
		return true;
	case SYS_clone:
		return !(arg[0] & (CLONE_VM | CLONE_SETTLS)) && !arg[1];
	case SYS_clone3: {
		/* struct clone_args: flags first, stack sixth; one that is shorter is refused by the kernel. */
		const uint64_t *words = (const uint64_t *)arg[0];

		return !text_readable((const char *)arg[0]) || arg[1] < 64 ||
		       (!(words[0] & (CLONE_VM | CLONE_SETTLS | CLEAR_SIGHAND)) && !words[5]);
	}
	default:
		return false;
	}
}

static bool quiet(uintptr_t pc)
{
	for (unsigned i = 0; i < sizeof raw.quiet / sizeof *raw.quiet; i++)
		if (pc - raw.quiet[i][0] < raw.quiet[i][1] - raw.quiet[i][0])
			return true;
	return false;
}

/* The kernel's word. */
static long carry_out(uintptr_t pc, long number, const long *arg)
{
	long result;

	if (raw_signal_call(number, arg, &result))
		return result;
	if (quiet(pc) || !rawcall_watched(number))
		return sys(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	result = rawcall(RAWCALL_RAW, pc, number, arg);
	return result == -1 ? -errno : result;
}

/* What returning from the handler would undo is done to what it returns to. */
static void keep_mask(ucontext_t *context)
{
	sys(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &context->uc_sigmask, sizeof(uint64_t));
}

static void stopped(ucontext_t *context, long number)
{
	static atomic_bool said;
	greg_t *r = context->uc_mcontext.gregs;
	const long arg[] = {r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]};

	if (raw_thread.passing && (uintptr_t)r[REG_RIP] - GATE_PAGE < GATE_SIZE) {
		r[REG_RIP] -= INSTRUCTION;
		raw_thread.selector = RAW_PASS;
		return;
	}
	switch (number) {
	case SYS_rt_sigreturn:
		/* libc's own, on the same stack: it does not come back. */
		r[REG_RIP] = (greg_t)raw.restorer;
		return;
	case SYS_sigaltstack:
		elsewhere(r, COPY_PLAIN);
		return;
	case SYS_arch_prctl:
		if (arg[0] == SET_FS) {
			leave_alone(r, "another thread pointer is set");
			return;
		}
		break;
	case SYS_fork:
	case SYS_vfork:
	case SYS_clone:
	case SYS_clone3:
		if (!plain_fork(number, arg)) {
			warn_once(&said, "a thread or vfork child is made by a raw system call: what it does by raw "
					 "system calls is not seen");
			elsewhere(r, COPY_CLONE);
			return;
		}
		r[REG_RAX] = sys(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
		if (r[REG_RAX] == 0)
			raw_arm();
		return;
	default:
		break;
	}
	r[REG_RAX] = carry_out((uintptr_t)r[REG_RIP], number, arg);
	if (number == SYS_rt_sigprocmask)
		keep_mask(context);
}

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	static atomic_bool said;
	int held = errno;

	if (info->si_code != USER_DISPATCH || raw_thread.armed <= 0) {
		raw_forward(signal, info, context);
	} else if (info->si_arch != ARCH_X86_64) {
		warn_once(&said, "system calls by int $0x80 are not judged");
		elsewhere(((ucontext_t *)context)->uc_mcontext.gregs, COPY_INT80);
	} else {
		stopped(context, info->si_syscall);
	}
	errno = held;
}

/*
 * Nothing is blocked meanwhile, so that what is carried out can be interrupted as it could before, and a program that
 * is executed begins with the right mask. On the alternate stack, where there is one: a program that has one may run on
 * stacks that take no signal.
 */
long raw_handle(bool restart)
{
	struct sigaction action = {.sa_sigaction = on_sigsys,
				   .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | (restart ? SA_RESTART : 0)};
	uintptr_t kernels[4] = {0}; /* handler, flags, restorer, mask */

	if (real.sigaction(SIGSYS, &action, NULL) != 0)
		return -errno;
	if (sys(SYS_rt_sigaction, SIGSYS, NULL, kernels, sizeof(uint64_t)) == 0)
		raw.restorer = kernels[2];
	return raw.restorer - raw.libc < raw.libc_end - raw.libc ? 0 : -ENOSYS;
}

#endif
