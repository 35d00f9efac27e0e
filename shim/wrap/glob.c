/* SPDX-License-Identifier: ISC */
/*
 * glob(3), which speaks for itself: it knows no errno, and a caller frees what it has filled in, found or not. Refused,
 * it is libc's own glob where no directory can be read: with GLOB_ERR, GLOB_NOCHECK and the caller's own function for
 * errors it ends as it does in a directory that is closed to it.
 */
#include <errno.h>
#include <glob.h>

#include "shim/judge/watch.h"
#include "shim/libc/real.h"

#ifdef GLOB_ALTDIRFUNC

static void *closed_directory(const char *path)
{
	(void)path;
	errno = EACCES;
	return NULL;
}

static int closed_stat(const char *path, void *stat)
{
	(void)path, (void)stat;
	errno = EACCES;
	return -1;
}

#define REFUSED(name, type)                                                                                            \
	static int refused_##name(const char *pattern, int flags, void *error, void *found)                            \
	{                                                                                                              \
		type *const out = found, before = *out;                                                                \
		int result;                                                                                            \
                                                                                                                       \
		out->gl_opendir = closed_directory;                                                                    \
		out->gl_lstat = out->gl_stat = (__typeof__(out->gl_stat))closed_stat;                                  \
		result = real.name(pattern, flags | GLOB_ALTDIRFUNC, error, out);                                      \
		if (!(flags & GLOB_ALTDIRFUNC))                                                                        \
			out->gl_flags &= ~GLOB_ALTDIRFUNC;                                                             \
		out->gl_opendir = before.gl_opendir;                                                                   \
		out->gl_lstat = before.gl_lstat;                                                                       \
		out->gl_stat = before.gl_stat;                                                                         \
		return result;                                                                                         \
	}

#else

/* musl's has no directories of others'. */
#define REFUSED(name, type)                                                                                            \
	static int refused_##name(const char *pattern, int flags, void *error, void *found)                            \
	{                                                                                                              \
		(void)pattern, (void)error;                                                                            \
		if (!(flags & GLOB_APPEND))                                                                            \
			*(type *)found = (type){.gl_offs = ((type *)found)->gl_offs};                                  \
		return flags & GLOB_ERR ? GLOB_ABORTED : GLOB_NOMATCH;                                                 \
	}
#define glob64_t glob_t

#endif

#define GLOB(name, type)                                                                                               \
	REFUSED(name, type)                                                                                            \
	WRAPPER(int, name, (const char *pattern, int flags, void *error, void *found))                                 \
	{                                                                                                              \
		int result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, GLOB_NOSPACE;                                                           \
		if (unresolved(DOES_LOOK, 0) || plain(CWD, pattern, true, 0))                                          \
			return real.name(pattern, flags, error, found);                                                \
		struct watch watch = WATCH(#name, CWD, pattern, true, DOES_LOOK, 0);                                   \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		result = watch.error ? refused_##name(pattern, flags, error, found)                                    \
				     : real.name(pattern, flags, error, found);                                        \
		if (watch.error)                                                                                       \
			errno = watch.error;                                                                           \
		watch_after(&watch, watch.error != 0);                                                                 \
		return result;                                                                                         \
	}

GLOB(glob, glob_t)
GLOB(glob64, glob64_t)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
GLOB(__glob64_time64, glob64_t)
#endif
