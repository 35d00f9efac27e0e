/* SPDX-License-Identifier: ISC */
/* The expansions of rights.def: masks and names. Pure; async-signal-safe. */
#ifndef PRECLUDE_SANDBOX_RIGHTS_H
#define PRECLUDE_SANDBOX_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/policy.h"

/* A set of rights: one mask a member of landlock_ruleset_attr. */
struct rights {
	uint64_t fs;
	uint64_t net;
	uint64_t scope;
};

enum {
#define RIGHT(group, bit, name, abi, on_file) group##_##name##_BIT = (bit),
#include "sandbox/rights.def"
#undef RIGHT
};
#define RIGHT_MASK(group, name) (UINT64_C(1) << group##_##name##_BIT)

/* What ABI `abi` has; rights_of_abi(0) is empty. */
struct rights rights_of_abi(int abi);

/* What `access` allows beneath a directory (or on something else). The one place that says so. */
uint64_t access_rights(enum access access, bool directory);

/* Whether something beneath such a grant can be created or changed: a writable root or a WRITE grant. */
bool access_writes(enum access access);

/*
 * What the policy asks of the kernel: every filesystem right through IOCTL_DEV, and what NET and SCOPE name (UDP and
 * RESOLVE_UNIX only when asked for).
 */
struct rights rights_wanted(const struct policy *policy);

/* What the command's outer layer handles: all that changes a file system. */
struct rights rights_wanted_outer(void);

static inline struct rights rights_minus(struct rights a, struct rights b)
{
	return (struct rights){a.fs & ~b.fs, a.net & ~b.net, a.scope & ~b.scope};
}
static inline bool rights_none(struct rights r)
{
	return !(r.fs | r.net | r.scope);
}

/*
 * Walks the set in the order of rights.def: returns the name of the next right at or after *cursor and moves the
 * cursor behind it; NULL at the end. Start with 0.
 */
const char *rights_next(struct rights set, unsigned *cursor);

/* The same walk, giving the right itself: a set of one, or none at the end. */
struct rights rights_take(struct rights set, unsigned *cursor);

/* The names, separated by spaces, cut at the buffer; returns the length of the text. */
size_t rights_names(struct rights set, char *text, size_t size);

/* The lowest ABI that has them all, and the Linux release that brought an ABI ("6.10"). */
int rights_abi(struct rights set);
const char *abi_linux(int abi);
/* The last that it knows. */
enum {
	ABI_NEWEST = 0
#define ABI(...) +1
#include "sandbox/abi.def"
#undef ABI
};

#endif
