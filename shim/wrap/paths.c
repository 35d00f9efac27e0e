/* SPDX-License-Identifier: ISC */
/* The wrappers that are nothing but their row in paths.def. */
#include <errno.h>
#include <string.h>

#include "shim/judge/fast_path.h"
#include "shim/judge/pin_calls.h"
#include "shim/judge/watch.h"
#include "shim/libc/real.h"
#include "shim/libc/rights_of.h"
#include "shim/locate/created.h"
#include "shim/rsync/narrow.h"

/* Flags by value: the headers that name them declare what is wrapped here. All are the kernel's, on every machine. */
#define SYMLINK_NOFOLLOW  0x100       /* AT_SYMLINK_NOFOLLOW */
#define SYMLINK_FOLLOW    0x400       /* AT_SYMLINK_FOLLOW */
#define EMPTY_PATH        0x1000      /* AT_EMPTY_PATH */
#define REMOVEDIR         0x200       /* AT_REMOVEDIR */
#define WATCH_DONT_FOLLOW 0x02000000u /* IN_DONT_FOLLOW */
#define MARK_DONT_FOLLOW  0x4u        /* FAN_MARK_DONT_FOLLOW */
#define UNMOUNT_NOFOLLOW  0x8         /* UMOUNT_NOFOLLOW */
#define EACCESS           0x200       /* AT_EACCESS */

#define NO_AUTOMOUNT 0x800  /* AT_NO_AUTOMOUNT */
#define STATX_SYNC   0x6000 /* AT_STATX_SYNC_TYPE */

/* On a descriptor the kernel lets flags pass that it refuses with a path (Linux 6.18, seen): then the path it is. */
#define LOOKS(flags) (!((flags) & ~(SYMLINK_NOFOLLOW | NO_AUTOMOUNT | EMPTY_PATH)))

#define NEVER              RIGHT_NEVER
#define HIDDEN             RIGHT_HIDDEN
#define INNER              RIGHT_INNER
#define NODE_RIGHT(mode)   node_right(mode)
#define MODE_FOLLOWS(mode) mode_follows(mode)
#define MODE_DOES(mode)    mode_does(mode)
#define MODE_RIGHT(mode)   mode_right(mode)
#define MODE_FLAGS(mode)   mode_flags(mode)

#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

void *open_stream(int fd, const char *mode) __asm__("fdopen"); /* <stdio.h> and <dirent.h> declare what is wrapped */
void *open_directory(int fd) __asm__("fdopendir");
#define fdopen    open_stream
#define fdopendir open_directory

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

static int mode_flags(const char *mode)
{
	int flags = mode_has(mode, '+') ? O_RDWR : mode_creates(mode) ? O_WRONLY : O_RDONLY;

	/* fopen(3) refuses it before it looks at the path. */
	if (!text_readable(mode) || !*mode || !strchr("rwa", *mode))
		return -1;
	if (mode_creates(mode))
		flags |= O_CREAT | (mode_has(mode, 'w') ? O_TRUNC : O_APPEND) | (mode_has(mode, 'x') ? O_EXCL : 0);
	return flags | (mode_has(mode, 'e') ? O_CLOEXEC : 0);
}

static int open_held(struct watch *watch, int flags)
{
	if (flags >= 0)
		return held_open(watch, held_how(flags, 0666));
	errno = watch->error = EINVAL;
	return -1;
}

/* What the column `instead` says of itself, by its first letter: the rest is resolved when it is compiled. */
enum { NONE = 0 };
#define STAT(call)          (call)
#define LOOK(call)          (call)
#define MADE(call)          (call)
#define OPENED(flags, call) (OPEN_HELD(flags) < 0 ? NULL : (call))
/* Made on no name at all where that failed: freopen(3) closes its stream all the same. */
#define REOPENED(flags, call) (OPEN_HELD(flags), held_move(&watch.at), (call))
#define OPEN_HELD(flags)      (opened = watch.at.held = open_held(&watch, flags))
#define ACT(text)                                                                                                      \
	((text)[0] == 'N'                       ? ACT_BY_PATH                                                          \
	 : (text)[0] == 'O' || (text)[0] == 'R' ? ACT_OPEN                                                             \
	 : (text)[0] == 'S' || (text)[0] == 'L' ? ACT_STAT                                                             \
						: ACT_HELD)

