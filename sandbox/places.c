/* SPDX-License-Identifier: ISC */
/*
 * Where each grant of the policy leads, and the rule on it.
 *
 * Two passes. The first opens every grant whose text is already canonical, which is nearly all of them and four system
 * calls each. Those with symlinks wait for the second, when all writable directories are known: what such a directory
 * holds may have been planted by somebody who was confined to it, so no symlink in it is followed.
 */
#include "sandbox/places.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "sandbox/ruleset.h"
#include "sandbox/walk.h"

struct resolving {
	const struct sandbox_request *request;
	const struct ruleset *ruleset;
	struct place *places;
	struct refusal *why;
	struct walk *walk;
	struct pathset writable; /* canonical paths of what may be written; values are indexes of grants */
	struct pathset roots;    /* those of them that are roots, where everything may be executed too */
	size_t said;             /* the row of the base that is_said() compares with */
	bool *followed;          /* per grant: has symlinks, and waits for the second pass */
	bool lenient;
};

#define refuse_grant(r, grant, ...)                                                                                    \
	refuse_value((r)->why, (grant)->variable, (grant)->position, (grant)->path, __VA_ARGS__)

static bool is_base(const struct grant *grant)
{
	return !strcmp(grant->variable, "PRECLUDE_BASE");
}

/*
 * The user's own grants are checked against each other. Base is granted to everybody, and the kernel sample's variables
 * keep the sample's meaning, which is a plain union.
 */
static bool is_checked(const struct resolving *r, const struct grant *grant)
{
	return !r->lenient && !r->request->policy->from_ll && !is_base(grant);
}

/* Whether a path is a name in a directory. */
static bool is_in(const char *path, const char *directory)
{
	const size_t length = strlen(directory);

	return !strncmp(path, directory, length) && path[length] == '/' && !strchr(path + length + 1, '/');
}

/*
 * Whether a row of the base leads into the last one before that has a rule, which then says what this one would: /bin
 * is usr/bin on most systems, and /etc/resolv.conf a file. Told by two looks; six rows would take thirty system calls.
 */
static bool is_said(struct resolving *r, size_t i)
{
	const struct grant *grants = r->request->policy->grants;
	const struct place *above = &r->places[r->said];
	const char *path = grants[i].path;
	struct identity id;

	if (!above->directory || !is_base(&grants[r->said]) || grants[i].access != grants[r->said].access)
		return false;
	if (!is_in(path, above->canonical)) {
		if (grants[i].access != ACCESS_EXEC || walk_link(r->walk, path) < 0 ||
		    !is_in(r->walk->canonical, above->canonical))
			return false;
		path = arena_copy(r->request->arena, r->walk->canonical, r->walk->length);
	}
	if (!path || sys_identity_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &id) < 0 || S_ISLNK(id.mode))
		return false;
	r->places[i] = (struct place){.id = id, .canonical = path, .directory = S_ISDIR(id.mode), .present = true};
	return true;
}

/* Fills the place from an open descriptor and puts the rule on it. */
static int settle(struct resolving *r, size_t i, int fd, const char *canonical)
{
	const struct grant *grant = &r->request->policy->grants[i];
	struct place *place = &r->places[i];
	uint64_t rights;
	int result = sys_identity(fd, &place->id);

	if (result < 0)
		return result;
	place->canonical = canonical;
	place->directory = S_ISDIR(place->id.mode);
	place->present = true;
	rights = access_rights((enum access)grant->access, place->directory) & r->ruleset->handled_fs;
	if (r->ruleset->fd < 0 || !rights || r->followed[i])
		return 0;
	return ruleset_allow(r->ruleset->fd, fd, rights);
}

static int settle_walked(struct resolving *r, size_t i)
{
	const int fd = walk_open(r->walk, r->request->policy->grants[i].path);
	const char *canonical;
	int result;

	if (fd < 0)
		return fd;
	canonical = arena_copy(r->request->arena, r->walk->canonical, r->walk->length);
	result = canonical ? settle(r, i, fd, canonical) : -ENOMEM;
	sys(SYS_close, fd);
	return result;
}

