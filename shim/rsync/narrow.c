/* SPDX-License-Identifier: ISC */
/* Narrowing: the tables it needs, made at start, and whether a module may still be entered. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "shim/base/process.h"
#include "shim/locate/holdings.h"
#include "shim/locate/roots.h"
#include "shim/rsync/narrow_entry.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

struct narrowing narrowing;
static bool enabled;

static _Atomic bool announced; /* RSYNC_MODULE_PATH was set: the next thing that is entered is a module */

/*
 * A vfork child that was narrowed, by its number: the state of shim/locate/narrowed.c is its parent's. The number may
 * be another's by now, so the object of its pidfd must be the same (Linux 6.9 has one for each process; before, all
 * have one).
 */
static struct {
	_Atomic int pid;
	_Atomic uint64_t object;
} borrower;

static uint64_t process_object(void)
{
	struct identity id = {0};
	int fd = (int)sys(SYS_pidfd_open, sys(SYS_getpid), 0);

	if (fd >= 0)
		sys_identity(fd, &id);
	sys_put(fd);
	return id.ino;
}

int narrow_init(const char *library, bool hook, struct arena *arena)
{
	const struct policy *policy = &shim.policy;

	if (!policy->narrow || hook)
		return 0;
	narrowing.rules = arena_alloc(arena, (1 + policy->narrow_count + NARROW_HELD) * sizeof *narrowing.rules);
	if (!narrowing.rules || pathset_init(&narrowing.writable, policy->grant_count, arena) < 0)
		return -1;
	for (size_t i = 0; i < policy->grant_count; i++)
		if (shim.places[i].present && shim.places[i].canonical && access_writes(policy->grants[i].access))
			pathset_add(&narrowing.writable, shim.places[i].canonical, i);
	if (library && sys_identity_at(AT_FDCWD, library, 0, &narrowing.self_id) == 0)
		narrowing.self = library;
	enabled = true;
	return 0;
}

bool narrow_pending(void)
{
	if (!enabled || narrow_done())
		return false;
	return !atomic_load(&borrower.pid) || atomic_load(&borrower.pid) != (int)sys(SYS_getpid) ||
	       !process_borrowed() || atomic_load(&borrower.object) != process_object();
}

void narrow_announce(void)
{
	if (enabled && !process_borrowed())
		atomic_store(&announced, true);
}

bool narrow_announced(void)
{
	return atomic_load(&announced);
}

void narrow_remember(const struct entry *e, const struct module_request *layer)
{
	if (process_borrowed()) {
		atomic_store(&borrower.object, process_object());
		atomic_store(&borrower.pid, (int)sys(SYS_getpid));
	} else {
		narrow_set(e->root, narrowing.rules, layer->rule_count);
	}
	/* What was judged before no longer holds. */
	fd_forgotten(0, INT_MAX);
	dir_cache_cwd_changed();
}
