/* SPDX-License-Identifier: ISC */
/* The version tables of ELF: what one object defines, and what another needs of it. */
#include "tools/versions.h"

#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBC "libc.so.6"

struct table {
	int fd;
	Elf *elf;
	Elf_Data *data; /* NULL: it has none */
	size_t names;
};

static void table_open(struct table *table, const char *path, Elf64_Word kind)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	*table = (struct table){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	table->elf =
	    table->fd < 0 || elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(table->fd, ELF_C_READ, NULL);
	while (table->elf && !table->data && (section = elf_nextscn(table->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == kind) {
			table->data = elf_getdata(section, NULL);
			table->names = header.sh_link;
		}
}

static void table_close(struct table *table)
{
	elf_end(table->elf);
	if (table->fd >= 0)
		close(table->fd);
}

static bool defines(const struct table *libc, const char *version)
{
	GElf_Verdef entry;
	GElf_Verdaux name;

	for (int at = 0; gelf_getverdef(libc->data, at, &entry); at += (int)entry.vd_next) {
		const char *defined = gelf_getverdaux(libc->data, at + (int)entry.vd_aux, &name)
					  ? elf_strptr(libc->elf, libc->names, name.vda_name)
					  : NULL;

		if (defined && !strcmp(defined, version))
			return true;
		if ((int)entry.vd_next <= 0) /* the last; or made to go round in circles */
			break;
	}
	return false;
}

/* Whether all that the library needs of a libc is defined in this one. */
static bool suffices(const struct table *libc, const struct table *library)
{
	GElf_Verneed file;
	GElf_Vernaux need;

	for (int at = 0; gelf_getverneed(library->data, at, &file); at += (int)file.vn_next) {
		const char *object = elf_strptr(library->elf, library->names, file.vn_file);
		int next = at + (int)file.vn_aux;

		for (unsigned i = 0; object && !strcmp(object, LIBC) && i < file.vn_cnt; i++) {
			const char *version = gelf_getvernaux(library->data, next, &need)
						  ? elf_strptr(library->elf, library->names, need.vna_name)
						  : NULL;

			if (version && !defines(libc, version))
				return false;
			next += (int)need.vna_next;
		}
		if ((int)file.vn_next <= 0)
			break;
	}
	return true;
}

bool libc_too_old(const char *loader, const char *library)
{
	char path[PATH_MAX + sizeof(LIBC)];
	struct table defined, needed;
	bool old = false;
	char *slash;

	if (!realpath(loader, path) || !(slash = strrchr(path, '/')))
		return false;
	strcpy(slash + 1, LIBC);
	table_open(&defined, path, SHT_GNU_verdef);
	table_open(&needed, library, SHT_GNU_verneed);
	if (defined.data && needed.data)
		old = !suffices(&defined, &needed);
	table_close(&defined);
	table_close(&needed);
	return old;
}
