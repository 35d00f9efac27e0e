/* SPDX-License-Identifier: ISC */
/*
 * A backtrace is a list of words on the stack: the return addresses that a walk read, and each frame pointer that told
 * it where a frame lies. If they are as they were, a walk from the same stack pointer would read the same words at the
 * same places, since what else decides is the code, which is of the same generation.
 *
 * Backtraces are written under a sequence number that is odd meanwhile. Who finds it so, or changed, walks; a writer
 * that never comes back (a jump out of a signal handler, a fork) leaves one backtrace of many unused.
 */
#include "shim/stack/backtrace_cache.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/auxv.h>

#include "sandbox/sys.h"
#include "shim/base/path_text.h"
#include "shim/stack/cfi_cache.h"

#define PAGE        ((uintptr_t)4096)
#define STACK_MAX   ((uintptr_t)16 << 20) /* what the kernel puts on a stack before a program starts: 6 MiB at most */
#define STACK_GAP   (256 * PAGE)          /* below the first thread's stack, the kernel maps nothing that near */
#define BACKTRACES_ 256
#define WORDS       30
#define STEPS_MAX   64 /* frames looked at, ours included */

#define get(p)    __atomic_load_n(p, __ATOMIC_RELAXED)
#define set(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

struct backtrace {
	_Alignas(64) _Atomic uint64_t sequence;
	uint64_t generation;
	uintptr_t caller, frame;
	uint32_t words, max;
	uint32_t pcs;           /* a bit a word: it is a frame's that is told */
	uint16_t offset[WORDS]; /* above frame, in words */
	uintptr_t word[WORDS];
};

static LARGE struct backtrace backtraces[BACKTRACES_];

/*
 * The first thread's stack: between the two everything can be read, and will be, since the kernel never takes back what
 * a stack has grown to. Words of other stacks are asked for page by page.
 */
static uintptr_t stack_end;
static _Atomic uintptr_t stack_low;

void backtrace_init(void)
{
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(PAGE - 1), last = getauxval(AT_EXECFN);

	if (last - here < STACK_MAX) {
		stack_end = (last & ~(PAGE - 1)) + PAGE;
		atomic_store_explicit(&stack_low, here, memory_order_relaxed);
	}
}

uintptr_t backtrace_end(uintptr_t sp)
{
	const uintptr_t low = atomic_load_explicit(&stack_low, memory_order_relaxed);
	struct unwind_quick from = {.end = (sp & ~(PAGE - 1)) + PAGE}; /* in use, so it can be read */

	if (sp >= stack_end || sp < low - STACK_GAP)
		return from.end;
	if (sp < low) {
		if (!unwind_readable(&from, low))
			return from.end;
		atomic_store_explicit(&stack_low, sp & ~(PAGE - 1), memory_order_relaxed);
	}
	return stack_end;
}

static struct backtrace *backtrace_of(const struct backtrace_walk *walk)
{
	return &backtraces[hash_mix(walk->caller, walk->frame) >> 56];
}

unsigned backtrace_follow(const struct backtrace_walk *walk, uintptr_t *pcs)
{
	const struct backtrace *backtrace = backtrace_of(walk);
	const uint64_t sequence = atomic_load_explicit(&backtrace->sequence, memory_order_acquire);
	const uintptr_t *stack = (const uintptr_t *)walk->frame; // NOLINT(performance-no-int-to-ptr)
	const uintptr_t room = (walk->end - walk->frame) / sizeof(*stack);
	const uint32_t words = get(&backtrace->words);
	uint32_t told = get(&backtrace->pcs);
	unsigned count = 1;

	if ((sequence & 1) || get(&backtrace->caller) != walk->caller || get(&backtrace->frame) != walk->frame ||
	    get(&backtrace->generation) != cfi_cache_generation() || get(&backtrace->max) != walk->max || words > WORDS)
		return 0;
	pcs[0] = walk->caller;
	for (uint32_t i = 0; i < words; i++, told >>= 1) {
		const uint16_t offset = get(&backtrace->offset[i]);

		if (offset >= room || stack[offset] != get(&backtrace->word[i]))
			return 0;
		if ((told & 1) && count < walk->max)
			pcs[count++] = UNWIND_ADDRESS(stack[offset]);
	}
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&backtrace->sequence, memory_order_relaxed) == sequence ? count : 0;
}

