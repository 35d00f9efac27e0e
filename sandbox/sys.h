/* SPDX-License-Identifier: ISC */
/*
 * System calls made directly: no errno, no cancellation point, no PLT, so no wrapper of ours or anybody else's.
 *
 * sys() returns the kernel's word: the result, or -errno. Async-signal-safe, safe in a vfork child, safe before libc
 * has started. Inside the library every call that takes a path or an own descriptor goes through here.
 */
#ifndef PRECLUDE_SANDBOX_SYS_H
#define PRECLUDE_SANDBOX_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
/*
 * Where system calls go while the kernel stops every one that is not made by libc's own text (shim/syscall/dispatch.h):
 * through libc's syscall(2). NULL, and never asked for again, in every other process.
 */
extern long (*sys_gate)(long nr, long a, long b, long c, long d, long e, long f) __attribute__((visibility("hidden")));

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	long result;

	if (__builtin_expect(sys_gate != NULL, 0))
		return sys_gate(nr, a, b, c, d, e, f);
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__i386__)
/* The sixth argument travels in ebp, which a frame pointer may occupy: push and pop it around the trap. */
static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	long result;
	long last = f;
	__asm__ volatile("pushl %7\n\tpushl %%ebp\n\tmovl 4(%%esp), %%ebp\n\tint $0x80\n\tpopl %%ebp\n\taddl $4, %%esp"
			 : "=a"(result)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "m"(last)
			 : "memory");
	return result;
}
#elif defined(__aarch64__)
static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#else
#error "preclude: no system call stub for this architecture; add one here"
#endif

#define SYS_ARG(x)                                      ((long)(x))
#define sys_0(nr)                                       sys6(nr, 0, 0, 0, 0, 0, 0)
#define sys_1(nr, a)                                    sys6(nr, SYS_ARG(a), 0, 0, 0, 0, 0)
#define sys_2(nr, a, b)                                 sys6(nr, SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define sys_3(nr, a, b, c)                              sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define sys_4(nr, a, b, c, d)                           sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define sys_5(nr, a, b, c, d, e)                        sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)
#define sys_6(nr, a, b, c, d, e, f)                     sys6(nr, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), SYS_ARG(f))
#define SYS_PICK(_0, _1, _2, _3, _4, _5, _6, pick, ...) pick
/* sys(SYS_openat, AT_FDCWD, path, flags) -> result or -errno */
#define sys(...) SYS_PICK(__VA_ARGS__, sys_6, sys_5, sys_4, sys_3, sys_2, sys_1, sys_0)(__VA_ARGS__)

/* Numbers that older headers lack: the same on every architecture since 5.1. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* openat2(2), from <linux/openat2.h>, which musl's compiler wrapper does not find. */
struct open_how_v0 {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};
#define PRECLUDE_RESOLVE_NO_XDEV       0x01
#define PRECLUDE_RESOLVE_NO_MAGICLINKS 0x02
#define PRECLUDE_RESOLVE_NO_SYMLINKS   0x04
#define PRECLUDE_RESOLVE_BENEATH       0x08
#define PRECLUDE_RESOLVE_IN_ROOT       0x10

/* Closes a descriptor, if it is one. */
static inline void sys_put(int fd)
{
	if (fd >= 0)
		sys(SYS_close, fd);
}

/* Anonymous memory, zero until touched, MAP_PRIVATE or MAP_SHARED; NULL when there is none. */
void *sys_pages(size_t size, int sharing);

/*
 * For tables that a start touches little of: they lie behind all other variables (the linker sorts by name), which
 * would else be strewn among them, a page fault each.
 */
#define LARGE __attribute__((section(".bss.large")))

/* An object's identity: what fstat says of it, without libc's struct stat and its 64-bit siblings. */
struct identity {
	uint64_t dev; /* st_dev, in the kernel's 64-bit encoding */
	uint64_t ino;
	uint32_t mode; /* st_mode; 0 when unknown */
};

/* 0 or -errno. sys_identity_at takes AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH. */
int sys_identity(int fd, struct identity *out);
int sys_identity_at(int dirfd, const char *path, int flags, struct identity *out);

static inline int identity_same(const struct identity *a, const struct identity *b)
{
	return a->ino == b->ino && a->dev == b->dev;
}

#endif
