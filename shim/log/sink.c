/* SPDX-License-Identifier: ISC */
/*
 * Where the log goes.
 *
 * Standard error is descriptor 2 itself and never a copy of it: a copy of a pipe's end would keep its reader waiting
 * for as long as a daemon lives. So what is behind the number is noted at start and compared before each line.
 */
#include "shim/log/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "shim/base/names.h"
#include "shim/base/private_fd.h"
#include "shim/base/process.h"

#define VARIABLE "PRECLUDE_LOG"
#define INSTEAD  VARIABLE "=stderr or " VARIABLE "=/FILE"

/* libc's syslog(3) takes locks, reads the time zone and keeps a descriptor that programs close by accident. */
static const struct sockaddr_un syslogd = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
static const struct sockaddr_un journald = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};

static const struct sockaddr_un *address_of(const struct sink *sink)
{
	return sink->journal ? &journald : &syslogd;
}

/* Behind a chroot the name is somebody else's: in a module, a socket that a client planted. */
static int syslog_connect(const struct sink *sink, int fd)
{
	struct identity top;

	if (sys_identity_at(AT_FDCWD, "/", 0, &top) < 0 || !identity_same(&top, &sink->top))
		return -ENOTCONN;
	return (int)sys(SYS_connect, fd, address_of(sink), sizeof(struct sockaddr_un));
}

