/* SPDX-License-Identifier: ISC */
/* What flags and modes ask for: follow, does and right of calls whose arguments decide. Pure, inline. */
#ifndef PRECLUDE_SHIM_LIBC_RIGHTS_OF_H
#define PRECLUDE_SHIM_LIBC_RIGHTS_OF_H

#include <fcntl.h>

#include "shim/base/call.h"
#include "shim/base/context.h"

#define AT_FOLLOWS(flags) (((flags)&0x100) == 0) /* AT_SYMLINK_NOFOLLOW */
#define RENAME_RIGHTS     (FS(REMOVE_FILE) | FS(MAKE_REG) | FS(REFER))

/* O_TMPFILE holds O_DIRECTORY: the bit that tells it. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

static inline bool open_nameless(int flags)
{
	return flags & TMPFILE_BIT;
}

static inline bool open_takes_mode(int flags)
{
	return (flags & O_CREAT) || open_nameless(flags);
}

/* O_TMPFILE has O_DIRECTORY in it. */
static inline bool opens_directory(int flags)
{
	return (flags & O_TMPFILE) == O_DIRECTORY;
}

static inline bool open_follows(int flags)
{
	return !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
}

static inline enum does open_does(int flags)
{
	if (flags & O_PATH)
		return DOES_LOOK;
	return open_takes_mode(flags) ? DOES_CREATE : DOES_OPEN;
}

static inline uint64_t open_right(int flags)
{
	uint64_t rights = 0;

	if (flags & O_PATH)
		return 0;
	if ((flags & O_ACCMODE) != O_WRONLY)
		rights |= flags & O_DIRECTORY && !(flags & TMPFILE_BIT) ? FS(READ_DIR) : FS(READ_FILE);
	if ((flags & O_ACCMODE) != O_RDONLY)
		rights |= FS(WRITE_FILE);
	if (flags & O_TRUNC)
		rights |= FS(TRUNCATE);
	if (flags & O_CREAT)
		rights |= FS(MAKE_REG);
	return rights;
}

/* mknod(2): the type of the node decides the right; no type is a regular file. */
static inline uint64_t node_right(mode_t mode)
{
	switch (mode & 0170000) {
	case 0020000:
		return FS(MAKE_CHAR);
	case 0060000:
		return FS(MAKE_BLOCK);
	case 0010000:
		return FS(MAKE_FIFO);
	case 0140000:
		return FS(MAKE_SOCK);
	default:
		return FS(MAKE_REG);
	}
}

#endif
