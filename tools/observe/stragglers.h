/* SPDX-License-Identifier: ISC */
/* Processes of an observed tree that outlive the command. */
#ifndef PRECLUDE_TOOLS_OBSERVE_STRAGGLERS_H
#define PRECLUDE_TOOLS_OBSERVE_STRAGGLERS_H

#include <stdbool.h>

/*
 * Whether anybody may still write to the log at `path`, which `fd` has open for reading alone. Where it cannot be
 * found out (another user's processes, a file system without leases) the answer is no.
 */
bool stragglers(int fd, const char *path);

#endif
