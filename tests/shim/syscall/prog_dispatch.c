/* SPDX-License-Identifier: ISC */
/*
 * A program that makes system calls by itself: prog_dispatch SITUATION says what each gave, on descriptor 1. Run bare
 * and under PRECLUDE_RAW=on it must say the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "../confined.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code */
#endif
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define RAW(...) RAW_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define RAW_(n, a, b, c, d, e, f, ...)                                                                                 \
	by_instruction(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define SAY(...)     (printf(__VA_ARGS__), fflush(stdout))
#define PASSES(what) SAY("%s: %ld\n", #what, (long)(what))

static void path_calls(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {O_RDONLY, 0, 0};
	char buffer[4096];
	char *arguments[] = {"true", NULL};
	int status;

	errno = 77;
	PASSES(RAW(SYS_mkdir, "outside/dir", 0700));
	PASSES(RAW(SYS_openat, AT_FDCWD, "outside/file", O_CREAT | O_WRONLY, 0600) > 2);
	PASSES(RAW(SYS_openat2, AT_FDCWD, "outside/file", &how, sizeof how) > 2);
	PASSES(RAW(SYS_open, "outside/missing", O_RDONLY));
	PASSES(RAW(SYS_open, "outside/file", O_RDONLY) > 2);
	PASSES(RAW(SYS_open, "root/inside", O_CREAT | O_WRONLY, 0600) > 2);
	PASSES(RAW(SYS_stat, "outside/file", buffer));
	PASSES(RAW(SYS_newfstatat, AT_FDCWD, "outside/file", buffer, 0));
	PASSES(RAW(SYS_rename, "outside/file", "outside/other"));
	PASSES(RAW(SYS_symlink, "other", "outside/link"));
	PASSES(RAW(SYS_readlink, "outside/link", buffer, sizeof buffer));
	PASSES(RAW(SYS_chmod, "outside/other", 0640));
	PASSES(RAW(SYS_unlink, "outside/other"));
	PASSES(RAW(SYS_rmdir, "outside/dir"));
	PASSES(RAW(SYS_unlink, NULL));
	PASSES(RAW(SYS_unlink, 8));
	if (RAW(SYS_fork) == 0) {
		PASSES(RAW(SYS_chdir, "outside"));
		RAW(SYS_execve, "/bin/true", arguments, environ);
		_exit(99);
	}
	wait(&status);
	PASSES(status);
	PASSES(errno);
}

/* Every register but rax, rcx and r11 as before, flags and red zone too, and six arguments as they were given. */
static void registers(void)
{
	uint64_t before[13] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, after[13] = {0};
	long result, flags, zone;
	char *page;
	FILE *file = tmpfile();

	__asm__ volatile("pushq %%rbp\n\tpushq %%rbx\n\tpushq %[after]\n\tsubq $256, %%rsp\n\t"
			 "movq %[before], %%rax\n\t"
			 "movq (%%rax), %%rbx\n\tmovq 8(%%rax), %%rbp\n\tmovq 16(%%rax), %%rdi\n\t"
			 "movq 24(%%rax), %%rsi\n\tmovq 32(%%rax), %%rdx\n\tmovq 40(%%rax), %%r8\n\t"
			 "movq 48(%%rax), %%r9\n\tmovq 56(%%rax), %%r10\n\tmovq 64(%%rax), %%r12\n\t"
			 "movq 72(%%rax), %%r13\n\tmovq 80(%%rax), %%r14\n\tmovq 88(%%rax), %%r15\n\t"
			 "movq $4711, -128(%%rsp)\n\tmovq $39, %%rax\n\tstd\n\tstc\n\tsyscall\n\t"
			 "pushfq\n\tcld\n\tpopq %%r11\n\tmovq -128(%%rsp), %%rcx\n\taddq $256, %%rsp\n\t"
			 "xchgq %%rax, (%%rsp)\n\t"
			 "movq %%rbx, (%%rax)\n\tmovq %%rbp, 8(%%rax)\n\tmovq %%rdi, 16(%%rax)\n\t"
			 "movq %%rsi, 24(%%rax)\n\tmovq %%rdx, 32(%%rax)\n\tmovq %%r8, 40(%%rax)\n\t"
			 "movq %%r9, 48(%%rax)\n\tmovq %%r10, 56(%%rax)\n\tmovq %%r12, 64(%%rax)\n\t"
			 "movq %%r13, 72(%%rax)\n\tmovq %%r14, 80(%%rax)\n\tmovq %%r15, 88(%%rax)\n\t"
			 "popq %%rax\n\tpopq %%rbx\n\tpopq %%rbp"
			 : "=a"(result), "=c"(zone)
			 : [before] "a"(before), [after] "c"(after)
			 : "rdi", "rsi", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
	/* The red zone's word lies above the 8 bytes that pushfq wrote: what came back is the flags' own. */
	(void)zone;
	__asm__ volatile("stc\n\tmovl $39, %%eax\n\tsyscall\n\tpushfq\n\tpopq %%rax"
			 : "=a"(flags)::"rcx", "r11", "cc", "memory");
	PASSES(result == getpid());
	PASSES(memcmp(before, after, 12 * sizeof *before));
	PASSES(flags & 1);
	PASSES(ftruncate(fileno(file), 8192) + pwrite(fileno(file), "second", 7, 4096));
	page = (char *)RAW(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fileno(file), 4096);
	PASSES(strcmp(page, "second"));
}

static void *in_thread(void *name)
{
	return (void *)RAW(SYS_mkdir, name, 0700);
}

static int in_c11_thread(void *name)
{
	return (int)RAW(SYS_mkdir, name, 0700);
}

static void *waits(void *unused)
{
	for (;;)
		sleep(1);
	return unused;
}

static void threads_(void)
{
	pthread_t thread[100];
	pthread_attr_t attributes;
	sigset_t all;
	void *result;
	thrd_t other;
	int value;

	PASSES(pthread_create(&thread[0], NULL, in_thread, "outside/posix"));
	PASSES(pthread_join(thread[0], &result));
	PASSES((long)result);
	PASSES(thrd_create(&other, in_c11_thread, "outside/c11"));
	PASSES(thrd_join(other, &value));
	PASSES(value);
	/* One that inherits a mask of everything, and one whose attribute asks for it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	pthread_create(&thread[0], NULL, in_thread, "outside/masked");
	PASSES(pthread_join(thread[0], &result));
	PASSES((long)result);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setsigmask_np(&attributes, &all);
	pthread_create(&thread[0], &attributes, in_thread, "outside/attribute");
	PASSES(pthread_join(thread[0], &result));
	PASSES((long)result);
	pthread_create(&thread[0], NULL, waits, NULL);
	pthread_cancel(thread[0]);
	PASSES(pthread_join(thread[0], &result) || result != PTHREAD_CANCELED);
	for (int i = 0; i < 100; i++)
		pthread_create(&thread[i], NULL, in_thread, "outside/posix");
	value = 0;
	for (int i = 0; i < 100; i++)
		value += pthread_join(thread[i], &result) || (long)result != -EEXIST;
	PASSES(value);
}

static int status_of(pid_t child)
{
	int status = -1;

	waitpid(child, &status, __WALL);
	return status;
}

static int clone_child(void *name)
{
	RAW(SYS_exit_group, RAW(SYS_mkdir, name, 0700) ? 1 : 7);
	return 0;
}

static void children(void)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} three = {.exit_signal = SIGCHLD};
	static volatile int shared;
	static char stack[65536] __attribute__((aligned(16)));
	pid_t child = fork();

	if (!child)
		clone_child("outside/libc");
	PASSES(status_of(child));
	child = RAW(SYS_fork);
	if (!child)
		clone_child("outside/fork");
	PASSES(status_of(child));
	child = RAW(SYS_clone, SIGCHLD);
	if (!child)
		clone_child("outside/clone");
	PASSES(status_of(child));
	child = RAW(SYS_clone3, &three, sizeof three);
	if (!child)
		clone_child("outside/clone3");
	PASSES(status_of(child));
	child = _Fork();
	if (!child) {
		access("outside/later", F_OK); /* a call of libc's, from which on it is armed */
		clone_child("outside/_Fork");
	}
	PASSES(status_of(child));
	child = clone(clone_child, stack + sizeof stack, SIGCHLD, "outside/copy");
	PASSES(status_of(child));
	PASSES(RAW(SYS_clone3, 8, 64));
	PASSES(RAW(SYS_clone, CLONE_THREAD));
	child = vfork();
	if (!child) {
		shared = 5;
		_exit(RAW(SYS_mkdir, "outside/vfork", 0700) ? 1 : 7);
	}
	PASSES(status_of(child));
	PASSES(shared);
	PASSES(system("exit 3"));
	PASSES(RAW(SYS_rmdir, "outside/vfork"));
}

/* The stack is the parent's meanwhile, so it is written in one piece; the red zone must come back whole. */
static void raw_vfork(void)
{
	static volatile long shared;
	long child, zone;

	for (int i = 0; i < 3; i++) {
		__asm__ volatile(
		    "movq $4711, -64(%%rsp)\n\tmovl $58, %%eax\n\tsyscall\n\ttestq %%rax, %%rax\n\tjnz 1f\n\t"
		    "movq $5, %[shared]\n\tmovl $7, %%edi\n\tmovl $60, %%eax\n\tsyscall\n"
		    "1:\tmovq -64(%%rsp), %[zone]"
		    : "=&a"(child), [shared] "+m"(shared), [zone] "=r"(zone)
		    :
		    : "rcx", "r11", "rdi", "memory", "cc");
		PASSES(child > 0);
		PASSES(zone);
		PASSES(shared);
		PASSES(status_of((pid_t)child));
		PASSES(RAW(SYS_rmdir, "outside/."));
	}
}

/* A thread of nobody's: its own stack, no thread pointer of libc's in use, gone by a raw exit. */
static void raw_thread_(void)
{
	static volatile int tid, done;
	static char stack[4096] __attribute__((aligned(16)));
	long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		     CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;
	long result;

	for (int i = 0; i < 3; i++) {
		register long r10 __asm__("r10") = (long)&tid;

		__asm__ volatile("movl $56, %%eax\n\tsyscall\n\ttestq %%rax, %%rax\n\tjnz 1f\n\t"
				 "lock incl %[done]\n\tmovl $39, %%eax\n\tsyscall\n\txorl %%edi, %%edi\n\tmovl $60, "
				 "%%eax\n\tsyscall\n1:"
				 : "=&a"(result), [done] "+m"(done)
				 : "D"(flags), "S"(stack + sizeof stack), "d"(&tid), "r"(r10)
				 : "rcx", "r11", "memory", "cc");
		PASSES(result > 0);
		while (tid)
			sched_yield();
		PASSES(done);
		PASSES(RAW(SYS_rmdir, "outside/."));
	}
}

static volatile long handled;

static void handler(int number)
{
	(void)number;
	handled = RAW(SYS_mkdir, "outside/in handler", 0700);
}

static __attribute__((naked, noinline)) void own_return(void)
{
	__asm__("movl $15, %eax\n\tsyscall");
}

static void masks(void)
{
	struct sigaction action = {.sa_handler = handler}, old;
	struct timespec none = {0, 1000000};
	sigset_t all, before;
	uint64_t word = ~0ull, was = 0;
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} kernels = {handler, 0x04000000 /* SA_RESTORER */, own_return, ~0ull};

	sigfillset(&all);
	sigfillset(&action.sa_mask);
	PASSES(sigaction(SIGUSR1, &action, NULL));
	PASSES(raise(SIGUSR1));
	PASSES(handled);
	PASSES(sigaction(SIGUSR1, NULL, &old));
	PASSES(sigismember(&old.sa_mask, SIGSYS) + 10 * sigismember(&old.sa_mask, SIGUSR2));

	PASSES(sigprocmask(SIG_BLOCK, &all, &before));
	PASSES(sigismember(&before, SIGSYS));
	PASSES(RAW(SYS_mkdir, "outside/blocked", 0700));
	PASSES(pthread_sigmask(SIG_SETMASK, NULL, &before));
	PASSES(sigismember(&before, SIGSYS) + 10 * sigismember(&before, SIGUSR2));
	PASSES(RAW(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &was, 8));
	PASSES(was >> 30 & 3);
	PASSES(syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &word, &was, 8));
	PASSES(was >> 30 & 3);
	PASSES(RAW(SYS_rt_sigprocmask, SIG_SETMASK, &word, &was, 8));
	PASSES(was >> 30 & 3);
	PASSES(sigprocmask(SIG_SETMASK, NULL, &before));
	PASSES(sigismember(&before, SIGSYS) + 10 * sigismember(&before, SIGUSR2));
	PASSES(RAW(SYS_mkdir, "outside/blocked again", 0700));
	/* What is pending is taken in other masks of everything but itself. */
	raise(SIGUSR1);
	sigdelset(&all, SIGUSR1);
	handled = 0;
	PASSES(sigsuspend(&all));
	PASSES(handled);
	raise(SIGUSR1);
	PASSES(ppoll(NULL, 0, &none, &all));
	raise(SIGUSR1);
	PASSES(pselect(0, NULL, NULL, NULL, &none, &all));
	word = ~(1ull << (SIGUSR1 - 1));
	raise(SIGUSR1);
	handled = 0;
	PASSES(RAW(SYS_rt_sigsuspend, &word, 8));
	PASSES(handled);
	raise(SIGUSR1);
	PASSES(RAW(SYS_ppoll, 0, 0, &none, &word, 8));
	PASSES(sigprocmask(SIG_UNBLOCK, &all, NULL));
	PASSES(sigprocmask(SIG_SETMASK, NULL, &before));
	PASSES(sigismember(&before, SIGSYS) + 10 * sigismember(&before, SIGUSR1));
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);

	/* A handler whose way back is the program's own. */
	handled = 0;
	PASSES(RAW(SYS_rt_sigaction, SIGUSR2, &kernels, NULL, 8));
	PASSES(raise(SIGUSR2));
	PASSES(handled);
	memset(&kernels, 0, sizeof kernels);
	PASSES(RAW(SYS_rt_sigaction, SIGUSR2, NULL, &kernels, 8));
	PASSES(kernels.mask >> 30 & 3);
	PASSES(sighold(SIGSYS) + sigprocmask(SIG_SETMASK, NULL, &before));
	PASSES(sigismember(&before, SIGSYS));
	PASSES(RAW(SYS_mkdir, "outside/held", 0700));
	PASSES(sigrelse(SIGSYS) + sigprocmask(SIG_SETMASK, NULL, &before));
	PASSES(sigismember(&before, SIGSYS));
}

