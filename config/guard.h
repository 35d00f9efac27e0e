/* SPDX-License-Identifier: ISC */
/* The options of rsync that PRECLUDE_GUARD may name, by number: bits of struct policy's guard. */
#ifndef PRECLUDE_CONFIG_GUARD_H
#define PRECLUDE_CONFIG_GUARD_H

#include <stdint.h>

enum guard_base { GUARD_DEST, GUARD_HERE };
enum guard_climb { GUARD_NOWHERE, GUARD_MODULE, GUARD_ANYWHERE };

struct guard_option {
	const char *name;
	char letter;
	enum guard_base base;
	enum guard_climb climb;
};

enum {
#define GUARD_OPTION(...) +1
	GUARD_OPTIONS = 0
#include "config/guard.def"
#undef GUARD_OPTION
};
extern const struct guard_option guard_options[GUARD_OPTIONS];

#define GUARD_RSYNC  ((UINT32_C(1) << GUARD_OPTIONS) - 1)
#define GUARD_STRICT (UINT32_C(1) << 31)

#endif
