/* SPDX-License-Identifier: ISC */
/* Whether a domain is in force: what the policy denies is tried, and nobody's word is taken for it. */
#ifndef PRECLUDE_SANDBOX_EVIDENCE_H
#define PRECLUDE_SANDBOX_EVIDENCE_H

#include "sandbox/sandbox.h"

/*
 * Whether this process is under a domain that denies what the policy denies: one file to read, one to write, and the
 * directory above a root to list, as far as file permissions allow each. Another domain that happens to deny one of
 * them is not this policy's. A policy that denies nothing that could be tried is never found in force.
 */
bool evidence_inherited(const struct policy *policy, const struct place *places);

/*
 * Before the ruleset is put in force: the number of something that the policy denies and that can be opened still, or
 * -1. Afterwards: whether it can be opened all the same, so that nothing was put in force.
 */
int evidence_before(const struct policy *policy, const struct place *places, uint64_t handled);
bool evidence_against(const struct policy *policy, const struct place *places, int number);

/* Before the ruleset is put in force: what the above will be denied is expected, and needs no record of the kernel's.
 */
void evidence_quiet(const struct policy *policy, const struct place *places, int ruleset);

#endif
