/* SPDX-License-Identifier: ISC */
/* Memory that a process shares with all who are forked from it. A confined child can write what it likes into it. */
#ifndef PRECLUDE_SHIM_BASE_SHARED_H
#define PRECLUDE_SHIM_BASE_SHARED_H

#include <stddef.h>

#define SHARED_ROOM ((size_t)640 * 1024) /* what a start takes, and more; pages that nobody touches cost nothing */

/* At start: `size` bytes, zero, on cache lines of their own. NULL where there is no memory. */
void *shared_take(size_t size);

#endif
