/* SPDX-License-Identifier: ISC */
/*
 * syscall(2), and ioctl's metadata. The six arguments are read as longs, as libc's own does: what the caller did not
 * pass is not used. What is of no interest is passed on in one jump, with the stack as it was.
 */
#include <errno.h>
#include <stdarg.h>

#include "shim/fdstate.h"
#include "shim/log.h"
#include "shim/own.h"
#include "shim/real.h"
#include "shim/rights_of.h"
#include "shim/sites.h"
#include "shim/watch.h"

#define NO_DIR (-1)

/* Numbers that older headers lack: the same on every architecture. */
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif
#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_fspick
#define SYS_fspick 433
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* Calls that some architectures never had: numbers that no call has. */
#ifndef SYS_stat64
#define SYS_stat64 (-1001)
#endif
#ifndef SYS_lstat64
#define SYS_lstat64 (-1002)
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat (-1003)
#endif
#ifndef SYS_fstatat64
#define SYS_fstatat64 (-1004)
#endif
#ifndef SYS_open
#define SYS_open (-1005)
#endif
#ifndef SYS_creat
#define SYS_creat (-1006)
#endif
#ifndef SYS_stat
#define SYS_stat (-1007)
#endif
#ifndef SYS_lstat
#define SYS_lstat (-1008)
#endif
#ifndef SYS_access
#define SYS_access (-1009)
#endif
#ifndef SYS_readlink
#define SYS_readlink (-1010)
#endif
#ifndef SYS_chmod
#define SYS_chmod (-1011)
#endif
#ifndef SYS_chown
#define SYS_chown (-1012)
#endif
#ifndef SYS_lchown
#define SYS_lchown (-1013)
#endif
#ifndef SYS_utime
#define SYS_utime (-1014)
#endif
#ifndef SYS_utimes
#define SYS_utimes (-1015)
#endif
#ifndef SYS_futimesat
#define SYS_futimesat (-1016)
#endif
#ifndef SYS_link
#define SYS_link (-1017)
#endif
#ifndef SYS_symlink
#define SYS_symlink (-1018)
#endif
#ifndef SYS_rename
#define SYS_rename (-1019)
#endif
#ifndef SYS_renameat
#define SYS_renameat (-1020)
#endif
#ifndef SYS_unlink
#define SYS_unlink (-1021)
#endif
#ifndef SYS_rmdir
#define SYS_rmdir (-1022)
#endif
#ifndef SYS_mkdir
#define SYS_mkdir (-1023)
#endif
#ifndef SYS_mknod
#define SYS_mknod (-1024)
#endif

static int how_flags(long how)
{
	return text_readable((const char *)how) ? (int)((const struct open_how_v0 *)how)->flags : 0;
}

/* The functions that these calls are, defined in other wrap_*.c. */
int wrap_close(int fd) __asm__("close");
int wrap_close_range(unsigned first, unsigned last, int flags) __asm__("close_range");
int wrap_dup(int fd) __asm__("dup");
int wrap_dup2(int from, int to) __asm__("dup2");
int wrap_dup3(int from, int to, int flags) __asm__("dup3");
int wrap_chdir(const char *path) __asm__("chdir");
int wrap_fchdir(int fd) __asm__("fchdir");
int wrap_chroot(const char *path) __asm__("chroot");
int wrap_pivot_root(const char *path, const char *old) __asm__("pivot_root");
int wrap_unshare(int flags) __asm__("unshare");
int wrap_setns(int fd, int type) __asm__("setns");
int wrap_execve(const char *path, char *const *argv, char *const *envp) __asm__("execve");

static int dir_of(const long *arg, int number)
{
	return number == NO_DIR ? CWD : (int)arg[number];
}

/* Fills the watch of a system call that takes a path; false for the others. */
static bool describe(long number, const long *arg, struct watch *watch)
{
	switch (number) {
#define ROW(name, dir_arg, path_value, follows, action, rights)                                                        \
	watch->func = "syscall(" #name ")";                                                                            \
	watch->at = (struct watch_path){.dir = dir_of(arg, dir_arg), .path = (path_value), .follow = (follows)};       \
	watch->does = (action);                                                                                        \
	watch->right = (rights);
#define RAW(name, dir_arg, path_arg, follows, action, rights)                                                          \
	case SYS_##name:                                                                                               \
		ROW(name, dir_arg, (const char *)arg[path_arg], follows, action, rights)                               \
		return true;
#define RAW2(name, dir_arg, path_arg, follows, dir2_arg, path2_arg, action, rights)                                    \
	case SYS_##name:                                                                                               \
		ROW(name, dir_arg, (const char *)arg[path_arg], follows, action, rights)                               \
		watch->two = true;                                                                                     \
		watch->to = (struct watch_path){.dir = dir_of(arg, dir2_arg), .path = (const char *)arg[path2_arg]};   \
		return true;
#define RAW_FD(name, fd_arg, action)                                                                                   \
	case SYS_##name:                                                                                               \
		ROW(name, fd_arg, NULL, true, action, 0)                                                               \
		return true;
#include "shim/raw.def"
#undef RAW
#undef RAW2
#undef RAW_FD
	default:
		return false;
	}
}

