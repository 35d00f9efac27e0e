/* SPDX-License-Identifier: ISC */
/* Whether this process was narrowed to one module root, and what the second layer allows. Set once, by
 * shim/rsync/narrow.c.
 */
#ifndef PRECLUDE_SHIM_LOCATE_NARROWED_H
#define PRECLUDE_SHIM_LOCATE_NARROWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/module.h"

/* Whether the process was narrowed, and this memory knows its rules. */
bool narrow_done(void);

/* The root that the process was narrowed to, or NO_GRANT. */
uint32_t narrow_root(void);

/* Rights that the second layer allows beneath the object `id`. */
uint64_t narrow_rights(const struct identity *id);

/* The process is now narrowed to `root` by a layer with these rules, which must outlive the process. */
void narrow_set(uint32_t root, const struct module_rule *rules, size_t count);

#endif