static volatile int got_code, got_number;

static void own_handler(int number, siginfo_t *info, void *context)
{
	(void)number;
	got_code = info->si_code;
	got_number = info->si_syscall;
	if (info->si_code == SYS_SECCOMP)
		((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 4711;
}

static void own_sigsys(void)
{
	struct sigaction action = {.sa_sigaction = own_handler, .sa_flags = SA_SIGINFO | SA_RESTART}, old;
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog filter = {4, code};
	char buffer[400];
	pid_t child;

	child = fork();
	if (!child)
		RAW(SYS_kill, getpid(), SIGSYS), _exit(1);
	PASSES(status_of(child) & 0x7f);
	PASSES(signal(SIGSYS, SIG_IGN) == SIG_DFL);
	PASSES(raise(SIGSYS));
	PASSES(sigaction(SIGSYS, &action, &old));
	PASSES(old.sa_handler == SIG_IGN);
	PASSES(sigaction(SIGSYS, NULL, &old));
	PASSES(old.sa_sigaction == own_handler);
	PASSES(old.sa_flags & (SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_NODEFER));
	PASSES(raise(SIGSYS));
	PASSES(got_code);
	PASSES(RAW(SYS_mkdir, "outside/own", 0700));
	PASSES(got_code);
	PASSES(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	PASSES(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0));
	PASSES(syscall(SYS_uname, buffer));
	PASSES(got_code);
	PASSES(got_number);
	PASSES(RAW(SYS_mkdir, "outside/filtered", 0700));
	action.sa_flags |= SA_RESETHAND;
	PASSES(sigaction(SIGSYS, &action, NULL) + raise(SIGSYS) + sigaction(SIGSYS, NULL, &old));
	PASSES(old.sa_handler == SIG_DFL);
}

static void *dispatched(void *context, long *number)
{
	*number = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX];
	return context;
}

static volatile char selector;
static volatile long seen;

static void on_dispatch(int number, siginfo_t *info, void *context)
{
	long call;

	(void)number;
	(void)info;
	selector = 0;
	((ucontext_t *)dispatched(context, &call))->uc_mcontext.gregs[REG_RAX] = 42;
	seen = call;
}

/* A program with the same idea, as Wine. */
static void own_dispatch(void)
{
	struct sigaction action = {.sa_sigaction = on_dispatch, .sa_flags = SA_SIGINFO};

	PASSES(RAW(SYS_mkdir, "outside/before", 0700));
	PASSES(sigaction(SIGSYS, &action, NULL));
	PASSES(prctl(59, 1, 0, 0, &selector));
	PASSES(RAW(SYS_getppid) == getppid());
	selector = 1;
	PASSES(RAW(SYS_getpid));
	PASSES(seen);
	PASSES(prctl(59, 0, 0, 0, 0));
}

static long deep(int levels)
{
	char buffer[512];

	return levels ? deep(levels - 1) + RAW(SYS_stat, "outside", buffer) + (buffer[0] & 0) : 0;
}

static volatile int alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms += RAW(SYS_getpid) == getpid();
}

