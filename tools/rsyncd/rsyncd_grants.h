/* SPDX-License-Identifier: ISC */
/* Among what makes the policy of an rsyncd.conf: its grants, and what is granted already. All refuse without memory. */
#ifndef PRECLUDE_TOOLS_RSYNCD_RSYNCD_GRANTS_H
#define PRECLUDE_TOOLS_RSYNCD_RSYNCD_GRANTS_H

#include <uthash.h>

#include "tools/rsyncd/rsyncd.h"

/* In a table of paths: whose it is. */
struct path_entry {
	const struct rsyncd_module *module; /* NULL for what is no module */
	UT_hash_handle hh;
};

/* Adds a path, which stays the caller's, to a table. False when it was there already. */
bool rsyncd_enter(struct rsyncd_policy *policy, struct path_entry **table, const char *path,
		  const struct rsyncd_module *module);

/* The entry of the innermost directory that `path` is, or lies in; only the latter with `strictly`. NULL: none. */
const struct path_entry *rsyncd_within(struct path_entry *table, const char *path, bool strictly);

/* Says, of a path that the kernel would not take with its NUL, that it is left out. */
bool rsyncd_too_long(struct rsyncd_policy *policy, const char *path);

/* What a path really is; one that does not exist is what it says. */
const char *rsyncd_real(struct rsyncd_policy *policy, const char *path);

/* A path beneath `above` (NULL: itself), and one of a connection, as it is outside "daemon chroot". */
const char *rsyncd_behind(struct rsyncd_policy *policy, const char *above, const char *path);
const char *rsyncd_behind_chroot(struct rsyncd_policy *policy, const char *path);

/* A root or grant, as it is. */
void rsyncd_add(struct rsyncd_policy *policy, struct grant grant);

/* Whether the writable modules and the grants so far give all of `access` at `path`. */
bool rsyncd_gives(struct rsyncd_policy *policy, enum access access, const char *path);

/* A grant besides the roots, once; none (and false) where it would give nothing new, or nothing at all. */
bool rsyncd_allow(struct rsyncd_policy *policy, enum access access, const char *path, bool optional);

/* Whether it lies in what may be written: `by` is the module, or NULL where that is a grant. */
bool rsyncd_is_writable(struct rsyncd_policy *policy, const char *path, const struct rsyncd_module **by);

/* Whether the base grants it, to run or at all. */
bool rsyncd_in_base(struct rsyncd_policy *policy, const char *path, bool executable);

/* What a hook's command (or NULL) needs to run, as far as it can be told, and warnings about the rest. */
void rsyncd_allow_hook(struct rsyncd_policy *policy, const struct rsyncd_module *module, const char *what,
		       const char *command);

#endif