/*
 * The outer layer handles fewer rights than the inner one, and a row of the base that grants none of them has no rule
 * there. Of fifteen rows, ten are such: thirty system calls at each start of `preclude run`.
 */
static bool is_needless(const struct resolving *r, const struct grant *grant)
{
	return r->request->outer && !(access_rights((enum access)grant->access, true) & r->ruleset->handled_fs);
}

/* Of the base's rows, these are known to be files. */
static bool is_file_by_name(const char *path)
{
	return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/sys/", 10);
}

static int settle_first(struct resolving *r, size_t i)
{
	const struct grant *grant = &r->request->policy->grants[i];
	const bool base = is_base(grant);
	int fd, result;

	r->places[i] = (struct place){0};
	if (base && (is_needless(r, grant) || is_said(r, i)))
		return 0;
	fd = base && is_file_by_name(grant->path) ? walk_plain_file(grant->path) : walk_plain(grant->path);
	if (fd == -ELOOP) {
		r->followed[i] = is_checked(r, grant);
		result = settle_walked(r, i);
	} else if (fd < 0) {
		return fd;
	} else {
		result = settle(r, i, fd, grant->path);
		sys(SYS_close, fd);
	}
	if (base && result == 0)
		r->said = i;
	return result;
}

/*
 * What to make of a grant that could not be opened: 0 when it may be left out. Where nobody asked for this very path,
 * or somebody else's program did (the sample leaves out whatever it cannot open), being out of reach is as good as
 * absent.
 */
static int missing(struct resolving *r, const struct grant *grant, int error)
{
	const bool absent = error == -ENOENT || error == -ENOTDIR;
	const bool unreachable = absent || error == -EACCES || error == -ELOOP;
	const bool silent = r->lenient || is_base(grant);

	if (unreachable && silent)
		return 0;
	if (grant->optional && (absent || (unreachable && r->request->policy->from_ll))) {
		if (!r->request->outer)
			sandbox_warn(r->request, "%s, element %u, \"%s\": %s; skipped", grant->variable,
				     (unsigned)grant->position, grant->path,
				     absent ? "does not exist" : "cannot be reached");
		return 0;
	}
	if (absent)
		refuse_grant(r, grant, "does not exist; create it, or write \"?\" before the path to skip it");
	else
		refuse_grant(r, grant, "cannot be granted: %s", strerror(-error));
	return error;
}

static int first_pass(struct resolving *r)
{
	const struct policy *policy = r->request->policy;

	for (size_t i = 0; i < policy->grant_count; i++) {
		const int result = settle_first(r, i);

		if (result < 0 && missing(r, &policy->grants[i], result) < 0)
			return result;
	}
	return 0;
}

static int collect_writable(struct resolving *r)
{
	const struct policy *policy = r->request->policy;

	if (pathset_init(&r->writable, policy->grant_count, r->request->arena) < 0 ||
	    pathset_init(&r->roots, policy->root_count, r->request->arena) < 0) {
		refuse(r->why, "no memory for the roots");
		return -ENOMEM;
	}
	for (size_t i = 0; i < policy->grant_count; i++) {
		const enum access access = (enum access)policy->grants[i].access;

		if (!r->places[i].present || !access_writes(access))
			continue;
		pathset_add(&r->writable, r->places[i].canonical, i);
		if (access_is_root(access))
			pathset_add(&r->roots, r->places[i].canonical, i);
	}
	return 0;
}

/* Once more, now that it is known where nothing may be followed; and it has to lead where it led before. */
static int settle_again(struct resolving *r, size_t i)
{
	const struct grant *grant = &r->request->policy->grants[i];
	const struct place before = r->places[i];
	int result;

	r->places[i] = (struct place){0};
	r->followed[i] = false;
	r->walk->distrusted = &r->writable;
	result = settle_walked(r, i);
	if (result == -EXDEV) {
		refuse_grant(r, grant,
			     "goes through a symlink beneath the writable \"%s\", where it can be changed by whoever "
			     "writes there; write the path that it leads to, \"%s\"",
			     r->walk->where->path, before.canonical);
		return result;
	}
	if (result == 0 && !identity_same(&before.id, &r->places[i].id))
		result = -ESTALE;
	return result < 0 ? missing(r, grant, result) : 0;
}

