/* SPDX-License-Identifier: ISC */
/* libelf, as the commands use it: for reading, and with every failure the same as "there is none". */
#include "tools/inspect/object.h"

#include <fcntl.h>
#include <unistd.h>

bool object_open(struct object *object, const char *path)
{
	*object = (struct object){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (object->fd < 0 || elf_version(EV_CURRENT) == EV_NONE)
		return false;
	object->elf = elf_begin(object->fd, ELF_C_READ, NULL);
	if (elf_kind(object->elf) == ELF_K_ELF && gelf_getehdr(object->elf, &object->header))
		return true;
	elf_end(object->elf);
	object->elf = NULL;
	return false;
}

void object_close(struct object *object)
{
	elf_end(object->elf);
	if (object->fd >= 0)
		close(object->fd);
}

Elf_Data *object_section(const struct object *object, GElf_Word type, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(object->elf, section)))
		if (gelf_getshdr(section, header) && header->sh_type == type)
			return elf_getdata(section, NULL);
	return NULL;
}

bool object_next_code(const struct object *object, Elf_Scn **section, struct code *code)
{
	GElf_Shdr header;

	while ((*section = elf_nextscn(object->elf, *section))) {
		const Elf_Data *data = gelf_getshdr(*section, &header) && (header.sh_flags & SHF_EXECINSTR) &&
					       header.sh_type == SHT_PROGBITS
					   ? elf_rawdata(*section, NULL)
					   : NULL;

		if (!data || !data->d_buf)
			continue;
		*code = (struct code){data->d_buf, data->d_size, header.sh_addr};
		return true;
	}
	return false;
}
