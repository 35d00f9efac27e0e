/* SPDX-License-Identifier: ISC */
/* The calls of prog_oracle.c, each made from an address of its own (oracle.def), and the state of who makes them. */
#ifndef PRECLUDE_TESTS_ORACLE_CALLS_H
#define PRECLUDE_TESTS_ORACLE_CALLS_H

#include <dirent.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "oracle.h"
#include "oracle_world.h"

#define LOG_FD 99
static int log_fd;
static off_t log_at;
static enum place cwd_place, root_place;
static bool changed_root, enforcing, anchoring, all, lying;
static const char *const reasons[] = {
    "removed object",           "symlink loop", "path too long", "closed descriptor", "file held since before chroot",
    "no reason that has a name"};

/* Counted together with the children that chroot. */
static struct {
	unsigned long cases, unknowns[COUNT(reasons)], used;
	unsigned char code[1 << 22];
} * total;
static uint64_t seed;

/*
 * Machine code that calls `target` with the arguments it was given, from an address that is used once: by this process
 * or by any of its children.
 */
static void *from_elsewhere(void *target)
{
#if defined(__x86_64__)
	unsigned char code[] = {0x48, 0x83, 0xec, 8,    0x49, 0xbb, 0,    0,    0,    0, 0,
				0,    0,    0,    0x41, 0xff, 0xd3, 0x48, 0x83, 0xc4, 8, 0xc3};
	unsigned char *at = total->code + 32 * total->used++;

	if (total->used > COUNT(total->code) / 32)
		exit(CANNOT);
	memcpy(code + 6, &target, sizeof target);
	return memcpy(at, code, sizeof code);
#else
	return target;
#endif
}

/* One call */

enum shape { PATH, AT, TWO, TWO_AT, FD, SOCKET };
/* OPENS: the result is a descriptor of the very object. FLAGS: `open_flags` say which of the others it is. */
enum { FOLLOW = 1, ENTRY = 2, LOOK = 4, OPENS = 8, FLAGS = 16 };
static int open_flags;

struct attempt {
	const char *func;
	enum shape shape;
	unsigned kind;
	int dir, dir2, fd;
	const char *path, *path2;
	long result;
	int error;
};

#define F(name) ((__typeof__(&name))from_elsewhere((void *)name))

static struct statfs fs_buffer;
static struct statvfs vfs_buffer;
static struct statx statx_buffer;
static struct {
	struct file_handle handle;
	char room[128];
} handle_buffer;
static char text_buffer[PATH_MAX + 1];
static int mount_buffer, watcher, unix_socket;
static const struct timespec stamps[2] = {{1, 0}, {2, 0}};
static const struct timeval times[2] = {{1, 0}, {2, 0}};

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	strncpy(un.sun_path, path, sizeof un.sun_path - 1);
	return un;
}

static long bind_to(const char *path)
{
	struct sockaddr_un un = address(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	long result = F(bind)(fd, (struct sockaddr *)&un, sizeof un);

	sys(SYS_close, fd);
	return result;
}

static long connect_to(const char *path)
{
	struct sockaddr_un un = address(path);

	return F(connect)(unix_socket, (struct sockaddr *)&un, sizeof un);
}

static long handle_of(int dir, const char *path, int flags)
{
	handle_buffer.handle.handle_bytes = sizeof handle_buffer.room;
	return F(name_to_handle_at)(dir, path, &handle_buffer.handle, &mount_buffer, flags);
}

static long opened(FILE *file)
{
	return file ? fclose(file), 0 : -1;
}

static long listed(DIR *dir)
{
	return dir ? closedir(dir), 0 : -1;
}

static const struct {
	const char *func;
	enum shape shape;
	unsigned kind;
} rows[] = {
#define ROW(name, shape, kind, call) {#name, shape, kind},
#include "oracle.def"
#undef ROW
};

static long perform(unsigned row, const struct attempt *a)
{
	const char *path = a->path, *path2 = a->path2;
	int dir = a->dir, dir2 = a->dir2, fd = a->fd;
	struct stat st;
	unsigned at = 0;

#define ROW(name, shape, kind, call)                                                                                   \
	if (at++ == row)                                                                                               \
		return call;
#include "oracle.def"
#undef ROW
	return -1;
}

#endif