static int syslog_socket(const struct sink *sink)
{
	int fd = (int)sys(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? 0 : syslog_connect(sink, fd);

	if (error < 0) {
		sys(SYS_close, fd);
		return error;
	}
	return fd;
}

int syslog_send(const struct sink *sink, struct delivery *state, const char *message, size_t length)
{
	int fd = private_fd(PRIVATE_SYSLOG);
	int error;

	if (fd >= 0) {
		error = deliver_datagram(state, fd, message, length);
		/* syslogd was restarted: the name leads to another socket now. */
		if (error == -ECONNREFUSED || error == -ENOTCONN || error == -ECONNRESET)
			error = syslog_connect(sink, fd) < 0 ? error : deliver_datagram(state, fd, message, length);
		return error;
	}
	fd = syslog_socket(sink);
	if (fd < 0)
		return fd;
	error = deliver_datagram(state, fd, message, length);
	/* Kept, where that can be: /dev/log is not there after a chroot. */
	private_fd_take(PRIVATE_SYSLOG, fd);
	return error;
}

void sink_before_chroot(const struct sink *sink)
{
	const int log = sink_fd(sink);
	int fd = private_fd(PRIVATE_SYSLOG);

	if (sink->kind == LOG_OFF || (log >= 0 && (sink->kind != LOG_FILE || !deliver_removed(log))))
		return;
	if (fd >= 0)
		syslog_connect(sink, fd);
	else if ((fd = syslog_socket(sink)) >= 0)
		private_fd_take(PRIVATE_SYSLOG, fd);
}

static const char *named(long error)
{
	const char *name = error_name((int)-error);

	return name ? name : "an error without a name";
}

/* 0 or -errno. */
static int open_syslog(struct sink *sink)
{
	int fd = syslog_socket(sink);

	sink->kind = LOG_SYSLOG;
	if (fd >= 0)
		fd = private_fd_take(PRIVATE_SYSLOG, fd);
	return fd < 0 ? fd : 0;
}

static int need_syslog(struct sink *sink, struct refusal *why)
{
	const int error = open_syslog(sink);

	return error ? refuse_value(why, VARIABLE, 0, sink->journal ? "journal" : "syslog",
				    "%s cannot be reached (%s); start %s, or write " INSTEAD,
				    address_of(sink)->sun_path, named(error), sink->journal ? "journald" : "syslogd")
		     : 0;
}

/* /dev/null by its device number: containers bind others over the name. */
static bool is_null_device(int fd)
{
	uint32_t st[64] = {0}; /* struct statx of the kernel: device numbers stand at byte 128 */

	return sys(SYS_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, 1 /* STATX_TYPE */, st) == 0 && st[32] == 1 &&
	       st[33] == 3;
}

/* Why lines must not go to standard error, where somebody may take them for the program's own output; or NULL. */
static const char *stderr_unfit(const struct identity *id)
{
	struct identity other;

	if (S_ISSOCK(id->mode))
		return "standard error is a socket";
	if (S_ISCHR(id->mode) && is_null_device(2))
		return "standard error is /dev/null";
	for (int fd = 0; fd < 2; fd++)
		if (sys_identity(fd, &other) == 0 && identity_same(id, &other))
			return fd ? "standard error is standard output too" : "standard error is standard input too";
	return NULL;
}

/*
 * Where no syslogd listens, a terminal or a pipe that carries both streams is still the better place: whoever merged
 * them expects errors there. What /dev/null gets is lost, as whoever chose it wants the program's own errors to be. A
 * file or a socket is the user's or a client's: a line of the log would be damage.
 */
static bool may_take_lines(const struct identity *id)
{
	return S_ISFIFO(id->mode) || S_ISCHR(id->mode);
}

static int open_auto(struct sink *sink, struct refusal *why)
{
	const bool closed = sys_identity(2, &sink->id) < 0;
	const char *unfit = closed ? NULL : stderr_unfit(&sink->id);
	int error = closed || unfit ? open_syslog(sink) : -1;

	if (!error)
		return 0;
	sink->kind = closed ? LOG_OFF : LOG_STDERR;
	sink->fd = closed ? -1 : 2;
	if (!unfit || may_take_lines(&sink->id))
		return 0;
	return refuse(why, "nowhere to log: %s, and no syslogd is at %s (%s); add " INSTEAD, unfit,
		      address_of(sink)->sun_path, named(error));
}

static int open_stderr(struct sink *sink, struct refusal *why)
{
	sink->fd = 2;
	if (sys_identity(2, &sink->id) < 0)
		return refuse_value(why, VARIABLE, 0, "stderr",
				    "standard error is closed; open it, or write " VARIABLE "=syslog or " VARIABLE
				    "=/FILE");
	return 0;
}

static uint64_t object_number(const struct identity *id)
{
	uint64_t hash = (id->dev ^ UINT64_C(0xcbf29ce484222325)) * UINT64_C(0x100000001b3);

	return ((hash ^ id->ino) * UINT64_C(0x100000001b3)) | 1;
}

static int open_fd(struct sink *sink, int fd, uint64_t expected, struct refusal *why)
{
	const long flags = sys(SYS_fcntl, fd, F_GETFL);
	const char *wrong = NULL;
	char value[16];

	sink->fd = fd;
	if (flags < 0 || sys_identity(fd, &sink->id) < 0)
		wrong = "is not open";
	else if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH))
		wrong = "is not open for writing";
	else if (expected && expected != object_number(&sink->id))
		wrong = "is no longer the log";
	if (!wrong)
		return 0;
	snprintf(value, sizeof(value), "fd:%d", fd);
	return refuse_value(why, VARIABLE, 0, value,
			    "descriptor %d %s; open it for appending before the start (%d>>FILE), or write " INSTEAD,
			    fd, wrong, fd);
}

static const char *open_advice(long error)
{
	switch (-error) {
	case ELOOP:
		return "it is a symbolic link, or behind one; name the file itself";
	case ENXIO:
		return "nobody reads this FIFO, or it is a socket; start its reader first, or name a file";
	case ENOENT:
	case ENOTDIR:
		return "its directory is not there; create it first";
	case EISDIR:
		return "it is a directory; name a file in it";
	case EACCES:
	case EPERM:
	case EROFS:
		return "this user may not write there; name a file where it may";
	default:
		return "name another file";
	}
}

#define HOW (O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

