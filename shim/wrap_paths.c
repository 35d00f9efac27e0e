/* SPDX-License-Identifier: ISC */
/* The wrappers that are nothing but their row in paths.def. */
#include <errno.h>

#include "shim/real.h"
#include "shim/rights_of.h"
#include "shim/watch.h"

/* Flags by value: the headers that name them declare what is wrapped here. All are the kernel's, on every machine. */
#define SYMLINK_NOFOLLOW  0x100       /* AT_SYMLINK_NOFOLLOW */
#define SYMLINK_FOLLOW    0x400       /* AT_SYMLINK_FOLLOW */
#define EMPTY_PATH        0x1000      /* AT_EMPTY_PATH */
#define REMOVEDIR         0x200       /* AT_REMOVEDIR */
#define WATCH_DONT_FOLLOW 0x02000000u /* IN_DONT_FOLLOW */
#define MARK_DONT_FOLLOW  0x4u        /* FAN_MARK_DONT_FOLLOW */
#define UNMOUNT_NOFOLLOW  0x8         /* UMOUNT_NOFOLLOW */

#define NO_AUTOMOUNT 0x800  /* AT_NO_AUTOMOUNT */
#define STATX_SYNC   0x6000 /* AT_STATX_SYNC_TYPE */

/* On a descriptor the kernel lets flags pass that it refuses with a path (Linux 6.18, seen): then the path it is. */
#define LOOKS(flags) (!((flags) & ~(SYMLINK_NOFOLLOW | NO_AUTOMOUNT | EMPTY_PATH)))

#define NEVER              RIGHT_NEVER
#define HIDDEN             RIGHT_HIDDEN
#define NODE_RIGHT(mode)   node_right(mode)
#define MODE_FOLLOWS(mode) mode_follows(mode)
#define MODE_DOES(mode)    mode_does(mode)
#define MODE_RIGHT(mode)   mode_right(mode)

/* fopen(3): "r", "w", "a", each with "+"; "x" is O_EXCL, which is only heard together with O_CREAT. */
static bool mode_has(const char *mode, char wanted)
{
	for (bool readable = text_readable(mode); readable && *mode && *mode != ','; mode++)
		if (*mode == wanted)
			return true;
	return false;
}

static bool mode_creates(const char *mode)
{
	return mode_has(mode, 'w') || mode_has(mode, 'a');
}

static bool mode_follows(const char *mode)
{
	return !(mode_creates(mode) && mode_has(mode, 'x'));
}

static enum does mode_does(const char *mode)
{
	return mode_creates(mode) ? DOES_CREATE : DOES_OPEN;
}

static uint64_t mode_right(const char *mode)
{
	bool both = mode_has(mode, '+');

	if (mode_creates(mode))
		return FS(MAKE_REG) | FS(WRITE_FILE) | (both ? FS(READ_FILE) : 0) |
		       (mode_has(mode, 'w') ? FS(TRUNCATE) : 0);
	return FS(READ_FILE) | (both ? FS(WRITE_FILE) : 0);
}

/* NONE in the `instead` column: nothing can be done on a descriptor, and none is asked for. */
enum { NONE = 0 };
#define INSTEAD_IS_NONE(x) (sizeof(#x) == sizeof("NONE") && (#x)[0] == 'N' && (#x)[1] == 'O')

#define PATH_CALL(ret, name, params, args, libc, where_dir, where_path, follows, action, rights, instead)              \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		const char *const path_given = (where_path);                                                           \
		const uint64_t asks = (rights);                                                                        \
		const bool follow = (follows);                                                                         \
		int object;                                                                                            \
		ret result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		if (plain(where_dir, path_given, follow, asks))                                                        \
			return real.name args;                                                                         \
		struct watch watch = WATCH(#name, where_dir, path_given, follow, action, asks);                        \
		watch_before(&watch, !INSTEAD_IS_NONE(instead) && real_is_libc);                                       \
		object = watch.fd;                                                                                     \
		if (!INSTEAD_IS_NONE(instead) && object >= 0)                                                          \
			result = (ret)(instead);                                                                       \
		else                                                                                                   \
			result = real.name args;                                                                       \
		watch_after(&watch, FAILED(result));                                                                   \
		return result;                                                                                         \
	}

#define PATH2_CALL(ret, name, params, args, libc, dir1, path1, follows, dir2_, path2_, action, rights)                 \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		const uint64_t asks = (rights);                                                                        \
		const bool follow = (follows);                                                                         \
		ret result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		if (plain(dir1, path1, follow, asks) && plain(dir2_, path2_, false, asks))                             \
			return real.name args;                                                                         \
		struct watch watch = WATCH(#name, dir1, path1, follow, action, asks);                                  \
		watch.two = true;                                                                                      \
		watch.to.dir = (dir2_);                                                                                \
		watch.to.path = (path2_);                                                                              \
		watch_before(&watch, false);                                                                           \
		result = real.name args;                                                                               \
		watch_after(&watch, FAILED(result));                                                                   \
		return result;                                                                                         \
	}

#define FD_CALL(ret, name, params, args, libc, where_fd, action)                                                       \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		ret result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		struct watch watch = WATCH(#name, where_fd, NULL, true, action, 0);                                    \
		watch_before(&watch, false);                                                                           \
		result = real.name args;                                                                               \
		watch_after(&watch, FAILED(result));                                                                   \
		return result;                                                                                         \
	}

#define HAND_CALL(...)

#include "shim/paths.def"

/* They return nothing, which no row can say. utmpname(3)'s own file is opened inside libc, unseen. */
#define UPDATE(name)                                                                                                   \
	WRAPPER(void, name, (const char *path, const void *entry))                                                     \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return;                                                                                        \
		struct watch watch = WATCH(#name, CWD, path, true, DOES_OPEN, FS(WRITE_FILE) | HIDDEN);                \
		watch_before(&watch, false);                                                                           \
		real.name(path, entry);                                                                                \
		watch_after(&watch, false);                                                                            \
	}
UPDATE(updwtmp)
UPDATE(updwtmpx)
