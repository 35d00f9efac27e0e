/* SPDX-License-Identifier: ISC */
/* The log's words for values. Pure; never NULL but for by_name(BY_NONE) and an errno that has no name here. */
#ifndef PRECLUDE_SHIM_BASE_NAMES_H
#define PRECLUDE_SHIM_BASE_NAMES_H

#include "config/policy.h"
#include "sandbox/sandbox.h"
#include "shim/base/call.h"

const char *where_name(enum where where);
const char *from_name(enum from from);
const char *does_name(enum does does);
const char *how_name(enum how how);
const char *effect_name(enum effect effect);
const char *by_name(enum by by);
const char *mode_name(enum mode mode);
const char *outcome_name(enum outcome_kind kind);
const char *status_name(enum status status);
const char *guard_action_name(enum guard_action action);

/* "EACCES" for EACCES. libc's strerrorname_np is newer than the libcs that the library enters. */
const char *error_name(int error);

#endif
