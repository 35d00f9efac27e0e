/* SPDX-License-Identifier: ISC */
/* The headers of an ELF file, read without a library: `preclude run` looks at each program before it starts it. */
#ifndef PRECLUDE_TOOLS_PROGRAM_ELF_FILE_H
#define PRECLUDE_TOOLS_PROGRAM_ELF_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct elf_format {
	int class;    /* ELFCLASS32 or ELFCLASS64 */
	int machine;  /* EM_*; 0 where the file has the other byte order */
	bool dynamic; /* has a loader; taken to be so where the byte order is the other one */
	bool musl;    /* whose loader is musl's */
	char loader[256];
};

/* Reads the headers of an open file. False when it is not an ELF file. */
bool elf_read_format(int fd, struct elf_format *format);

/* `size` bytes at `offset` and a NUL behind them: free() them. NULL when the file is shorter, or for more than 64 MiB.
 */
char *elf_read(int fd, uint64_t offset, uint64_t size);

#endif