static sigjmp_buf away;

static void on_jump(int number)
{
	(void)number;
	ualarm(0, 0);
	siglongjmp(away, 1);
}

static void interrupted(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct timespec time = {10, 0};
	char buffer[8];
	int fds[2];

	PASSES(pipe(fds));
	sigaction(SIGALRM, &action, NULL);
	/* Again and again: the first may come before the call does. */
	ualarm(20000, 20000);
	PASSES(RAW(SYS_read, fds[0], buffer, 8));
	PASSES(RAW(SYS_nanosleep, &time, NULL));
	PASSES(RAW(SYS_pause));
	PASSES(alarms > 2);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	if (fork() == 0) {
		usleep(100000);
		RAW(SYS_write, fds[1], "restart", 8);
		_exit(0);
	}
	PASSES(RAW(SYS_read, fds[0], buffer, 8));
	ualarm(0, 0);
	PASSES(alarms > 2);
	/* A timeout that never comes back into the call. */
	action.sa_handler = on_jump;
	sigaction(SIGALRM, &action, NULL);
	if (!sigsetjmp(away, 1)) {
		ualarm(20000, 20000);
		RAW(SYS_read, fds[0], buffer, 8);
	}
	PASSES(RAW(SYS_mkdir, "outside/jumped", 0700));
}

