/* SPDX-License-Identifier: ISC */
/*
 * The guard (PRECLUDE_GUARD): what a client of rsync says in options may not lead out of the module.
 *
 * Values are judged where rsync takes them from its own parser (shim/wrap/popt.c), and those on the command line of an
 * `rsync --server` also before main, since a program may bring a parser that cannot be seen.
 */
#ifndef PRECLUDE_SHIM_RSYNC_GUARD_H
#define PRECLUDE_SHIM_RSYNC_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/guard.h"

/* What is said to the client: rsync keeps 200 bytes of a message, and the option's name stands before it. */
#define GUARD_SAYS 128

/*
 * At start, when log and places are there. Judges the command line of a server, and ends the process as rsync ends one
 * with a bad option. An rsync daemon whose parser is out of reach is refused.
 */
void guard_start(char *const *argv, bool hook);

/* Whether what the parser finds now comes from a client. */
bool guard_armed(void);

/* Whether this is `rsync --server`, and no daemon: its command line is a client's, and it may serve any root. */
bool guard_is_server(void);

/* The guarded option called so, or NULL. */
const struct guard_option *guard_option(const char *name);

/*
 * guard_value.c. Judges a value. `arguments` ends with NULL: the last of them, whichever it is, is the destination.
 * Returns whether it is rejected: then it was logged, and `says` (GUARD_SAYS bytes) holds why.
 */
bool guard_rejects(const struct guard_option *option, const char *value, const char *const *arguments, char *says);

/*
 * As guard_rejects(), for the option called so, where it is --daemon and comes from a client of `rsync --server`: the
 * daemon would read a configuration with hooks, which the client can have sent before. The option, or NULL.
 */
const struct guard_option *guard_rejects_daemon(const char *name, char *says);

/* The program announces a module: it may be a daemon that the name of no file gave away. */
void guard_announce(void);

#endif
