/* SPDX-License-Identifier: ISC */
/*
 * The second layer: one module, and what stays within reach besides.
 *
 * Layers intersect: this one can only take away, so a grant that by now leads somewhere else opens nothing that the
 * process domain does not. It could open another module, though, were it led there by a symlink that somebody planted
 * in this one; so symlinks in writable places are not followed.
 */
#include "sandbox/module.h"

#include <errno.h>
#include <sys/stat.h>

#include "sandbox/landlock.h"
#include "sandbox/ruleset.h"
#include "sandbox/threads.h"

/* The rule on an open object. */
static int allow(struct module_request *r, uint64_t handled, int fd, enum access access)
{
	struct identity id;
	uint64_t rights;
	const int result = sys_identity(fd, &id);

	if (result < 0)
		return result;
	rights = fd == r->root ? r->rights : access_rights(access, S_ISDIR(id.mode));
	if (r->rules)
		r->rules[r->rule_count++] = (struct module_rule){id, rights};
	rights &= handled;
	return r->enforce && rights ? ruleset_allow_held(r->ruleset, fd, rights) : 0;
}

static bool is_out_of_reach(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ELOOP || error == -EXDEV;
}

static int allow_grant(struct module_request *r, uint64_t handled, const struct grant *grant)
{
	int fd = walk_plain(grant->path);
	int result;

	if (fd == -ELOOP)
		fd = walk_open(r->walk, grant->path);
	if (fd < 0)
		return is_out_of_reach(fd) ? 0 : fd;
	result = allow(r, handled, fd, (enum access)grant->access);
	sys(SYS_close, fd);
	return result;
}

static int allow_all(struct module_request *r, uint64_t handled)
{
	int result = allow(r, handled, r->root, ACCESS_ROOT);

	for (size_t i = 0; result == 0 && i < r->held_count; i++)
		result = allow(r, handled, r->held[i].fd, r->held[i].access);
	for (size_t i = 0; result == 0 && r->grants && i < r->policy->narrow_count; i++)
		result = allow_grant(r, handled, &r->policy->narrow_grants[i]);
	return result;
}

int module_ruleset(struct module_request *r, struct outcome *out)
{
	struct rights handled = {0};
	const int abi = r->enforce ? ruleset_abi() : 0;
	int result;

	*out = (struct outcome){.kind = OUTCOME_ERROR, .status = STATUS_NONE, .abi = abi < 0 ? 0 : abi};
	out->wanted.fs = rights_wanted(r->policy).fs;
	r->rule_count = 0;
	r->walk->distrusted = r->distrusted;
	r->ruleset = r->enforce ? ruleset_create(out->wanted, &handled) : -1;
	if (r->enforce && r->ruleset < 0)
		return r->ruleset;
	if (r->enforce)
		out->dropped = rights_minus(out->wanted, handled);
	result = allow_all(r, handled.fs);
	if (result < 0 && r->ruleset >= 0)
		sys(SYS_close, r->ruleset);
	out->in_force = handled;
	return result;
}

int module_restrict(int ruleset, struct outcome *out)
{
	const unsigned flags = threads_any() ? LL_RESTRICT_TSYNC : 0;
	int result = ruleset_restrict(ruleset, flags, true, &out->no_new_privs);

	if (result == -EINVAL && flags)
		result = -EAGAIN;
	sys(SYS_close, ruleset);
	if (result < 0) {
		out->error = -result;
		out->in_force = (struct rights){0};
		return result;
	}
	out->kind = OUTCOME_ENFORCED;
	out->status = rights_none(out->dropped) ? STATUS_FULL : STATUS_PARTIAL;
	out->layers = 1;
	return 0;
}