static void on_stack(int number)
{
	stack_t now = {0};

	(void)number;
	handled = RAW(SYS_sigaltstack, NULL, &now);
	SAY("on it: %d, from a raw call: %ld\n", now.ss_flags & SS_ONSTACK, RAW(SYS_mkdir, "outside/stack", 0700));
}

static void stacks(void)
{
	static char first[65536], second[65536];
	stack_t stack = {.ss_sp = first, .ss_size = sizeof first}, now = {0};
	struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};

	PASSES(RAW(SYS_sigaltstack, &stack, &now));
	PASSES(now.ss_flags);
	PASSES(sigaltstack(NULL, &now));
	PASSES(now.ss_sp == first);
	PASSES(RAW(SYS_mkdir, "outside/stack", 0700));
	stack.ss_sp = second;
	PASSES(RAW(SYS_sigaltstack, &stack, &now));
	PASSES(now.ss_sp == first);
	PASSES(RAW(SYS_sigaltstack, NULL, &now));
	PASSES(now.ss_sp == second);
	sigaction(SIGUSR1, &action, NULL);
	PASSES(raise(SIGUSR1));
	PASSES(handled);
}

static long int80(long number)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0), "c"(0), "d"(0) : "memory");
	return result;
}

static void old_door(void)
{
	for (int i = 0; i < 3; i++)
		PASSES(int80(20) == getpid());
	PASSES(RAW(SYS_mkdir, "outside/int80", 0700));
}

