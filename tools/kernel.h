/* SPDX-License-Identifier: ISC */
/* Kernels in words: which Linux brought what, and what preclude makes of an offer. */
#ifndef PRECLUDE_TOOLS_KERNEL_H
#define PRECLUDE_TOOLS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

/* The newest ABI that rights.def knows. */
#define ABI_LATEST 11

/* One row of rights.def. */
struct right {
	const char *name;
	const char *group; /* "filesystem", "network", "scope" */
	int abi;
	struct rights mask;
};
extern const struct right kernel_rights[];
extern const size_t kernel_right_count;
bool right_in(struct rights set, const struct right *right);

/* "6.10" for 5; the last one known for what is later. */
const char *kernel_release(int abi);

/* restrict_self flags by bit, and what each erratum mends, by number from 1; NULL for one not known yet. */
extern const char *const restrict_flag_names[LL_RESTRICT_FLAGS];
const char *erratum_words(int number);
#define ERRATA 31 /* bits that struct offer has for them */

/* What a policy asks of the kernel when NET and SCOPE name nothing. */
struct rights rights_by_default(void);
/* The part of that which is not on offer. */
struct rights offer_lacks(const struct offer *offer);
/* The status that such a policy would have: "full", "partial", "none". */
const char *offer_status(const struct offer *offer);
/* The first ABI that has all of `set`; 0 for the empty set. */
int rights_abi(struct rights set);

/* The two forms of `preclude status`; `version` is uname's release. */
void status_print_text(const struct offer *offer, const char *version);
void status_print_json(const struct offer *offer, const char *version);

#endif
