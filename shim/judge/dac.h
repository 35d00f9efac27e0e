/* SPDX-License-Identifier: ISC */
/* Whether file permissions account for an EACCES that the policy does not. */
#ifndef PRECLUDE_SHIM_JUDGE_DAC_H
#define PRECLUDE_SHIM_JUDGE_DAC_H

#include "shim/judge/watch.h"

/*
 * True when mode bits and ACLs, which access(2) asks and Landlock does not touch, refuse what `right` needs at `at`;
 * also where the kernel cannot be asked with the effective ids (before Linux 5.8). `entry`: the call acts on the
 * directory entry. Async-signal-safe.
 */
bool permissions_explain(const struct watch_path *at, uint64_t right, bool entry, struct scratch *scratch);

#endif
