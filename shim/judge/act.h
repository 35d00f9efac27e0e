/* SPDX-License-Identifier: ISC */
/*
 * The call itself: as it was given, or on what is held (shim/judge/pin.h), in the form that its row says. The same for
 * functions and system calls. Results are the callee's, and errno with them.
 */
#ifndef PRECLUDE_SHIM_JUDGE_ACT_H
#define PRECLUDE_SHIM_JUDGE_ACT_H

#include "shim/judge/operation.h"
#include "shim/judge/pin.h"

long act_as_given(const struct row *row, enum does does, const long *arg);

/* On what watch->at holds, and watch->to; after pin_void(), in vain. */
long act_on_held(struct watch *watch, const struct row *row, const long *arg);

/* For an open that shim/judge/pin.h makes: what it gives is what the row's function returns. */
long act_opened(struct watch *watch, const struct row *row, const struct asked *asked, const long *arg);

/* What the callee returns when it fails, and whether `result` is that. */
static inline long act_failure(const struct row *row)
{
	return row->result == RESULT_POINTER ? 0 : -1;
}
static inline bool act_failed(const struct row *row, long result)
{
	return result == act_failure(row);
}

#endif
