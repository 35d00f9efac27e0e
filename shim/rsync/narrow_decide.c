/* SPDX-License-Identifier: ISC */
/* Which module it is that is entered, by identity and by what rsync has announced; and whether it may be. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config/env.h"
#include "shim/base/context.h"
#include "shim/locate/roots.h"
#include "shim/rsync/narrow_entry.h"

#define CALLED_SO "RSYNC_MODULE_NAME"
#define DEPTH_MAX 4096 /* levels that a module may lie below its outer directory */

/* environ is NULL after clearenv(3). */
static const char *variable(const char *name)
{
	return environ ? env_value(environ, name) : NULL;
}

/* Which root this is. Two modules may share a directory: then the connection's own counts. */
static void know_root(struct entry *e)
{
	const struct known *known = roots_by_identity(&e->id);
	const char *name = variable(CALLED_SO);

	e->root = known && known->root ? known->grant : NO_GRANT;
	for (uint32_t i = 0; name && e->root != NO_GRANT && !e->named && i < shim.policy.root_count; i++) {
		const char *own = shim.policy.grants[i].name;

		if (own && !strcmp(own, name) && shim.places[i].present && identity_same(&shim.places[i].id, &e->id)) {
			e->root = i;
			e->named = true;
		}
	}
}

uint64_t narrow_rights_of_root(const struct entry *e)
{
	uint64_t rights = 0;

	for (uint32_t i = 0; i < shim.policy.root_count; i++)
		if (e->named ? i == e->root : shim.places[i].present && identity_same(&shim.places[i].id, &e->id))
			rights |= access_rights(shim.policy.grants[i].access, true);
	return rights;
}

/*
 * Whether the module that was announced is, by its name or path, a root of the policy, and this is not it: somebody put
 * a symlink to another module in its place.
 */
static bool is_not_announced(const struct entry *e)
{
	const char *name = variable(CALLED_SO);
	const char *path = variable(NARROW_ANNOUNCED);
	bool other = false;

	for (uint32_t i = 0; i < shim.policy.root_count; i++) {
		const struct grant *grant = &shim.policy.grants[i];
		const struct place *place = &shim.places[i];

		if (!(name && grant->name && !strcmp(grant->name, name)) && !(path && !strcmp(grant->path, path)))
			continue;
		if (place->present && identity_same(&place->id, &e->id))
			return false;
		other = true;
	}
	return other;
}

const char *narrow_called(void)
{
	const char *name = variable(CALLED_SO);

	return name ? name : "?";
}

bool narrow_knows_announced(void)
{
	const char *path = variable(NARROW_ANNOUNCED);

	for (uint32_t i = 0; path && i < shim.policy.root_count; i++)
		if (!strcmp(shim.policy.grants[i].path, path))
			return true;
	return false;
}

/* Whether `fd` (which it closes) lies beneath what is entered. */
static bool lies_beneath(const struct entry *e, int fd)
{
	struct identity here, above;
	bool beneath = false;

	for (unsigned depth = 0; fd >= 0 && !beneath && depth < DEPTH_MAX; depth++) {
		int parent = (int)sys(SYS_openat, fd, "..", NARROW_OPEN, 0);

		if (sys_identity(fd, &here) < 0 || parent < 0 || sys_identity(parent, &above) < 0 ||
		    identity_same(&here, &above)) {
			sys_put(parent);
			break;
		}
		sys_put(fd);
		fd = parent;
		beneath = identity_same(&above, &e->id);
	}
	sys_put(fd);
	return beneath;
}

/* "outer/./inner": chroot enters the outer directory, and the module is the inner one, which chdir will enter. */
static bool is_outer(const struct entry *e)
{
	const char *path = variable(NARROW_ANNOUNCED);
	const int fd = path ? (int)sys(SYS_openat, AT_FDCWD, path, NARROW_OPEN, 0) : -1;
	struct identity inner;
	const struct known *known;

	if (fd < 0)
		return false;
	known = sys_identity(fd, &inner) == 0 ? roots_by_identity(&inner) : NULL;
	if (known && known->root && !identity_same(&inner, &e->id))
		return lies_beneath(e, fd);
	sys_put(fd);
	return false;
}

enum decision narrow_decide(struct entry *e)
{
	struct identity top;

	know_root(e);
	/*
	 * chroot("/") changes nothing: rsync tries whether it may. It also enters "/" then, before it says which module
	 * it is about to enter.
	 */
	if ((e->root_path || (!narrow_announced() && variable(CALLED_SO))) &&
	    sys_identity_at(AT_FDCWD, "/", 0, &top) == 0 && identity_same(&top, &e->id))
		return NARROW_PASS;
	if (!narrow_announced())
		return e->root == NO_GRANT ? NARROW_PASS : NARROW_SEAL;
	if (e->root_path && is_outer(e))
		return NARROW_PASS;
	return e->root == NO_GRANT || is_not_announced(e) ? NARROW_REFUSE : NARROW_SEAL;
}
