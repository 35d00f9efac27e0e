/* SPDX-License-Identifier: ISC */
/*
 * Which of many directories does a path lie beneath? One pass over the path, whatever the number of directories.
 *
 * Paths are canonical text: absolute, no "." or "..", no double or trailing slashes.
 */
#ifndef PRECLUDE_SANDBOX_PATHSET_H
#define PRECLUDE_SANDBOX_PATHSET_H

#include <stddef.h>
#include <stdint.h>

#include "config/arena.h"

struct pathset_slot {
	const char *path; /* NULL: free */
	size_t length;
	size_t value;
};

struct pathset {
	struct pathset_slot *slots;
	size_t mask;
};

/* Room for `count` paths. 0 or -ENOMEM. */
int pathset_init(struct pathset *set, size_t count, struct arena *arena);

/* Adds a directory with a value of the caller's; the first of two equal paths stays. `path` is kept, not copied. */
void pathset_add(struct pathset *set, const char *path, size_t value);

/* The outermost directory of the set that `path` (its first `length` bytes) is or lies beneath, or NULL. */
const struct pathset_slot *pathset_above(const struct pathset *set, const char *path, size_t length);

#endif
