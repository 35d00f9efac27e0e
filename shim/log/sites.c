/* SPDX-License-Identifier: ISC */
/*
 * Two open-addressing tables, filled by compare-and-swap and never emptied.
 *
 * `sites` is private: what a count event needs, by call site. `tallies` is shared with every process forked from this
 * one, so a confined child may write what it likes into it. Slots are found by probing from our own hash of the call,
 * never by anything read there; a number that makes no sense is dropped. What such a child can reach is a line too
 * many, a line withheld, or a wrong count.
 */
#include "shim/log/sites.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "sandbox/sys.h"
#include "shim/base/path_text.h"
#include "shim/base/process.h"
#include "shim/base/shared.h"

#define SITES_MAX   1024
#define TALLIES_MAX 4096
#define PROBES      64
#define TOTAL_MAX   (UINT64_C(1) << 48) /* more calls than a machine makes in a year */

/* What is counted of one site, in two cache lines, the first of which is all that a call writes to. */
struct tally {
	_Alignas(64) uint64_t key; /* 0: free */
	uint64_t total;            /* calls seen, by all processes */
	uint64_t told;             /* of these, how many are in count events */
	uint32_t objects[SITE_OBJECTS];
};

struct site {
	_Alignas(64) uint64_t key; /* 0: free */
	uint64_t mine;             /* MINE(epoch) + the calls by this process since its last count event */
	uint64_t state;            /* 0, FILLING(epoch), READY */
	struct tally *tally;       /* where it was last */
	struct call_event event;
	uintptr_t pcs[FRAMES_MAX];
	struct tally own; /* when the shared table is full */
};

/* All private sites, and the order in which they came, so that a flush looks at no others. */
struct known {
	uint32_t count; /* may exceed the table, by sites that a fork made come twice */
	uint16_t order[SITES_MAX];
	struct site site[SITES_MAX];
};

/* Wiped in every child with memory of its own: a process knows by it that it is new. */
struct life {
	uint32_t alive;
	uint32_t owner; /* ran sites_init */
	long pid;       /* a vfork child shares all of this, but not this number */
};

#define READY          UINT64_MAX
#define FILLING(epoch) ((uint64_t)(epoch) + 1)
#define MINE(epoch)    ((uint64_t)(epoch) << 48)

static struct known *known;
static struct tally *tallies;
static struct life *life;
static bool ready;
static uint16_t epoch; /* grows by one at each fork */
_Static_assert(MINE(UINT16_MAX) / TOTAL_MAX == UINT16_MAX, "an epoch and a total share a bit");

#define load(p)            __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store(p, v)        __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define add(p, v)          __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL)
#define swap(p, expect, v) __atomic_compare_exchange_n(p, expect, v, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

int sites_init(void)
{
	known = sys_pages(sizeof(*known), MAP_PRIVATE);
	tallies = shared_take(sizeof(*tallies) * TALLIES_MAX);
	life = process_wiped(sizeof(*life));
	if (!known || !tallies || !life)
		return -ENOMEM;
	/* Before 4.14 a child cannot tell that it is one, takes itself for a vfork child, and counts nothing. */
	life->owner = 1;
	life->pid = sys(SYS_getpid);
	life->alive = 1;
	ready = true;
	return 0;
}

static uint16_t epoch_now(void)
{
	uint32_t dead = 0;

	if (!load(&life->alive) && swap(&life->alive, &dead, 1)) {
		add(&epoch, 1);
		store(&life->pid, sys(SYS_getpid));
	}
	return load(&epoch);
}

uint64_t sites_key(const struct call_event *event)
{
	const uint64_t step = UINT64_C(0x9e3779b97f4a7c15); /* hash_mix()'s: a polynomial of it takes half as long */
	uint64_t key = event->where | (uint64_t)event->how << 8 | (uint64_t)event->effect << 16;

	key = (key * step + (uintptr_t)event->func) * step + (uintptr_t)event->module;
	for (unsigned i = 0; i < event->pc_count; i++)
		key = key * step + event->pcs[i];
	key = hash_mix(key, 0);
	return key ? key : 1;
}

/* The slot of a key in a table of `slots` (a power of two) records that begin with theirs; NULL when it has no room. */
static void *slot_of(void *table, size_t size, size_t slots, uint64_t key)
{
	for (size_t i = 0; i < PROBES; i++) {
		uint64_t *slot = (void *)((char *)table + size * ((key + i) & (slots - 1)));
		uint64_t have = load(slot);

		if ((!have && swap(slot, &have, key)) || have == key)
			return slot;
	}
	return NULL;
}

