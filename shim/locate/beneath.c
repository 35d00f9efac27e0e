/* SPDX-License-Identifier: ISC */
/*
 * Opening what lies beneath a directory that is inside.
 *
 * A relative path is held by the directory it starts from: RESOLVE_BENEATH. An absolute one has only its text, which
 * says something as long as the root's name still leads to the root and no symlink turns it: one stat of the name, and
 * RESOLVE_NO_SYMLINKS for the whole path, so that what is opened is what the program named, never what was moved away.
 * Where there is a symlink, the root is opened by its name, compared, and the rest resolved beneath it.
 */
#include "shim/locate/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "shim/base/path_text.h"
#include "shim/locate/holdings.h"
#include "shim/locate/roots.h"

/* <pthread.h> and <sys/single_threaded.h>, which not every libc has; before glibc 2.34 not every program either. */
int pthread_setcanceltype(int type, int *old) __attribute__((weak));
#ifdef PRECLUDE_OLD_GLIBC
#define single_threaded() false /* a version of 2.32 */
#else
extern char __libc_single_threaded __attribute__((weak));
#define single_threaded() (&__libc_single_threaded && __libc_single_threaded)
#endif

/*
 * open is a cancellation point, where a thread that waits for the other end of a FIFO can be cancelled: as libc does
 * it, for the length of the system call the thread may be cancelled at any instruction.
 */
static long kernel_open(int dir, const char *path, const struct open_how_v0 *how)
{
	bool alone = how->flags & O_PATH || !pthread_setcanceltype || single_threaded();
	int type;
	long fd;

	if (alone)
		return sys(SYS_openat2, dir, path, how, sizeof *how);
	pthread_setcanceltype(1 /* PTHREAD_CANCEL_ASYNCHRONOUS, everywhere */, &type);
	fd = sys(SYS_openat2, dir, path, how, sizeof *how);
	pthread_setcanceltype(type, &type);
	return fd;
}

static bool leads_to(const char *path, const struct identity *id)
{
	struct identity now;

	return sys_identity_at(AT_FDCWD, path, 0, &now) == 0 && identity_same(&now, id);
}

/* A root may have been moved, and something else put in its place: then its name says nothing of where a path leads. */
static bool name_holds(uint32_t root)
{
	const struct place *place = &shim.places[root];
	const char *path = shim.policy.grants[root].path;

	return leads_to(path, &place->id) &&
	       (!place->canonical || !strcmp(place->canonical, path) || leads_to(place->canonical, &place->id));
}

static long open_from_root(uint32_t root, const char *rest, struct open_how_v0 *how)
{
	const struct place *place = &shim.places[root];
	const char *name = place->canonical ? place->canonical : shim.policy.grants[root].path;
	long dir = sys(SYS_openat, AT_FDCWD, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	struct identity now;
	long fd = -EXDEV, above;

	if (dir < 0)
		return -EXDEV;
	/* What the program opens has the lowest number that it can see. */
	above = sys(SYS_fcntl, dir, F_DUPFD_CLOEXEC, dir + 1);
	if (above >= 0) {
		sys(SYS_close, dir);
		dir = above;
	}
	how->resolve |= PRECLUDE_RESOLVE_NO_MAGICLINKS | PRECLUDE_RESOLVE_BENEATH;
	if (sys_identity((int)dir, &now) == 0 && identity_same(&now, &place->id))
		fd = kernel_open((int)dir, *rest ? rest : ".", how);
	sys(SYS_close, dir);
	return fd;
}

long beneath_open(int dir, const char *path, uint32_t root, const char *rest, struct open_how_v0 *how)
{
	const uint64_t asked = how->resolve;
	long fd;

	how->resolve = asked | PRECLUDE_RESOLVE_NO_MAGICLINKS;
	/* After chroot, what starts at the new root stays beneath it. */
	if (root == NO_GRANT && path[0] == '/')
		return kernel_open(dir, path, how);
	if (root == NO_GRANT) {
		/* Without ".." and symlinks there is no way out, and the kernel says so 50 ns sooner (of 540). */
		how->resolve =
		    asked | PRECLUDE_RESOLVE_NO_SYMLINKS | (text_climbs(path) ? PRECLUDE_RESOLVE_BENEATH : 0);
		fd = kernel_open(dir, path, how);
		if (fd != -ELOOP)
			return fd;
		how->resolve = asked | PRECLUDE_RESOLVE_NO_MAGICLINKS | PRECLUDE_RESOLVE_BENEATH;
		return kernel_open(dir, path, how);
	}
	if (text_climbs(rest) || !name_holds(root))
		return -EXDEV;
	how->resolve |= PRECLUDE_RESOLVE_NO_SYMLINKS;
	fd = kernel_open(AT_FDCWD, path, how);
	how->resolve = asked;
	/* The root's own name is part of the path, and what the program asked of it (RESOLVE_NO_XDEV) holds there too.
	 */
	return fd == -ELOOP && !asked ? open_from_root(root, rest, how) : fd;
}
