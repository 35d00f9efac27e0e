/* SPDX-License-Identifier: ISC */
/* For "did you mean": the known word that is fewest typing mistakes away. */
#ifndef PRECLUDE_CONFIG_NEAREST_H
#define PRECLUDE_CONFIG_NEAREST_H

#include <stddef.h>

/*
 * One of `known`, the first of several that are equally near; NULL when none is near enough to be meant. All of them
 * begin with the same `shared` bytes, which say nothing. Never allocates.
 */
const char *nearest(const char *word, size_t length, size_t shared, const char *const *known, size_t count);

#endif
