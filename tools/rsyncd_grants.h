/* SPDX-License-Identifier: ISC */
/* Among what makes the policy of an rsyncd.conf: grants, and what is granted already. */
#ifndef PRECLUDE_TOOLS_RSYNCD_GRANTS_H
#define PRECLUDE_TOOLS_RSYNCD_GRANTS_H

#include "tools/rsyncd.h"

/* What a path really is; one that does not exist is what it says. */
const char *rsyncd_real(struct rsyncd_policy *policy, const char *path);

/* A path of a connection, as it is outside "daemon chroot". */
const char *rsyncd_behind_chroot(struct rsyncd_policy *policy, const char *path);

/* A grant besides the roots, once; none (and false) where it would say nothing new, or nothing at all. */
bool rsyncd_allow(struct rsyncd_policy *policy, enum access access, const char *path, bool optional);

/* Whether it lies in what may be written: `by` is the module, or NULL where that is a grant. */
bool rsyncd_is_writable(struct rsyncd_policy *policy, const char *path, const struct rsyncd_module **by);

/* Whether the base grants it, to run or at all. */
bool rsyncd_in_base(struct rsyncd_policy *policy, const char *path, bool executable);

/* What a hook's command (or NULL) needs to run, as far as it can be told, and warnings about the rest. */
void rsyncd_allow_hook(struct rsyncd_policy *policy, const struct rsyncd_module *module, const char *what,
		       const char *command);

#endif
