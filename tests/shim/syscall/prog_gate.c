/* SPDX-License-Identifier: ISC */
/*
 * A program that changes metadata: prog_gate WAY FILE [LINK] makes each call that does, by one way, and says how it
 * ended: 0 or the name of errno. LINK is a symlink to FILE.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "../confined.h"

#define SETFLAGS    0x40086602
#define SETFLAGS_32 0x40046602
#define GETFLAGS    0x80086601
#define SETVERSION  0x40087602
#define FSSETXATTR  0x401c5820

static const char *file, *symbolic, *volatile nowhere;
static char *low; /* memory that 32 bits reach */
static int fd = -1;

/* A call, what the file and the link are after it, and what it gave. Times of today are "now". */
static void say(const char *name, long result)
{
	struct stat st = {0}, link = {0};
	char list[256];

	fstat(fd, &st);
	lstat(symbolic, &link);
	printf("%s (%o %u.%u ", name, st.st_mode, st.st_uid, st.st_gid);
	for (int i = 0; i < 3; i++) {
		struct timespec t = (struct timespec[]){st.st_atim, st.st_mtim, link.st_mtim}[i];

		if (t.tv_sec < 1500000000)
			printf("%ld.%ld ", t.tv_sec, t.tv_nsec);
		else
			printf("now ");
	}
	printf("%u %zd) %s\n", link.st_uid, flistxattr(fd, list, sizeof list),
	       result >= 0 ? "0" : strerrorname_np((int)-result));
	fflush(stdout);
}

static long by_libc(long number, long a, long b, long c, long d, long e, long f)
{
	long result = syscall(number, a, b, c, d, e, f);

	return result < 0 ? -errno : result;
}

