/* SPDX-License-Identifier: ISC */
/* What the directories that a process holds stand for. */
#include "shim/dirs.h"

#include <fcntl.h>

#include "shim/fdstate.h"
#include "shim/hold.h"
#include "shim/place.h"
#include "shim/process.h"

#define FDS 1024 /* descriptors whose judgement is kept; those above are judged at each use */

struct dirs dirs;
static _Atomic uint64_t fds[FDS];

static uint64_t judge(int fd)
{
	uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	struct spot spot = {.where = WHERE_UNKNOWN};

	if (scratch)
		place_of_fd(fd, &spot, scratch->resolved);
	scratch_unmap(scratch);
	signals_release(mask);
	return place_seat(&spot);
}

void dirs_init(void)
{
	atomic_store(&dirs.cwd, judge(AT_FDCWD));
}

uint64_t dirs_cwd(void)
{
	uint64_t seat = atomic_load_explicit(&dirs.cwd, memory_order_relaxed);

	if (seat)
		return seat;
	seat = judge(AT_FDCWD);
	if (!process_borrowed() && !atomic_load_explicit(&dirs.volatile_cwd, memory_order_relaxed))
		atomic_store_explicit(&dirs.cwd, seat, memory_order_relaxed);
	return seat;
}

void dirs_cwd_changed(void)
{
	atomic_store_explicit(&dirs.cwd, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&dirs.moves, 1, memory_order_relaxed);
}

void dirs_root_changed(uint64_t seat)
{
	if (!process_borrowed())
		atomic_store(&dirs.root, seat);
	dirs_cwd_changed();
}

uint64_t dirs_fd(int fd)
{
	uint64_t word = 0, seat;

	if (fd < 0)
		return SEAT_JUDGED | SEAT_UNKNOWN;
	if (fd < FDS) {
		word = atomic_load_explicit(&fds[fd], memory_order_acquire);
		if (word & SEAT_JUDGED)
			return word & SEAT_BODY;
	}
	seat = judge(fd);
	/* The generation makes the store fail when the number was closed, and perhaps used again, meanwhile. */
	if (fd < FDS && !process_borrowed())
		atomic_compare_exchange_strong(&fds[fd], &word, (word & ~SEAT_BODY) | seat);
	return seat;
}

void fd_forgotten(int first, int last)
{
	if (last >= FDS)
		last = FDS - 1;
	for (int fd = first < 0 ? 0 : first; fd <= last; fd++) {
		uint64_t word = atomic_load_explicit(&fds[fd], memory_order_relaxed);

		atomic_store_explicit(&fds[fd], (word & ~SEAT_BODY) + SEAT_GENERATION, memory_order_release);
	}
}
