/* SPDX-License-Identifier: ISC */
/* The rows of base.def: what nearly every program needs. */
#ifndef PRECLUDE_CONFIG_BASE_H
#define PRECLUDE_CONFIG_BASE_H

#include "config/policy.h"

/* Bits: for PRECLUDE_BASE=system, and for what stays within reach after narrowing. */
enum base_when { BASE_WIDE = 1, BASE_NARROW = 2, BASE_BOTH = BASE_WIDE | BASE_NARROW };

struct base_row {
	const char *path;
	enum access access;
	enum base_when when;
};

enum {
#define BASE(...) +1
	BASE_ROWS = 0
#include "config/base.def"
#undef BASE
};
extern const struct base_row base_rows[BASE_ROWS];

#endif