static long by_int80(long number, long a, long b, long c, long d, long e, long f)
{
	long result;

	(void)f;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

/* A thread that nobody sets up: the call, and its end. */
static long by_raw_thread(long number, long a, long b, long c, long d, long e, long f)
{
	static char stack[4096] __attribute__((aligned(16)));
	static volatile int tid;
	static long arg[8], done;
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			   CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;
	register long r10 __asm__("r10") = (long)&tid;
	long result;

	memcpy(arg, (long[]){number, a, b, c, d, e, f}, 7 * sizeof *arg);
	__asm__ volatile(
	    "movl $56, %%eax\n\tsyscall\n\ttestq %%rax, %%rax\n\tjnz 1f\n\t"
	    "leaq %[arg], %%rbx\n\tmovq (%%rbx), %%rax\n\tmovq 8(%%rbx), %%rdi\n\tmovq 16(%%rbx), %%rsi\n\t"
	    "movq 24(%%rbx), %%rdx\n\tmovq 32(%%rbx), %%r10\n\tmovq 40(%%rbx), %%r8\n\t"
	    "movq 48(%%rbx), %%r9\n\tsyscall\n\tmovq %%rax, %[done]\n\t"
	    "xorl %%edi, %%edi\n\tmovl $60, %%eax\n\tsyscall\n1:"
	    : "=&a"(result), [done] "+m"(done)
	    : "D"(flags), "S"(stack + sizeof stack), "d"(&tid), "r"(r10), [arg] "m"(arg)
	    : "rcx", "r11", "memory", "cc");
	if (result < 0)
		return result;
	while (tid)
		sched_yield();
	return done;
}

static long (*by)(long number, long a, long b, long c, long d, long e, long f);
#define CALL(n, ...)                          CALL_(n, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(n, a, b, c, d, e, f, unused...) by(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define SAY(name, ...)                        say(#name, CALL(SYS_##name, __VA_ARGS__))
#define SAY_N(name, number, ...)              say(#name, CALL(number, __VA_ARGS__))

static const struct timespec when[2] = {{1000000000, 5}, {1000000001, 7}};
static const struct timeval day[2] = {{1000000002, 11}, {1000000003, 13}};
static const long old_day[2] = {1000000004, 1000000005};
static struct {
	uint64_t flags;
	uint32_t more[5];
} attributes;
static struct {
	uint64_t value;
	uint32_t size, flags;
} extended = {0, 5, 0};
static long flags;
static uint64_t mount_attributes[4];
static char ring[120];

/* Each system call that changes metadata, by its number. */
static void numbers(void)
{
	extended.value = (uint64_t) "value";
	ioctl(fd, GETFLAGS, &flags);
	flags |= 0x80; /* FS_NOATIME_FL */
	SAY(chmod, file, 0640);
	SAY(fchmod, fd, 0641);
	SAY(fchmodat, AT_FDCWD, file, 0642);
	SAY_N(fchmodat2, 452, AT_FDCWD, file, 0643, AT_SYMLINK_NOFOLLOW);
	SAY(chown, file, 11, 12);
	SAY(lchown, symbolic, 13, 14);
	SAY(fchown, fd, 15, 16);
	SAY(fchownat, AT_FDCWD, symbolic, 17, 18, AT_SYMLINK_NOFOLLOW);
	SAY(utime, file, old_day);
	SAY(utimes, file, day);
	SAY(futimesat, AT_FDCWD, file, day);
	SAY(utimensat, AT_FDCWD, symbolic, when, AT_SYMLINK_NOFOLLOW);
	say("utimensat by descriptor", CALL(SYS_utimensat, fd, NULL, when, 0));
	SAY(setxattr, file, "user.one", "1", 1, 0);
	SAY(lsetxattr, file, "user.two", "2", 1, 0);
	SAY(fsetxattr, fd, "user.three", "3", 1, 0);
	SAY(removexattr, file, "user.one");
	SAY(lremovexattr, file, "user.two");
	SAY(fremovexattr, fd, "user.three");
	SAY_N(setxattrat, 463, AT_FDCWD, file, 0, "user.four", &extended, sizeof extended);
	SAY_N(removexattrat, 466, AT_FDCWD, file, 0, "user.four");
	SAY_N(file_setattr, 469, AT_FDCWD, file, &attributes, 24, 0);
	say("ioctl SETFLAGS", CALL(SYS_ioctl, fd, SETFLAGS, &flags));
	say("ioctl FSSETXATTR", CALL(SYS_ioctl, fd, FSSETXATTR, &attributes));
	say("ioctl SETVERSION", CALL(SYS_ioctl, fd, SETVERSION, &flags));
	SAY_N(mount_setattr, 442, AT_FDCWD, file, 0, mount_attributes, sizeof mount_attributes);
}

static void raw(void)
{
	by = by_instruction;
	numbers();
}

static void by_number(void)
{
	by = by_libc;
	numbers();
}

static void raw_thread(void)
{
	by = by_raw_thread;
	numbers();
}

/* The doors that are no use under the gate, whatever the file: other tables, and a ring. */
static void doors(void)
{
	static const short old[] = {15,  16,  30,  94,  95,  182, 198, 207, 212, 226, 227, 228, 235, 236,
				    237, 271, 298, 299, 306, 320, 412, 425, 442, 452, 463, 466, 469};
	char name[32];

	by = by_int80;
	strcpy(low, file);
	for (unsigned i = 0; i < sizeof old / sizeof *old; i++) {
		snprintf(name, sizeof name, "int80 %d", old[i]);
		say(name, CALL(old[i], low, 0640, 0, 0));
	}
	say("int80 ioctl", CALL(54, fd, SETFLAGS_32, low));
	by = by_instruction;
	say("x32 chmod", CALL(SYS_chmod | 0x40000000, file, 0640));
	say("x32 ioctl", CALL(514 | 0x40000000, fd, SETFLAGS_32, low));
	say("ring", CALL(425, 1, ring));
}

/* And those that are. */
static void open_doors(void)
{
	by = by_int80;
	say("int80 getpid", CALL(20, 0) == getpid() ? 0 : -EINVAL);
	say("int80 ioctl GETFLAGS", CALL(54, fd, 0x80046601, low));
	by = by_instruction;
	say("ioctl GETFLAGS", CALL(SYS_ioctl, fd, GETFLAGS, &flags));
	say("ioctl FIONREAD", CALL(SYS_ioctl, fd, FIONREAD, &flags));
}

#define LIBC(call) say(#call, (call) < 0 ? -errno : 0)

/* libc's functions, and what it does beside the system call. */
static void functions(void)
{
	const struct timeval wrong[2] = {{1, 1000000}, {1, -1}};
	const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}}, bad[2] = {{0, 1000000000}, {0, 0}};
	const struct utimbuf both = {1000000006, 1000000007};

	LIBC(chmod(file, 0600));
	LIBC(lchmod(file, 0601));
	LIBC(lchmod(symbolic, 0602));
	LIBC(fchmod(fd, 0603));
	LIBC(fchmodat(AT_FDCWD, file, 0604, 0));
	LIBC(fchmodat(AT_FDCWD, file, 0605, AT_SYMLINK_NOFOLLOW));
	LIBC(fchmodat(AT_FDCWD, symbolic, 0606, AT_SYMLINK_NOFOLLOW));
	LIBC(fchmodat(AT_FDCWD, file, 0607, 0x10000));
	LIBC(fchmodat(fd, "", 0610, AT_EMPTY_PATH));
	LIBC(fchmodat(-1, "missing", 0611, 0));
	LIBC(chown(symbolic, 21, 22));
	LIBC(lchown(symbolic, 23, 24));
	LIBC(fchown(fd, 25, 26));
	LIBC(fchownat(AT_FDCWD, symbolic, 27, 28, AT_SYMLINK_NOFOLLOW));
	LIBC(fchownat(fd, "", 29, 30, AT_EMPTY_PATH));
	LIBC(fchownat(AT_FDCWD, file, 31, 32, 0x10000));
	LIBC(utime(file, &both));
	LIBC(utime(file, NULL));
	LIBC(utimes(file, day));
	LIBC(utimes(file, wrong));
	LIBC(lutimes(symbolic, day));
	LIBC(futimes(fd, day));
	LIBC(futimes(-1, day));
	LIBC(futimes(fd, NULL));
	LIBC(futimesat(AT_FDCWD, file, day));
	LIBC(futimesat(fd, nowhere, day));
	LIBC(utimensat(AT_FDCWD, symbolic, when, AT_SYMLINK_NOFOLLOW));
	LIBC(utimensat(AT_FDCWD, file, now, 0));
	LIBC(utimensat(AT_FDCWD, file, bad, 0));
	LIBC(utimensat(AT_FDCWD, file, when, 0x10000));
	LIBC(utimensat(fd, nowhere, when, 0));
	LIBC(futimens(fd, when));
	LIBC(futimens(-1, when));
	LIBC(setxattr(file, "user.a", "1", 1, 0));
	LIBC(setxattr(file, "user.a", "1", 1, XATTR_CREATE));
	LIBC(lsetxattr(file, "user.b", "1", 1, 0));
	LIBC(fsetxattr(fd, "user.c", "1", 1, 0));
	LIBC(removexattr(file, "user.a"));
	LIBC(removexattr(file, "user.a"));
	LIBC(lremovexattr(file, "user.b"));
	LIBC(fremovexattr(fd, "user.c"));
	ioctl(fd, GETFLAGS, &flags);
	flags ^= 0x80;
	LIBC(ioctl(fd, SETFLAGS, &flags));
	LIBC(ioctl(-1, SETFLAGS, &flags));
	LIBC(ioctl(fd, FSSETXATTR, &attributes));
	LIBC(chmod("missing", 0600));
	LIBC(chmod(file, 0612));
}

