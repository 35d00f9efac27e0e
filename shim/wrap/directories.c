/* SPDX-License-Identifier: ISC */
/* Calls that change what later paths are relative to: working directory, root, and walks that move under the program.
 */
#include <errno.h>
#include <fcntl.h>

#include "shim/judge/watch.h"
#include "shim/libc/real.h"
#include "shim/locate/holdings.h"
#include "shim/locate/mounts.h"
#include "shim/log/log.h"
#include "shim/rsync/narrow.h"
#include "shim/syscall/by_number.h"

int dirfd(void *directory); /* <dirent.h>, which declares what is wrapped here */

/*
 * Names are only available before: where a relative path starts, and for chroot where it leads. Returns what must be
 * kept until the event is written.
 */
static struct scratch *name_start(struct watch *watch)
{
	struct scratch *scratch = watch->silent || !watch->at.path ? NULL : scratch_map();

	if (scratch && watch->at.path[0] != '/') {
		place_name(CWD, scratch->dir);
		watch->left = scratch->dir;
	}
	return scratch;
}

/* Where an enter led, seen from there: exact, whatever the path means by now. */
static void entered(struct watch *watch)
{
	dir_cache_cwd_changed();
	if (watch->silent || unresolved(watch->does, watch->right))
		return;
	watch->at.location = (struct location){.exists = true, .directory = true};
	watch->at.placed = true;
	watch->entered = "";
	dir_verdict_spot(dir_cache_cwd(), &watch->at.location);
}

/* Confined: a directory in a root's place, or behind a link. */
static int refused(const struct watch *watch, const char *path)
{
	if (watch->error == EACCES)
		narrow_refused(path);
	errno = watch->error;
	return -1;
}

int call_chdir(struct called by, const char *path)
{
	int result;

	if (!REAL(chdir))
		return errno = ENOSYS, -1;
	struct watch watch = WATCH_AS(by, CWD, path, true, DOES_ENTER, 0);
	watch_before(&watch, ACT_HELD);
	struct scratch *scratch = unresolved(watch.does, watch.right) ? NULL : name_start(&watch);
	dir_cache_cwd_moving();
	if (watch.error)
		result = refused(&watch, path);
	else if (watch.at.pinned >= 0)
		result = narrow_pending() ? narrow_fchdir(watch.at.pinned) : real.fchdir(watch.at.pinned);
	else
		result = narrow_pending() ? narrow_chdir(path) : real.chdir(path);
	if (result)
		dir_cache_cwd_changed();
	else
		entered(&watch);
	watch_after(&watch, result < 0);
	scratch_unmap(scratch);
	return result;
}

WRAPPER(int, chdir, (const char *path))
{
	return call_chdir(CALLED("chdir"), path);
}

int call_fchdir(struct called by, int fd)
{
	int result;

	if (!REAL(fchdir))
		return errno = ENOSYS, -1;
	struct watch watch = WATCH_AS(by, fd, NULL, true, DOES_ENTER, 0);
	watch_before(&watch, ACT_BY_PATH);
	dir_cache_cwd_moving();
	if (watch.error)
		result = (errno = watch.error, -1);
	else
		result = narrow_pending() ? narrow_fchdir(fd) : real.fchdir(fd);
	if (result)
		dir_cache_cwd_changed();
	else
		entered(&watch);
	watch_after(&watch, result < 0);
	return result;
}

WRAPPER(int, fchdir, (int fd))
{
	return call_fchdir(CALLED("fchdir"), fd);
}

/*
 * What chroot enters is judged before, since afterwards nothing leads back up, and compared with the new root after.
 * chroot("/") changes nothing.
 */
int call_chroot(struct called by, const char *path)
{
	const uint64_t top = atomic_load_explicit(&dir_cache.root, memory_order_relaxed);
	uint64_t narrow = narrow_done() ? DIR_NARROW : 0;
	struct identity before, after;
	int result;

	if (!REAL(chroot))
		return errno = ENOSYS, -1;
	struct watch watch = WATCH_AS(by, CWD, path, true, DOES_ENTER, 0);
	watch_before(&watch, ACT_BY_PATH);
	struct scratch *scratch = name_start(&watch);
	if (!watch.silent)
		watch_place(&watch, scratch);
	sys_identity_at(AT_FDCWD, "/", 0, &before);
	log_before_chroot();
	if (watch.error)
		result = refused(&watch, path);
	else
		result = narrow_pending() ? narrow_chroot(path) : real.chroot(path);
	if (!result && !watch.silent && sys_identity_at(AT_FDCWD, "/", 0, &after) == 0 &&
	    !identity_same(&before, &after)) {
		if (watch.at.location.id.ino && !identity_same(&watch.at.location.id, &after))
			watch.at.location.where = WHERE_UNKNOWN;
		if (narrow_done() && !narrow) {
			watch.at.location.rights &= narrow_rights(&after);
			narrow = DIR_NARROW;
		}
		watch.at.location.sealed |= scratch && !top && mounts_harmless(scratch->resolved, scratch);
		dir_cache_root_changed(place_seat(&watch.at.location) | narrow, &after);
		watch.entered = scratch ? scratch->resolved : path;
	}
	watch_after(&watch, result < 0);
	scratch_unmap(scratch);
	return result;
}

WRAPPER(int, chroot, (const char *path))
{
	return call_chroot(CALLED("chroot"), path);
}

