/* SPDX-License-Identifier: ISC */
/*
 * open and its kin. From a directory that is inside, the open itself is made with openat2 and RESOLVE_BENEATH: it is
 * exact, free of races, and costs 8 % where resolving first would cost 90 (four names deep, measured).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "shim/judge/ancestors.h"
#include "shim/judge/pin.h"
#include "shim/judge/watch.h"
#include "shim/libc/real.h"
#include "shim/libc/rights_of.h"
#include "shim/locate/beneath.h"
#include "shim/locate/created.h"
#include "shim/locate/roots.h"
#include "shim/rsync/narrow.h"
#include "shim/syscall/by_number.h"

/* Opens beneath where the path starts, if that is inside. Returns false when libc must be asked. */
static bool open_beneath(struct watch_path *at, int flags, mode_t mode, int *result)
{
	struct open_how_v0 how = held_how(flags, mode);
	long fd;

	if (!real_is_libc || ((at->dir != CWD || !shim.quiet) && !text_readable(at->path)) || !*at->path)
		return false;
	watch_seat(at);
	if (!(at->seat & SEAT_INSIDE) || (at->root != NO_GRANT && !*at->rest))
		return false;
	fd = beneath_open(at->dir, at->path, at->root, at->rest, &how);
	/* EACCES may be the domain's word on a read-only root: then it is to be said. */
	if (beneath_unsure(fd) || fd == -EACCES)
		return false;
	if (fd < 0)
		errno = (int)-fd;
	*result = fd < 0 ? -1 : (int)fd;
	return true;
}

/* The same, where that needs an event. What has to be held is opened by shim/judge/pin.h. */
static bool open_said(struct watch *watch, int flags, mode_t mode, int *result)
{
	if (!shim.active || shim.beneath || !shim.tells || (shim.confining && shim.policy.anchor) || shim.raw_again)
		return false;
	watch->stamp = dirs_stamp();
	if (!open_beneath(&watch->at, flags, mode, result))
		return false;
	/* Other errors come before anything was found, or may. */
	if (*result < 0 && errno != ENOENT && errno != ENOTDIR)
		return false;
	watch_place_at_seat(&watch->at);
	return true;
}

static inline bool open_makes(int flags)
{
	return (flags & (O_CREAT | O_EXCL | O_PATH)) == (O_CREAT | O_EXCL);
}

static inline int made(int fd, int flags, uint32_t narrow, int dir, uint64_t sealed)
{
	if (open_makes(flags))
		made_keep(fd, narrow);
	else if (opens_directory(flags))
		dirs_fd_opened(fd, dir, sealed);
	return fd;
}

