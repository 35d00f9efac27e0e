/* SPDX-License-Identifier: ISC */
/* Calls on what is held, where the real function has no form that takes a descriptor. */
#include "shim/judge/pin_calls.h"

#include <errno.h>
#include <string.h>

#include "shim/libc/gate_call.h"
#include "shim/libc/real.h"

#define NOFOLLOW   0x100  /* AT_SYMLINK_NOFOLLOW */
#define REMOVEDIR  0x200  /* AT_REMOVEDIR */
#define EMPTY_PATH 0x1000 /* AT_EMPTY_PATH */

/* struct timespec as this libc's own utimensat has it. */
#if defined(SYS_utimensat_time64) && !defined(__GLIBC__)
#define SYS_UTIMENSAT SYS_utimensat_time64
#else
#define SYS_UTIMENSAT SYS_utimensat
#endif

static int answer(long result)
{
	if (result >= 0)
		return 0;
	errno = (int)-result;
	return -1;
}

/*
 * fchmodat2(2) with AT_EMPTY_PATH (Linux 6.6) is three times cheaper than the way through /proc; a sandbox that does
 * not know it may say EPERM. Another library behind us is to see the call, and flags are for libc to judge.
 */
int held_chmod(const struct watch_path *at, mode_t mode, int flags)
{
	if (real_is_libc && !(flags & ~NOFOLLOW)) {
		long result = gate_sys(SYS_fchmodat2, at->held, "", mode, EMPTY_PATH);

		if (result != -ENOSYS && result != -EPERM)
			return answer(result);
	}
	return real.fchmodat(DIR(*at), NAME(*at), mode, flags & ~NOFOLLOW);
}

int held_chown(const struct watch_path *at, uid_t uid, gid_t gid, int flags)
{
	if (real_is_libc)
		return real.fchownat(at->held, "", uid, gid, (flags & ~NOFOLLOW) | EMPTY_PATH);
	return real.fchownat(DIR(*at), NAME(*at), uid, gid, flags & ~NOFOLLOW);
}

/* On a descriptor from Linux 5.8 on; before, and for times that are none, it is EINVAL. */
int held_utimens(const struct watch_path *at, const struct timespec *times, int flags)
{
	if (real_is_libc && !(flags & ~NOFOLLOW)) {
		long result = gate_sys(SYS_UTIMENSAT, at->held, "", times, EMPTY_PATH);

		if (result != -EINVAL)
			return answer(result);
	}
	return real.utimensat(DIR(*at), NAME(*at), times, flags & ~NOFOLLOW);
}

/* struct utimbuf is two time_t, read here as libc reads them: what cannot be read ends the program, there as here. */
int held_utime(const struct watch_path *at, const struct utimbuf *times)
{
	const long *seconds = (const long *)times;
	long pairs[4] = {0};

	if (!times)
		return real.futimesat(DIR(*at), NAME(*at), NULL);
	pairs[0] = seconds[0];
	pairs[2] = seconds[1];
	return real.futimesat(DIR(*at), NAME(*at), (const struct timeval *)pairs);
}

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
int held_utime64(const struct watch_path *at, const void *times)
{
	const int64_t *seconds = times;
	int64_t pairs[4] = {0};

	if (!times)
		return real.__futimesat64(DIR(*at), NAME(*at), NULL);
	pairs[0] = seconds[0];
	pairs[2] = seconds[1];
	return real.__futimesat64(DIR(*at), NAME(*at), pairs);
}
#endif

/* On a descriptor the kernel says ENOENT of what is no symlink (namei.c, readlinkat(2)). */
ssize_t held_readlink(const struct watch_path *at, char *buffer, size_t size)
{
	ssize_t length = real.readlinkat(at->held, "", buffer, size);

	if (length < 0 && errno == ENOENT)
		errno = EINVAL;
	return length;
}

/* remove(3) */
int held_remove(const struct watch_path *at)
{
	if (real.unlinkat(DIR(*at), NAME(*at), 0) == 0)
		return 0;
	return errno == EISDIR ? real.unlinkat(DIR(*at), NAME(*at), REMOVEDIR) : -1;
}

/* As mkstemp(3): 62 letters, 6 places, and as often as glibc tries (TMP_MAX is 62^3). */
int held_temporary(struct watch_path *at, char *template, int suffix, int flags, bool directory)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const size_t length = strlen(template);
	char *places = template + length - 6 - (size_t)(suffix < 0 ? 0 : suffix);

	if (suffix < 0 || length < 6 + (size_t)suffix || memcmp(places, "XXXXXX", 6) != 0)
		return errno = EINVAL, -1;
	if (at->held >= 0)
		held_move(at);
	for (unsigned tries = 0; tries < 62 * 62 * 62; tries++) {
		uint64_t dice = 0;
		int result;

		sys(SYS_getrandom, &dice, sizeof dice, 1 /* GRND_NONBLOCK: early in the boot it stays 0 */);
		dice += tries;
		for (unsigned i = 0; i < 6; i++, dice /= 62)
			places[i] = letters[dice % 62];
		result = directory
			     ? real.mkdirat(DIR(*at), NAME(*at), 0700)
			     : real.openat(DIR(*at), NAME(*at), (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
		if (result >= 0 || errno != EEXIST)
			return result;
	}
	return -1;
}