int call_pivot_root(struct called by, const char *path, const char *old)
{
	int result;

	if (!REAL(pivot_root))
		return errno = ENOSYS, -1;
	struct watch watch = WATCH_AS(by, CWD, path, true, DOES_ENTER, RIGHT_NEVER);
	watch_before(&watch, ACT_BY_PATH);
	result = watch.error ? (errno = watch.error, -1) : real.pivot_root(path, old);
	if (!result)
		dir_cache_root_changed(DIR_JUDGED | DIR_UNKNOWN, &(struct identity){0});
	watch_after(&watch, result < 0);
	return result;
}

WRAPPER(int, pivot_root, (const char *path, const char *old))
{
	return call_pivot_root(CALLED("pivot_root"), path, old);
}

/* daemon(3) changes to "/" inside libc. */
WRAPPER(int, daemon, (int keep_directory, int keep_descriptors))
{
	int result;

	if (!REAL(daemon))
		return errno = ENOSYS, -1;
	result = real.daemon(keep_directory, keep_descriptors);
	dir_cache_cwd_changed();
	fd_forgotten(0, 2);
	return result;
}

/* A thread's own working directory (CLONE_FS), another mount namespace: nothing that is kept holds any longer. */
static void directory_is_private(void)
{
	atomic_fetch_add(&dir_cache.volatile_cwd, 1);
	dir_cache_cwd_changed();
}

WRAPPER(int, unshare, (int flags))
{
	if (!REAL(unshare))
		return errno = ENOSYS, -1;
	if (flags & 0x200) /* CLONE_FS */
		directory_is_private();
	mounts_changed();
	return real.unshare(flags);
}

WRAPPER(int, setns, (int fd, int type))
{
	int result;

	if (!REAL(setns))
		return errno = ENOSYS, -1;
	result = real.setns(fd, type);
	mounts_changed();
	dir_cache_cwd_changed();
	return result;
}

WRAPPER(int, closedir, (void *directory))
{
	if (!REAL(closedir))
		return errno = ENOSYS, -1;
	if (directory) {
		int fd = dirfd(directory);

		fd_forgotten(fd, fd);
	}
	return real.closedir(directory);
}

/* nftw with FTW_CHDIR and fts without FTS_NOCHDIR change the working directory inside libc while they walk. */
#define PHYSICAL       1 /* FTW_PHYS: not even the first name is followed */
#define WALKS_BY_CHDIR 4 /* FTW_CHDIR */

#define NFTW(name)                                                                                                     \
	WRAPPER(int, name, (const char *path, void *visit, int descriptors, int flags))                                \
	{                                                                                                              \
		bool moves = flags & WALKS_BY_CHDIR;                                                                   \
		int result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		struct watch watch =                                                                                   \
		    WATCH(#name, CWD, path, !(flags & PHYSICAL), DOES_OPEN, FS(READ_DIR) | RIGHT_HIDDEN);              \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		if (watch.error) {                                                                                     \
			errno = watch.error;                                                                           \
			watch_after(&watch, true);                                                                     \
			return -1;                                                                                     \
		}                                                                                                      \
		if (moves)                                                                                             \
			directory_is_private();                                                                        \
		result = real.name(path, visit, descriptors, flags);                                                   \
		if (moves) {                                                                                           \
			atomic_fetch_sub(&dir_cache.volatile_cwd, 1);                                                  \
			dir_cache_cwd_changed();                                                                       \
		}                                                                                                      \
		watch_after(&watch, result == -1);                                                                     \
		return result;                                                                                         \
	}

NFTW(nftw)
NFTW(nftw64)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
NFTW(__nftw64_time64)
#endif

#define FOLLOWS_FIRST 3 /* FTS_COMFOLLOW, FTS_LOGICAL */

/* fts hands the walk to the program: until it is closed, the working directory is asked for at each use. */
#define FTS(open_name, close_name)                                                                                     \
	WRAPPER(void *, open_name, (char *const *paths, int options, void *compare))                                   \
	{                                                                                                              \
		void *result;                                                                                          \
                                                                                                                       \
		if (!REAL(open_name))                                                                                  \
			return errno = ENOSYS, NULL;                                                                   \
		struct watch watch = WATCH(#open_name, CWD, paths ? paths[0] : NULL, (options & FOLLOWS_FIRST) != 0,   \
					   DOES_OPEN, FS(READ_DIR) | RIGHT_HIDDEN);                                    \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		result = watch.error ? (errno = watch.error, NULL) : real.open_name(paths, options, compare);          \
		if (result)                                                                                            \
			directory_is_private();                                                                        \
		watch_after(&watch, !result);                                                                          \
		return result;                                                                                         \
	}                                                                                                              \
	WRAPPER(int, close_name, (void *walk))                                                                         \
	{                                                                                                              \
		int result;                                                                                            \
                                                                                                                       \
		if (!REAL(close_name))                                                                                 \
			return errno = ENOSYS, -1;                                                                     \
		result = real.close_name(walk);                                                                        \
		atomic_fetch_sub(&dir_cache.volatile_cwd, 1);                                                          \
		dir_cache_cwd_changed();                                                                               \
		return result;                                                                                         \
	}

FTS(fts_open, fts_close)
FTS(fts64_open, fts64_close)
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
FTS(__fts64_open_time64, __fts64_close_time64)
#endif
