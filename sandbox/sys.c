/* SPDX-License-Identifier: ISC */
/*
 * Device and inode of an object, and pages, asked of the kernel in its own words.
 *
 * struct stat is the kernel's here, not libc's: they differ on i386, and libc's has siblings by file size and time.
 * fstat rather than the portable statx, which takes a sixth longer (150 and 170 ns): a descriptor's identity is checked
 * before each use of it.
 */
#include "sandbox/sys.h"

#include <sys/mman.h>

#if defined(__x86_64__)
long (*sys_gate)(long nr, long a, long b, long c, long d, long e, long f);

struct kernel_stat {
	uint64_t dev;
	uint64_t ino;
	uint64_t nlink;
	uint32_t mode;
	uint32_t rest[29];
};
_Static_assert(sizeof(struct kernel_stat) == 144, "struct stat of x86_64");
#define SYS_STAT_FD SYS_fstat
#define SYS_STAT_AT SYS_newfstatat

#elif defined(__i386__)
struct kernel_stat {
	uint64_t dev;
	uint32_t pad;
	uint32_t short_ino;
	uint32_t mode;
	uint32_t rest[17];
	uint64_t ino;
};
_Static_assert(sizeof(struct kernel_stat) == 96, "struct stat64 of i386");
#define SYS_STAT_FD SYS_fstat64
#define SYS_STAT_AT SYS_fstatat64

#elif defined(__aarch64__)
struct kernel_stat {
	uint64_t dev;
	uint64_t ino;
	uint32_t mode;
	uint32_t rest[27];
};
_Static_assert(sizeof(struct kernel_stat) == 128, "struct stat of the generic table");
#define SYS_STAT_FD SYS_fstat
#define SYS_STAT_AT SYS_newfstatat

#else
#error "preclude: no struct stat for this architecture; add it here"
#endif

static int identity_take(const struct kernel_stat *from, long result, struct identity *out)
{
	if (result < 0)
		return (int)result;
	/* cppcheck-suppress uninitvar ; the kernel filled it */
	*out = (struct identity){.dev = from->dev, .ino = from->ino, .mode = from->mode};
	return 0;
}

int sys_identity(int fd, struct identity *out)
{
	struct kernel_stat st;

	return identity_take(&st, sys(SYS_STAT_FD, fd, &st), out);
}

int sys_identity_at(int dirfd, const char *path, int flags, struct identity *out)
{
	struct kernel_stat st;

	return identity_take(&st, sys(SYS_STAT_AT, dirfd, path, &st, flags), out);
}

void *sys_pages(size_t size, int sharing)
{
#ifdef SYS_mmap2
	long address = sys(SYS_mmap2, 0, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
#else
	long address = sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
#endif

	return address < 0 && address > -4096 ? NULL : (void *)address; // NOLINT(performance-no-int-to-ptr)
}