/* A few calls of each kind, from a thread, a child, a vfork child, and the children's children. */
static void *some(void *name)
{
	printf("%s: ", (const char *)name);
	LIBC(chmod(file, 0600));
	say("raw chmod", by_instruction(SYS_chmod, (long)file, 0601, 0, 0, 0, 0));
	return NULL;
}

static void ended(pid_t child)
{
	int status = -1;

	waitpid(child, &status, 0);
	printf("status %d\n", status);
	fflush(stdout);
}

static void places(void)
{
	pthread_t thread;
	pid_t child;

	pthread_create(&thread, NULL, some, "thread");
	pthread_join(thread, NULL);
	child = fork();
	if (!child) {
		some("child");
		child = fork();
		if (!child) {
			some("grandchild");
			_exit(0);
		}
		ended(child);
		_exit(0);
	}
	ended(child);
	child = vfork();
	if (!child)
		_exit(chmod(file, 0620) ? errno : 0);
	ended(child);
	some("afterwards");
}

static volatile long handled, wrong;

static void on_alarm(int number)
{
	long result;

	(void)number;
	access(file, F_OK);
	result = by_instruction(SYS_chmod, (long)file, 0600, 0, 0, 0, 0);
	if (result && result != -EPERM && result != -EACCES)
		wrong = result;
	handled++;
}

