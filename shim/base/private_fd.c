/* SPDX-License-Identifier: ISC */
/*
 * The library's own descriptors.
 *
 * A slot is written once: the identity first, then the number that makes it visible. After that only the number
 * changes, when the program wants it for itself, so readers in other threads and in signal handlers need no lock.
 */
#include "shim/base/private_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>

#include "sandbox/sys.h"
#include "shim/base/process.h"

/* No descriptors: ours are never 0, 1 or 2, and -1 is what private_fd() says of these. */
enum { EMPTY = 0, FILLING = -2, GONE = -3 };

static struct {
	atomic_int fd;
	struct identity id;
} slots[PRIVATE_COUNT];

#define NUMBERS 256 /* the descriptor table that every process has room for once it has 65 descriptors */
#define ABOVE   32  /* ours start this far below its end: shells take their own from the top */

/*
 * A copy of `fd` with a high number; -errno when there is none at all. Numbers at or above RLIMIT_NOFILE, or without a
 * free one behind them, fail, and the next lower start is tried.
 */
static int copy_high(int fd)
{
	for (int low = NUMBERS - ABOVE; low > 3; low -= PRIVATE_COUNT) {
		long copy = sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, low);

		if (copy >= 0 && copy < NUMBERS)
			return (int)copy;
		if (copy >= 0)
			sys(SYS_close, copy);
	}
	return (int)sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
}

int private_fd_take(enum private_fd_slot slot, int fd)
{
	struct identity id;
	int held = EMPTY;
	/* A number stored from a vfork child would be nothing, or something else, in the parent whose memory this is.
	 */
	int high = process_borrowed() ? -EBUSY : sys_identity(fd, &id);

	if (high == 0 && !atomic_compare_exchange_strong(&slots[slot].fd, &held, FILLING)) {
		sys(SYS_close, fd);
		return held > 0 ? held : -EBUSY;
	}
	if (high == 0) {
		high = copy_high(fd);
		slots[slot].id = id;
		atomic_store_explicit(&slots[slot].fd, high > 0 ? high : EMPTY, memory_order_release);
	}
	sys(SYS_close, fd);
	return high;
}

static int slot_number(unsigned slot)
{
	return atomic_load_explicit(&slots[slot].fd, memory_order_acquire);
}

int private_fd(enum private_fd_slot slot)
{
	struct identity now;
	int fd = slot_number(slot);

	return fd > 0 && sys_identity(fd, &now) == 0 && identity_same(&now, &slots[slot].id) ? fd : -1;
}

/* Whether `fd` is the number of one of ours, now. No system call. */
static bool is_ours(int fd)
{
	for (unsigned slot = 0; slot < PRIVATE_COUNT; slot++)
		if (slot_number(slot) == fd && fd > 0)
			return true;
	return false;
}

int private_fd_lowest(unsigned first, unsigned last)
{
	int lowest = -1;

	for (unsigned slot = 0; slot < PRIVATE_COUNT; slot++) {
		int fd = slot_number(slot);

		if (fd > 0 && (unsigned)fd >= first && (unsigned)fd <= last && (lowest < 0 || fd < lowest) &&
		    private_fd(slot) == fd)
			lowest = fd;
	}
	return lowest;
}

bool private_fd_holds(int fd)
{
	return is_ours(fd) && private_fd_lowest((unsigned)fd, (unsigned)fd) == fd;
}

void private_fd_vacate(int fd)
{
	for (unsigned slot = 0; slot < PRIVATE_COUNT; slot++) {
		if (slot_number(slot) != fd || private_fd(slot) != fd)
			continue;
		if (!process_borrowed()) {
			int elsewhere = copy_high(fd);

			atomic_store_explicit(&slots[slot].fd, elsewhere > 0 ? elsewhere : GONE, memory_order_release);
		}
		sys(SYS_close, fd);
		return;
	}
}
