/* SPDX-License-Identifier: ISC */
/*
 * The grants of an rsyncd.conf's policy: one for each path, and none where another says as much already.
 *
 * Links count: directories are compared as what they really are.
 */
#include "tools/rsyncd/rsyncd_grants.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base.h"
#include "sandbox/rights.h"
#include "tools/cli/memory.h"

const char *rsyncd_real(struct rsyncd_policy *policy, const char *path)
{
	char found[PATH_MAX];

	return realpath(path, found) ? must(arena_copy(policy->arena, found, strlen(found))) : path;
}

static struct path_entry *find(struct path_entry *table, const char *path, size_t length)
{
	struct path_entry *entry = NULL;

	HASH_FIND(hh, table, path, length, entry);
	return entry;
}

bool rsyncd_enter(struct rsyncd_policy *policy, struct path_entry **table, const char *path,
		  const struct rsyncd_module *module)
{
	size_t length = strlen(path);
	struct path_entry *entry;

	if (find(*table, path, length))
		return false;
	entry = must(arena_alloc(policy->arena, sizeof(*entry)));
	entry->module = module;
	HASH_ADD_KEYPTR(hh, *table, path, length, entry);
	return true;
}

const struct path_entry *rsyncd_within(struct path_entry *table, const char *path, bool strictly)
{
	size_t length = strlen(path);
	const struct path_entry *entry = strictly ? NULL : find(table, path, length);

	while (!entry && length > 1) {
		while (path[--length] != '/')
			;
		length = length ? length : 1;
		entry = find(table, path, length);
	}
	return entry;
}

bool rsyncd_is_writable(struct rsyncd_policy *policy, const char *path, const struct rsyncd_module **by)
{
	const struct path_entry *entry = rsyncd_within(policy->writable, rsyncd_real(policy, path), false);

	*by = entry ? entry->module : NULL;
	return entry;
}

/* What the writable modules and the grants that hold `target` give there together: rules are a union. */
static uint64_t rights_within(struct rsyncd_policy *policy, const char *target)
{
	const struct path_entry *entry = rsyncd_within(policy->writable, target, false);
	uint64_t rights = 0;

	for (; entry; entry = rsyncd_within(policy->writable, entry->hh.key, true))
		rights |= access_rights(entry->module ? ACCESS_ROOT : ACCESS_WRITE, true);
	return rights;
}

bool rsyncd_gives(struct rsyncd_policy *policy, enum access access, const char *path)
{
	return !(access_rights(access, true) & ~rights_within(policy, rsyncd_real(policy, path)));
}

bool rsyncd_in_base(struct rsyncd_policy *policy, const char *path, bool executable)
{
	const char *target = rsyncd_real(policy, path);

	for (size_t i = 0; i < BASE_ROWS; i++) {
		const struct base_row *row = &base_rows[i];
		size_t length = strlen(row->path);

		if ((row->when & BASE_WIDE) && (!executable || row->access == ACCESS_EXEC) &&
		    !strncmp(target, row->path, length) && (target[length] == '/' || !target[length]))
			return true;
	}
	return false;
}

void rsyncd_add(struct rsyncd_policy *policy, struct grant grant)
{
	policy->grants = room_for_one(policy->grants, policy->count, &policy->room, sizeof(*policy->grants));
	policy->grants[policy->count++] = grant;
}

bool rsyncd_too_long(struct rsyncd_policy *policy, const char *path)
{
	if (strlen(path) < PATH_MAX)
		return false;
	worry(policy->worries, WORRY_PATH, NULL, "%.60s... is longer than any path; it is left out", path);
	return true;
}

const char *rsyncd_behind(struct rsyncd_policy *policy, const char *above, const char *path)
{
	const char *whole = rsyncd_beneath(policy->arena, above, path);

	if (!whole)
		no_memory();
	return whole;
}

const char *rsyncd_behind_chroot(struct rsyncd_policy *policy, const char *path)
{
	return rsyncd_behind(policy, policy->conf->daemon_chroot, path);
}

bool rsyncd_allow(struct rsyncd_policy *policy, enum access access, const char *path, bool optional)
{
	size_t length = strlen(path);
	char *key;

	if (rsyncd_too_long(policy, path))
		return false;
	if (length > 1 && path[length - 1] == '/')
		path = must(arena_copy(policy->arena, path, length - 1));
	key = must(arena_alloc(policy->arena, length + 2));
	sprintf(key, "%c%s", (char)('0' + access), path);
	if (!rsyncd_enter(policy, &policy->given, key, NULL))
		return false;
	if (rsyncd_gives(policy, access, path))
		return false;
	rsyncd_add(policy, (struct grant){.path = path, .access = (uint8_t)access, .optional = optional});
	if (access == ACCESS_WRITE)
		rsyncd_enter(policy, &policy->writable, rsyncd_real(policy, path), NULL);
	return true;
}
