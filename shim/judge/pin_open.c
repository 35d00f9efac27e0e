/* SPDX-License-Identifier: ISC */
/* Opens what was judged: open(2) and its kin on what is held, and openat2(2), which says itself how to resolve. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "shim/base/private_fd.h"
#include "shim/base/signals.h"
#include "shim/judge/pin.h"
#include "shim/libc/rights_of.h"
#include "shim/locate/beneath.h"
#include "shim/locate/roots.h"

#define RACES_MAX 40 /* times that a name may change while it is opened */

struct open_how_v0 pin_how(int flags, mode_t mode)
{
	/* What open(2) ignores, openat2(2) refuses. */
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	return (struct open_how_v0){.flags = (unsigned)flags, .mode = open_takes_mode(flags) ? mode & 07777 : 0};
}

/*
 * Beneath where it starts. -EXDEV where that is not inside, or where the root itself would be made, which is an entry
 * of the directory above it.
 */
static long open_beneath(struct watch_path *at, struct open_how_v0 *how)
{
	watch_directory(at, false);
	if (!(at->dir_verdict & DIR_INSIDE) || (at->root != NO_GRANT && !*at->rest && (how->flags & O_CREAT)))
		return -EXDEV;
	watch_locate_at_directory(at);
	return beneath_open(at->dir, at->path, at->root, at->rest, how);
}

/* What has flags that only openat2(2) takes is opened by openat2(2). */
static long open_at(int dir, const char *name, const struct open_how_v0 *asked, unsigned without, unsigned with)
{
	struct open_how_v0 how = {.flags = (asked->flags & ~(uint64_t)without) | with, .mode = asked->mode};

	if (!(how.flags >> 32))
		return sys(SYS_openat, dir, name, (int)how.flags, (mode_t)how.mode);
	if (!open_takes_mode((int)how.flags))
		how.mode = 0;
	return sys(SYS_openat2, dir, name, &how, sizeof how);
}

/* What is not there is made where its directory was judged. What is, is left to the caller to open: 0. */
static long make_reached(const struct watch_path *at, struct reached *reached, const struct open_how_v0 *how)
{
	if ((how->flags & O_CREAT) && at->path[strlen(at->path) - 1] == '/')
		return -EISDIR;
	if (reached->object >= 0 && (how->flags & O_CREAT) && (how->flags & O_EXCL))
		return -EEXIST;
	if ((how->flags & O_CREAT) && at->location.directory)
		return -EISDIR;
	if (reached->object == -ENOENT && (how->flags & O_CREAT) && reached->name) {
		struct watch_path parent = {.pinned = reached->parent};

		pin_move(&parent);
		reached->parent = parent.pinned;
		return open_at(reached->parent, reached->name, how, 0, O_NOFOLLOW);
	}
	return reached->object < 0 ? reached->object : 0;
}

/* What openat2(2) finds when it resolves as the program asks: 0 and which object, or -errno. */
static long look(const struct watch_path *at, uint64_t resolve, struct identity *id)
{
	const struct open_how_v0 how = {.flags = O_PATH | O_CLOEXEC | (at->follow ? 0 : O_NOFOLLOW),
					.resolve = resolve};
	long fd = sys(SYS_openat2, at->dir, at->path, &how, sizeof how), error;

	if (fd < 0)
		return fd;
	error = sys_identity((int)fd, id);
	sys_put((int)fd);
	return error;
}

/* Errors of RESOLVE flags, and of a path that cannot be walked to its end. */
static bool resolve_answers(long error)
{
	return error == -ELOOP || error == -EXDEV || error == -EAGAIN;
}

/* Whether a walk that knows nothing of RESOLVE flags has come to what was seen with them. */
static bool as_seen(long seen, const struct identity *id, const struct reached *reached)
{
	struct identity now;

	if (seen == 0)
		return reached->object >= 0 && sys_identity(reached->object, &now) == 0 && identity_same(&now, id);
	return seen != -ENOENT || reached->object == -ENOENT;
}

/*
 * What was reached is opened by its descriptor, with the program's own signals: a FIFO may wait for its other end.
 */
