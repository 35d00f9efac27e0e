/* SPDX-License-Identifier: ISC */
/* PRECLUDE_APPLIED: what a parent says of the domain that its children inherit, and whether to believe it. */
#ifndef PRECLUDE_SANDBOX_APPLIED_H
#define PRECLUDE_SANDBOX_APPLIED_H

#include "sandbox/sandbox.h"

/* Whether `value` (may be NULL) speaks of this policy. It may still be forged. */
bool applied_matches(const char *value, const struct policy *policy);

/*
 * Whether something that the policy denies and file permissions allow is in fact denied. The places are as resolved
 * now; a policy that denies nothing that could be tried is never found in force.
 */
bool applied_in_force(const struct policy *policy, const struct place *places);

/* Before the ruleset is put in force: what the above will be denied is expected, and needs no record of the kernel's.
 */
void applied_quiet(const struct policy *policy, const struct place *places, int ruleset);

/* A grant whose device or inode is no longer what `value`, which matches, says is no place any more. */
void applied_keep(const char *value, const struct policy *policy, struct place *places);

#endif
