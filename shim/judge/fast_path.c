/* SPDX-License-Identifier: ISC */
/* The short way of a call that looks, changes metadata or opens. */
#include "shim/judge/fast_path.h"

#include <errno.h>
#include <fcntl.h>

#include "shim/judge/pin.h"
#include "shim/libc/real.h"
#include "shim/locate/beneath.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/roots.h"

bool plain_here(const char *path, bool follow, uint64_t right)
{
	return plain(CWD, path, follow, right);
}

/* From elsewhere: a look is nobody's business, unless all of them are confined or logged. */
static bool is_of_interest(bool looks)
{
	return !looks || shim.policy.confine == CONFINE_ALL || (shim.policy.flags & (FLAG_LOOKS | FLAG_OBJECTS));
}

enum fast_way fast_find(struct watch_path *at, uint64_t need, bool looks, bool held, int *error)
{
	struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW)};
	const bool enforced = need || (looks && shim.confining && shim.policy.confine == CONFINE_ALL);
	const uint64_t stamp = dir_cache_stamp();
	long fd;

	if (!shim.beneath || shim.raw_again || (at->dir != CWD && !text_readable(at->path)) || !*at->path)
		return FAST_NOT;
	watch_directory(at, false);
	if (!(at->dir_verdict & DIR_INSIDE))
		return is_of_interest(looks) ? FAST_NOT : FAST_AS_IS;
	if ((need & ~at->dir_verdict) || watch_needs_climb(at->root) ||
	    (narrow_done() && !(at->dir_verdict & RIGHTS_MASK)))
		return FAST_NOT;
	if (watch_stays(at, enforced, need))
		return FAST_AS_IS;
	if (!held || !real_is_libc)
		return FAST_NOT;
	fd = beneath_open(at->dir, at->path, at->root, at->rest, &how);
	if (fd >= 0 && (watch_moved(at, stamp) || (enforced && !watch_stands(at, need)))) {
		sys(SYS_close, fd);
		return FAST_NOT;
	}
	if (fd < 0 && !beneath_answers(fd))
		return FAST_NOT;
	at->pinned = fd < 0 ? -1 : (int)fd;
	if (fd >= 0)
		return FAST_HELD;
	*error = (int)-fd;
	at->dir = -1;
	at->path = "-";
	return FAST_FAILED;
}

/*
 * From a directory that is inside, the open itself is made with openat2 and RESOLVE_BENEATH: it is exact, free of
 * races, and costs 8 % where resolving first would cost 90 (four names deep, measured).
 */
bool open_beneath(struct watch_path *at, int flags, mode_t mode, long *result)
{
	struct open_how_v0 how = pin_how(flags, mode);
	long fd;

	if (!real_is_libc || ((at->dir != CWD || !shim.quiet) && !text_readable(at->path)) || !*at->path)
		return false;
	watch_directory(at, false);
	if (!(at->dir_verdict & DIR_INSIDE) || (at->root != NO_GRANT && !*at->rest))
		return false;
	fd = beneath_open(at->dir, at->path, at->root, at->rest, &how);
	/* EACCES may be the domain's word on a read-only root: then it is to be said. */
	if (beneath_unsure(fd) || fd == -EACCES)
		return false;
	if (fd < 0)
		errno = (int)-fd;
	*result = fd < 0 ? -1 : fd;
	return true;
}

bool open_said(struct watch *watch, int flags, mode_t mode, long *result)
{
	if (!shim.active || shim.beneath || !shim.tells || (shim.confining && shim.policy.anchor) || shim.raw_again)
		return false;
	watch->stamp = dir_cache_stamp();
	if (!open_beneath(&watch->at, flags, mode, result))
		return false;
	/* Other errors come before anything was found, or may. */
	if (*result < 0 && errno != ENOENT && errno != ENOTDIR)
		return false;
	watch_locate_at_directory(&watch->at);
	return true;
}
