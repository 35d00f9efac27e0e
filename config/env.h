/* SPDX-License-Identifier: ISC */
/* The environment -> a policy. */
#ifndef PRECLUDE_CONFIG_ENV_H
#define PRECLUDE_CONFIG_ENV_H

#include "config/arena.h"
#include "config/policy.h"

enum env_result {
	ENV_REFUSED = -1, /* `why` says what is wrong and what to write instead */
	ENV_POLICY = 0,
	ENV_INERT = 1, /* no PRECLUDE_* and no LL_* variable, or PRECLUDE_MODE=off: do nothing */
};

/*
 * Parses every PRECLUDE_* and LL_* variable of `environment` (NULL-terminated "NAME=value" strings; when a name occurs
 * twice the first counts, as with getenv). Linear in the length of the environment. `out` is whole or untouched.
 * PRECLUDE_APPLIED is known and skipped here: it is the sandbox's.
 */
enum env_result policy_from_env(struct policy *out, char *const *environment, struct arena *arena, struct refusal *why);

/*
 * A list of grants may go on in NAME_2, NAME_3 and so forth: execve(2) takes strings of 32 pages, and 10,000 roots with
 * names need more. Elements are never cut in two.
 */
#define ENV_LONGEST ((size_t)32 * 4096) /* of "NAME=value" with its NUL */
#define ENV_PARTS   99

/* The value of NAME in `environment`, or NULL. Works before libc's own environ is set up. */
const char *env_value(char *const *environment, const char *name);

/*
 * A digest of what the policy asks of the kernel and the log, independent of spelling (64 bits, FNV-1a over a canonical
 * form). Two policies with the same digest put the same restriction in force.
 */
uint64_t policy_digest(const struct policy *policy);

#endif