#define OPEN(name, where_dir, path, flags, mode, call)                                                                 \
	do {                                                                                                           \
		const uint32_t narrow = open_makes(flags) ? narrow_root() : 0;                                         \
		const uint64_t sealed = opens_directory(flags) ? dirs_sealed(where_dir) : SEAT_MOVING;                 \
		int result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		if (plain(where_dir, path, open_follows(flags), open_right(flags)))                                    \
			return made(call, flags, narrow, where_dir, sealed);                                           \
		struct watch_path at = WATCH_PATH(where_dir, path, open_follows(flags));                               \
		if (shim.beneath && open_beneath(&at, flags, mode, &result))                                           \
			return made(result, flags, narrow, where_dir, sealed);                                         \
		struct watch watch =                                                                                   \
		    WATCH(#name, where_dir, path, open_follows(flags), open_does(flags), open_right(flags));           \
		watch.at = at;                                                                                         \
		if (!open_said(&watch, flags, mode, &result)) {                                                        \
			watch_before(&watch, ACT_OPEN);                                                                \
			result = watch.opens ? held_open(&watch, held_how(flags, mode)) : call;                        \
			if (!watch.confined)                                                                           \
				result = ancestors_or(&watch, flags, result);                                          \
		}                                                                                                      \
		watch_after(&watch, result < 0);                                                                       \
		return made(result, flags, narrow, where_dir, sealed);                                                 \
	} while (0)

/* The mode travels only when the flags say so; reading it otherwise would read what nobody passed. */
#define READ_MODE(flags)                                                                                               \
	mode_t mode = 0;                                                                                               \
	if (open_takes_mode(flags)) {                                                                                  \
		va_list list;                                                                                          \
		va_start(list, flags);                                                                                 \
		mode = va_arg(list, mode_t);                                                                           \
		va_end(list);                                                                                          \
	}

#define OPEN_VARARGS(name, large)                                                                                      \
	WRAPPER(int, name, (const char *path, int flags, ...))                                                         \
	{                                                                                                              \
		READ_MODE(flags)                                                                                       \
		OPEN(name, CWD, path, flags | (large), mode, real.name(path, flags, mode));                            \
	}

#define OPENAT_VARARGS(name, large)                                                                                    \
	WRAPPER(int, name, (int dir, const char *path, int flags, ...))                                                \
	{                                                                                                              \
		READ_MODE(flags)                                                                                       \
		OPEN(name, dir, path, flags | (large), mode, real.name(dir, path, flags, mode));                       \
	}

#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

OPEN_VARARGS(open, 0)
OPEN_VARARGS(open64, O_LARGEFILE)
OPEN_VARARGS(__open, 0)
OPEN_VARARGS(__open64, O_LARGEFILE)
OPENAT_VARARGS(openat, 0)
OPENAT_VARARGS(openat64, O_LARGEFILE)

WRAPPER(int, __open_2, (const char *path, int flags))
{
	OPEN(__open_2, CWD, path, flags, 0, real.__open_2(path, flags));
}

WRAPPER(int, __open64_2, (const char *path, int flags))
{
	OPEN(__open64_2, CWD, path, flags | O_LARGEFILE, 0, real.__open64_2(path, flags));
}

WRAPPER(int, __openat_2, (int dir, const char *path, int flags))
{
	OPEN(__openat_2, dir, path, flags, 0, real.__openat_2(dir, path, flags));
}

WRAPPER(int, __openat64_2, (int dir, const char *path, int flags))
{
	OPEN(__openat64_2, dir, path, flags | O_LARGEFILE, 0, real.__openat64_2(dir, path, flags));
}

WRAPPER(int, creat, (const char *path, mode_t mode))
{
	OPEN(creat, CWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, real.creat(path, mode));
}

WRAPPER(int, creat64, (const char *path, mode_t mode))
{
	OPEN(creat64, CWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, mode, real.creat64(path, mode));
}

typedef int open_call(int dir, const char *path, struct open_how *how, size_t size);

static int kernel_openat2(open_call *call, int dir, const char *path, const void *how, size_t size)
{
	return call ? call(dir, path, (struct open_how *)(uintptr_t)how, size)
		    : (int)real.syscall(SYS_openat2, dir, (long)path, (long)how, (long)size, 0, 0);
}

/* Beneath the directory that it starts from, by the program's own word: made as it is, on a copy of what was judged. */
static int open_resolved(struct watch *watch, open_call *call, const char *path, const struct open_how_v0 *asked)
{
	struct watch_path *at = &watch->at;

	if (!(at->seat & SEAT_INSIDE))
		return held_resolved(watch, kernel_openat2(call, at->dir, path, asked, sizeof *asked));
	watch_place_at_seat(at);
	watch->confined = held_against(watch, at, at->spot.where, at->spot.rights);
	if (watch->confined)
		return errno = EACCES, -1;
	return kernel_openat2(call, at->dir, path, asked, sizeof *asked);
}

int call_openat2(struct called by, open_call *call, int dir, const char *path, const void *how, size_t size)
{
	struct open_how_v0 asked;
	const long error = shim.active ? held_asked(how, size, &asked) : 0;
	int flags, result;
	uint64_t sealed;

	if (!shim.active)
		return kernel_openat2(call, dir, path, how, size);
	if (error)
		return errno = (int)-error, -1;
	flags = (int)asked.flags;
	sealed = opens_directory(flags) ? dirs_sealed(dir) : SEAT_MOVING;
	struct watch watch = WATCH_AS(by, dir, path, open_follows(flags), open_does(flags), open_right(flags));
	watch.resolve = asked.resolve;
	/* In the root that such a call has, an absolute path starts from the same directory as a relative one. */
	if ((asked.resolve & PRECLUDE_RESOLVE_IN_ROOT) && text_readable(path) && path[0] == '/')
		watch.at.path = *text_skip(path) ? text_skip(path) : ".";
	watch_before(&watch, ACT_OPEN);
	if (!watch.opens)
		result = kernel_openat2(call, dir, path, how, size);
	else if (asked.resolve & (PRECLUDE_RESOLVE_BENEATH | PRECLUDE_RESOLVE_IN_ROOT))
		result = open_resolved(&watch, call, path, &asked);
	else
		result = held_openat2(&watch, &asked);
	watch_after(&watch, result < 0);
	dirs_fd_opened(result, dir, sealed);
	return result;
}

WRAPPER(int, openat2, (int dir, const char *path, struct open_how *how, size_t size))
{
	if (!REAL(openat2))
		return errno = ENOSYS, -1;
	return call_openat2(CALLED("openat2"), real.openat2, dir, path, how, size);
}