static long open_exactly(struct watch *watch, const struct open_how_v0 *how)
{
	const bool exclusive = (how->flags & O_CREAT) && (how->flags & O_EXCL);
	struct watch_path *at = &watch->at;
	char room[HELD_NAME];
	struct identity id;
	bool raced;
	long fd, seen;

	if (!*at->path)
		return -ENOENT;
	for (unsigned races = 0;; races++) {
		const uint64_t mask = signals_hold();
		struct scratch *scratch = scratch_map();
		struct reached reached = {-ENOMEM, -1, NULL};

		at->location = (struct location){.where = WHERE_UNKNOWN, .grant = NO_GRANT};
		at->placed = true;
		seen = how->resolve ? look(at, how->resolve, &id) : 0;
		if (scratch && !resolve_answers(seen))
			place_reach(at->dir, at->path, at->follow, exclusive, &at->location, scratch, &reached);
		watch->confined = !resolve_answers(seen) &&
				  pin_against(watch, at, at->location.where, at->location.rights) &&
				  !(exclusive && at->location.exists) && !pin_by_text_alone(-reached.object) &&
				  reached.object != -EMFILE && reached.object != -ENFILE;
		raced = how->resolve && !resolve_answers(seen) && !as_seen(seen, &id, &reached);
		fd = resolve_answers(seen) ? seen
		     : watch->confined     ? -EACCES
		     : raced               ? -EAGAIN
					   : make_reached(at, &reached, how);
		/* Nothing was there, and a symlink is now. */
		raced = raced || (fd == -ELOOP && reached.object < 0 && reached.parent >= 0);
		if (!fd) {
			at->pinned = reached.object;
			reached.object = -1;
		}
		reached_put(&reached);
		scratch_unmap(scratch);
		signals_release(mask);
		if (!raced || races == RACES_MAX)
			break;
	}
	if (!fd) {
		pin_move(at);
		fd = open_at(private_fd(PRIVATE_PROC), text_number(room, "thread-self/fd/", at->pinned), how,
			     O_CREAT | O_NOFOLLOW, 0);
	}
	pin_put(at);
	return fd;
}

static int opened(struct watch *watch, long fd)
{
	watch->error = fd < 0 ? (int)-fd : 0;
	if (fd < 0)
		errno = watch->error;
	return fd < 0 ? -1 : (int)fd;
}

int pin_open(struct watch *watch, struct open_how_v0 how)
{
	long fd = open_beneath(&watch->at, &how);

	how.resolve = 0;
	/* Flags that are wrong in themselves are so on no descriptor at all. */
	if (beneath_unsure(fd))
		fd = sys(SYS_openat, -1, "-", (int)how.flags, (mode_t)how.mode) == -EINVAL ? -EINVAL
											   : open_exactly(watch, &how);
	return opened(watch, fd);
}

/* What the kernel says of a question that it does not understand, before it looks at the path: 0, or -errno. */
static long understood(const void *how, size_t size)
{
	const long error = sys(SYS_openat2, -1, "-", how, size);

	return error == -EBADF || error == -EMFILE || error == -ENFILE ? 0 : error;
}

int pin_openat2(struct watch *watch, const struct open_how_v0 *asked)
{
	struct open_how_v0 how = *asked;
	struct watch_path *at = &watch->at;
	long fd = open_beneath(at, &how), error;
	const uint64_t refused =
	    PRECLUDE_RESOLVE_NO_SYMLINKS | (at->root == NO_GRANT ? PRECLUDE_RESOLVE_NO_MAGICLINKS : 0);
	bool answer;

	if (beneath_unsure(fd)) {
		/* Before it left, the kernel met what it was told not to follow, or what cannot be made. */
		answer = fd == -EISDIR || (fd == -ELOOP && (asked->resolve & refused));
		error = understood(asked, sizeof *asked);
		fd = error ? error : answer ? fd : open_exactly(watch, asked);
		at->placed = at->placed && !resolve_answers(fd);
	}
	return opened(watch, fd);
}

int pin_resolved(struct watch *watch, int fd)
{
	const int error = fd < 0 ? errno : 0;
	const uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	struct watch_path *at = &watch->at;

	if (fd >= 0 && scratch) {
		place_of_fd(fd, &at->location, scratch->resolved);
		at->placed = true;
	} else {
		watch_place(watch, scratch);
	}
	scratch_unmap(scratch);
	signals_release(mask);
	watch->confined = pin_against(watch, at, at->location.where, at->location.rights) &&
			  !pin_by_text_alone(error) && !resolve_answers(-error) && error != EMFILE && error != ENFILE;
	if (!watch->confined)
		return errno = error ? error : errno, fd;
	sys_put(fd);
	return errno = EACCES, -1;
}

long pin_asked(const void *how, size_t size, struct open_how_v0 *asked)
{
	const long error = size == sizeof *asked ? 0 : understood(how, size);

	if (error)
		return error;
	if (!memory_readable(how, size))
		return -EFAULT;
	memcpy(asked, how, sizeof *asked);
	/* A newer kernel's question: what it asks cannot be enforced here, so the answer is that of an older one. */
	for (size_t i = sizeof *asked; shim.confining && i < size; i++)
		if (((const char *)how)[i])
			return -E2BIG;
	return 0;
}