/* Before Linux 5.6, or where a filter does not know openat2(2): one directory after the other. */
static long open_step_by_step(const char *path)
{
	long dir = sys(SYS_openat, AT_FDCWD, *path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[256], target; /* NAME_MAX, and a NUL */
	size_t length;
	long next;

	for (path += strspn(path, "/"); dir >= 0; path += length + strspn(path + length, "/"), dir = next) {
		length = strcspn(path, "/");
		if (length >= sizeof(name)) {
			next = -ENAMETOOLONG;
		} else if (!path[length]) {
			next = sys(SYS_openat, dir, *path ? path : ".", HOW, 0600);
			sys(SYS_close, dir);
			return next;
		} else {
			memcpy(name, path, length);
			name[length] = '\0';
			next = sys(SYS_openat, dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (next == -ENOTDIR && sys(SYS_readlinkat, dir, name, &target, 1) >= 0)
				next = -ELOOP;
		}
		sys(SYS_close, dir);
	}
	return dir;
}

static int open_file(struct sink *sink, const char *path, struct refusal *why)
{
	const struct open_how_v0 how = {.flags = HOW, .mode = 0600, .resolve = PRECLUDE_RESOLVE_NO_SYMLINKS};
	long fd = sys(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd == -ENOSYS || fd == -EPERM)
		fd = open_step_by_step(path);
	if (fd >= 0 && (sys_identity((int)fd, &sink->id) < 0 || S_ISBLK(sink->id.mode))) {
		sys(SYS_close, fd);
		return refuse_value(why, VARIABLE, 0, path, "it is a block device; name a file");
	}
	if (fd >= 0)
		fd = private_fd_take(PRIVATE_LOG, (int)fd);
	if (fd < 0)
		return refuse_value(why, VARIABLE, 0, path, "cannot be opened (%s): %s", named(fd), open_advice(fd));
	return 0;
}

int sink_open(struct sink *sink, const struct policy *policy, uint64_t expected, struct refusal *why)
{
	*sink = (struct sink){.kind = policy->log, .journal = policy->log == LOG_JOURNAL, .fd = -1};
	sys_identity_at(AT_FDCWD, "/", 0, &sink->top);
	switch (policy->log) {
	case LOG_AUTO:
		return open_auto(sink, why);
	case LOG_STDERR:
		return open_stderr(sink, why);
	case LOG_SYSLOG:
	case LOG_JOURNAL:
		return need_syslog(sink, why);
	case LOG_FD:
		return open_fd(sink, policy->log_fd, expected, why);
	case LOG_FILE:
		return open_file(sink, policy->log_path, why);
	case LOG_OFF:
		break;
	}
	return 0;
}

uint64_t sink_object(const struct sink *sink)
{
	return sink->kind == LOG_FD ? object_number(&sink->id) : 0;
}

int sink_fd(const struct sink *sink)
{
	struct identity now;

	if (sink->kind == LOG_FILE)
		return private_fd(PRIVATE_LOG);
	if (sink->fd < 0 || sys_identity(sink->fd, &now) < 0 || !identity_same(&now, &sink->id))
		return -1;
	return sink->fd;
}

int sink_write(const struct sink *sink, struct delivery *state, const char *line, size_t length)
{
	int fd = sink_fd(sink);

	return fd < 0 ? -EBADF : deliver(state, fd, sink->id.mode, sink->kind == LOG_FILE, line, length);
}

bool sink_is_read(void)
{
	struct identity id;

	return sys_identity(2, &id) == 0 && !(S_ISCHR(id.mode) && is_null_device(2));
}

void sink_elsewhere(const char *line)
{
	struct sink sink = {.kind = LOG_SYSLOG, .fd = -1};
	struct delivery state = {0};
	long terminal;

	sys_identity_at(AT_FDCWD, "/", 0, &sink.top);
	if (syslog_send(&sink, &state, line, strlen(line)) == 0)
		return;
	terminal = sys(SYS_openat, AT_FDCWD, "/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC, 0);
	if (terminal < 0)
		return;
	/* Behind "<27>". */
	deliver_words((int)terminal, "", strchr(line, '>') + 1, "\n");
	sys(SYS_close, terminal);
}
