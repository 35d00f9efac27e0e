/* SPDX-License-Identifier: ISC */
/*
 * Where the value of an option leads.
 *
 * It is read as rsync will read it: relative to the destination or to the working directory; in a daemon beneath the
 * module also where it is absolute, with ".." limited. Then symlinks count, in two readings: as the kernel would walk
 * now, and with each ".." taken back by text, since what the kernel finds missing now may be there later. Both have to
 * end beneath the module.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shim/base/path_text.h"
#include "shim/base/signals.h"
#include "shim/locate/holdings.h"
#include "shim/locate/place.h"
#include "shim/locate/roots.h"
#include "shim/log/log.h"
#include "shim/rsync/guard.h"
#include "shim/rsync/narrow.h"

/* The root that the process serves. Over ssh that may be any of them. */
static uint32_t module(void)
{
	const uint64_t dir_verdict = dir_cache_cwd();

	if (guard_is_server())
		return shim.policy.root_count == 1 ? 0 : NO_GRANT;
	return narrow_done() ? narrow_root() : dir_verdict & DIR_INSIDE ? dir_verdict_grant(dir_verdict) : NO_GRANT;
}

/* One root may lie beneath another, and is of that module then. */
static bool within(uint32_t root, uint32_t module)
{
	const char *inner = root < shim.policy.root_count ? shim.places[root].canonical : NULL;
	const char *outer = module < shim.policy.root_count ? shim.places[module].canonical : NULL;
	size_t length;

	if (module == NO_GRANT)
		return guard_is_server() && inner;
	if (root == module)
		return true;
	if (!inner || !outer)
		return false;
	length = strlen(outer);
	return !strcmp(outer, "/") || (!strncmp(inner, outer, length) && (!inner[length] || inner[length] == '/'));
}

static bool leads_inside(const char *path, struct scratch *scratch, bool *directory)
{
	struct location location = {.where = WHERE_UNKNOWN};

	place_find(AT_FDCWD, path, true, false, &location, scratch);
	*directory = location.exists && location.directory;
	return location.where == WHERE_INSIDE && within(location.grant, module());
}

static bool same_as_top(void)
{
	struct identity here, top;

	return sys_identity_at(AT_FDCWD, ".", 0, &here) == 0 && sys_identity_at(AT_FDCWD, "/", 0, &top) == 0 &&
	       identity_same(&here, &top);
}

/* A daemon that did not change its root to the module reads paths itself; any other leaves that to the kernel. */
static bool is_limited(void)
{
	return !guard_is_server() && !same_as_top();
}

static unsigned depth_of(const char *path)
{
	unsigned depth = 0;

	for (path = text_skip(path); *path; path = text_skip(path + strcspn(path, "/")))
		depth++;
	return depth;
}

/*
 * `value` behind `base` (a path, or NULL), as the program will use it, in scratch->dir; that again without ".." in
 * scratch->second. False when it is too long.
 */
static bool compose(const struct guard_option *option, const char *base, const char *value, struct scratch *scratch)
{
	const bool limited = is_limited() && option->climb != GUARD_ANYWHERE;
	char *out = scratch->dir;
	unsigned climb = 0;
	size_t at = 0;

	if (*value == '/')
		base = NULL;
	if (base) {
		/* A daemon limits its arguments, too. */
		if (is_limited() ? !text_tidy(out, PATH_MAX - 2, base + strspn(base, "/"), 0)
				 : !text_tidy(out, PATH_MAX - 2, base, UINT_MAX))
			return false;
		at = strlen(out);
		climb = option->climb == GUARD_MODULE ? depth_of(out) : 0;
		out[at++] = '/';
	}
	if (limited) {
		if (!text_tidy(out + at, PATH_MAX - at, value + strspn(value, "/"), climb))
			return false;
	} else {
		if (at + strlen(value) + 1 > PATH_MAX)
			return false;
		strcpy(out + at, value);
	}
	return text_tidy(scratch->second, PATH_MAX, out, UINT_MAX);
}

static bool stays(const struct guard_option *option, const char *base, const char *value, struct scratch *scratch)
{
	bool directory;

	return compose(option, base, value, scratch) && leads_inside(scratch->dir, scratch, &directory) &&
	       leads_inside(scratch->second, scratch, &directory);
}

/* The directory that holds what is called `path`, in `out`. */
static void parent_of(const char *path, char *out)
{
	size_t length;
	const char *last = text_last(path, &length);

	memcpy(out, path, (size_t)(last - path));
	strcpy(out + (last - path), ".");
}

/* The destination is a directory, or the name of a file in one. */
static bool stays_there(const struct guard_option *option, const char *there, const char *value,
			struct scratch *scratch)
{
	char parent[1024];
	bool directory;

	if (!stays(option, there, value, scratch))
		return false;
	if (!compose(option, NULL, there, scratch))
		return false;
	leads_inside(scratch->dir, scratch, &directory);
	if (directory || there[strlen(there) - 1] == '/')
		return true;
	if (strlen(there) + 2 > sizeof parent)
		return false;
	parent_of(there, parent);
	return stays(option, parent, value, scratch);
}

static bool stays_everywhere(const struct guard_option *option, const char *value, const char *const *arguments,
			     struct scratch *scratch)
{
	bool any = false;

	for (; option->base == GUARD_DEST && *value != '/' && *arguments; arguments++) {
		if (!**arguments || !strcmp(*arguments, "."))
			continue;
		any = true;
		if (!stays_there(option, *arguments, value, scratch))
			return false;
	}
	return any || stays(option, ".", value, scratch);
}

/* "strict": the text of an absolute value begins with the module's. */
static bool is_written_inside(const char *value, struct scratch *scratch)
{
	const char *rest;
	uint32_t root;

	if (*value != '/' || !(shim.policy.guard & GUARD_STRICT))
		return true;
	if (!text_tidy(scratch->dir, PATH_MAX, value, 0))
		return false;
	root = roots_by_text(scratch->dir, &rest);
	return root != NO_GRANT && within(root, module());
}

bool guard_rejects(const struct guard_option *option, const char *value, const char *const *arguments, char *says)
{
	const bool observing = shim.policy.mode == MODE_OBSERVE;
	const uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	const uint32_t root = module();
	/* Standard input, and what was sent over it. */
	const bool stream = option->base == GUARD_HERE && !strcmp(value, "-");
	const bool written = scratch && is_written_inside(value, scratch);
	const bool inside = stream || (written && stays_everywhere(option, value, arguments, scratch));

	scratch_unmap(scratch);
	signals_release(mask);
	if (inside)
		return false;
	log_guard(option->name, value, shim_module(root),
		  root < shim.policy.root_count ? shim.policy.grants[root].path : NULL,
		  observing ? GUARD_WOULD_REJECT : GUARD_REJECTED);
	snprintf(says, GUARD_SAYS, "rejected by preclude, %s the module: %.60s",
		 written ? "it leads out of" : "an absolute path that is not of", value);
	return !observing;
}
