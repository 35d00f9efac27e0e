/* SPDX-License-Identifier: ISC */
/* What is mounted where, as far as it matters to a process that has changed its root. */
#ifndef PRECLUDE_SHIM_LOCATE_MOUNTS_H
#define PRECLUDE_SHIM_LOCATE_MOUNTS_H

#include <stdbool.h>

#include "shim/locate/place.h"

/* At start, before the domain: later, and in children, it would not let us read the table. Only root may chroot. */
void mounts_init(void);

/* The process may see another table than the one that is held (unshare, setns). */
void mounts_changed(void);

/*
 * Whether beneath `path` (absolute, as at the start) there is no file system whose links lead where their text does not
 * say: proc(5) and AppArmor's. False when it cannot be told. Async-signal-safe; some microseconds.
 */
bool mounts_harmless(const char *path, struct scratch *scratch);

#endif