/* Handlers that make calls of both kinds, in the middle of others. */
static void interrupted(void)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
	long failed = 0, rawly = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 20000 || handled < 500; i++) {
		failed += chmod(file, 0600) != 0;
		if (i % 16 == 0)
			rawly += by_instruction(SYS_fchmod, fd, 0600, 0, 0, 0, 0) != 0;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	say("handlers", wrong);
	printf("failed %d, of raw ones %d\n", failed != 0, rawly != 0);
	say("raw chmod", by_instruction(SYS_chmod, (long)file, 0601, 0, 0, 0, 0));
}

static volatile long steps;

static void on_step(int number)
{
	(void)number;
	access(file, F_OK);
	steps++;
}

/*
 * A handler that makes a judged call after each instruction of a change, the last one before the gate's too. The first
 * time nothing is stepped through: what is logged of a call site is logged then.
 */
static void stepped(void)
{
	struct sigaction action = {.sa_handler = on_step};
	int result = 0;

	sigaction(SIGTRAP, &action, NULL);
	for (long trap = 0; trap <= 0x100; trap += 0x100) {
		__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" ::"r"(trap) : "memory", "cc");
		result |= chmod(file, 0601);
		__asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
	}
	say("stepped through", result ? -errno : 0);
	printf("many steps: %d\n", steps > 10);
	say("raw chmod", by_instruction(SYS_chmod, (long)file, 0602, 0, 0, 0, 0));
}

static void price(void)
{
	struct timespec from, to;

	for (int kind = 0; kind < 3; kind++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		for (int i = 0; i < 200000; i++)
			kind == 0   ? chmod(file, 0600)
			: kind == 1 ? (int)by_instruction(SYS_chmod, (long)file, 0600, 0, 0, 0, 0)
				    : (int)by_libc(SYS_getppid, 0, 0, 0, 0, 0, 0);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%s %ld ns\n", (const char *[]){"chmod", "raw chmod", "getppid"}[kind],
		       ((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec) / 200000);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
    {"raw", raw},         {"numbers", by_number},     {"functions", functions}, {"raw-thread", raw_thread},
    {"doors", doors},     {"open-doors", open_doors}, {"places", places},       {"interrupted", interrupted},
    {"stepped", stepped}, {"price", price},
};

/* Runs a command as if before Linux 6.6: fchmodat2(2) is not there. */
static int old_kernel(char **argv)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 452, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog filter = {4, code};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0)
		execvp(argv[0], argv);
	return 4;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "old"))
		return old_kernel(argv + 2);
	if (argc < 3)
		return 2;
	file = argv[2];
	symbolic = argc > 3 ? argv[3] : file;
	fd = open(file, O_RDONLY);
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (fd < 0 || low == MAP_FAILED)
		return 3;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(ways[i].name, argv[1])) {
			ways[i].run();
			return 0;
		}
	return 2;
}
