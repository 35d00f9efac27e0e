/* SPDX-License-Identifier: ISC */
/*
 * What is known of what a process holds: its working directory, its root, and what its descriptors stand for. The
 * wrappers of the calls that change any of these report it here.
 *
 * Each is one word (a "directory verdict"), judged exactly once when it is first used and kept until it is left: chdir,
 * fchdir, chroot, close, dup2 and their kin forget it. A word is read and written atomically, so threads and signal
 * handlers see the old judgement or the new one. In a vfork child the words belong to the parent: it may forget, never
 * store.
 */
#ifndef PRECLUDE_SHIM_LOCATE_HOLDINGS_H
#define PRECLUDE_SHIM_LOCATE_HOLDINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shim/base/context.h"

/*
 * bits 0-16  filesystem rights beneath it (union of all grants above it, as Landlock has it)
 * bit 17     inside a root      bit 18  granted      bit 19  could not be judged      bit 20  judged at all
 * bits 21-   number of the innermost root or grant (27 bits)      bit 48  sealed      bits 49-63  generation
 */
#define DIR_INSIDE      (UINT64_C(1) << RIGHTS_BITS)
#define DIR_GRANTED     (UINT64_C(1) << 18)
#define DIR_UNKNOWN     (UINT64_C(1) << 19)
#define DIR_JUDGED      (UINT64_C(1) << 20)
#define DIR_GRANT_SHIFT 21
#define DIR_GRANT_MASK  ((UINT64_C(1) << 27) - 1)
#define DIR_SEALED      (UINT64_C(1) << 48) /* no path leads out of it: the process's root lies inside */
#define DIR_GENERATION  (UINT64_C(1) << 49)
#define DIR_BODY        (DIR_GENERATION - 1)
#define DIR_NARROW      DIR_GENERATION /* of the root: entered after narrowing, so its rights are what that left */
#define DIR_MOVING      DIR_UNKNOWN    /* not judged: the working directory is being changed just now */

/* The parts of the word, in order, without overlap. */
_Static_assert(DIR_INSIDE > RIGHTS_MASK && DIR_GRANTED == DIR_INSIDE << 1 && DIR_UNKNOWN == DIR_GRANTED << 1 &&
		   DIR_JUDGED == DIR_UNKNOWN << 1 && DIR_JUDGED < UINT64_C(1) << DIR_GRANT_SHIFT &&
		   (DIR_GRANT_MASK << DIR_GRANT_SHIFT) < DIR_SEALED && DIR_SEALED < DIR_GENERATION,
	       "two parts of a directory verdict share a bit");

static inline uint32_t dir_verdict_grant(uint64_t dir_verdict)
{
	return (uint32_t)(dir_verdict >> DIR_GRANT_SHIFT & DIR_GRANT_MASK);
}

struct dir_cache {
	_Atomic uint64_t cwd;          /* with a generation, too */
	_Atomic uint64_t root;         /* 0: still the root that the policy was written for; else what chroot entered */
	_Atomic unsigned moves;        /* counts changes of the working directory */
	_Atomic unsigned volatile_cwd; /* a libc walk (fts, nftw) may change the working directory behind our back */
};
extern struct dir_cache dir_cache;

/* The directory verdicts, judged now when they are not. Async-signal-safe; a few system calls at most the first time.
 */
uint64_t dir_cache_cwd(void);
uint64_t dir_cache_fd(int fd);

/*
 * The rule of trust. What is kept may be out of date: somebody else moves a directory, a thread or a child shares
 * memory but not directories or descriptors, or shares these but not memory, or libc closes a number unseen. So it
 * decides by which way a call is looked at, and what the log says of a call that the kernel mediates; what the library
 * itself enforces is judged at the time of the call, after the object is held, by these. No such answer is kept.
 *
 * dir_cache_allows(): whether the directory lies in a root, where these rights are given. dir_cache_root_now(): what
 * the root of the calling thread stands for; dir_cache_root_of(): that root was just looked at.
 */
uint64_t dir_cache_now(int fd, uint64_t enough); /* as place_climb() takes it */
bool dir_cache_allows(int dir, uint64_t rights);
uint64_t dir_cache_root_now(void);
uint64_t dir_cache_root_of(const struct identity *own);

/* At start: what the root is then. */
void dir_cache_start(void);

/* The working directory is about to be changed: until dir_cache_cwd_changed(), nobody keeps what it was judged to be.
 */
void dir_cache_cwd_moving(void);
/*
 * Two equal stamps that are not moving: the working directory was the same all the while. After a jump out of chdir
 * (siglongjmp) it counts as moving until the next one.
 */
uint64_t dir_cache_stamp(void);
static inline bool stamp_moving(uint64_t stamp)
{
	return stamp & DIR_MOVING;
}
/*
 * `fd` was opened as a directory, by a path from `dir`, a descriptor or AT_FDCWD, of which dir_cache_sealed() was asked
 * before: where no path leads out, it lies inside, and need not be judged when it is used.
 */
uint64_t dir_cache_sealed(int dir);
void dir_cache_fd_opened(int fd, int dir, uint64_t stamp);
/* The working directory was changed, or may have been. */
void dir_cache_cwd_changed(void);
/* The process's root is `own` now, which `dir_verdict` stands for; DIR_NARROW may be in it. */
void dir_cache_root_changed(uint64_t dir_verdict, const struct identity *own);

/*
 * Files that the process made itself, while it still holds the descriptor that it made them with.
 *
 * A name that was not there and is made (mkstemp, O_CREAT with O_EXCL) under enforcement lies beneath a root that may
 * be written, or a write grant: that is the kernel's word, since nothing else gives the right to make it. So its
 * metadata may be changed by that descriptor, and where it lies need not be found out: one fstat instead of four system
 * calls, one of which (readlink in proc) takes as long as five others.
 *
 * A note is taken only once the program has changed metadata by a descriptor. It is void when the number is closed or
 * given away, when the process is narrowed, and where the descriptor's device and inode are no longer those of the
 * file: a number that was closed unseen, and that another file has now, and a note from a vfork child.
 */

/* A descriptor was asked for: notes are worth taking. Private to the process and its fork children. */
extern atomic_bool created_wanted;

/* Whether `fd` holds what the process made itself. One system call where there is a note. Async-signal-safe. */
bool created_holds(int fd);

/* `fd` has just made a file; `narrow` is narrow_root() from before that, since a new layer takes rights away. */
void created_store(int fd, uint32_t narrow);
static inline void created_keep(int fd, uint32_t narrow)
{
	if (fd >= 0 && atomic_load_explicit(&created_wanted, memory_order_relaxed))
		created_store(fd, narrow);
}
void created_forget(int first, int last);

/*
 * The numbers first to last do not mean what they did: closed, or replaced by dup2. Told after the fact, since a note
 * taken between telling and closing would outlive its descriptor; a note lost to another thread's quick reuse of the
 * number is only taken again.
 */
void fd_forgotten(int first, int last);

#endif
