/* SPDX-License-Identifier: ISC */
/*
 * Symlinks resolved by hand.
 *
 * What a writable directory holds, somebody confined to it may have planted: a root or grant that goes through a
 * symlink there would be led wherever they like at the next start. openat2 can refuse all symlinks or none, so the few
 * paths that have any are walked here, but for those that need not be. Needs no /proc.
 */
#include "sandbox/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "sandbox/sys.h"

#define LINKS_MAX 40 /* as in the kernel */

/* The kernel sample's variables may hold relative paths, and "..". */
static int plain_as(const char *path, uint64_t type)
{
	const struct open_how_v0 how = {
	    .flags = O_PATH | O_CLOEXEC | type,
	    .resolve = PRECLUDE_RESOLVE_NO_SYMLINKS,
	};
	int fd;

	if (path[0] != '/' || strstr(path, ".."))
		return -ELOOP;
	fd = (int)sys(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	/* Not there before Linux 5.6, and filters that do not know it say EPERM. */
	return fd == -ENOSYS || fd == -EPERM ? -ELOOP : fd;
}

int walk_plain_file(const char *path)
{
	return plain_as(path, 0);
}

int walk_plain(const char *path)
{
	const int fd = plain_as(path, O_DIRECTORY);

	return fd == -ENOTDIR ? walk_plain_file(path) : fd;
}

/* One component beneath `dirfd`, O_PATH; a directory is opened as one, so that an automount is mounted first. */
static int walk_step(int dirfd, const char *name)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int fd = (int)sys(SYS_openat, dirfd, name, flags | O_DIRECTORY);

	return fd == -ENOTDIR ? (int)sys(SYS_openat, dirfd, name, flags) : fd;
}

/* Puts text in front of what is still to be walked. */
static int prepend(struct walk *walk, const char *text, size_t length)
{
	if ((size_t)(walk->at - walk->rest) < length + 1)
		return -ENAMETOOLONG;
	*--walk->at = '/';
	walk->at -= length;
	memcpy(walk->at, text, length);
	return 0;
}

static int prepend_working_directory(struct walk *walk)
{
	const long size = sys(SYS_getcwd, walk->link, sizeof(walk->link));

	if (size < 0)
		return (int)size;
	/* "(unreachable)": it lies outside the root directory, or was removed. */
	return walk->link[0] == '/' ? prepend(walk, walk->link, (size_t)size - 1) : -ENOENT;
}

/* The next component, cut out in place; empty at the end. */
static const char *cut(struct walk *walk)
{
	const char *name = walk->at += strspn(walk->at, "/");

	walk->at += strcspn(walk->at, "/");
	if (*walk->at)
		*walk->at++ = '\0';
	return name;
}

static void move_to(struct walk *walk, int fd)
{
	sys_put(walk->fd);
	walk->fd = fd;
}

static int start(struct walk *walk)
{
	const int fd = walk_step(AT_FDCWD, "/");

	if (fd < 0)
		return fd;
	move_to(walk, fd);
	walk->length = 0;
	return 0;
}

/* `fd` is a symlink in the directory that was reached: its target comes first now. */
static int follow(struct walk *walk, int fd)
{
	const char *here = walk->length ? walk->canonical : "/";
	long length;
	int result;

	if (walk->distrusted)
		walk->where = pathset_above(walk->distrusted, here, walk->length ? walk->length : 1);
	if (walk->where)
		return -EXDEV;
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	length = sys(SYS_readlinkat, fd, "", walk->link, sizeof(walk->link));
	if (length < 0)
		return (int)length;
	result = prepend(walk, walk->link, (size_t)length);
	return result == 0 && walk->link[0] == '/' ? start(walk) : result;
}

/* Brings the canonical text to where one component leads. */
static int rename_to(struct walk *walk, const char *name)
{
	const size_t more = strlen(name);

	if (!strcmp(name, "..")) {
		while (walk->length && walk->canonical[--walk->length] != '/')
			;
		return 0;
	}
	if (walk->length + 1 + more >= sizeof(walk->canonical))
		return -ENAMETOOLONG;
	walk->canonical[walk->length++] = '/';
	memcpy(walk->canonical + walk->length, name, more);
	walk->length += more;
	return 0;
}

static int step(struct walk *walk, const char *name)
{
	const int fd = walk_step(walk->fd, name);
	struct identity id;
	int result;

	if (fd < 0)
		return fd;
	result = sys_identity(fd, &id);
	if (result == 0 && S_ISLNK(id.mode)) {
		result = follow(walk, fd);
	} else if (result == 0 && (result = rename_to(walk, name)) == 0) {
		move_to(walk, fd);
		return 0;
	}
	sys(SYS_close, fd);
	return result;
}

int walk_link(struct walk *walk, const char *path)
{
	const char *name = strrchr(path, '/');
	const size_t above = name ? (size_t)(name + 1 - path) : 0;
	char *text = walk->canonical;
	long length;

	if (path[0] != '/' || above >= sizeof(walk->canonical) ||
	    (walk->distrusted && pathset_above(walk->distrusted, path, above > 1 ? above - 1 : 1)))
		return -ELOOP;
	memcpy(text, path, above);
	length = sys(SYS_readlinkat, AT_FDCWD, path, text + above, sizeof(walk->canonical) - above);
	if (length <= 0 || above + (size_t)length >= sizeof(walk->canonical))
		return -ELOOP;
	walk->length = above + (size_t)length;
	text[walk->length] = '\0';
	/* Absolute, or not canonical yet. */
	if (strstr(text, "//") || strstr(text, "/.") || text[walk->length - 1] == '/')
		return -ELOOP;
	return 0;
}

int walk_open(struct walk *walk, const char *path)
{
	const char *name;
	int result;

	result = walk_link(walk, path);
	if (result == 0)
		result = walk_plain(walk->canonical);
	if (result != -ELOOP)
		return result;
	walk->where = NULL;
	walk->fd = -1;
	walk->links = 0;
	walk->at = walk->rest + sizeof(walk->rest) - 1;
	*walk->at = '\0';
	result = prepend(walk, path, strlen(path));
	if (result == 0 && path[0] != '/')
		result = prepend_working_directory(walk);
	if (result == 0)
		result = start(walk);
	while (result == 0 && *(name = cut(walk)) != '\0')
		if (strcmp(name, ".") != 0)
			result = step(walk, name);
	if (result < 0) {
		move_to(walk, -1);
		return result;
	}
	if (!walk->length)
		walk->canonical[walk->length++] = '/';
	walk->canonical[walk->length] = '\0';
	return walk->fd;
}
