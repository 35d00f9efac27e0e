/* SPDX-License-Identifier: ISC */
/* Symbol versions: whether a program's own libc is new enough for the library. */
#ifndef PRECLUDE_TOOLS_PROGRAM_VERSIONS_H
#define PRECLUDE_TOOLS_PROGRAM_VERSIONS_H

#include <stdbool.h>

/*
 * Whether the libc that lies beside `loader` lacks a version that `library` asks of it, so that the loader gives up the
 * program over it. False too where there is no such libc to be read.
 */
bool libc_too_old(const char *loader, const char *library);

#endif
