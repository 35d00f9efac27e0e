/* SPDX-License-Identifier: ISC */
/* open and its kin, whose mode travels only where the flags say so. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "shim/judge/perform.h"
#include "shim/judge/pin.h"
#include "shim/libc/real.h"
#include "shim/libc/rights_of.h"
#include "shim/syscall/by_number.h"

/* Reading it otherwise would read what nobody passed. */
#define READ_MODE(flags)                                                                                               \
	mode_t mode = 0;                                                                                               \
	if (open_takes_mode(flags)) {                                                                                  \
		va_list list;                                                                                          \
		va_start(list, flags);                                                                                 \
		mode = va_arg(list, mode_t);                                                                           \
		va_end(list);                                                                                          \
	}

#define OPEN(name)                                                                                                     \
	WRAPPER(int, name, (const char *path, int flags, ...))                                                         \
	{                                                                                                              \
		READ_MODE(flags)                                                                                       \
		return (int)PERFORM(F_##name, CALLER, path, flags, mode);                                              \
	}
OPEN(open)
OPEN(open64)
OPEN(__open)
OPEN(__open64)

#define OPENAT(name)                                                                                                   \
	WRAPPER(int, name, (int dir, const char *path, int flags, ...))                                                \
	{                                                                                                              \
		READ_MODE(flags)                                                                                       \
		return (int)PERFORM(F_##name, CALLER, dir, path, flags, mode);                                         \
	}
OPENAT(openat)
OPENAT(openat64)

/* What these abort for is left to them: they take no mode. */
WRAPPER(int, __open_2, (const char *path, int flags))
{
	return (int)PERFORM(F___open_2, CALLER, path, flags, 0);
}

WRAPPER(int, __open64_2, (const char *path, int flags))
{
	return (int)PERFORM(F___open64_2, CALLER, path, flags, 0);
}

WRAPPER(int, __openat_2, (int dir, const char *path, int flags))
{
	return (int)PERFORM(F___openat_2, CALLER, dir, path, flags, 0);
}

WRAPPER(int, __openat64_2, (int dir, const char *path, int flags))
{
	return (int)PERFORM(F___openat64_2, CALLER, dir, path, flags, 0);
}

WRAPPER(int, creat, (const char *path, mode_t mode))
{
	return (int)PERFORM(F_creat, CALLER, path, mode);
}

WRAPPER(int, creat64, (const char *path, mode_t mode))
{
	return (int)PERFORM(F_creat64, CALLER, path, mode);
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

	if (!(at->dir_verdict & DIR_INSIDE))
		return pin_resolved(watch, kernel_openat2(call, at->dir, path, asked, sizeof *asked));
	watch_locate_at_directory(at);
	watch->confined = pin_against(watch, at, at->location.where, at->location.rights);
	if (watch->confined)
		return errno = EACCES, -1;
	return kernel_openat2(call, at->dir, path, asked, sizeof *asked);
}

int call_openat2(struct called by, open_call *call, int dir, const char *path, const void *how, size_t size)
{
	struct open_how_v0 asked;
	const long error = shim.active ? pin_asked(how, size, &asked) : 0;
	int flags, result;
	uint64_t sealed;

	if (!shim.active)
		return kernel_openat2(call, dir, path, how, size);
	if (error)
		return errno = (int)-error, -1;
	flags = (int)asked.flags;
	sealed = opens_directory(flags) ? dir_cache_sealed(dir) : DIR_MOVING;
	struct watch watch = WATCH_AS(by, dir, path, open_follows(flags), open_does(flags), open_right(flags));
	watch.resolve = asked.resolve;
	watch.nameless = open_nameless(flags);
	/* In the root that such a call has, an absolute path starts from the same directory as a relative one. */
	if ((asked.resolve & PRECLUDE_RESOLVE_IN_ROOT) && text_readable(path) && path[0] == '/')
		watch.at.path = *text_skip(path) ? text_skip(path) : ".";
	watch_before(&watch, ACT_OPEN);
	if (!watch.opens)
		result = kernel_openat2(call, dir, path, how, size);
	else if (asked.resolve & (PRECLUDE_RESOLVE_BENEATH | PRECLUDE_RESOLVE_IN_ROOT))
		result = open_resolved(&watch, call, path, &asked);
	else
		result = pin_openat2(&watch, &asked);
	watch_after(&watch, result < 0);
	dir_cache_fd_opened(result, dir, sealed);
	return result;
}

WRAPPER(int, openat2, (int dir, const char *path, struct open_how *how, size_t size))
{
	if (!REAL(openat2))
		return errno = ENOSYS, -1;
	return call_openat2(CALLED("openat2"), real.openat2, dir, path, how, size);
}