/* Text was compared when the policy was read; this is about where symlinks led. EXEC adds something to a WRITE grant.
 */
static int check_read_only(struct resolving *r, size_t i)
{
	const struct grant *grants = r->request->policy->grants;
	const struct grant *grant = &grants[i];
	const char *canonical = r->places[i].canonical;
	const struct pathset_slot *above;

	above = pathset_above(grant->access == ACCESS_EXEC ? &r->roots : &r->writable, canonical, strlen(canonical));
	if (!above)
		return 0;
	refuse_grant(r, grant,
		     "is read-only, but leads beneath the writable \"%s\" (%s, element %u), where it would not bind; "
		     "write them so that neither lies in the other",
		     above->path, grants[above->value].variable, (unsigned)grants[above->value].position);
	return -EINVAL;
}

/* Where the policy narrows, what is read-only binds once its root was entered. */
static bool has_to_bind(const struct resolving *r, size_t i)
{
	const struct policy *policy = r->request->policy;

	return r->places[i].present && !access_writes((enum access)policy->grants[i].access) && !policy->narrow &&
	       is_checked(r, &policy->grants[i]);
}

/* With thousands of roots and nothing to compare with them, the tables would be most of the memory. */
static bool is_second_pass_needed(const struct resolving *r)
{
	const struct policy *policy = r->request->policy;

	for (size_t i = 0; i < policy->grant_count; i++)
		if ((r->places[i].present && r->followed[i]) || has_to_bind(r, i))
			return true;
	return policy->narrow_count != 0;
}

static int second_pass(struct resolving *r)
{
	int result = collect_writable(r);

	for (size_t i = 0; result == 0 && i < r->request->policy->grant_count; i++) {
		if (r->places[i].present && r->followed[i])
			result = settle_again(r, i);
		if (result == 0 && has_to_bind(r, i))
			result = check_read_only(r, i);
	}
	return result;
}

/* Opened again when a root is entered; what is wrong with it now is said now. */
static int check_narrow(struct resolving *r)
{
	const struct policy *policy = r->request->policy;

	r->walk->distrusted = &r->writable;
	for (size_t i = 0; i < policy->narrow_count; i++) {
		const struct grant *grant = &policy->narrow_grants[i];
		int fd = is_base(grant) ? -ENOENT : walk_plain(grant->path);

		if (fd == -ELOOP)
			fd = walk_open(r->walk, grant->path);
		if (fd >= 0)
			sys(SYS_close, fd);
		else if (fd == -EXDEV)
			return refuse_grant(r, grant,
					    "goes through a symlink beneath the writable \"%s\", where it can be "
					    "changed by whoever writes there; write the path that it leads to",
					    r->walk->where->path),
			       fd;
		else if (missing(r, grant, fd) < 0)
			return fd;
	}
	return 0;
}

int places_resolve(const struct sandbox_request *request, struct place *places, const struct ruleset *ruleset,
		   bool lenient, struct refusal *why)
{
	static LARGE struct walk walk;
	struct resolving r = {
	    .request = request, .ruleset = ruleset, .places = places, .why = why, .walk = &walk, .lenient = lenient};
	int result;

	r.followed = arena_alloc(request->arena, request->policy->grant_count + 1);
	if (!r.followed) {
		refuse(why, "no memory for the roots");
		return -ENOMEM;
	}
	walk.distrusted = NULL;
	result = first_pass(&r);
	if (result < 0 || lenient || !is_second_pass_needed(&r))
		return result;
	result = second_pass(&r);
	return result == 0 ? check_narrow(&r) : result;
}
