/* SPDX-License-Identifier: ISC */
/* What the directories that a process holds stand for. */
#include "shim/locate/holdings.h"

#include <fcntl.h>
#include <limits.h>

#include "shim/base/process.h"
#include "shim/base/signals.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/place.h"
#include "shim/locate/roots.h"

_Static_assert(NO_GRANT == DIR_GRANT_MASK, "the number of no grant fits a directory verdict");

#define FDS 1024 /* descriptors whose judgement is kept; those above are judged at each use */

struct dir_cache dir_cache;
static LARGE _Atomic uint64_t fds[FDS];

/* The root of the process at its start, and the one that chroot entered last, which dir_cache.root stands for. */
static struct identity first_root;
static struct {
	_Atomic uint64_t dev, ino;
} entered;

void dir_cache_start(void)
{
	sys_identity_at(AT_FDCWD, "/", 0, &first_root);
}

/*
 * A thread may have a root of its own, and another process may change a root that it shares with this one (CLONE_FS):
 * what was stored counts for the directory that it was stored for.
 */
uint64_t dir_cache_root_of(const struct identity *own)
{
	const uint64_t root = atomic_load(&dir_cache.root);
	struct location location;

	if (root && own->ino == atomic_load(&entered.ino) && own->dev == atomic_load(&entered.dev) &&
	    root == atomic_load(&dir_cache.root))
		return root;
	if (identity_same(own, &first_root))
		return 0;
	/* What is itself a root or a grant lies there, whoever entered it. */
	place_blank(&location);
	place_unite(&location, own);
	place_finish(&location);
	if (location.where == WHERE_OUTSIDE)
		location.where = WHERE_UNKNOWN;
	return place_seat(&location) | (narrow_done() ? DIR_NARROW : 0);
}

uint64_t dir_cache_root_now(void)
{
	struct identity own;

	return sys_identity_at(AT_FDCWD, "/", 0, &own) < 0 ? DIR_JUDGED | DIR_UNKNOWN : dir_cache_root_of(&own);
}

/* `directory`, when asked for: whether it is one. */
static uint64_t judge(int fd, bool *directory)
{
	uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	struct location location = {.where = WHERE_UNKNOWN};

	if (scratch)
		place_of_fd(fd, &location, scratch->resolved);
	scratch_unmap(scratch);
	signals_release(mask);
	if (directory)
		*directory = location.directory;
	return place_seat(&location);
}

uint64_t dir_cache_cwd(void)
{
	uint64_t word = atomic_load_explicit(&dir_cache.cwd, memory_order_acquire);
	uint64_t dir_verdict;

	if (word & DIR_JUDGED)
		return word & DIR_BODY;
	dir_verdict = judge(AT_FDCWD, NULL);
	/* The generation makes the store fail when another thread has moved meanwhile. */
	if (!(word & DIR_MOVING) && !process_borrowed() &&
	    !atomic_load_explicit(&dir_cache.volatile_cwd, memory_order_relaxed))
		atomic_compare_exchange_strong(&dir_cache.cwd, &word, word | dir_verdict);
	return dir_verdict;
}

static void forget_cwd(uint64_t body)
{
	uint64_t word = atomic_load(&dir_cache.cwd);

	while (!atomic_compare_exchange_weak(&dir_cache.cwd, &word, ((word & ~DIR_BODY) + DIR_GENERATION) | body))
		;
}

void dir_cache_cwd_moving(void)
{
	forget_cwd(DIR_MOVING);
}

uint64_t dir_cache_stamp(void)
{
	uint64_t word = atomic_load(&dir_cache.cwd);

	return word & DIR_JUDGED ? word & ~DIR_BODY : word;
}

void dir_cache_cwd_changed(void)
{
	forget_cwd(0);
	atomic_fetch_add_explicit(&dir_cache.moves, 1, memory_order_relaxed);
}

void dir_cache_root_changed(uint64_t dir_verdict, const struct identity *own)
{
	if (!process_borrowed()) {
		atomic_store(&dir_cache.root, DIR_JUDGED | DIR_UNKNOWN);
		atomic_store(&entered.dev, own->dev);
		atomic_store(&entered.ino, own->ino);
		atomic_store(&dir_cache.root, dir_verdict);
	}
	/* Of what was sealed by the root before, paths lead out by way of what lies above the new one. */
	fd_forgotten(0, INT_MAX);
	dir_cache_cwd_changed();
}

uint64_t dir_cache_fd(int fd)
{
	uint64_t word = 0, dir_verdict;
	bool directory;

	if (fd < 0)
		return DIR_JUDGED | DIR_UNKNOWN;
	if (fd < FDS) {
		word = atomic_load_explicit(&fds[fd], memory_order_acquire);
		if (word & DIR_JUDGED)
			return word & DIR_BODY;
	}
	dir_verdict = judge(fd, &directory);
	/* The generation makes the store fail when the number was closed, and perhaps used again, meanwhile. */
	if (directory && fd < FDS && !process_borrowed())
		atomic_compare_exchange_strong(&fds[fd], &word, (word & ~DIR_BODY) | dir_verdict);
	return dir_verdict;
}

uint64_t dir_cache_now(int fd, uint64_t enough)
{
	struct location location;

	if (fd < 0 && fd != AT_FDCWD)
		return DIR_JUDGED | DIR_UNKNOWN;
	return place_now(fd, &location, enough) ? place_seat(&location) : judge(fd, NULL);
}

bool dir_cache_allows(int dir, uint64_t rights)
{
	const uint64_t dir_verdict = dir_cache_now(dir, rights);

	return (dir_verdict & DIR_INSIDE) && !(rights & ~dir_verdict);
}

static uint64_t word_of(int dir)
{
	return dir == AT_FDCWD         ? atomic_load(&dir_cache.cwd)
	       : dir >= 0 && dir < FDS ? atomic_load(&fds[dir])
				       : DIR_MOVING;
}

uint64_t dir_cache_sealed(int dir)
{
	const uint64_t word = word_of(dir);

	return word & DIR_SEALED ? word & ~DIR_BODY : DIR_MOVING;
}

void dir_cache_fd_opened(int fd, int dir, uint64_t stamp)
{
	const uint64_t root = atomic_load_explicit(&dir_cache.root, memory_order_relaxed);
	uint64_t word;

	if (fd < 0 || fd >= FDS || stamp_moving(stamp) || stamp != dir_cache_sealed(dir) || !(root & DIR_SEALED) ||
	    (narrow_done() && !(root & DIR_NARROW)) || process_borrowed())
		return;
	/* What the root gives is the least that anything beneath it has. */
	word = atomic_load(&fds[fd]);
	atomic_compare_exchange_strong(&fds[fd], &word, (word & ~DIR_BODY) | (root & DIR_BODY));
}

void fd_forgotten(int first, int last)
{
	created_forget(first < 0 ? 0 : first, last);
	if (last >= FDS)
		last = FDS - 1;
	for (int fd = first < 0 ? 0 : first; fd <= last; fd++) {
		uint64_t word = atomic_load_explicit(&fds[fd], memory_order_relaxed);

		atomic_store_explicit(&fds[fd], (word & ~DIR_BODY) + DIR_GENERATION, memory_order_release);
	}
}
