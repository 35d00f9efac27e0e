/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_FLAG=objects: every object outside the roots that was asked for rights, and not only the first of a call
 * site. What `preclude suggest` makes a policy of.
 */
#ifndef PRECLUDE_SHIM_LOG_SEEN_OBJECTS_H
#define PRECLUDE_SHIM_LOG_SEEN_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

/* Maps the table that all who are forked from this process share. 0 or -errno. */
int objects_init(void);

/*
 * Whether nobody has said this one yet; who asks says it. The number stands for object, name and rights. A full table
 * answers true: a line too many, never one too few. Async-signal-safe.
 */
bool objects_new(uint64_t number);

#endif
