/* SPDX-License-Identifier: ISC */
/* What children get: the environment that carries library and policy to them, and whether it still does. */
#ifndef PRECLUDE_SHIM_START_EXPORTS_H
#define PRECLUDE_SHIM_START_EXPORTS_H

#include <stddef.h>

#include "config/arena.h"

/* At start, in this order. Finds the library's own path, absolute, while the working directory is the one it was named
 * from. */
void exports_find_self(void);

/* That path; NULL when it is not known. Children need the file: every layer lets it be read. */
const char *exports_self(void);

/* The sandbox's part of PRECLUDE_APPLIED, or NULL; what the parent said of the log goes to it. Before log_open(). */
const char *exports_applied(char *const *environment, struct arena *arena);

/* Once the domain is in force: makes the new environment, and `environ` it. 0, or -1 when out of memory. */
int exports_make(char **environment, struct arena *arena);

/* The environment that main is to see, or NULL when nothing was changed. */
char **exports_environment(void);

/*
 * Which variable of the library or its policy an environment, with which a program is about to be run, lacks, changes
 * or adds: its name, `length` bytes of it, or NULL when all are as they were. Async-signal-safe.
 */
const char *exports_changed(char *const *environment, size_t *length);

#endif
