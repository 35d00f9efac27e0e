/* SPDX-License-Identifier: ISC */
/* elf(5). Nothing in the file is trusted: each offset and size is only ever an argument of pread(2). */
#include "tools/program/elf_file.h"

#include <elf.h>
#include <endian.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/memory.h"

#define READ_MAX (UINT64_C(64) << 20)

#define NATIVE_DATA (__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

char *elf_read(int fd, uint64_t offset, uint64_t size)
{
	char *bytes;

	if (size > READ_MAX || offset > INT64_MAX - size)
		return NULL;
	bytes = must(malloc((size_t)size + 1));
	bytes[size] = '\0';
	if (pread(fd, bytes, (size_t)size, (off_t)offset) == (ssize_t)size)
		return bytes;
	free(bytes);
	return NULL;
}

static void read_loader(int fd, uint64_t offset, uint64_t size, struct elf_format *format)
{
	const size_t room = sizeof(format->loader) - 1;
	const ssize_t length = pread(fd, format->loader, size < room ? size : room, (off_t)offset);

	format->loader[length > 0 ? length : 0] = '\0';
	format->dynamic = true;
	format->musl = strstr(format->loader, "/ld-musl");
}

/* Finds PT_INTERP. The two classes differ in the width of their words alone. */
#define READ_SEGMENTS(bits)                                                                                            \
	static void read_segments_##bits(int fd, struct elf_format *format)                                            \
	{                                                                                                              \
		Elf##bits##_Ehdr header;                                                                               \
		Elf##bits##_Phdr *segments = NULL;                                                                     \
                                                                                                                       \
		if (pread(fd, &header, sizeof header, 0) == sizeof header && header.e_phentsize == sizeof *segments)   \
			segments = (void *)elf_read(fd, header.e_phoff, (uint64_t)header.e_phnum * sizeof *segments);  \
		for (size_t i = 0; segments && i < header.e_phnum; i++)                                                \
			if (segments[i].p_type == PT_INTERP)                                                           \
				read_loader(fd, segments[i].p_offset, segments[i].p_filesz, format);                   \
		free(segments);                                                                                        \
	}
READ_SEGMENTS(32)
READ_SEGMENTS(64)

bool elf_read_format(int fd, struct elf_format *format)
{
	Elf32_Ehdr header; /* whose machine lies where a 64-bit one has it */

	*format = (struct elf_format){0};
	if (pread(fd, &header, sizeof header, 0) != sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	format->class = header.e_ident[EI_CLASS];
	if (header.e_ident[EI_DATA] != NATIVE_DATA)
		format->dynamic = true;
	else if (format->class == ELFCLASS32)
		read_segments_32(fd, format);
	else
		read_segments_64(fd, format);
	if (header.e_ident[EI_DATA] == NATIVE_DATA)
		format->machine = header.e_machine;
	return true;
}
