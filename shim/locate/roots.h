/* SPDX-License-Identifier: ISC */
/*
 * Roots and grants, found by text and by identity. Both tables are built at start and never change.
 */
#ifndef PRECLUDE_SHIM_LOCATE_ROOTS_H
#define PRECLUDE_SHIM_LOCATE_ROOTS_H

#include "config/arena.h"
#include "sandbox/sandbox.h"

#define NO_GRANT ((UINT32_C(1) << 27) - 1) /* fits a directory verdict, shim/locate/holdings.h */

struct known {
	uint64_t rights; /* union of what the grants on this object allow beneath it */
	uint32_t grant;  /* its root, or its first grant when it is no root */
	bool root;
};

/* Returns 0, or -1 when out of memory. `extra` objects (the terminal) are granted with `extra_rights`. */
int roots_init(const struct policy *policy, const struct place *places, struct arena *arena);
int roots_add_object(const struct identity *id, uint64_t rights, uint32_t grant, bool root, struct arena *arena);

/* The grants on exactly this object, or NULL. */
const struct known *roots_by_identity(const struct identity *id);

/*
 * The deepest root whose path (as written, or after symlinks) is a prefix of the absolute `path`, reading up to its
 * first ".." component. Returns its number and sets *rest behind it; NO_GRANT when there is none. One pass over the
 * text, however many roots there are.
 */
uint32_t roots_by_text(const char *path, const char **rest) __attribute__((nonnull));

#endif