static struct tally *tally_of(struct site *site)
{
	struct tally *tally = load(&site->tally);

	if (tally && load(&tally->key) == site->key)
		return tally;
	tally = slot_of(tallies, sizeof(*tallies), TALLIES_MAX, site->key);
	if (!tally)
		tally = &site->own;
	store(&site->tally, tally);
	return tally;
}

/*
 * Whoever finds a site without its event writes it, one at a time. A signal handler or a thread that comes while that
 * is done goes on without; a child forked in the middle of it begins again.
 */
static void fill(struct site *site, const struct call_event *event, uint16_t now)
{
	uint64_t state = load(&site->state);
	uint32_t place;

	if (state == READY || state == FILLING(now) || !swap(&site->state, &state, FILLING(now)))
		return;
	site->event = *event;
	site->event.path = site->event.path2 = site->event.dir = site->event.resolved = NULL;
	if (site->event.pc_count > FRAMES_MAX)
		site->event.pc_count = FRAMES_MAX;
	memcpy(site->pcs, event->pcs, sizeof(*site->pcs) * site->event.pc_count);
	site->event.pcs = site->pcs;
	place = add(&known->count, 1);
	if (place < SITES_MAX)
		known->order[place] = (uint16_t)(site - known->site);
	store(&site->state, READY);
}

/* Returns how many calls were counted before. */
static uint64_t count_call(struct site *site, struct tally *tally, uint16_t now)
{
	uint64_t mine = load(&site->mine);

	/* What a parent counted is the parent's to tell. */
	if (mine >> 48 != now && swap(&site->mine, &mine, MINE(now)))
		store(&site->own.told, load(&site->own.total));
	add(&site->mine, 1);
	return add(&tally->total, 1);
}

static enum site_say object_seen(struct tally *tally, uint64_t object)
{
	const uint32_t hash = (uint32_t)(hash_mix(1, object) >> 32);
	const uint32_t wanted = hash ? hash : 1;

	for (unsigned i = 0; i < SITE_OBJECTS; i++) {
		uint32_t have = load(&tally->objects[i]);

		if (!have && swap(&tally->objects[i], &have, wanted))
			return i + 1 < SITE_OBJECTS ? SITE_LOG : SITE_LOG_LAST;
		if (have == wanted)
			break;
	}
	return SITE_COUNT;
}

enum site_say sites_seen(const struct call_event *event, bool every_object, uint64_t object)
{
	struct site *site;
	struct tally *tally;
	uint16_t now;
	bool first;

	if (!ready)
		return SITE_LOG;
	site = slot_of(known->site, sizeof(*known->site), SITES_MAX, sites_key(event));
	if (!site)
		return SITE_LOG;
	now = epoch_now();
	fill(site, event, now);
	tally = tally_of(site);
	first = count_call(site, tally, now) == 0;
	if (every_object)
		return object_seen(tally, object);
	return first ? SITE_LOG : SITE_COUNT;
}

bool sites_again(uint64_t key)
{
	struct site *site = ready ? slot_of(known->site, sizeof(*known->site), SITES_MAX, key) : NULL;

	if (!site || load(&site->state) != READY)
		return false;
	count_call(site, tally_of(site), epoch_now());
	return true;
}

/* How many calls of a site are to be told now; they are then told. */
static uint64_t due(struct site *site, uint16_t now)
{
	struct tally *tally = tally_of(site);
	const uint64_t total = load(&tally->total);
	const uint64_t mine = load(&site->mine) >> 48 == now ? load(&site->mine) - MINE(now) : 0;
	uint64_t told = load(&tally->told);

	if (total < 2)
		return 0;
	/* Many children of a daemon would else write a line each: theirs may wait until there are twice as many. */
	if (!life->owner && (!mine || (tally != &site->own && total / 2 < told)))
		return 0;
	/* Of two who tell at once, each tells what the other has not. */
	while (told < total && !swap(&tally->told, &told, total))
		;
	store(&site->mine, MINE(now));
	return total >= TOTAL_MAX ? mine : told < total ? total - told : 0;
}

void sites_flush(void (*emit)(const struct call_event *event))
{
	uint32_t count;

	/* A vfork child ends, but the process whose memory this is goes on. */
	if (!ready || !load(&life->alive) || sys(SYS_getppid) == load(&life->pid))
		return;
	count = load(&known->count);
	for (uint32_t i = 0; i < count && i < SITES_MAX; i++) {
		struct site *site = &known->site[known->order[i]];
		struct call_event event;

		if (load(&site->state) != READY)
			continue;
		event = site->event;
		event.count = due(site, load(&epoch));
		if (event.count)
			emit(&event);
	}
}
