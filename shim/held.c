/* SPDX-License-Identifier: ISC */
/* Roots held open, a few at a time. */
#include "shim/held.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "shim/dirs.h"
#include "shim/hold.h"
#include "shim/own.h"
#include "shim/process.h"

#define HELD (OWN_COUNT - OWN_ROOTS)

/* Number of the root in each slot, plus one; 0 is free, LOST a slot whose descriptor was closed by a raw call. */
static _Atomic uint32_t roots[HELD];

static int open_root(uint32_t root)
{
	const struct place *place = &shim.places[root];
	struct identity now;
	const char *path = place->canonical ? place->canonical : shim.policy.grants[root].path;
	int fd = (int)sys(SYS_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	if (fd >= 0 && (sys_identity(fd, &now) < 0 || !identity_same(&now, &place->id))) {
		sys(SYS_close, fd);
		return -1;
	}
	return fd;
}

/* Claimed before it is filled: until then, and if it cannot be, the root counts as lost. False: another took the slot.
 */
static bool claim(unsigned slot, uint32_t root)
{
	uint64_t mask = signals_hold();
	uint32_t held = 0;
	bool ours = atomic_compare_exchange_strong(&roots[slot], &held, root + 1);

	if (ours) {
		int fd = open_root(root);

		if (fd >= 0)
			own_take((enum own)(OWN_ROOTS + slot), fd);
	}
	signals_release(mask);
	return ours;
}

static bool leads_to(const char *path, const struct identity *id)
{
	struct identity now;

	return sys_identity_at(AT_FDCWD, path, 0, &now) == 0 && identity_same(&now, id);
}

/* A root may have been moved, and something else put in its place: then its name says nothing of where a path leads. */
static bool name_holds(uint32_t root)
{
	const struct place *place = &shim.places[root];
	const char *path = shim.policy.grants[root].path;

	return leads_to(path, &place->id) &&
	       (!place->canonical || !strcmp(place->canonical, path) || leads_to(place->canonical, &place->id));
}

int held_root(uint32_t root)
{
	if (!name_holds(root))
		return -1;
	for (unsigned slot = 0; slot < HELD; slot++) {
		uint32_t held = atomic_load_explicit(&roots[slot], memory_order_acquire);

		if (held == root + 1)
			return own_fd((enum own)(OWN_ROOTS + slot));
		if (held)
			continue;
		/* Nothing is kept in memory that is another's, or when the path may mean something else by now. */
		if (atomic_load_explicit(&dirs.root, memory_order_relaxed) || process_borrowed())
			break;
		if (claim(slot, root))
			return own_fd((enum own)(OWN_ROOTS + slot));
	}
	return open_root(root);
}

void held_release(int fd)
{
	if (fd >= 0 && !own_is(fd))
		sys(SYS_close, fd);
}
