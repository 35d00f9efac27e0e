/* SPDX-License-Identifier: ISC */
/* Files that the process made itself. */
#include "shim/locate/holdings.h"

#include "shim/base/context.h"
#include "shim/locate/narrowed.h"

#define FDS 1024 /* descriptors that a note is kept of */

/*
 * Written without a lock: `inode` is 0 while the other word changes, and a pair that two writers mixed up is the
 * identity of nothing. A layer comes once a process, so its number tells what was made before it.
 */
static LARGE struct {
	_Atomic uint64_t inode;  /* 0: no note */
	_Atomic uint64_t others; /* device and layer */
} notes[FDS];

atomic_bool created_wanted;

/* A kernel's device number has 32 bits in its struct stat (include/linux/kdev_t.h, new_encode_dev). */
static uint64_t others(const struct identity *id, uint32_t narrow)
{
	return id->dev ^ (uint64_t)narrow << 32;
}

bool created_holds(int fd)
{
	struct identity now;
	uint64_t inode;

	if (!shim.made || fd < 0 || fd >= FDS)
		return false;
	inode = atomic_load_explicit(&notes[fd].inode, memory_order_acquire);
	if (!inode) {
		atomic_store_explicit(&created_wanted, true, memory_order_relaxed);
		return false;
	}
	return sys_identity(fd, &now) == 0 && now.ino == inode &&
	       atomic_load_explicit(&notes[fd].others, memory_order_acquire) == others(&now, narrow_root()) &&
	       atomic_load_explicit(&notes[fd].inode, memory_order_relaxed) == inode;
}

void created_store(int fd, uint32_t narrow)
{
	struct identity id;

	if (!shim.made || fd >= FDS || sys_identity(fd, &id) < 0)
		return;
	atomic_store_explicit(&notes[fd].inode, 0, memory_order_relaxed);
	atomic_store_explicit(&notes[fd].others, others(&id, narrow), memory_order_release);
	atomic_store_explicit(&notes[fd].inode, id.ino, memory_order_release);
}

void created_forget(int first, int last)
{
	if (!atomic_load_explicit(&created_wanted, memory_order_relaxed))
		return;
	for (int fd = first; fd <= last && fd < FDS; fd++)
		atomic_store_explicit(&notes[fd].inode, 0, memory_order_release);
}
