/* SPDX-License-Identifier: ISC */
/*
 * One step up the stack, by the call frame information that the compiler left in .eh_frame.
 *
 * libgcc_s would do it, but loading it costs every exec more than the whole library may. Median of 1,500 starts of
 * /bin/true (Linux 6.18, glibc 2.36), interleaved: bare 687 us, an empty preload +20, one that calls backtrace() in its
 * constructor +187 to +196, one that only dlopens libgcc_s +177, one linked to it +148.
 *
 * Allocates nothing, takes no lock, and never faults: a word of the stack is read only at or above the stack pointer
 * and in a page that the kernel found readable, so that a bogus frame ends the walk. Works in signal handlers and
 * through them, in vfork children and on any stack.
 */
#ifndef PRECLUDE_SHIM_STACK_UNWIND_H
#define PRECLUDE_SHIM_STACK_UNWIND_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Registers by their DWARF number; UNWIND_SLOT says where one is kept, UNWIND_SLOTS or more when it is not. */
#if defined(__x86_64__)
#define UNWIND_SLOTS         17
#define UNWIND_SLOT(number)  (number)
#define UNWIND_FP            6
#define UNWIND_SP            7
#define UNWIND_PC            16
#define UNWIND_ADDRESS(word) (word)
#elif defined(__i386__)
#define UNWIND_SLOTS         9
#define UNWIND_SLOT(number)  (number)
#define UNWIND_SP            4
#define UNWIND_FP            5
#define UNWIND_PC            8
#define UNWIND_ADDRESS(word) (word)
#elif defined(__aarch64__)
/* x19 to x30 and sp are all that survives a call. A return address may be signed in its upper bits. */
#define UNWIND_SLOTS         14
#define UNWIND_SLOT(number)  ((number)-19u < 13u ? (number)-19u : UNWIND_SLOTS)
#define UNWIND_FP            10
#define UNWIND_SP            12
#define UNWIND_PC            13
#define UNWIND_ADDRESS(word) ((word) & ((UINT64_C(1) << 48) - 1))
#else
#error "preclude: no unwinder for this architecture; add its registers here"
#endif

struct unwind {
	uintptr_t reg[UNWIND_SLOTS];
	uintptr_t low, end; /* between them everything was found readable */
	uint64_t cfi_rule;  /* of the last step; 0: it takes more than that */
	bool exact;         /* pc is an interrupted instruction rather than a return address */
};

/* Where a loaded object lies, and its .eh_frame_hdr (NULL: none, only frame pointers can help). */
struct unwind_object {
	uintptr_t start;
	uintptr_t end;
	const uint8_t *eh_frame_hdr;
};

/* The registers as they are here. Inlined, since a walk must not start in a frame that has returned. */
static inline __attribute__((always_inline)) void unwind_here(struct unwind *at)
{
	memset(at, 0, sizeof(*at));
#if defined(__x86_64__)
	__asm__ volatile("movq %%rbx, 24(%0)\n\tmovq %%rbp, 48(%0)\n\tmovq %%rsp, 56(%0)\n\tmovq %%r12, 96(%0)\n\t"
			 "movq %%r13, 104(%0)\n\tmovq %%r14, 112(%0)\n\tmovq %%r15, 120(%0)\n\t"
			 "leaq 0f(%%rip), %%rax\n0:\tmovq %%rax, 128(%0)"
			 :
			 : "r"(at->reg)
			 : "rax", "memory");
#elif defined(__i386__)
	__asm__ volatile("movl %%ebx, 12(%0)\n\tmovl %%esp, 16(%0)\n\tmovl %%ebp, 20(%0)\n\tmovl %%esi, 24(%0)\n\t"
			 "movl %%edi, 28(%0)\n\tcall 0f\n0:\tpopl 32(%0)"
			 :
			 : "r"(at->reg)
			 : "memory");
#else
	__asm__ volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, #16]\n\tstp x23, x24, [%0, #32]\n\t"
			 "stp x25, x26, [%0, #48]\n\tstp x27, x28, [%0, #64]\n\tstp x29, x30, [%0, #80]\n\t"
			 "mov x9, sp\n\tadr x10, 0f\n0:\tstp x9, x10, [%0, #96]"
			 :
			 : "r"(at->reg)
			 : "x9", "x10", "memory");
#endif
	at->low = at->reg[UNWIND_SP] & ~(uintptr_t)4095; /* in use, so it can be read */
	at->end = at->low + 4096;
}

/*
 * From a frame to its caller's. `object` is the one that holds the frame's pc (pc - 1, unless exact: a call may be the
 * last instruction of its function). False at the outermost frame, or where nothing sensible lies further up; `at` is
 * then void.
 */
bool unwind_step(struct unwind *at, const struct unwind_object *object);

/*
 * What nearly every frame comes to, in a word: the CFA is a constant above the stack or the frame pointer, the return
 * address lies at a constant below it, and so does the caller's frame pointer if it was saved. While all frames are of
 * this kind, no other register matters. The outermost frame is a word of its own.
 */
#define CFI_RULE_END        UINT64_C(1)
#define CFI_RULE_SIMPLE     UINT64_C(2)
#define CFI_RULE_BY_FP      UINT64_C(4)
#define CFI_RULE_PC_SHIFT   8  /* 8 bits: the return address, in words below the CFA */
#define CFI_RULE_FP_SHIFT   16 /* 8 bits: the frame pointer; 0: not saved */
#define CFI_RULE_CFA_SHIFT  24 /* the CFA, in words above */
#define CFI_RULE_WORD(r, s) ((uintptr_t)((r) >> (s)&255) * sizeof(uintptr_t))

struct unwind_quick {
	uintptr_t sp, fp, pc;
	uintptr_t end; /* from sp up to here everything can be read */
};

/* Whether the pages from at->end up to `to` can be read; at->end is then behind it. */
bool unwind_readable(struct unwind_quick *at, uintptr_t to);

/* As unwind_step, by a unwind rule that it left for the same pc. */
static inline bool unwind_quick_step(struct unwind_quick *at, uint64_t cfi_rule)
{
	const uintptr_t base = cfi_rule & CFI_RULE_BY_FP ? at->fp : at->sp;
	const uintptr_t cfa = base + (uintptr_t)(cfi_rule >> CFI_RULE_CFA_SHIFT) * sizeof(uintptr_t);
	const uintptr_t pc = CFI_RULE_WORD(cfi_rule, CFI_RULE_PC_SHIFT),
			fp = CFI_RULE_WORD(cfi_rule, CFI_RULE_FP_SHIFT);
	const uintptr_t size = cfa - at->sp;

	if (cfa < at->sp || size < pc || size < fp || cfa % sizeof(uintptr_t) ||
	    (cfa > at->end && !unwind_readable(at, cfa)))
		return false;
	at->pc = UNWIND_ADDRESS(*(const uintptr_t *)(cfa - pc));
	if (fp)
		at->fp = *(const uintptr_t *)(cfa - fp);
	at->sp = cfa;
	return true;
}

#endif
