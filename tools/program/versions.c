/* SPDX-License-Identifier: ISC */
/* The version tables of ELF: what one object defines, and what another needs of it. */
#include "tools/program/versions.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tools/program/object.h"

#define LIBC "libc.so.6"

/* One of the two tables of an object. */
struct table {
	struct object object;
	Elf_Data *data; /* NULL: it has none */
	GElf_Shdr header;
};

static void table_open(struct table *table, const char *path, GElf_Word type)
{
	*table = (struct table){.data = NULL};
	if (object_open(&table->object, path))
		table->data = object_section(&table->object, type, &table->header);
}

static const char *name_at(const struct table *table, size_t offset)
{
	return elf_strptr(table->object.elf, table->header.sh_link, offset);
}

static bool defines(const struct table *libc, const char *version)
{
	GElf_Verdef entry;
	GElf_Verdaux name;

	for (int at = 0; gelf_getverdef(libc->data, at, &entry); at += (int)entry.vd_next) {
		const char *defined =
		    gelf_getverdaux(libc->data, at + (int)entry.vd_aux, &name) ? name_at(libc, name.vda_name) : NULL;

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
		const char *object = name_at(library, file.vn_file);
		int next = at + (int)file.vn_aux;

		for (unsigned i = 0; object && !strcmp(object, LIBC) && i < file.vn_cnt; i++) {
			const char *version =
			    gelf_getvernaux(library->data, next, &need) ? name_at(library, need.vna_name) : NULL;

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
	object_close(&defined.object);
	object_close(&needed.object);
	return old;
}
