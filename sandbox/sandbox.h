/* SPDX-License-Identifier: ISC */
/*
 * Policy -> Landlock -> outcome.
 *
 * Used by the library (the process domain) and by the command (the outer layer). Nothing here calls malloc or a libc
 * function that takes a path; descriptors are opened one at a time, so `ulimit -n 64` and 10,000 roots agree.
 */
#ifndef PRECLUDE_SANDBOX_SANDBOX_H
#define PRECLUDE_SANDBOX_SANDBOX_H

#include "config/arena.h"
#include "config/policy.h"
#include "sandbox/rights.h"
#include "sandbox/sys.h"

/* What this kernel offers, as probed: each right tried, the version number only reported. */
struct offer {
	int abi;                 /* as the kernel says; 0 when there is no Landlock */
	int missing;             /* 0, ENOSYS (not built) or EOPNOTSUPP (built, not in lsm=), or what the query gave */
	int errata;              /* bit set, -1 when the kernel cannot be asked (before ABI 7) */
	struct rights rights;    /* each one accepted by create_ruleset */
	unsigned restrict_flags; /* restrict_self flags that are accepted, as probed */
};

/* Restricts nobody, and never fails: what the kernel refuses is not on offer. */
void sandbox_probe(struct offer *out);

/* Where a grant turned out to lead, when the policy was put in force. */
struct place {
	struct identity id;
	const char *canonical; /* after symlinks, or NULL when it could not be told */
	bool present; /* false: missing and optional, or replaced since the policy was first applied: not a grant */
	bool directory;
};

enum outcome_kind { OUTCOME_ENFORCED, OUTCOME_UNAVAILABLE, OUTCOME_ERROR, OUTCOME_OBSERVED };
enum status { STATUS_FULL, STATUS_PARTIAL, STATUS_NONE };

struct outcome {
	enum outcome_kind kind;
	enum status status;
	int abi;
	struct rights wanted;
	struct rights in_force; /* empty unless enforced */
	struct rights dropped;  /* wanted, but unknown to this kernel */
	int layers;             /* layers this process added: 1, or 0 when it was already under the policy */
	bool inherited;         /* already under the same policy (PRECLUDE_APPLIED held): nothing was added */
	bool no_new_privs;      /* set by us, now */
	bool confine_raw;       /* a filter lets metadata be changed from the library's gate alone */
	int error;              /* errno of an unavailable or failed sandbox, else 0 */
};

/* A rule on something that is held rather than named: the log, the library's own file, the terminal. */
struct held_rule {
	int fd;
	enum access access;
};

struct sandbox_request {
	const struct policy *policy;
	struct arena *arena;
	const struct held_rule *held;
	size_t held_count;
	const char *applied; /* value of PRECLUDE_APPLIED, or NULL */
	bool outer;          /* the command's outer layer: handle only rights that write, plus REFER */
	/*
	 * Called for each warning (a root that is skipped, threads or a whole program left unconfined): one sentence,
	 * in which a path may have any bytes. May be NULL. What is dropped is in the outcome and is no warning.
	 */
	void (*warn)(void *context, const char *text);
	void *context;
};

/*
 * Resolves every grant of the policy into places[policy->grant_count], builds the ruleset one grant at a time, and in
 * enforce mode restricts the calling thread (every thread from ABI 8). In observe mode it only resolves, and the
 * outcome is OBSERVED.
 *
 * Returns 0, or -1 with `why` filled when the program must not run: because PRECLUDE_REQUIRE says so (the outcome is
 * UNAVAILABLE when there is no Landlock, else ERROR with `error` 0), or because of an error, which is fatal under every
 * value: no memory, no descriptors, a 17th layer, a rule that fails, a missing root without "?", a read-only grant that
 * leads beneath a writable one, a grant that goes through a symlink beneath a writable one. `out` is filled in any
 * case.
 *
 * With `inherited` the process was under the same policy already. Grants that were missing, or replaced since, are then
 * no places, whatever their text says now; `in_force` is as for the layer that holds. The domain's rules are those of
 * the process that made it: /proc/self means that process, and what is held now got no rule.
 */
int sandbox_apply(const struct sandbox_request *request, struct place *places, struct outcome *out,
		  struct refusal *why);

/*
 * The value to export as PRECLUDE_APPLIED after success: a digest of the policy, and six characters for each grant, so
 * that 10,000 roots stay below the 128 KiB that execve(2) allows a string. NULL when out of memory or beyond 20,000
 * grants; then nothing may be exported, and each exec adds a layer.
 */
const char *applied_value(const struct policy *policy, const struct place *places, struct arena *arena);

#endif
