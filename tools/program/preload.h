/* SPDX-License-Identifier: ISC */
/* The library that the command puts into a program. */
#ifndef PRECLUDE_TOOLS_PROGRAM_PRELOAD_H
#define PRECLUDE_TOOLS_PROGRAM_PRELOAD_H

#include <stdbool.h>

/* Its path: beside the command itself (the build tree), else where it was installed to. Refuses when there is none. */
const char *preload_library(void);

/* Puts `library` in front of the LD_PRELOAD that is there; or only takes it out, for a loader that would die of it. */
void preload_export(const char *library, bool in_front);

#endif