/* What has a short way (shim/judge/fast_path.h), and what of it is made on the object: "h" is for held_chmod() and its
 * kin. */
#define ON_OBJECT(text) ((text)[0] == 'S' || (text)[0] == 'L' || (text)[0] == 'h')
#define IS_QUICK(text, action, rights)                                                                                 \
	(((action) == DOES_LOOK && (rights) == 0) || ((action) == DOES_METADATA && ON_OBJECT(text)))

/* Metadata asks for a right that the kernel knows nothing of. */
#define ASKS(action, rights) ((rights) | ((action) == DOES_METADATA ? shim.metadata : 0))

/*
 * The errors that come before the path is looked at win: the call is made on no descriptor at all. EBADF and ENOENT are
 * what it says of that.
 */
static bool is_of_no_path(int error)
{
	return error == EBADF || error == ENOENT;
}

static void failed(struct watch *watch, bool tried)
{
	if (!tried || is_of_no_path(errno))
		errno = watch->error;
	else
		watch->confined = false;
}

/* What gives a descriptor of what it made (shim/locate/created.h). */
#define MAKES(text) ((text)[0] == 'M')
#define KEEP(text, result, narrow)                                                                                     \
	do {                                                                                                           \
		if (MAKES(text))                                                                                       \
			made_keep((int)(intptr_t)(result), narrow);                                                    \
	} while (0)

/* What a path that is empty is, wherever it starts. */
static int missing(struct watch *watch)
{
	watch->confined = false;
	return ENOENT;
}

/* Before there is anything to watch: what `instead` is made on is all that is known. */
#define SHORT_WAY(ret, name, args, action, instead, text)                                                              \
	switch (quick_find(&at, ASKS(action, 0), (action) == DOES_LOOK, ON_OBJECT(text), &reason)) {                   \
	case QUICK_AS_IS:                                                                                              \
		return real.name args;                                                                                 \
	case QUICK_FAILED:                                                                                             \
		watch.at = at;                                                                                         \
		if ((text)[0] != 'L')                                                                                  \
			result = (ret)(instead);                                                                       \
		if ((text)[0] == 'L' || is_of_no_path(errno))                                                          \
			errno = reason;                                                                                \
		return result;                                                                                         \
	case QUICK_HELD:                                                                                               \
		watch.at = at;                                                                                         \
		object = at.held;                                                                                      \
		result = (ret)(instead);                                                                               \
		sys(SYS_close, at.held);                                                                               \
		return result;                                                                                         \
	case QUICK_NOT:                                                                                                \
		break;                                                                                                 \
	}

