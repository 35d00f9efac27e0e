/* SPDX-License-Identifier: ISC */
/* Grants -> places and rules. */
#ifndef PRECLUDE_SANDBOX_PLACES_H
#define PRECLUDE_SANDBOX_PLACES_H

#include "sandbox/sandbox.h"

struct ruleset {
	int fd; /* -1: only look */
	uint64_t handled_fs;
};

/*
 * Finds out where each grant leads and puts a rule on it, one descriptor at a time. With `lenient` (the process is
 * already under this policy, whose grants were checked then) whatever is missing is no place, and no reason to refuse.
 *
 * 0, or -errno with `why` filled: a grant that is missing and not optional, that goes through a symlink which a
 * writable root or grant holds, or that is read-only beneath a writable one; or whatever the kernel said to an open or
 * a rule.
 */
int places_resolve(const struct sandbox_request *request, struct place *places, const struct ruleset *ruleset,
		   bool lenient, struct refusal *why);

/* Says `format` to the caller of sandbox_apply(), if it wants to hear warnings. */
void sandbox_warn(const struct sandbox_request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
