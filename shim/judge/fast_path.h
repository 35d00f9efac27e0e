/* SPDX-License-Identifier: ISC */
/*
 * The short way of a call that looks or changes metadata: what its path leads to lies inside, or nobody wants to know,
 * and so there will be no event. It answers as watch_before() would, or not at all.
 */
#ifndef PRECLUDE_SHIM_JUDGE_FAST_PATH_H
#define PRECLUDE_SHIM_JUDGE_FAST_PATH_H

#include <sys/types.h>

#include "shim/judge/watch.h"

enum fast_way {
	FAST_NOT,    /* the long way */
	FAST_AS_IS,  /* made as it stands, and forgotten */
	FAST_HELD,   /* made on at->pinned, which is closed after */
	FAST_FAILED, /* fails with this error, unless the arguments are wrong in themselves */
};

/*
 * `at` has path, dir and follow; `need` is what shim.metadata is to this call; `looks`: it changes nothing; `held`: it
 * can be made on the object. Async-signal-safe.
 */
enum fast_way fast_find(struct watch_path *at, uint64_t need, bool looks, bool held, int *error);

/* Opens beneath where the path starts, if that is inside. False when the callee must be asked. */
bool open_beneath(struct watch_path *at, int flags, mode_t mode, long *result);

/* The same, where that needs an event. What has to be held is opened by shim/judge/pin.h. */
bool open_said(struct watch *watch, int flags, mode_t mode, long *result);

#endif
