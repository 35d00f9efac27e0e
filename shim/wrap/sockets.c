/* SPDX-License-Identifier: ISC */
/* Sockets, where an address is a path: AF_UNIX, not abstract, not unnamed (unix(7)). */
#include <errno.h>
#include <string.h>

#include "shim/judge/watch.h"
#include "shim/libc/real.h"

#define UNIX      1   /* AF_UNIX */
#define PATH_ROOM 108 /* sizeof sun_path, which need not end in NUL */

struct unix_address {
	unsigned short family;
	char path[PATH_ROOM];
};

/* struct msghdr's first members, on every Linux. */
struct message {
	const struct unix_address *name;
	unsigned name_length;
};

/* Copies the path out of an address; false when it has none. `path` holds PATH_ROOM + 1 bytes. */
static bool unix_path(const void *address, unsigned length, char *path)
{
	const struct unix_address *unix_address = address;

	if (length > sizeof *unix_address)
		length = sizeof *unix_address;
	if (!shim.active || !address || length <= sizeof unix_address->family || !memory_readable(address, length) ||
	    unix_address->family != UNIX || !unix_address->path[0])
		return false;
	length -= (unsigned)sizeof unix_address->family;
	memcpy(path, unix_address->path, length);
	path[length] = '\0';
	return true;
}

/* RESOLVE_UNIX is asked of the kernel only with PRECLUDE_SCOPE=pathname-unix; without it, connecting is not mediated.
 */
static uint64_t connect_right(void)
{
	return shim.in_force & FS(RESOLVE_UNIX);
}

#define ALL(...) __VA_ARGS__

/* The wrapper, and call_NAME for the system call of the same name. */
#define SOCKET_CALL(ret, name, params, args, address, length, follow, does, right)                                     \
	ret call_##name(struct called by, ALL params);                                                                 \
	ret call_##name(struct called by, ALL params)                                                                  \
	{                                                                                                              \
		char path[PATH_ROOM + 1];                                                                              \
		ret result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		if (!unix_path(address, length, path))                                                                 \
			return real.name args;                                                                         \
		struct watch watch = WATCH_AS(by, CWD, path, follow, does, right);                                     \
		watch_before(&watch, ACT_BY_PATH);                                                                     \
		result = watch.error ? (errno = watch.error, FAILURE(ret)) : real.name args;                           \
		watch_after(&watch, result == -1);                                                                     \
		return result;                                                                                         \
	}                                                                                                              \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		return call_##name(CALLED(#name), ALL args);                                                           \
	}

SOCKET_CALL(int, bind, (int fd, const struct sockaddr *address, unsigned length), (fd, address, length), address,
	    length, false, DOES_CREATE, FS(MAKE_SOCK))
SOCKET_CALL(int, connect, (int fd, const struct sockaddr *address, unsigned length), (fd, address, length), address,
	    length, true, DOES_CONNECT, connect_right())
SOCKET_CALL(int, __connect, (int fd, const struct sockaddr *address, unsigned length), (fd, address, length), address,
	    length, true, DOES_CONNECT, connect_right())
SOCKET_CALL(ssize_t, sendto,
	    (int fd, const void *data, size_t size, int flags, const struct sockaddr *address, unsigned length),
	    (fd, data, size, flags, address, length), address, length, true, DOES_CONNECT, connect_right())

#define READABLE(header)  memory_readable(header, sizeof(struct message))
#define NAME_OF(header)   (READABLE(header) ? ((const struct message *)(header))->name : NULL)
#define LENGTH_OF(header) (READABLE(header) ? ((const struct message *)(header))->name_length : 0)

SOCKET_CALL(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), NAME_OF(message),
	    LENGTH_OF(message), true, DOES_CONNECT, connect_right())

/* struct mmsghdr, whose first member is a struct msghdr. */
struct counted_message {
	union {
		struct message message;
		char whole[7 * sizeof(long)];
	};
	unsigned sent;
};

/*
 * As many calls as there are messages, of which the kernel says how many it made: judged when that is known, and so
 * never refused by us (INNER).
 */
#define SEND_MANY(name)                                                                                                \
	int call_##name(struct called by, int fd, struct mmsghdr *messages, unsigned count, int flags);                \
	int call_##name(struct called by, int fd, struct mmsghdr *messages, unsigned count, int flags)                 \
	{                                                                                                              \
		const struct counted_message *message = (const struct counted_message *)messages;                      \
		char path[PATH_ROOM + 1];                                                                              \
		int result;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		result = real.name(fd, messages, count, flags);                                                        \
		for (int i = 0; i < (result < 0 ? 1 : result) && count; i++) {                                         \
			if (!unix_path(NAME_OF(&message[i].message), LENGTH_OF(&message[i].message), path))            \
				continue;                                                                              \
			struct watch watch =                                                                           \
			    WATCH_AS(by, CWD, path, true, DOES_CONNECT, connect_right() | RIGHT_INNER);                \
			watch_before(&watch, ACT_BY_PATH);                                                             \
			watch_after(&watch, result < 0);                                                               \
		}                                                                                                      \
		return result;                                                                                         \
	}                                                                                                              \
	WRAPPER(int, name, (int fd, struct mmsghdr *messages, unsigned count, int flags))                              \
	{                                                                                                              \
		return call_##name(CALLED(#name), fd, messages, count, flags);                                         \
	}
SEND_MANY(sendmmsg)

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
SOCKET_CALL(ssize_t, __sendmsg64, (int fd, const struct msghdr *message, int flags), (fd, message, flags),
	    NAME_OF(message), LENGTH_OF(message), true, DOES_CONNECT, connect_right())
SEND_MANY(__sendmmsg64)
#endif
