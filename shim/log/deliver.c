/* SPDX-License-Identifier: ISC */
/*
 * A line to a descriptor.
 *
 * The descriptor may be shared with programs that know nothing of this one, so its flags are never changed: what must
 * not block is asked of each write instead. Signals that a write of ours would raise in the program are held back for
 * the moment, and taken when they came.
 */
#include "shim/log/deliver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "sandbox/sys.h"
#include "shim/base/clock.h"
#include "shim/base/signals.h"

#define PRECLUDE_RWF_NOWAIT          0x08 /* pwritev2(2); older kernels know it for neither pipes nor sockets */
#define PRECLUDE_FALLOC_FL_KEEP_SIZE 0x1  /* fallocate(2) */

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define LENGTH_BITS 17 /* of delivery.promised: 128 KiB */

struct kernel_timespec {
	long seconds, nanoseconds;
};

/*
 * One writev(2) that raises no SIGPIPE and no SIGXFSZ, and that no SIGTTOU stops. A signal of the program's own that
 * was pending before stays pending.
 */
static long write_quietly(int fd, const struct iovec *parts, int count, bool stream)
{
	const uint64_t ours = SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGXFSZ) | SIGNAL_BIT(SIGTTOU);
	uint64_t before = 0, pending = 0;
	long result = -EOPNOTSUPP;

	sys(SYS_rt_sigprocmask, SIG_BLOCK, &ours, &before, sizeof(ours));
	if (before & ours) /* what was not blocked cannot have been pending */
		sys(SYS_rt_sigpending, &pending, sizeof(pending));
	if (stream)
		result = sys(SYS_pwritev2, fd, parts, count, -1, -1, PRECLUDE_RWF_NOWAIT);
	if (result == -EOPNOTSUPP || result == -ENOSYS)
		result = sys(SYS_writev, fd, parts, count);
	if (result == -EPIPE || result == -EFBIG) {
		uint64_t raised = SIGNAL_BIT(result == -EPIPE ? SIGPIPE : SIGXFSZ) & ~pending;
		const struct kernel_timespec now = {0, 0};

		if (raised)
			sys(SYS_rt_sigtimedwait, &raised, NULL, &now, sizeof(raised));
	}
	sys(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
	return result;
}

static int64_t now_ms(void)
{
	struct moment now = clock_read(CLOCK_MONOTONIC);

	return now.seconds * 1000 + now.nanoseconds / 1000000;
}

/* Whether `fd` takes something before `deadline`. A broken one does: the write says so. */
static bool wait_writable(int fd, int64_t deadline)
{
	struct pollfd poll = {.fd = fd, .events = POLLOUT};
	long result;

	do {
		int64_t left = deadline - now_ms();
		struct kernel_timespec wait = {0, 0};

		if (left > 0)
			wait = (struct kernel_timespec){(long)(left / 1000), (long)(left % 1000) * 1000000};
		result = sys(SYS_ppoll, &poll, 1, &wait, NULL, 8);
	} while (result == -EINTR);
	return result > 0;
}

/* There was room, and then there was none: somebody else took it. Lets them go on. */
static bool retry_later(int64_t deadline)
{
	const struct kernel_timespec nap = {0, 1000000};

	sys(SYS_ppoll, NULL, 0, &nap, NULL, 8);
	return now_ms() < deadline;
}

static int to_stream(struct delivery *state, int fd, const char *line, size_t length)
{
	int64_t deadline = now_ms() + (atomic_load(&state->stuck) ? 0 : DELIVER_WAIT_MS);
	size_t done = 0;
	int error = 0;

	while (done < length && !error) {
		const struct iovec rest = {(char *)(uintptr_t)line + done, length - done};
		long written = wait_writable(fd, deadline) ? write_quietly(fd, &rest, 1, true) : -ETIMEDOUT;

		if (written > 0)
			done += (size_t)written;
		else if (written == 0 || ((written == -EAGAIN || written == -EINTR) && !retry_later(deadline)))
			error = -ETIMEDOUT;
		else if (written != -EAGAIN && written != -EINTR)
			error = (int)written;
	}
	atomic_store(&state->stuck, error == -ETIMEDOUT);
	if (error && done)
		atomic_store(&state->torn, 1);
	return error;
}

/* struct statx of the kernel, the same everywhere. */
struct file_facts {
	uint32_t mask, block;
	uint64_t attributes;
	uint32_t names, owner, group;
	uint16_t mode, unused;
	uint64_t inode, size, blocks; /* of 512 bytes */
	uint64_t rest[25];
};

static bool file_look(int fd, struct file_facts *facts)
{
	const unsigned wanted = 0x4 /* STATX_NLINK */ | 0x200 /* STATX_SIZE */ | 0x400 /* STATX_BLOCKS */;

	*facts = (struct file_facts){.names = 1};
	return sys(SYS_statx, fd, "", 0x1000 /* AT_EMPTY_PATH */, wanted, facts) == 0;
}

bool deliver_removed(int fd)
{
	struct file_facts facts;

	return file_look(fd, &facts) && !facts.names;
}

static int64_t file_size(int fd)
{
	struct file_facts facts;

	return file_look(fd, &facts) ? (int64_t)facts.size : -1;
}

/*
 * Room on the disk for the line, before any of it is written: a full disk then gives an error and no half line. Mostly
 * it is there already, behind the end, in the last block. In a file with holes it may not be: then the write tells.
 */
