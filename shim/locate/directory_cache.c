/* SPDX-License-Identifier: ISC */
/* What the directories that a process holds stand for. */
#include "shim/locate/directory_cache.h"

#include <fcntl.h>
#include <limits.h>

#include "shim/base/process.h"
#include "shim/base/signals.h"
#include "shim/locate/created.h"
#include "shim/locate/fdstate.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/place.h"
#include "shim/locate/roots.h"

_Static_assert(NO_GRANT == SEAT_GRANT_MASK, "the number of no grant fits a seat");

#define FDS 1024 /* descriptors whose judgement is kept; those above are judged at each use */

struct dirs dirs;
static LARGE _Atomic uint64_t fds[FDS];

/* `directory`, when asked for: whether it is one. */
static uint64_t judge(int fd, bool *directory)
{
	uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	struct spot spot = {.where = WHERE_UNKNOWN};

	if (scratch)
		place_of_fd(fd, &spot, scratch->resolved);
	scratch_unmap(scratch);
	signals_release(mask);
	if (directory)
		*directory = spot.directory;
	return place_seat(&spot);
}

uint64_t dirs_cwd(void)
{
	uint64_t word = atomic_load_explicit(&dirs.cwd, memory_order_acquire);
	uint64_t seat;

	if (word & SEAT_JUDGED)
		return word & SEAT_BODY;
	seat = judge(AT_FDCWD, NULL);
	/* The generation makes the store fail when another thread has moved meanwhile. */
	if (!(word & SEAT_MOVING) && !process_borrowed() &&
	    !atomic_load_explicit(&dirs.volatile_cwd, memory_order_relaxed))
		atomic_compare_exchange_strong(&dirs.cwd, &word, word | seat);
	return seat;
}

static void forget_cwd(uint64_t body)
{
	uint64_t word = atomic_load(&dirs.cwd);

	while (!atomic_compare_exchange_weak(&dirs.cwd, &word, ((word & ~SEAT_BODY) + SEAT_GENERATION) | body))
		;
}

void dirs_cwd_moving(void)
{
	forget_cwd(SEAT_MOVING);
}

uint64_t dirs_stamp(void)
{
	uint64_t word = atomic_load(&dirs.cwd);

	return word & SEAT_JUDGED ? word & ~SEAT_BODY : word;
}

void dirs_cwd_changed(void)
{
	forget_cwd(0);
	atomic_fetch_add_explicit(&dirs.moves, 1, memory_order_relaxed);
}

void dirs_root_changed(uint64_t seat)
{
	if (!process_borrowed())
		atomic_store(&dirs.root, seat);
	/* Of what was sealed by the root before, paths lead out by way of what lies above the new one. */
	fd_forgotten(0, INT_MAX);
	dirs_cwd_changed();
}

uint64_t dirs_fd(int fd)
{
	uint64_t word = 0, seat;
	struct spot quick;
	bool directory;

	if (fd < 0)
		return SEAT_JUDGED | SEAT_UNKNOWN;
	if (fd < FDS) {
		word = atomic_load_explicit(&fds[fd], memory_order_acquire);
		if (word & SEAT_JUDGED)
			return word & SEAT_BODY;
	}
	if (place_beneath_root(fd, &quick))
		return place_seat(&quick);
	seat = judge(fd, &directory);
	/*
	 * Directories only: other numbers are closed inside libc, too (fclose), unseen. The generation makes the store
	 * fail when the number was closed, and perhaps used again, meanwhile.
	 */
	if (directory && fd < FDS && !process_borrowed())
		atomic_compare_exchange_strong(&fds[fd], &word, (word & ~SEAT_BODY) | seat);
	return seat;
}

static uint64_t word_of(int dir)
{
	return dir == AT_FDCWD ? atomic_load(&dirs.cwd) : dir >= 0 && dir < FDS ? atomic_load(&fds[dir]) : SEAT_MOVING;
}

uint64_t dirs_sealed(int dir)
{
	const uint64_t word = word_of(dir);

	return word & SEAT_SEALED ? word & ~SEAT_BODY : SEAT_MOVING;
}

void dirs_fd_opened(int fd, int dir, uint64_t stamp)
{
	const uint64_t root = atomic_load_explicit(&dirs.root, memory_order_relaxed);
	uint64_t word;

	if (fd < 0 || fd >= FDS || stamp_moving(stamp) || stamp != dirs_sealed(dir) || !(root & SEAT_SEALED) ||
	    (narrow_done() && !(root & SEAT_NARROW)) || process_borrowed())
		return;
	/* What the root gives is the least that anything beneath it has. */
	word = atomic_load(&fds[fd]);
	atomic_compare_exchange_strong(&fds[fd], &word, (word & ~SEAT_BODY) | (root & SEAT_BODY));
}

void fd_forgotten(int first, int last)
{
	made_forget(first < 0 ? 0 : first, last);
	if (last >= FDS)
		last = FDS - 1;
	for (int fd = first < 0 ? 0 : first; fd <= last; fd++) {
		uint64_t word = atomic_load_explicit(&fds[fd], memory_order_relaxed);

		atomic_store_explicit(&fds[fd], (word & ~SEAT_BODY) + SEAT_GENERATION, memory_order_release);
	}
}
