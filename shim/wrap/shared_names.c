/* SPDX-License-Identifier: ISC */
/*
 * Names in shared memory. libc makes the path: shm_overview(7) and sem_overview(7) say /dev/shm/NAME and
 * /dev/shm/sem.NAME. A message queue lies in its own file system, where no root is (mq_overview(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "shim/judge/watch.h"
#include "shim/libc/real.h"

#define NAME_ROOM 288 /* NAME_MAX, and the directory before it */

static const char *shared_path(const char *prefix, const char *name, char *path)
{
	size_t length = strlen(prefix);

	if (!text_readable(name))
		return NULL;
	while (*name == '/')
		name++;
	memcpy(path, prefix, length);
	strncpy(path + length, name, NAME_ROOM - length - 1);
	path[NAME_ROOM - 1] = '\0';
	return path;
}

static uint64_t right_of(int flags)
{
	return FS(READ_FILE) | ((flags & O_ACCMODE) != O_RDONLY ? FS(WRITE_FILE) : 0) |
	       (flags & O_CREAT ? FS(MAKE_REG) : 0) | (flags & O_TRUNC ? FS(TRUNCATE) : 0);
}

/* Opening a queue is mediated, on a mount that no path leads to; making and removing one is not (Linux 6.18, seen). */
static uint64_t queue_right(int flags)
{
	return ((flags & O_ACCMODE) != O_WRONLY ? FS(READ_FILE) : 0) |
	       ((flags & O_ACCMODE) != O_RDONLY ? FS(WRITE_FILE) : 0);
}

#define SHARED(ret, name, params, prefix, given, does, right, call)                                                    \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		char path[NAME_ROOM];                                                                                  \
		ret result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		struct watch watch =                                                                                   \
		    WATCH(#name, CWD, shim.active ? shared_path(prefix, given, path) : NULL, false, does, right);      \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		result = watch.error ? (errno = watch.error, FAILURE(ret)) : call;                                     \
		watch_after(&watch, FAILED(result));                                                                   \
		return result;                                                                                         \
	}

/* mode and value travel only with O_CREAT; reading two words of the register save area is harmless without it. */
#define WITH_VARARGS(call)                                                                                             \
	(__extension__({                                                                                               \
		va_list list;                                                                                          \
		unsigned long first = 0, second = 0;                                                                   \
                                                                                                                       \
		if (flags & O_CREAT) {                                                                                 \
			va_start(list, flags);                                                                         \
			first = va_arg(list, unsigned long);                                                           \
			second = va_arg(list, unsigned long);                                                          \
			va_end(list);                                                                                  \
		}                                                                                                      \
		call;                                                                                                  \
	}))

SHARED(int, shm_open, (const char *name, int flags, mode_t mode), "/dev/shm/", name,
       flags &O_CREAT ? DOES_CREATE : DOES_OPEN, right_of(flags), real.shm_open(name, flags, mode))
SHARED(int, shm_unlink, (const char *name), "/dev/shm/", name, DOES_REMOVE, FS(REMOVE_FILE), real.shm_unlink(name))
SHARED(void *, sem_open, (const char *name, int flags, ...), "/dev/shm/sem.", name,
       flags &O_CREAT ? DOES_CREATE : DOES_OPEN, right_of(flags | O_RDWR),
       WITH_VARARGS(real.sem_open(name, flags, first, second)))
SHARED(int, sem_unlink, (const char *name), "/dev/shm/sem.", name, DOES_REMOVE, FS(REMOVE_FILE), real.sem_unlink(name))
SHARED(int, mq_open, (const char *name, int flags, ...), "/dev/mqueue/", name, flags &O_CREAT ? DOES_CREATE : DOES_OPEN,
       queue_right(flags), WITH_VARARGS(real.mq_open(name, flags, first, second)))
SHARED(int, mq_unlink, (const char *name), "/dev/mqueue/", name, DOES_REMOVE, 0, real.mq_unlink(name))
SHARED(int, __mq_open_2, (const char *name, int flags), "/dev/mqueue/", name, DOES_OPEN, queue_right(flags),
       real.__mq_open_2(name, flags))
