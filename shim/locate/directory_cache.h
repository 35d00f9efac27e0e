/* SPDX-License-Identifier: ISC */
/*
 * What the directories that a process holds stand for: its working directory, its root, its directory descriptors.
 *
 * Each is one word (a "seat"), judged exactly once when it is first used and kept until it is left: chdir, fchdir,
 * chroot, close, dup2 and their kin forget it. A word is read and written atomically, so threads and signal handlers
 * see the old judgement or the new one. In a vfork child the words belong to the parent: it may forget, never store.
 */
#ifndef PRECLUDE_SHIM_LOCATE_DIRECTORY_CACHE_H
#define PRECLUDE_SHIM_LOCATE_DIRECTORY_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shim/base/context.h"

/*
 * bits 0-16  filesystem rights beneath it (union of all grants above it, as Landlock has it)
 * bit 17     inside a root      bit 18  granted      bit 19  could not be judged      bit 20  judged at all
 * bits 21-   number of the innermost root or grant (27 bits)      bit 48  sealed      bits 49-63  generation
 */
#define SEAT_INSIDE      (UINT64_C(1) << RIGHTS_BITS)
#define SEAT_GRANTED     (UINT64_C(1) << 18)
#define SEAT_UNKNOWN     (UINT64_C(1) << 19)
#define SEAT_JUDGED      (UINT64_C(1) << 20)
#define SEAT_GRANT_SHIFT 21
#define SEAT_GRANT_MASK  ((UINT64_C(1) << 27) - 1)
#define SEAT_SEALED      (UINT64_C(1) << 48) /* no path leads out of it: the process's root lies inside */
#define SEAT_GENERATION  (UINT64_C(1) << 49)
#define SEAT_BODY        (SEAT_GENERATION - 1)
#define SEAT_NARROW      SEAT_GENERATION /* of the root: entered after narrowing, so its rights are what that left */
#define SEAT_MOVING      SEAT_UNKNOWN    /* not judged: the working directory is being changed just now */

/* The parts of the word, in order, without overlap. */
_Static_assert(SEAT_INSIDE > RIGHTS_MASK && SEAT_GRANTED == SEAT_INSIDE << 1 && SEAT_UNKNOWN == SEAT_GRANTED << 1 &&
		   SEAT_JUDGED == SEAT_UNKNOWN << 1 && SEAT_JUDGED < UINT64_C(1) << SEAT_GRANT_SHIFT &&
		   (SEAT_GRANT_MASK << SEAT_GRANT_SHIFT) < SEAT_SEALED && SEAT_SEALED < SEAT_GENERATION,
	       "two parts of a seat share a bit");

static inline uint32_t seat_grant(uint64_t seat)
{
	return (uint32_t)(seat >> SEAT_GRANT_SHIFT & SEAT_GRANT_MASK);
}

struct dirs {
	_Atomic uint64_t cwd;          /* with a generation, too */
	_Atomic uint64_t root;         /* 0: still the root that the policy was written for; else what chroot entered */
	_Atomic unsigned moves;        /* counts changes of the working directory */
	_Atomic unsigned volatile_cwd; /* a libc walk (fts, nftw) may change the working directory behind our back */
};
extern struct dirs dirs;

/* The seats, judged now when they are not. Async-signal-safe; a few system calls at most the first time. */
uint64_t dirs_cwd(void);
uint64_t dirs_fd(int fd);

/* The working directory is about to be changed: until dirs_cwd_changed(), nobody keeps what it was judged to be. */
void dirs_cwd_moving(void);
/*
 * Two equal stamps that are not moving: the working directory was the same all the while. After a jump out of chdir
 * (siglongjmp) it counts as moving until the next one.
 */
uint64_t dirs_stamp(void);
static inline bool stamp_moving(uint64_t stamp)
{
	return stamp & SEAT_MOVING;
}
/*
 * `fd` was opened as a directory, by a path from `dir`, a descriptor or AT_FDCWD, of which dirs_sealed() was asked
 * before: where no path leads out, it lies inside, and need not be judged when it is used.
 */
uint64_t dirs_sealed(int dir);
void dirs_fd_opened(int fd, int dir, uint64_t stamp);
/* The working directory was changed, or may have been. */
void dirs_cwd_changed(void);
/* chroot succeeded, into what `seat` stands for; SEAT_NARROW may be in it. */
void dirs_root_changed(uint64_t seat);

#endif
