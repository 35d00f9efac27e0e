/* SPDX-License-Identifier: ISC */
/*
 * Narrowing (PRECLUDE_NARROW): a process that enters a module root keeps that module and little else.
 *
 * At most once a process, by chdir, fchdir or chroot, whoever makes the call. What cannot be narrowed does not enter.
 */
#ifndef PRECLUDE_SHIM_RSYNC_NARROW_H
#define PRECLUDE_SHIM_RSYNC_NARROW_H

#include <stdbool.h>

#include "config/arena.h"
#include "sandbox/sandbox.h"
#include "shim/locate/narrowed.h"

/*
 * At start, when the policy narrows: makes what an entry needs. `self` is the library's own file, which every layer
 * lets children read. A program that inherited the domain, with RSYNC_MODULE_PATH, is a hook of a connection: it keeps
 * that domain. 0, or -1 when out of memory.
 */
int narrow_init(const char *self, bool hook, struct arena *arena);

/* Whether entering a directory may still narrow this process, so that it is narrow_*() that has to enter. */
bool narrow_pending(void);

/* The real chdir, fchdir and chroot, and the second layer where they enter a module root. errno says why they failed.
 */
int narrow_chdir(const char *path);
int narrow_fchdir(int fd);
int narrow_chroot(const char *path);

/* Says what that means where a module was to be entered, for an entry that was refused before it came to these. */
void narrow_refused(const char *path);

/* rsync has set this variable, for its hooks: it is about to enter a module, and only roots are entered from then on.
 */
#define NARROW_ANNOUNCED "RSYNC_MODULE_PATH"
void narrow_announce(void);

#endif
