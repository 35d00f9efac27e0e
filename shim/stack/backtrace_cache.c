/* SPDX-License-Identifier: ISC */
/*
 * A trail is a list of words on the stack: the return addresses that a walk read, and each frame pointer that told it
 * where a frame lies. If they are as they were, a walk from the same stack pointer would read the same words at the
 * same places, since what else decides is the code, which is of the same generation.
 *
 * Trails are written under a sequence number that is odd meanwhile. Who finds it so, or changed, walks; a writer that
 * never comes back (a jump out of a signal handler, a fork) leaves one trail of many unused.
 */
#include "shim/stack/backtrace_cache.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/auxv.h>

#include "sandbox/sys.h"
#include "shim/base/path_text.h"
#include "shim/stack/cfi_cache.h"

#define PAGE      ((uintptr_t)4096)
#define STACK_MAX ((uintptr_t)16 << 20) /* what the kernel puts on a stack before a program starts: 6 MiB at most */
#define STACK_GAP (256 * PAGE)          /* below the first thread's stack, the kernel maps nothing that near */
#define TRAILS    256
#define WORDS     30
#define STEPS_MAX 64 /* frames looked at, ours included */

#define get(p)    __atomic_load_n(p, __ATOMIC_RELAXED)
#define set(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)

struct trail {
	_Alignas(64) _Atomic uint64_t sequence;
	uint64_t generation;
	uintptr_t caller, frame;
	uint32_t words, max;
	uint32_t pcs;           /* a bit a word: it is a frame's that is told */
	uint16_t offset[WORDS]; /* above frame, in words */
	uintptr_t word[WORDS];
};

static LARGE struct trail trails[TRAILS];

/*
 * The first thread's stack: between the two everything can be read, and will be, since the kernel never takes back what
 * a stack has grown to. Words of other stacks are asked for page by page.
 */
static uintptr_t stack_end;
static _Atomic uintptr_t stack_low;

void trails_init(void)
{
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~(PAGE - 1), last = getauxval(AT_EXECFN);

	if (last - here < STACK_MAX) {
		stack_end = (last & ~(PAGE - 1)) + PAGE;
		atomic_store_explicit(&stack_low, here, memory_order_relaxed);
	}
}

uintptr_t trails_end(uintptr_t sp)
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

static struct trail *trail_of(const struct trails_walk *walk)
{
	return &trails[hash_mix(walk->caller, walk->frame) >> 56];
}

unsigned trails_follow(const struct trails_walk *walk, uintptr_t *pcs)
{
	const struct trail *trail = trail_of(walk);
	const uint64_t sequence = atomic_load_explicit(&trail->sequence, memory_order_acquire);
	const uintptr_t *stack = (const uintptr_t *)walk->frame; // NOLINT(performance-no-int-to-ptr)
	const uintptr_t room = (walk->end - walk->frame) / sizeof(*stack);
	const uint32_t words = get(&trail->words);
	uint32_t told = get(&trail->pcs);
	unsigned count = 1;

	if ((sequence & 1) || get(&trail->caller) != walk->caller || get(&trail->frame) != walk->frame ||
	    get(&trail->generation) != recipes_generation() || get(&trail->max) != walk->max || words > WORDS)
		return 0;
	pcs[0] = walk->caller;
	for (uint32_t i = 0; i < words; i++, told >>= 1) {
		const uint16_t offset = get(&trail->offset[i]);

		if (offset >= room || stack[offset] != get(&trail->word[i]))
			return 0;
		if ((told & 1) && count < walk->max)
			pcs[count++] = UNWIND_ADDRESS(stack[offset]);
	}
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&trail->sequence, memory_order_relaxed) == sequence ? count : 0;
}

/* Ready to be written, or NULL. */
static struct trail *begin(const struct trails_walk *walk)
{
	struct trail *trail = trail_of(walk);
	uint64_t sequence = atomic_load_explicit(&trail->sequence, memory_order_relaxed);

	if ((sequence & 1) || !atomic_compare_exchange_strong(&trail->sequence, &sequence, sequence + 1))
		return NULL;
	set(&trail->words, 0);
	set(&trail->pcs, 0);
	set(&trail->frame, walk->frame);
	set(&trail->caller, walk->caller);
	return trail;
}

/* A word that decided where the walk went. */
static void note(struct trail *trail, uintptr_t address)
{
	const uint32_t at = trail ? trail->words : WORDS;
	const uintptr_t offset = trail ? (address - trail->frame) / sizeof(uintptr_t) : 0;

	if (at >= WORDS)
		return;
	set(&trail->words, offset > UINT16_MAX ? WORDS : at + 1);
	set(&trail->offset[at], (uint16_t)offset);
	set(&trail->word[at], *(const uintptr_t *)address); // NOLINT(performance-no-int-to-ptr)
}

/* The last of them is a return address to be told. */
static void tell(struct trail *trail)
{
	if (trail && trail->words - 1 < WORDS)
		set(&trail->pcs, trail->pcs | UINT32_C(1) << (trail->words - 1));
}

/* One that is too long, or came to nothing, is for nobody. */
static void end(struct trail *trail, uint64_t generation, unsigned max)
{
	if (!trail)
		return;
	set(&trail->generation, generation);
	set(&trail->max, trail->words < WORDS ? max : 0);
	atomic_fetch_add_explicit(&trail->sequence, 1, memory_order_release);
}

static unsigned step_by_step(const struct trails_walk *walk, struct unwind_quick *at, uint64_t generation,
			     struct trail *trail, uintptr_t *pcs)
{
	uintptr_t fp = 0; /* where it was read; 0: it is walk->frame, or not known */
	bool reached = false;
	unsigned count = 1;

	for (unsigned step = 0; count < walk->max && step < STEPS_MAX; step++) {
		const uint64_t recipe = recipes_find(generation, at->pc);

		if (!recipe)
			return 0;
		if (!reached) {
			reached = at->pc == walk->caller;
		} else if (!walk->own(at->pc)) {
			pcs[count++] = at->pc;
			tell(trail);
		}
		if (recipe == RECIPE_END)
			break;
		if ((recipe & RECIPE_BY_FP) && fp)
			note(trail, fp);
		else if ((recipe & RECIPE_BY_FP) && at->fp != walk->frame)
			return 0;
		if (!unwind_quick_step(at, recipe))
			return 0;
		/* What lies below is the same each time: the way from there to here. */
		if (at->sp > walk->frame)
			note(trail, at->sp - RECIPE_WORD(recipe, RECIPE_PC_SHIFT));
		if (at->sp > walk->frame && RECIPE_WORD(recipe, RECIPE_FP_SHIFT) > 0)
			fp = at->sp - RECIPE_WORD(recipe, RECIPE_FP_SHIFT);
	}
	return count;
}

unsigned trails_walk(const struct trails_walk *walk, struct unwind_quick at, uintptr_t *pcs)
{
	const uint64_t generation = recipes_generation();
	struct trail *trail = begin(walk);
	unsigned count;

	pcs[0] = walk->caller;
	count = step_by_step(walk, &at, generation, trail, pcs);
	end(trail, generation, count ? walk->max : 0);
	return count;
}
