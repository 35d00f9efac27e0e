/* SPDX-License-Identifier: ISC */
/* What a program asks of the C library: the path functions that it imports, and how it is linked. */
#ifndef PRECLUDE_TOOLS_INSPECT_IMPORTS_H
#define PRECLUDE_TOOLS_INSPECT_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "shim/base/call.h"

struct import {
	const char *name;
	enum does does;
	bool at;      /* takes a directory descriptor */
	bool wrapped; /* the library that would be preloaded has it */
};

struct imports {
	struct import *paths; /* path functions, by what they do and then as the table has them */
	size_t count;
	const char **hidden; /* functions for which libc opens files by itself, so that no wrapper sees it */
	size_t hidden_count;
	bool shared;    /* a shared library, started by nobody */
	bool own_entry; /* never calls __libc_start_main: the library's constructor is the way in */
	bool go;        /* its runtime makes its system calls itself, and its threads too */
	bool opens;     /* loads libraries by itself: dlopen, dlmopen */
};

/* Reads the dynamic symbols of an ELF file, and of the library. What cannot be read has imported nothing. */
void imports_read(const char *path, const char *library, struct imports *out);

/* Gives back the two lists. */
void imports_free(struct imports *imports);

#endif