/* Calls that change what the library holds or knows: as the functions of the same name. */
static bool by_function(long number, const long *arg, long *result)
{
	switch (number) {
	case SYS_close:
		*result = wrap_close((int)arg[0]);
		return true;
	case SYS_close_range:
		*result = wrap_close_range((unsigned)arg[0], (unsigned)arg[1], (int)arg[2]);
		return true;
#ifdef SYS_dup2
	case SYS_dup2:
		*result = wrap_dup2((int)arg[0], (int)arg[1]);
		return true;
#endif
	case SYS_dup3:
		*result = wrap_dup3((int)arg[0], (int)arg[1], (int)arg[2]);
		return true;
	case SYS_dup:
		*result = wrap_dup((int)arg[0]);
		return true;
	case SYS_chdir:
		*result = wrap_chdir((const char *)arg[0]);
		return true;
	case SYS_fchdir:
		*result = wrap_fchdir((int)arg[0]);
		return true;
	case SYS_chroot:
		*result = wrap_chroot((const char *)arg[0]);
		return true;
	case SYS_pivot_root:
		*result = wrap_pivot_root((const char *)arg[0], (const char *)arg[1]);
		return true;
	case SYS_unshare:
		*result = wrap_unshare((int)arg[0]);
		return true;
	case SYS_setns:
		*result = wrap_setns((int)arg[0], (int)arg[1]);
		return true;
	case SYS_execve:
		*result = wrap_execve((const char *)arg[0], (char *const *)arg[1], (char *const *)arg[2]);
		return true;
	case SYS_exit:
	case SYS_exit_group:
		sites_flush(log_call);
		return false;
	default:
		return false;
	}
}

static __attribute__((noinline)) long watched(uintptr_t caller, long number, const long *arg)
{
	struct watch watch = {.caller = caller, .fd = -1};
	long result;

	if (by_function(number, arg, &result))
		return result;
	if (!describe(number, arg, &watch))
		return real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	watch_before(&watch, false);
	result = real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	watch_after(&watch, result == -1);
	return result;
}

/* The numbers that neither row nor function takes: passed on without a frame of ours. */
static bool interesting(long number)
{
	switch (number) {
#define RAW(name, ...) case SYS_##name:
#define RAW2           RAW
#define RAW_FD         RAW
#include "shim/raw.def"
#undef RAW
#undef RAW2
#undef RAW_FD
	case SYS_close:
	case SYS_close_range:
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
	case SYS_dup:
	case SYS_chdir:
	case SYS_fchdir:
	case SYS_chroot:
	case SYS_pivot_root:
	case SYS_unshare:
	case SYS_setns:
	case SYS_execve:
	case SYS_exit:
	case SYS_exit_group:
		return true;
	default:
		return false;
	}
}

WRAPPER(long, syscall, (long number, long a, long b, long c, long d, long e, long f))
{
	if (!REAL(syscall))
		return errno = ENOSYS, -1;
	if (!shim.active || !interesting(number))
		return real.syscall(number, a, b, c, d, e, f);
	return watched((uintptr_t)__builtin_return_address(0), number, (const long[]){a, b, c, d, e, f});
}

#define SETFLAGS   0x6602 /* FS_IOC_SETFLAGS: _IOW('f', 2, long), without its size and direction */
#define FSSETXATTR 0x5820 /* FS_IOC_FSSETXATTR: _IOW('X', 32, struct fsxattr) */

#define IOCTL(name)                                                                                                    \
	WRAPPER(int, name, (int fd, unsigned long request, ...))                                                       \
	{                                                                                                              \
		va_list list;                                                                                          \
		void *argument;                                                                                        \
		int result;                                                                                            \
                                                                                                                       \
		va_start(list, request);                                                                               \
		argument = va_arg(list, void *);                                                                       \
		va_end(list);                                                                                          \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		if ((request & 0xffff) != SETFLAGS && (request & 0xffff) != FSSETXATTR)                                \
			return real.name(fd, request, argument);                                                       \
		struct watch watch = WATCH(#name, fd, NULL, true, DOES_METADATA, 0);                                   \
		watch_before(&watch, false);                                                                           \
		result = real.name(fd, request, argument);                                                             \
		watch_after(&watch, result == -1);                                                                     \
		return result;                                                                                         \
	}
IOCTL(ioctl)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
IOCTL(__ioctl_time64)
#endif
