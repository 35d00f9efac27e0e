/* SPDX-License-Identifier: ISC */
/* For "did you mean": the known word that is fewest typing mistakes away. */
#ifndef PRECLUDE_CONFIG_NEAREST_H
#define PRECLUDE_CONFIG_NEAREST_H

#include <stddef.h>

/* One of `known` (count > 0); the first of several that are equally near. Never allocates. */
const char *nearest(const char *word, size_t length, const char *const *known, size_t count);

#endif
