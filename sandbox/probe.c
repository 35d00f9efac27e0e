/* SPDX-License-Identifier: ISC */
/* What this kernel offers, found out without restricting anybody. */
#include <errno.h>

#include "sandbox/landlock.h"
#include "sandbox/ruleset.h"
#include "sandbox/sandbox.h"

/*
 * restrict_self with a descriptor that cannot be one: EBADF says that the flags were understood. It must not be -1,
 * with which one of the flags takes effect. Some kernels check privilege first and say EPERM to everything; then the
 * version has to be believed.
 */
static unsigned probe_restrict_flags(int abi)
{
	static const int since[LL_RESTRICT_FLAGS] = {7, 7, 7, 8, 11};
	unsigned flags = 0;

	for (unsigned bit = 0; bit < LL_RESTRICT_FLAGS; bit++) {
		const int result = (int)sys(LL_SYS_RESTRICT_SELF, -2, 1u << bit);

		if (result == -EBADF || (result == -EPERM && abi >= since[bit]))
			flags |= 1u << bit;
	}
	return flags;
}

void sandbox_probe(struct offer *out)
{
	const int abi = ruleset_abi();
	int errata;

	*out = (struct offer){.errata = -1};
	if (abi < 0) {
		out->missing = -abi;
		return;
	}
	out->abi = abi;
	errata = (int)sys(LL_SYS_CREATE_RULESET, 0, 0, LL_CREATE_ERRATA);
	if (errata >= 0)
		out->errata = errata;
	ruleset_probe(rights_of_abi(INT32_MAX), &out->rights);
	out->restrict_flags = probe_restrict_flags(abi);
}
