/* SPDX-License-Identifier: ISC */
/* preclude status: what a person makes of a kernel's offer. */
#ifndef PRECLUDE_TOOLS_STATUS_SUPPORT_H
#define PRECLUDE_TOOLS_STATUS_SUPPORT_H

#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

/* What a policy asks of the kernel when NET and SCOPE name nothing, and the part of it that is not on offer. */
struct rights rights_by_default(void);
struct rights offer_lacks(const struct offer *offer);

/* The status that such a policy would have: "full", "partial", "none". */
const char *offer_status(const struct offer *offer);

extern const char *const restrict_flag_names[LL_RESTRICT_FLAGS]; /* by bit */

/* The name of the fault that an erratum fixes; NULL for an erratum newer than this table. Numbers begin at 1. */
const char *erratum_words(int number);
#define ERRATA 31 /* bits that struct offer has for them */

/* The form for people; `version` is uname's release. */
void status_print_text(const struct offer *offer, const char *version);

#endif
