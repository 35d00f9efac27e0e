/* SPDX-License-Identifier: ISC */
/*
 * The real functions, resolved once at start with dlsym(RTLD_NEXT) (so that another preload library behind ours keeps
 * its place). real.NAME is typed by its row in paths.def or others.def; NULL when nothing behind us has the name.
 */
#ifndef PRECLUDE_SHIM_REAL_H
#define PRECLUDE_SHIM_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/types.h"

struct real {
#define PATH_CALL(ret, name, params, ...) ret(*name) params;
#define OTHER_CALL(ret, name, params, ...) ret(*name) params;
#include "shim/others.def"
#include "shim/paths.def"
#undef PATH_CALL
#undef OTHER_CALL
};
extern struct real real;

/* Resolves every name. Idempotent; two threads doing it at once store the same values. Not async-signal-safe. */
void real_resolve(void);

/* Exported wrappers: the C name is wrap_NAME, so that libc's prototypes, attributes and macros never meet ours. */
#define EXPORT __attribute__((visibility("default")))

#endif
