/* SPDX-License-Identifier: ISC */
/* RTLD_DEEPBIND: a library that is opened with it finds libc before ours, and is not seen. */
#ifndef PRECLUDE_TOOLS_INSPECT_DEEPBIND_H
#define PRECLUDE_TOOLS_INSPECT_DEEPBIND_H

#include <stdbool.h>

/* Calls of dlopen and dlmopen in a program's own code, by the flags that they are given. */
struct deepbind {
	bool known; /* false: no x86_64 code, or no sections, so that nobody looked */
	unsigned with;
	unsigned without;
	unsigned open; /* flags that are computed: only a run can tell */
};

/* Looks through an ELF file of x86_64. Never fails: what cannot be read is not known. */
void deepbind_look(const char *path, struct deepbind *out);

#endif
