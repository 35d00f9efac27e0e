/* SPDX-License-Identifier: ISC */
/* The tables of the kernel matrix as C: states of Landlock, policies, outcomes, deeds, and the rights of rights.def. */
#ifndef PRECLUDE_TESTS_KERNELS_MATRIX_H
#define PRECLUDE_TESTS_KERNELS_MATRIX_H

#include <errno.h>
#include <stddef.h>

/* The state of a kernel's Landlock: its ABI, or why it has none. */
enum { NOT_BUILT = -2, NOT_ENABLED = -1, LATEST = 99 };

/* Since which ABI something decides. */
enum since {
	SINCE_LIBRARY = 0,
	SINCE_LANDLOCK = 1,
	SINCE_TSYNC = 8,
	SINCE_NO_NEW_PRIVS = 11,
#define RIGHT(group, bit, name, abi, on_file) SINCE_##name = (abi),
#include "../../sandbox/rights.def"
#undef RIGHT
};

static const struct right {
	const char *group, *name;
	int abi;
} rights[] = {
#define RIGHT(group, bit, name, abi, on_file) {#group, #name, abi},
#include "../../sandbox/rights.def"
#undef RIGHT
};

/* What a policy asks for: everything, or every right of files through ABI 5. */
enum asks { FILES = 5, EVERY = LATEST };

static inline int is_asked(const struct right *right, enum asks asks)
{
	return asks == EVERY || (right->group[0] == 'F' && right->abi <= FILES);
}

enum how { PLAIN, NOBODY, THREADED, OVERLAY };

static const struct policy {
	const char *name, *what;
	enum asks asks;
	enum how how;
	const char *variables[8];
} policies[] = {
#define OUTCOME(policy, from, to, exit, outcome, status, said)
#define POLICY(name, asks, how, what, ...) {#name, what, asks, how, {__VA_ARGS__}},
#include "outcomes.def"
#undef OUTCOME
#undef POLICY
};

static const struct outcome {
	const char *policy;
	int from, to, exit;
	const char *outcome, *status, *said;
} outcomes[] = {
#define POLICY(name, asks, how, what, ...)
#define OUTCOME(policy, from, to, exit, outcome, status, said) {#policy, from, to, exit, outcome, status, said},
#include "outcomes.def"
#undef OUTCOME
#undef POLICY
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#endif