#define PATH_CALL(ret, name, params, args, libc, where_dir, where_path, follows, action, rights, instead)              \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		const enum act act = (action) == DOES_METADATA && ON_OBJECT(#instead) ? ACT_STAT : ACT(#instead);      \
		const char *const path_given = (where_path);                                                           \
		const uint64_t asks = (rights);                                                                        \
		const bool follow = (follows);                                                                         \
		const uint32_t narrow = MAKES(#instead) ? narrow_root() : 0;                                           \
		int object = -1, opened = -1, reason;                                                                  \
		ret result = FAILURE(ret);                                                                             \
		struct watch watch;                                                                                    \
		struct watch_path at;                                                                                  \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		if (unresolved(action, asks) || plain(where_dir, path_given, follow, ASKS(action, asks))) {            \
			result = real.name args;                                                                       \
			KEEP(#instead, result, narrow);                                                                \
			return result;                                                                                 \
		}                                                                                                      \
		at = WATCH_PATH(where_dir, path_given, follow);                                                        \
		if (IS_QUICK(#instead, action, rights))                                                                \
			SHORT_WAY(ret, name, args, action, instead, #instead)                                          \
		watch = (struct watch)WATCH(#name, where_dir, path_given, follow, action, asks);                       \
		watch.at = at;                                                                                         \
		watch_before(&watch, act);                                                                             \
		if (act == ACT_OPEN && watch.opens) {                                                                  \
			result = (ret)(instead);                                                                       \
			if (opened < 0)                                                                                \
				errno = watch.error;                                                                   \
			if ((#instead)[0] == 'O' && !FAILED(result))                                                   \
				watch.at.held = -1;                                                                    \
		} else if (watch.error) {                                                                              \
			const struct watch kept = watch;                                                               \
			const bool try = (act == ACT_HELD || act == ACT_STAT) && (#instead)[0] != 'L';                 \
                                                                                                                       \
			held_void(&watch);                                                                             \
			if (try)                                                                                       \
				result = (ret)(instead);                                                               \
			watch = kept;                                                                                  \
			failed(&watch, try);                                                                           \
			if ((#where_dir)[0] == 'C' && path_given &&                                                    \
			    !*path_given) /* on no descriptor at all, it is missing */                                 \
				errno = missing(&watch);                                                               \
		} else if (act != ACT_BY_PATH && watch.at.held >= 0) {                                                 \
			object = watch.at.held;                                                                        \
			result = (ret)(instead);                                                                       \
			if (watch.confined)                                                                            \
				errno = EACCES;                                                                        \
		} else {                                                                                               \
			result = real.name args;                                                                       \
		}                                                                                                      \
		(void)object, (void)opened, (void)reason;                                                              \
		watch_after(&watch, FAILED(result));                                                                   \
		KEEP(#instead, result, narrow);                                                                        \
		return result;                                                                                         \
	}

#define PATH2_CALL(ret, name, params, args, libc, dir1, path1, follows, dir2_, path2_, action, rights, instead)        \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		const uint64_t asks = (rights);                                                                        \
		const bool follow = (follows);                                                                         \
		ret result = FAILURE(ret);                                                                             \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		if (plain(dir1, path1, follow, asks) && plain(dir2_, path2_, false, asks))                             \
			return real.name args;                                                                         \
		struct watch watch = WATCH(#name, dir1, path1, follow, action, asks);                                  \
		watch.two = true;                                                                                      \
		watch.to.dir = (dir2_);                                                                                \
		watch.to.path = (path2_);                                                                              \
		watch_before(&watch, ACT(#instead));                                                                   \
		if (watch.error) {                                                                                     \
			const struct watch kept = watch;                                                               \
                                                                                                                       \
			held_void(&watch);                                                                             \
			if (ACT(#instead) == ACT_HELD)                                                                 \
				result = (ret)(instead);                                                               \
			watch = kept;                                                                                  \
			failed(&watch, ACT(#instead) == ACT_HELD);                                                     \
		} else if (watch.at.held >= 0 || watch.to.held >= 0) {                                                 \
			result = (ret)(instead);                                                                       \
		} else {                                                                                               \
			result = real.name args;                                                                       \
		}                                                                                                      \
		watch_after(&watch, FAILED(result));                                                                   \
		return result;                                                                                         \
	}

#define FD_CALL(ret, name, params, args, libc, where_fd, action)                                                       \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		ret result = FAILURE(ret);                                                                             \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		if (shim.quiet && made_holds(where_fd))                                                                \
			return real.name args;                                                                         \
		struct watch watch = WATCH(#name, where_fd, NULL, true, action, 0);                                    \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		if (watch.error)                                                                                       \
			errno = watch.error;                                                                           \
		else                                                                                                   \
			result = real.name args;                                                                       \
		watch_after(&watch, FAILED(result));                                                                   \
		return result;                                                                                         \
	}

#define HAND_CALL(...)

#include "shim/libc/paths.def"

/* They return nothing, which no row can say. utmpname(3)'s own file is opened inside libc, unseen. */
#define UPDATE(name)                                                                                                   \
	WRAPPER(void, name, (const char *path, const void *entry))                                                     \
	{                                                                                                              \
		if (!REAL(name))                                                                                       \
			return;                                                                                        \
		struct watch watch = WATCH(#name, CWD, path, true, DOES_OPEN, FS(WRITE_FILE) | HIDDEN);                \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		if (!watch.error)                                                                                      \
			real.name(path, entry);                                                                        \
		watch_after(&watch, false);                                                                            \
	}
UPDATE(updwtmp)
UPDATE(updwtmpx)
