/* SPDX-License-Identifier: ISC */
/* The gate: its page, its filter, and libc's functions led through it. */
#include "shim/syscall/gate.h"

#include "shim/syscall/dispatch.h"

#ifdef RAW_HERE

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "shim/judge/pin.h"
#include "shim/libc/real.h"
#include "shim/stack/frames.h"

#define NOFOLLOW 0x100 /* AT_SYMLINK_NOFOLLOW */

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* A gate_function, to be copied to the page: what it is called with, put where the kernel expects it. */
__asm__(".text\n"
	"gate_code:\n"
	"	endbr64\n"
	"	movq	%rdi, %rax\n"
	"	movq	%rsi, %rdi\n"
	"	movq	%rdx, %rsi\n"
	"	movq	%rcx, %rdx\n"
	"	movq	%r8, %r10\n"
	"	movq	%r9, %r8\n"
	"	movq	8(%rsp), %r9\n"
	"	.org	gate_code + " GATE_SYSCALL ", 0x90\n"
	"	syscall\n"
	"	ret\n"
	"gate_end:\n");
extern const char gate_code[] __attribute__((visibility("hidden")));
extern const char gate_end[] __attribute__((visibility("hidden")));

static int answer(long result)
{
	return result < 0 ? (errno = (int)-result, -1) : (int)result;
}

static int (*libc_fchmodat)(int dir, const char *path, mode_t mode, int flags);
static int (*libc_utimensat)(int dir, const char *path, const struct timespec *times, int flags);

#define GATE(name, params, ...)                                                                                        \
	static int gate_##name params                                                                                  \
	{                                                                                                              \
		return answer(gate_sys(__VA_ARGS__));                                                                  \
	}
#include "shim/syscall/gate.def"
#undef GATE

/* Before Linux 6.6, or where a sandbox does not know fchmodat2(2): as libc does it. */
static long chmod_nofollow(int dir, const char *path, mode_t mode)
{
	struct watch_path at = {.pinned = (int)sys(SYS_openat, dir, path, O_PATH | O_NOFOLLOW | O_CLOEXEC)};
	struct identity id;
	long result;

	if (at.pinned < 0)
		return at.pinned;
	result = sys_identity(at.pinned, &id);
	if (result == 0)
		result = S_ISLNK(id.mode) ? -EOPNOTSUPP : gate_sys(SYS_fchmodat, DIR(at), NAME(at), mode);
	pin_put(&at);
	return result;
}

static int gate_fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	long result;

	if (!flags)
		return answer(gate_sys(SYS_fchmodat, dir, path, mode));
	/* Newer ones pass on what older ones refuse: EPERM is the filter's word, so the kernel was asked. */
	if (flags & ~NOFOLLOW) {
		int said = libc_fchmodat(dir, path, mode, flags);

		if (said == 0 || errno != EPERM)
			return said;
		result = gate_sys(SYS_fchmodat2, dir, path, mode, flags);
		return answer(result == -ENOSYS ? -EINVAL : result);
	}
	result = gate_sys(SYS_fchmodat2, dir, path, mode, flags);
	return answer(result == -ENOSYS || result == -EPERM ? chmod_nofollow(dir, path, mode) : result);
}

static int gate_lchmod(const char *path, mode_t mode)
{
	return gate_fchmodat(AT_FDCWD, path, mode, NOFOLLOW);
}

static int gate_utimensat(int dir, const char *path, const struct timespec *times, int flags)
{
	/* Newer ones pass on this, too. */
	if (!path) {
		int said = libc_utimensat(dir, path, times, flags);

		if (said == 0 || errno != EPERM)
			return said;
	}
	return answer(gate_sys(SYS_utimensat, dir, path, times, flags));
}

/* Seconds and microseconds, as they are in struct timeval; what cannot be read ends the program, as in libc. */
static int utime_pairs(int dir, const char *path, const struct timeval *times, int flags)
{
	const long *given = (const long *)times;
	long pairs[4];

	for (unsigned i = 0; times && i < 4; i++)
		pairs[i] = given[i] * (i % 2 ? 1000 : 1);
	return answer(gate_sys(SYS_utimensat, dir, path, times ? pairs : NULL, flags));
}

static int gate_utime(const char *path, const struct utimbuf *times)
{
	const long *seconds = (const long *)times;

	if (!times)
		return utime_pairs(AT_FDCWD, path, NULL, 0);
	return utime_pairs(AT_FDCWD, path, (const struct timeval *)(const long[]){seconds[0], 0, seconds[1], 0}, 0);
}

