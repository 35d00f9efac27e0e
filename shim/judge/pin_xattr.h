/* SPDX-License-Identifier: ISC */
/* Calls on what is held (shim/judge/pin.h), where the process sees no /proc. */
#ifndef PRECLUDE_SHIM_JUDGE_PIN_XATTR_H
#define PRECLUDE_SHIM_JUDGE_PIN_XATTR_H

#include "shim/judge/pin.h"

/*
 * The library's own /proc as the working directory, for one call by a name of pin_beside(): false where that cannot be
 * done, since other threads have the same working directory. Signals wait until it is over.
 */
struct away {
	uint64_t mask;
	int here;
};
bool away_begin(struct away *away);
void away_end(const struct away *away);

/* A call of setxattr(2) or its kin. */
struct xattr_call {
	enum xattr { XATTR_SET, XATTR_GET, XATTR_LIST, XATTR_REMOVE } does;
	const char *key;
	void *value; /* or the list */
	size_t size;
	int flags;
};

/* Makes it where pin_text() found no text for watch->at. */
long xattr_unseen(struct watch *watch, const struct xattr_call *call);

#endif
