/* SPDX-License-Identifier: ISC */
/*
 * prog_rows NAME DIR PATH DIR2 PATH2: calls the function NAME ("open", or "syscall(open)") once, through its exported
 * symbol, as rows.def says, and prints "ok SAID", or "failed ERRNO". DIR and DIR2 are descriptors that it inherits.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <linux/fs.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "calls.h"

struct stat64;
struct utimbuf;
struct statfs;
struct statfs64;
struct statvfs;
struct statvfs64;
struct open_how;

/* row_NAME: the type of a pointer to the function, from its row. */
#define FUNCTION(ret, name, params, ...) typedef ret(*row_##name) params;
#define BY_HAND                          FUNCTION
#define HAND                             FUNCTION
#include "../../../shim/libc/functions.def"

extern char **environ;

static __thread void *function; /* that is called */
static char said[8192];

/* What the calls below are given. */
static struct open_how {
	uint64_t flags, mode, resolve;
} open_how = {.flags = O_RDONLY};
static char text[4096];
static char room[1024] __attribute__((aligned(16)));
static struct stat st;
static struct statx stx;
static void *list;
static int mount_id;
static pid_t child;
static char *arguments[] = {(char *)"prog", NULL};
static const struct utimbuf utimbuf = {2000, 2000};
static const struct timeval timevals[2] = {{2000, 0}, {2000, 0}};
static const struct timespec timespecs[2] = {{2000, 0}, {2000, 0}};
static uint64_t nosuid[4] = {2 /* MOUNT_ATTR_NOSUID */};
static uint64_t file_attr[3] = {0x80 /* FS_XFLAG_NODUMP */};
static struct {
	uint64_t value;
	uint32_t size, flags;
} xattr = {.size = 1}, xattr_room = {.size = 64};

static long say_mode(long result)
{
	if (result >= 0)
		snprintf(said, sizeof said, "%o %ld %ld", st.st_mode, (long)st.st_size, (long)st.st_nlink);
	return result;
}

static long say_statx_mode(long result)
{
	if (result >= 0)
		snprintf(said, sizeof said, "%o %ld %ld", stx.stx_mode, (long)stx.stx_size, (long)stx.stx_nlink);
	return result;
}

static long say_text(long result)
{
	if (result >= 0)
		snprintf(said, sizeof said, "%ld %s", result, text);
	return result;
}

#define SAY(call, what) say_##what(call)
#define GOT(call)       ((call) ? 0L : -1L)
#define CHILD(call)                                                                                                    \
	({                                                                                                             \
		int status;                                                                                            \
		child = fork();                                                                                        \
		if (child == 0) {                                                                                      \
			(void)(call);                                                                                  \
			_exit(errno);                                                                                  \
		}                                                                                                      \
		waitpid(child, &status, 0);                                                                            \
		errno = WEXITSTATUS(status);                                                                           \
		status ? -1L : 0L;                                                                                     \
	})
#define SPAWN(call)                                                                                                    \
	({                                                                                                             \
		errno = (call);                                                                                        \
		if (!errno)                                                                                            \
			waitpid(-1, NULL, 0);                                                                          \
		errno ? -1L : 0L;                                                                                      \
	})

/* syscall(2) with any arguments. */
#define S(number, ...) RAW_ARGUMENTS(number, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define RAW_ARGUMENTS(number, a, b, c, d, e, f, ...)                                                                   \
	(number < 0                                                                                                    \
	     ? absent()                                                                                                \
	     : ((row_syscall)function)(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))

static long absent(void)
{
	puts("absent");
	exit(0);
}

static FILE *spare_stream(void)
{
	return fdopen(dup(0), "r");
}

static void *acl(void)
{
	void *library = dlopen("libacl.so.1", RTLD_NOW | RTLD_GLOBAL);
	void *(*from_text)(const char *) = library ? (void *(*)(const char *))dlsym(library, "acl_from_text") : NULL;

	return from_text ? from_text("u::rw-,u:7:r--,g::r--,m::r--,o::---") : NULL;
}

static int datagram(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static struct sockaddr *address(const char *path)
{
	static struct sockaddr_un address = {.sun_family = AF_UNIX};

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	return (struct sockaddr *)&address;
}

static struct msghdr *message(const char *path)
{
	static struct iovec data = {(char *)"x", 1};
	static struct msghdr message = {.msg_namelen = sizeof(struct sockaddr_un), .msg_iov = &data, .msg_iovlen = 1};

	message.msg_name = address(path);
	return &message;
}

static struct mmsghdr *messages(const char *path)
{
	static struct mmsghdr messages;

	messages.msg_hdr = *message(path);
	return &messages;
}

static struct file_handle *handle(void)
{
	struct file_handle *handle = (struct file_handle *)room;

	handle->handle_bytes = 128;
	return handle;
}

static int watcher(void)
{
	return fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
}

/* What it has, and one more. */
static int *inode_flags(row_ioctl ioctl_function, int fd)
{
	static int flags;

	ioctl_function(fd, FS_IOC_GETFLAGS, &flags);
	flags |= FS_NODUMP_FL;
	return &flags;
}

static int visit(void)
{
	return 0;
}

/* Process accounting goes on until it is stopped. */
static long account(long result, void *acct)
{
	int error = errno;

	if (result == 0 && acct)
		((row_acct)acct)(NULL);
	else if (result == 0)
		((row_syscall)function)(SYS_acct, 0, 0, 0, 0, 0, 0);
	errno = error;
	return result;
}

struct call {
	char *path, *path2;
	int dir, dir2;
};

#define BODY(call_)                                                                                                    \
	char *path = call->path, *path2 = call->path2;                                                                 \
	int dir = call->dir, dir2 = call->dir2, fd = dir;                                                              \
	(void)path, (void)path2, (void)dir, (void)dir2, (void)fd;                                                      \
	return (long)(call_);
#define FILL(name, shape, object, follow, does, wall, call_)                                                           \
	static long fill_##name(const struct call *call)                                                               \
	{                                                                                                              \
		row_##name f = (row_##name)function;                                                                   \
		BODY(call_)                                                                                            \
	}
#define RAW_FILL(name, shape, object, follow, does, wall, call_)                                                       \
	static long raw_##name(const struct call *call)                                                                \
	{                                                                                                              \
		BODY(call_)                                                                                            \
	}
#include "rows.def"
#undef FILL
#undef RAW_FILL

static const struct {
	const char *name, *symbol;
	long (*call)(const struct call *call);
} rows[] = {
#define FILL(name, ...)     {#name, #name, fill_##name},
#define RAW_FILL(name, ...) {"syscall(" #name ")", "syscall", raw_##name},
#include "rows.def"
};

int main(int argc, char **argv)
{
	if (argc != 6)
		return 2;
	struct call call = {.dir = atoi(argv[2]), .path = argv[3], .dir2 = atoi(argv[4]), .path2 = argv[5]};

	xattr.value = (uintptr_t) "v";
	xattr_room.value = (uintptr_t)text;
	if (!strncmp(argv[1], "acl_", 4))
		acl();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].name, argv[1]))
			continue;
		function = dlsym(RTLD_DEFAULT, rows[i].symbol);
		if (!function)
			return puts("missing"), 0;
		errno = 0;
		long result = rows[i].call(&call);
		int error = errno;
		/* Unbuffered: nothing of ours is left to do at exit. */
		if (result < 0)
			dprintf(1, "failed %d\n", error);
		else
			dprintf(1, "ok %s\n", said);
		return 0;
	}
	return puts("unknown"), 0;
}
