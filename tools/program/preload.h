/* SPDX-License-Identifier: ISC */
/* The files that belong to the command: the library that it puts into a program, and the program behind it. */
#ifndef PRECLUDE_TOOLS_PROGRAM_PRELOAD_H
#define PRECLUDE_TOOLS_PROGRAM_PRELOAD_H

#include <stdbool.h>

/* The file at `relative` to the directory of the running command, or NULL where there is none. free() it. */
char *near_command(const char *relative);

/* The library's path: beside the command itself (the build tree), else where it was installed to. Refuses when there is
 * none. */
const char *preload_library(void);

/* Puts `library` in front of the LD_PRELOAD that is there; or only takes it out, for a loader that would die of it. */
void preload_export(const char *library, bool in_front);

#endif