static int gate_utimes(const char *path, const struct timeval *times)
{
	return utime_pairs(AT_FDCWD, path, times, 0);
}

static int gate_lutimes(const char *path, const struct timeval *times)
{
	return utime_pairs(AT_FDCWD, path, times, NOFOLLOW);
}

static int gate_futimesat(int dir, const char *path, const struct timeval *times)
{
	return utime_pairs(dir, path, times, 0);
}

static int gate_futimes(int fd, const struct timeval *times)
{
	return utime_pairs(fd, NULL, times, 0);
}

/* Every function that is led through the gate. */
#define GATE(name, ...) LED(name)
#define ALL_LED         LED(fchmodat) LED(lchmod) LED(utimensat) LED(utime) LED(utimes) LED(lutimes) LED(futimesat) LED(futimes)

/* The first that is not libc's own, or NULL. ioctl and syscall(2) are led where they are wrapped. */
static const char *stood_in_for(void)
{
#define LED(name)                                                                                                      \
	if (REAL(name) && !real_of_libc((uintptr_t)real.name))                                                         \
		return #name;
#include "shim/syscall/gate.def"
	ALL_LED LED(ioctl) LED(syscall)
#undef LED
	    return NULL;
}

static void lead(void)
{
	libc_fchmodat = real.fchmodat;
	libc_utimensat = real.utimensat;
#define LED(name) real.name = gate_##name;
#include "shim/syscall/gate.def"
	ALL_LED
#undef LED
}
#undef GATE

static bool map_page(void)
{
	void *const page = (void *)GATE_PAGE;
	const long at = sys(SYS_mmap, page, GATE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at != (long)GATE_PAGE) {
		if (at > 0) /* before Linux 4.17 the address was a wish */
			sys(SYS_munmap, at, GATE_SIZE);
		return false;
	}
	memcpy(page, gate_code, (size_t)(gate_end - gate_code));
	return sys(SYS_mprotect, page, GATE_SIZE, PROT_READ | PROT_EXEC) == 0;
}

/* Nobody else lets a call that is in vain get as far as EBADF from the gate, and not from here. */
static bool inherited(void)
{
	return sys(SYS_fchmod, -1, 0) == -EPERM && gate_sys(SYS_fchmod, -1, 0) == -EBADF;
}

static int refuse_error(struct refusal *why, long error)
{
	if (error == -EBUSY)
		return refuse(why, "PRECLUDE_CONFINE_RAW: a thread has a seccomp filter of its own already; write "
				   "PRECLUDE_CONFINE_RAW=off");
	return refuse(why,
		      "PRECLUDE_CONFINE_RAW: no seccomp filter can be installed: %s; write "
		      "PRECLUDE_CONFINE_RAW=off",
		      strerror((int)-error));
}

int gate_start(struct outcome *outcome, struct refusal *why)
{
	uint32_t numbers[FILTER_MAX];
	const char *stranger;
	long error;

	if (!shim.policy.confine_raw)
		return 0;
	shim.policy.raw = true;
	if (shim.policy.mode != MODE_ENFORCE)
		return 0;
	stranger = stood_in_for();
	if (stranger)
		return refuse(why,
			      "PRECLUDE_CONFINE_RAW: another library stands in for libc's %s(): leave it out of "
			      "LD_PRELOAD, or write PRECLUDE_CONFINE_RAW=off",
			      stranger);
	if (!map_page())
		return refuse(why,
			      "PRECLUDE_CONFINE_RAW: the gate's page, at %#lx, cannot be mapped: the program has "
			      "something there; write PRECLUDE_CONFINE_RAW=off",
			      (unsigned long)GATE_PAGE);
	lead();
	shim.gate = (gate_function *)GATE_PAGE;
	error = inherited() ? 0 : filter_install(GATE_BACK, numbers, gate_numbers(numbers), &outcome->no_new_privs);
	outcome->confine_raw = error == 0;
	return error ? refuse_error(why, error) : 0;
}

#else

int gate_start(struct outcome *outcome, struct refusal *why)
{
	(void)outcome;
	if (!shim.policy.confine_raw)
		return 0;
	return refuse(why, "PRECLUDE_CONFINE_RAW: works only on x86_64 with glibc; write PRECLUDE_CONFINE_RAW=off");
}

#endif
