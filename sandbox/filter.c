/* SPDX-License-Identifier: ISC */
/*
 * The filter, as classic BPF.
 *
 * What depends on nothing but number and architecture, and is allowed, the kernel remembers (from 5.11 on): of all
 * other system calls only ioctl runs the program, so ioctl comes first.
 */
#include "sandbox/filter.h"

#if defined(__x86_64__)

#include <errno.h>
#include <sys/prctl.h>

#include "sandbox/sys.h"

/* struct sock_filter and sock_fprog of <linux/filter.h>, and the instructions that are used. */
struct instruction {
	uint16_t code;
	uint8_t yes, no; /* how many are left out; while the program is made, enum label */
	uint32_t k;
};

struct filter {
	uint16_t count;
	struct instruction *at;
};

#define LOAD   0x20 /* a word of struct seccomp_data */
#define AND    0x54
#define EQUALS 0x15
#define RETURN 0x06

/* struct seccomp_data */
#define AT_NUMBER       0
#define AT_ARCHITECTURE 4
#define AT_POINTER      8 /* of the instruction behind */
#define AT_REQUEST      24

#define ALLOW      0x7fff0000u
#define FAIL(with) (0x00050000u | (with))

#define X86_64       0xc000003eu /* AUDIT_ARCH_X86_64; its only other one is I386's */
#define X32_BIT      0x40000000u
#define X32_IOCTL    514
#define SET_FILTER   1 /* SECCOMP_SET_MODE_FILTER */
#define ALL_THREADS  1 /* SECCOMP_FILTER_FLAG_TSYNC */
#define NO_SLOWDOWN  4 /* SECCOMP_FILTER_FLAG_SPEC_ALLOW: before 5.16 a filter switched off store bypass */
#define SETUP_A_RING 425

/* On i386: chmod lchown utime fchmod fchown, chown, lchown32 fchown32 chown32, then as on x86_64. */
static const uint16_t i386_numbers[] = {
    15,  16,  30,  94,  95,            /* chmod lchown utime fchmod fchown */
    182, 198, 207, 212, 226, 227, 228, /* chown lchown32 fchown32 chown32 setxattr lsetxattr fsetxattr */
    235, 236, 237, 271, 298, 299, 306,
    320, /* removexattr lremovexattr fremovexattr utimes fchownat futimesat
	    fchmodat utimensat */
    412, 425, 442, 452, 463, 466, 467,
    469, /* utimensat_time64 io_uring_setup mount_setattr fchmodat2 setxattrat
       removexattrat open_tree_attr file_setattr */
};
#define I386_IOCTL 54

enum label { NEXT, OTHER, OTHER_IOCTL, IOCTL, GATE, DENY, LABELS };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define ROOM         (FILTER_MAX + COUNT(i386_numbers) + 64)

struct program {
	struct instruction code[ROOM];
	uint16_t count;
	uint16_t label[LABELS]; /* where each one begins */
};

static void put(struct program *p, uint16_t code, uint32_t k, enum label yes, enum label no)
{
	p->code[p->count++] = (struct instruction){code, (uint8_t)yes, (uint8_t)no, k};
}

static void put_label(struct program *p, enum label label)
{
	p->label[label] = p->count;
}

/* Labels become distances; all lie ahead. */
static void link_labels(struct program *p)
{
	for (uint16_t i = 0; i < p->count; i++) {
		struct instruction *at = &p->code[i];

		if (at->code != EQUALS)
			continue;
		at->yes = at->yes ? (uint8_t)(p->label[at->yes] - i - 1) : 0;
		at->no = at->no ? (uint8_t)(p->label[at->no] - i - 1) : 0;
	}
}

static void put_ioctl(struct program *p, enum label setting)
{
	put(p, LOAD, AT_REQUEST, NEXT, NEXT);
#define IOCTL(number) put(p, EQUALS, number, setting, NEXT);
#include "sandbox/ioctls.def"
#undef IOCTL
	put(p, RETURN, ALLOW, NEXT, NEXT);
}

static void make(struct program *p, uintptr_t back, const uint32_t *numbers, size_t count)
{
	put(p, LOAD, AT_ARCHITECTURE, NEXT, NEXT);
	put(p, EQUALS, X86_64, NEXT, OTHER);
	put(p, LOAD, AT_NUMBER, NEXT, NEXT);
	put(p, AND, ~X32_BIT, NEXT, NEXT);
	put(p, EQUALS, SYS_ioctl, IOCTL, NEXT);
	put(p, EQUALS, X32_IOCTL, IOCTL, NEXT);
	put(p, EQUALS, SETUP_A_RING, DENY, NEXT);
	for (size_t i = 0; i < count; i++)
		put(p, EQUALS, numbers[i], GATE, NEXT);
	put(p, RETURN, ALLOW, NEXT, NEXT);

	put_label(p, OTHER);
	put(p, LOAD, AT_NUMBER, NEXT, NEXT);
	put(p, EQUALS, I386_IOCTL, OTHER_IOCTL, NEXT);
	for (size_t i = 0; i < COUNT(i386_numbers); i++)
		put(p, EQUALS, i386_numbers[i], DENY, NEXT);
	put(p, RETURN, ALLOW, NEXT, NEXT);
	put_label(p, OTHER_IOCTL);
	put_ioctl(p, DENY);

	put_label(p, IOCTL);
	put_ioctl(p, GATE);
	put_label(p, GATE);
	put(p, LOAD, AT_POINTER, NEXT, NEXT);
	put(p, EQUALS, (uint32_t)back, NEXT, DENY);
	put(p, LOAD, AT_POINTER + 4, NEXT, NEXT);
	put(p, EQUALS, (uint32_t)((uint64_t)back >> 32), NEXT, DENY);
	put(p, RETURN, ALLOW, NEXT, NEXT);
	put_label(p, DENY);
	put(p, RETURN, FAIL(EPERM), NEXT, NEXT);
	link_labels(p);
}

long filter_install(uintptr_t back, const uint32_t *numbers, size_t count, bool *no_new_privs)
{
	struct program program = {.count = 0};
	struct filter filter = {.at = program.code};
	long result;

	if (count > FILTER_MAX)
		return -E2BIG;
	make(&program, back, numbers, count);
	filter.count = program.count;
	while ((result = sys(SYS_seccomp, SET_FILTER, ALL_THREADS | NO_SLOWDOWN, &filter)) == -EACCES) {
		if (*no_new_privs)
			return result;
		result = sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (result < 0)
			return result;
		*no_new_privs = true;
	}
	return result > 0 ? -EBUSY : result;
}

#else

#include <errno.h>

long filter_install(uintptr_t back, const uint32_t *numbers, size_t count, bool *no_new_privs)
{
	(void)back, (void)numbers, (void)count, (void)no_new_privs;
	return -ENOSYS;
}

#endif
