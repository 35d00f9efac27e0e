/* SPDX-License-Identifier: ISC */
/* Calls on what is held (shim/judge/pin.h), where the process sees no /proc. */
#ifndef PRECLUDE_SHIM_JUDGE_PIN_XATTR_H
#define PRECLUDE_SHIM_JUDGE_PIN_XATTR_H

#include "shim/judge/pin.h"

/*
 * Runs a function with the library's own /proc as the working directory, for one call by a name of pin_beside(): in a
 * thread of its own, which shares everything else, so that no other thread or process finds itself there. Its result,
 * or -ECHILD where there can be no such thread, and nothing was done.
 */
long beside_proc(long (*function)(void *), void *argument);

/* What a row's XATTR does. */
enum xattr { XATTR_SET, XATTR_GET, XATTR_LIST, XATTR_REMOVE };

/* Makes the call of such a row where pin_text() found no text for watch->at. */
struct row;
long xattr_unseen(struct watch *watch, const struct row *row, const long *given);

#endif
