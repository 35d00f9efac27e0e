/* SPDX-License-Identifier: ISC */
/*
 * The second layer: one module, and what stays within reach besides.
 *
 * Made and put in force while the program runs, maybe in a vfork child: no memory is allocated, and nothing is stored
 * but what the caller hands in.
 */
#ifndef PRECLUDE_SANDBOX_MODULE_H
#define PRECLUDE_SANDBOX_MODULE_H

#include "sandbox/sandbox.h"
#include "sandbox/walk.h"

/* What the layer allows beneath an object, or on it. */
struct module_rule {
	struct identity id;
	uint64_t rights;
};

struct module_request {
	const struct policy *policy;
	int root;        /* a descriptor of the module's directory, O_PATH will do */
	uint64_t rights; /* what its root allows, access_rights() */
	bool grants;     /* the policy's narrow_grants too, by their paths as they lead now */
	const struct held_rule *held;
	size_t held_count;
	const struct pathset *distrusted; /* canonical paths of what may be written: no symlink in them is followed */
	struct walk *walk;                /* for the use of this call */
	struct module_rule *rules;        /* filled with each rule; room for 1 + narrow_count + held_count, or NULL */
	size_t rule_count;
	bool enforce; /* false: only fill `rules` */
	int ruleset;  /* its descriptor; -1 when nothing is enforced */
};

/*
 * Builds the ruleset. It handles every filesystem right that the kernel has of those that the policy wants, so that
 * reading is restricted too, and REFER, which every layer has to grant anew, is granted where the root is writable.
 * Returns 0, or -errno and there is none. A narrow grant that cannot be reached is left out; no memory and no
 * descriptors are errors. `out` says what is handled and dropped.
 */
int module_ruleset(struct module_request *request, struct outcome *out);

/*
 * Restricts the process (every thread, which before ABI 8 it may only have one of: -EAGAIN) and closes the ruleset.
 * Sets no_new_privs where the kernel asks for it. 0 or -errno, and then nothing was restricted.
 */
int module_restrict(int ruleset, struct outcome *out);

#endif