static void fs_register(void)
{
	unsigned long base = 0;

	PASSES(RAW(SYS_arch_prctl, 0x1003, &base));
	PASSES(RAW(SYS_arch_prctl, 0x1002, base));
	PASSES(errno);
}

static void ring(void)
{
	char parameters[120] = {0};

	/* As many kernels are set up: forbidden, or there. */
	PASSES(RAW(SYS_io_uring_setup, 0, parameters));
	PASSES(syscall(SYS_io_uring_setup, 0, parameters));
}

static void recursion(void)
{
	PASSES(deep(3000));
}

/* What a trap costs: nanoseconds, on standard output. */
static void price(void)
{
	struct timespec from, to;

	for (int kind = 0; kind < 2; kind++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		for (int i = 0; i < 300000; i++)
			kind ? RAW(SYS_getppid) : syscall(SYS_getppid);
		clock_gettime(CLOCK_MONOTONIC, &to);
		SAY("%s: %ld ns\n", kind ? "raw" : "libc",
		    ((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec) / 300000);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} situations[] = {
    {"path calls", path_calls}, {"registers", registers},        {"threads", threads_},
    {"children", children},     {"raw vfork", raw_vfork},        {"raw thread", raw_thread_},
    {"masks", masks},           {"own SIGSYS", own_sigsys},      {"own dispatch", own_dispatch},
    {"recursion", recursion},   {"interrupted", interrupted},    {"stacks", stacks},
    {"int80", old_door},        {"thread pointer", fs_register}, {"ring", ring},
    {"price", price},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof situations / sizeof *situations; i++)
		if (!strcmp(situations[i].name, argv[1])) {
			situations[i].run();
			return 0;
		}
	return 2;
}
