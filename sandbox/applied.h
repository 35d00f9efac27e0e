/* SPDX-License-Identifier: ISC */
/* PRECLUDE_APPLIED: what a parent says of the domain that its children inherit, and whether to believe it. */
#ifndef PRECLUDE_SANDBOX_APPLIED_H
#define PRECLUDE_SANDBOX_APPLIED_H

#include "sandbox/sandbox.h"

/* Whether `value` (may be NULL) speaks of this policy. It may still be forged. */
bool applied_matches(const char *value, const struct policy *policy);

/* A grant whose device or inode is no longer what `value`, which matches, says is no place any more. */
void applied_keep(const char *value, const struct policy *policy, struct place *places);

#endif
