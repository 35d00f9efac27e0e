/* SPDX-License-Identifier: ISC */
/* System call instructions in a program's own code, which no wrapper of a library's can see. */
#ifndef PRECLUDE_TOOLS_INSPECT_INSTRUCTIONS_H
#define PRECLUDE_TOOLS_INSPECT_INSTRUCTIONS_H

#include <stdbool.h>

struct instructions {
	bool known; /* false: no x86 code, so that nobody looked */
	unsigned long syscall;
	unsigned long int80;
	unsigned long sysenter;
};

/* Looks through the executable code of an ELF file. False when it cannot be read. */
bool instructions_count(const char *path, struct instructions *out);

#endif
