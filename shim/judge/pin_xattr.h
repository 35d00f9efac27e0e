/* SPDX-License-Identifier: ISC */
/* Extended attributes of what is held (shim/judge/pin.h), where the process sees no /proc. */
#ifndef PRECLUDE_SHIM_JUDGE_PIN_XATTR_H
#define PRECLUDE_SHIM_JUDGE_PIN_XATTR_H

#include "shim/judge/pin.h"

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