static int file_reserve(int fd, const struct file_facts *facts, size_t length)
{
	const uint64_t at = facts->size;
	struct {
		uint64_t soft, hard;
	} limit = {0};
	long result;

	if (sys(SYS_prlimit64, 0, 1 /* RLIMIT_FSIZE */, NULL, &limit) == 0 && at + length > limit.soft)
		return -EFBIG;
	if (at + length <= facts->blocks * 512)
		return 0;
#if __SIZEOF_LONG__ == 8
	result = sys(SYS_fallocate, fd, PRECLUDE_FALLOC_FL_KEEP_SIZE, at, length);
#else
	result = sys(SYS_fallocate, fd, PRECLUDE_FALLOC_FL_KEEP_SIZE, (uint32_t)at, at >> 32, length, 0);
#endif
	/* Anything else is a file system that cannot reserve: the write itself has to tell. */
	return result == -ENOSPC || result == -EDQUOT || result == -EIO ? (int)result : 0;
}

/* Undoes a short write when nobody has appended since. A child in the domain may write to the log, but not truncate. */
static bool file_cut_back(int fd, int64_t size, size_t written)
{
	if (file_size(fd) != size + (int64_t)written)
		return false;
#if __SIZEOF_LONG__ == 8
	return sys(SYS_ftruncate, fd, size) == 0;
#else
	return sys(SYS_ftruncate64, fd, (uint32_t)size, size >> 32) == 0;
#endif
}

/* Also when nobody has waited for it yet. */
static bool has_ended(int pid)
{
	const struct kernel_timespec now = {0, 0};
	struct pollfd poll = {.fd = (int)sys(SYS_pidfd_open, pid, 0), .events = POLLIN};
	bool ended = poll.fd == -ESRCH;

	if (poll.fd >= 0) {
		ended = sys(SYS_ppoll, &poll, 1, &now, NULL, 8) > 0;
		sys(SYS_close, poll.fd);
	}
	return ended;
}

/*
 * A process that is killed while it writes leaves the pages that it came to: neither the whole line stands there nor
 * nothing. Who wrote at the same moment can make that look so; then there is an empty line.
 */
static bool abandoned(struct delivery *state, int fd)
{
	unsigned long long promised = atomic_load(&state->promised);
	const uint64_t end = promised >> LENGTH_BITS, length = promised & ((1 << LENGTH_BITS) - 1);
	struct file_facts facts;

	return promised && file_look(fd, &facts) && facts.size != end && facts.size != end - length &&
	       has_ended(atomic_load(&state->writer)) && atomic_compare_exchange_strong(&state->promised, &promised, 0);
}

static int to_file(struct delivery *state, int fd, bool ours, const char *line, size_t length)
{
	const struct iovec whole = {(char *)(uintptr_t)line, length};
	struct file_facts facts;
	int64_t size = file_look(fd, &facts) ? (int64_t)facts.size : -1;
	int error = size < 0 ? 0 : file_reserve(fd, &facts, length);
	unsigned long long promised = (uint64_t)(size + (int64_t)length) << LENGTH_BITS | length;
	long written;

	if (ours && !facts.names)
		return -EBADF;
	if (error)
		return error;
	atomic_store(&state->writer, (int)sys(SYS_getpid));
	atomic_store(&state->promised, promised);
	do
		written = write_quietly(fd, &whole, 1, false);
	while (written == -EINTR);
	atomic_compare_exchange_strong(&state->promised, &promised, 0);
	if (written < 0 || (size_t)written == length)
		return written < 0 ? (int)written : 0;
	if (!ours || size < 0 || !file_cut_back(fd, size, (size_t)written))
		atomic_store(&state->torn, 1);
	return -ENOSPC;
}

int deliver(struct delivery *state, int fd, mode_t mode, bool ours, const char *line, size_t length)
{
	const bool file = S_ISREG(mode);
	unsigned torn = atomic_exchange(&state->torn, 0) || (file && abandoned(state, fd));
	int error;

	if (!torn) {
		line++;
		length--;
	}
	error = file ? to_file(state, fd, ours, line, length) : to_stream(state, fd, line, length);
	if (error && torn)
		atomic_store(&state->torn, 1);
	return error;
}

void deliver_words(int fd, const char *before, const char *words, const char *after)
{
	const char *const texts[] = {before, words, after};
	struct iovec parts[3];

	for (int i = 0; i < 3; i++)
		parts[i] = (struct iovec){(char *)(uintptr_t)texts[i], strlen(texts[i])};
	if (wait_writable(fd, now_ms() + DELIVER_WAIT_MS))
		write_quietly(fd, parts, 3, false);
}

int deliver_datagram(struct delivery *state, int fd, const char *text, size_t length)
{
	int64_t deadline = now_ms() + (atomic_load(&state->stuck) ? 0 : DELIVER_WAIT_MS);
	long result;

	do {
		if (wait_writable(fd, deadline))
			result = sys(SYS_sendto, fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
		else
			result = -ETIMEDOUT;
	} while ((result == -EAGAIN || result == -EINTR) && retry_later(deadline));
	atomic_store(&state->stuck, result == -ETIMEDOUT || result == -EAGAIN);
	return result < 0 ? (int)result : 0;
}
