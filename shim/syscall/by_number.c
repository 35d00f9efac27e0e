/* SPDX-License-Identifier: ISC */
/* System calls by number: judged as their rows in raw.def say, or done as the functions that they are. */
#include "shim/syscall/by_number.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/judge/pin_calls.h"
#include "shim/libc/real.h"
#include "shim/libc/rights_of.h"
#include "shim/log/log.h"
#include "shim/log/sites.h"
#include "shim/syscall/dispatch.h"
#include "shim/syscall/gate.h"
#include "shim/syscall/raw_numbers.h"

#define NO_DIR (-1)

/* The functions that these calls are, defined in shim/wrap/descriptors.c and shim/wrap/directories.c. */
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

/* One path of a call: in which arguments it is. */
struct place_in {
	signed char dir, path; /* NO_DIR: relative to the working directory; path -1: the call is on the descriptor */
};

static struct watch_path path_of(const long *arg, struct place_in in, bool follow)
{
	return (struct watch_path){
	    .dir = in.dir == NO_DIR ? CWD : (int)arg[(int)in.dir],
	    .path = in.path < 0 ? NULL : (const char *)arg[(int)in.path],
	    .follow = follow,
	    .held = -1,
	};
}

/* Fills the watch of a system call that takes a path; false for the others. */
static bool describe(enum rawcall how, long number, const long *arg, struct watch *watch, struct place_in in[2])
{
	switch (number) {
#define ROW(name, dir_arg, path_arg, follows, action, rights)                                                          \
	watch->func = FUNC(name);                                                                                      \
	in[0] = (struct place_in){dir_arg, path_arg};                                                                  \
	watch->at = path_of(arg, in[0], follows);                                                                      \
	watch->does = (action);                                                                                        \
	watch->right = (rights);
#define RAW(name, dir_arg, path_arg, follows, action, rights)                                                          \
	case SYS_##name:                                                                                               \
		ROW(name, dir_arg, path_arg, follows, action, rights)                                                  \
		return true;
#define RAW2(name, dir_arg, path_arg, follows, dir2_arg, path2_arg, action, rights)                                    \
	case SYS_##name:                                                                                               \
		ROW(name, dir_arg, path_arg, follows, action, rights)                                                  \
		watch->two = true;                                                                                     \
		in[1] = (struct place_in){dir2_arg, path2_arg};                                                        \
		watch->to = path_of(arg, in[1], false);                                                                \
		return true;
#define RAW_FD(name, fd_arg, action)                                                                                   \
	case SYS_##name:                                                                                               \
		ROW(name, fd_arg, -1, true, action, 0)                                                                 \
		return true;
#include "shim/syscall/raw.def"
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
	case SYS_openat2:
		*result = call_openat2(BY(openat2), NULL, (int)arg[0], (const char *)arg[1], (const void *)arg[2],
				       (size_t)arg[3]);
		return true;
	case SYS_ioctl:
		*result = call_ioctl(BY(ioctl), real.ioctl, (int)arg[0], (unsigned long)arg[1], (void *)arg[2]);
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

/* How a call opens, where it does: by its flags and mode. False for any other call. */
static bool opens(long number, const long *arg, struct open_how_v0 *how)
{
	switch (number) {
	case SYS_open:
		*how = held_how((int)arg[1], (mode_t)arg[2]);
		return true;
	case SYS_creat:
		*how = held_how(O_CREAT | O_WRONLY | O_TRUNC, (mode_t)arg[1]);
		return true;
	case SYS_openat:
		*how = held_how((int)arg[2], (mode_t)arg[3]);
		return true;
	default:
		return false;
	}
}

/* What is held, put where the path was. `room` must outlive the call. */
static void put_held(struct watch *watch, struct watch_path *at, struct place_in in, long *arg, char *room)
{
	if (at->held < 0)
		return;
	if (in.dir != NO_DIR) {
		arg[(int)in.path] = (long)held_name(at, room);
		arg[(int)in.dir] = held_dir(at);
	} else {
		arg[(int)in.path] = (long)held_text(watch, at, room);
	}
}

/* The xattr calls by path, as what they do. */
static bool is_xattr(long number, const long *arg, struct xattr_call *call)
{
	switch (number) {
	case SYS_setxattr:
	case SYS_lsetxattr:
		*call = (struct xattr_call){XATTR_SET, (char *)arg[1], (void *)arg[2], (size_t)arg[3], (int)arg[4]};
		return true;
	case SYS_getxattr:
	case SYS_lgetxattr:
		*call = (struct xattr_call){XATTR_GET, (char *)arg[1], (void *)arg[2], (size_t)arg[3], 0};
		return true;
	case SYS_listxattr:
	case SYS_llistxattr:
		*call = (struct xattr_call){XATTR_LIST, NULL, (void *)arg[1], (size_t)arg[2], 0};
		return true;
	case SYS_removexattr:
	case SYS_lremovexattr:
		*call = (struct xattr_call){.does = XATTR_REMOVE, .key = (char *)arg[1]};
		return true;
	default:
		return false;
	}
}

/* Made on what is held, or not at all. */
static long make(struct watch *watch, long number, const long *given, const struct place_in in[2])
{
	char room[2][HELD_TEXT];
	struct xattr_call xattr;
	long arg[6];

	memcpy(arg, given, sizeof arg);
	put_held(watch, &watch->at, in[0], arg, room[0]);
	put_held(watch, &watch->to, in[1], arg, room[1]);
	if (watch->at.held >= 0 && watch->confined && is_xattr(number, given, &xattr))
		return xattr_unseen(watch, &xattr);
	if (watch->error)
		return errno = watch->error, -1;
	if (shim.gate && watch->does == DOES_METADATA) {
		const long result = gate_call(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);

		return result < 0 ? (errno = (int)-result, -1) : result;
	}
	return real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

long rawcall(enum rawcall how, uintptr_t caller, long number, const long *arg)
{
	struct watch watch = {.caller = caller, .to.held = -1};
	struct place_in in[2] = {{NO_DIR, -1}, {NO_DIR, -1}};
	struct open_how_v0 open_how = {0};
	uint64_t sealed;
	long result;
	bool open;

	if (by_function(how, caller, number, arg, &result))
		return result;
	if (!describe(how, number, arg, &watch, in))
		return real.syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	open = opens(number, arg, &open_how);
	sealed = opens_directory((int)open_how.flags) ? dirs_sealed(watch.at.dir) : SEAT_MOVING;
	watch_before(&watch, open ? ACT_OPEN : ACT_ENTRY);
	result = watch.opens ? held_open(&watch, open_how) : make(&watch, number, arg, in);
	watch_after(&watch, result == -1);
	dirs_fd_opened((int)result, watch.at.dir, sealed);
	return result;
}

bool rawcall_watched(long number)
{
	switch (number) {
#define RAW(name, ...) case SYS_##name:
#define RAW2           RAW
#define RAW_FD         RAW
#include "shim/syscall/raw.def"
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
	case SYS_ioctl:
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
