/* SPDX-License-Identifier: ISC */
/* An ELF file on the disk, looked into section by section. */
#ifndef PRECLUDE_TOOLS_INSPECT_OBJECT_H
#define PRECLUDE_TOOLS_INSPECT_OBJECT_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object {
	int fd;   /* -1: it cannot be read, and errno says why */
	Elf *elf; /* NULL: it is no ELF file */
	GElf_Ehdr header;
};

/* Whether it is an ELF file. Close it in any case. */
bool object_open(struct object *object, const char *path);
void object_close(struct object *object);

/* The data of the first section of this type, with its header; NULL when there is none. */
Elf_Data *object_section(const struct object *object, GElf_Word type, GElf_Shdr *header);

/* A section of machine code. */
struct code {
	const uint8_t *bytes;
	size_t length;
	uint64_t address;
};

/* The next one behind `*section`, which is NULL to begin with; false at the end. */
bool object_next_code(const struct object *object, Elf_Scn **section, struct code *code);

#endif
