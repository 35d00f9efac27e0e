/* SPDX-License-Identifier: ISC */
/* System calls by number: judged as their rows in raw.def say, or done as the functions that they are. */
#include "shim/rawcall.h"

#include <stdatomic.h>

#include "shim/log.h"
#include "shim/raw.h"
#include "shim/real.h"
#include "shim/rights_of.h"
#include "shim/sites.h"

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
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
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

/* The functions that these calls are, defined in wrap_fd.c and wrap_dirs.c. */
int wrap_close(int fd) __asm__("close");
int wrap_close_range(unsigned first, unsigned last, int flags) __asm__("close_range");
int wrap_dup(int fd) __asm__("dup");
int wrap_dup2(int from, int to) __asm__("dup2");
int wrap_dup3(int from, int to, int flags) __asm__("dup3");
int wrap_unshare(int flags) __asm__("unshare");
int wrap_setns(int fd, int type) __asm__("setns");
#ifdef RAW_HERE
int wrap_prctl(int option, long a, long b, long c, long d) __asm__("prctl");
#endif

/* "syscall(openat)" or "raw(openat)". */
#define FUNC(name) (how == RAWCALL_RAW ? "raw(" #name ")" : "syscall(" #name ")")

static int dir_of(const long *arg, int number)
{
	return number == NO_DIR ? CWD : (int)arg[number];
}

/* Fills the watch of a system call that takes a path; false for the others. */
static bool describe(enum rawcall how, long number, const long *arg, struct watch *watch)
{
	switch (number) {
#define ROW(name, dir_arg, path_value, follows, action, rights)                                                        \
	watch->func = FUNC(name);                                                                                      \
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

/* Once a process: what is asked for through the ring is not seen. */
static void warn_of_ring(void)
{
	static atomic_bool said;

	if (!atomic_exchange(&said, true))
		log_warning("io_uring is set up: the kernel restricts what goes through the ring, but no call in it is "
			    "logged");
}

/* Calls that change what the library holds or knows: as the functions of the same name. */
#define BY(name) ((struct called){FUNC(name), caller})
static bool by_function(enum rawcall how, uintptr_t caller, long number, const long *arg, long *result)
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
		*result = call_chdir(BY(chdir), (const char *)arg[0]);
		return true;
	case SYS_fchdir:
		*result = call_fchdir(BY(fchdir), (int)arg[0]);
		return true;
	case SYS_chroot:
		*result = call_chroot(BY(chroot), (const char *)arg[0]);
		return true;
	case SYS_pivot_root:
		*result = call_pivot_root(BY(pivot_root), (const char *)arg[0], (const char *)arg[1]);
		return true;
	case SYS_unshare:
		*result = wrap_unshare((int)arg[0]);
		return true;
	case SYS_setns:
		*result = wrap_setns((int)arg[0], (int)arg[1]);
		return true;
	case SYS_execve:
		*result = call_execve(BY(execve), (const char *)arg[0], (char *const *)arg[1], (char *const *)arg[2]);
		return true;
	case SYS_execveat:
		*result = call_execveat(BY(execveat), (int)arg[0], (const char *)arg[1], (char *const *)arg[2],
					(char *const *)arg[3], (int)arg[4]);
		return true;
	case SYS_io_uring_setup:
		warn_of_ring();
		return false;
#ifdef RAW_HERE
	case SYS_prctl:
		*result = wrap_prctl((int)arg[0], arg[1], arg[2], arg[3], arg[4]);
		return true;
	case SYS_seccomp:
		if (raw.on && (arg[0] == 0 || (arg[0] == 1 && arg[2])))
			raw_seal("the program filters its system calls");
		return false;
#endif
	case SYS_exit:
	case SYS_exit_group:
		sites_flush(log_call);
		return false;
	default:
		return false;
	}
}

long rawcall(enum rawcall how, uintptr_t caller, long number, const long *arg)
{
	struct watch watch = {.caller = caller, .fd = -1};
	long result;

	if (by_function(how, caller, number, arg, &result))
		return result;
	if (!describe(how, number, arg, &watch))
		return real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	watch_before(&watch, false);
	result = real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	watch_after(&watch, result == -1);
	return result;
}

bool rawcall_watched(long number)
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
	case SYS_execveat:
	case SYS_io_uring_setup:
#ifdef RAW_HERE
	case SYS_prctl:
	case SYS_seccomp:
#endif
	case SYS_exit:
	case SYS_exit_group:
		return true;
	default:
		return false;
	}
}