/* Ready to be written, or NULL. */
static struct backtrace *begin(const struct backtrace_walk *walk)
{
	struct backtrace *backtrace = backtrace_of(walk);
	uint64_t sequence = atomic_load_explicit(&backtrace->sequence, memory_order_relaxed);

	if ((sequence & 1) || !atomic_compare_exchange_strong(&backtrace->sequence, &sequence, sequence + 1))
		return NULL;
	set(&backtrace->words, 0);
	set(&backtrace->pcs, 0);
	set(&backtrace->frame, walk->frame);
	set(&backtrace->caller, walk->caller);
	return backtrace;
}

/* A word that decided where the walk went. */
static void note(struct backtrace *backtrace, uintptr_t address)
{
	const uint32_t at = backtrace ? backtrace->words : WORDS;
	const uintptr_t offset = backtrace ? (address - backtrace->frame) / sizeof(uintptr_t) : 0;

	if (at >= WORDS)
		return;
	set(&backtrace->words, offset > UINT16_MAX ? WORDS : at + 1);
	set(&backtrace->offset[at], (uint16_t)offset);
	set(&backtrace->word[at], *(const uintptr_t *)address); // NOLINT(performance-no-int-to-ptr)
}

/* The last of them is a return address to be told. */
static void tell(struct backtrace *backtrace)
{
	if (backtrace && backtrace->words - 1 < WORDS)
		set(&backtrace->pcs, backtrace->pcs | UINT32_C(1) << (backtrace->words - 1));
}

/* One that is too long, or came to nothing, is for nobody. */
static void end(struct backtrace *backtrace, uint64_t generation, unsigned max)
{
	if (!backtrace)
		return;
	set(&backtrace->generation, generation);
	set(&backtrace->max, backtrace->words < WORDS ? max : 0);
	atomic_fetch_add_explicit(&backtrace->sequence, 1, memory_order_release);
}

static unsigned step_by_step(const struct backtrace_walk *walk, struct unwind_quick *at, uint64_t generation,
			     struct backtrace *backtrace, uintptr_t *pcs)
{
	uintptr_t fp = 0; /* where it was read; 0: it is walk->frame, or not known */
	bool reached = false;
	unsigned count = 1;

	for (unsigned step = 0; count < walk->max && step < STEPS_MAX; step++) {
		const uint64_t cfi_rule = cfi_cache_find(generation, at->pc);

		if (!cfi_rule)
			return 0;
		if (!reached) {
			reached = at->pc == walk->caller;
		} else if (!walk->own(at->pc)) {
			pcs[count++] = at->pc;
			tell(backtrace);
		}
		if (cfi_rule == CFI_RULE_END)
			break;
		if ((cfi_rule & CFI_RULE_BY_FP) && fp)
			note(backtrace, fp);
		else if ((cfi_rule & CFI_RULE_BY_FP) && at->fp != walk->frame)
			return 0;
		if (!unwind_quick_step(at, cfi_rule))
			return 0;
		/* What lies below is the same each time: the way from there to here. */
		if (at->sp > walk->frame)
			note(backtrace, at->sp - CFI_RULE_WORD(cfi_rule, CFI_RULE_PC_SHIFT));
		if (at->sp > walk->frame && CFI_RULE_WORD(cfi_rule, CFI_RULE_FP_SHIFT) > 0)
			fp = at->sp - CFI_RULE_WORD(cfi_rule, CFI_RULE_FP_SHIFT);
	}
	return count;
}

unsigned backtrace_walk(const struct backtrace_walk *walk, struct unwind_quick at, uintptr_t *pcs)
{
	const uint64_t generation = cfi_cache_generation();
	struct backtrace *backtrace = begin(walk);
	unsigned count;

	pcs[0] = walk->caller;
	count = step_by_step(walk, &at, generation, backtrace, pcs);
	end(backtrace, generation, count ? walk->max : 0);
	return count;
}
