/* SPDX-License-Identifier: ISC */
/*
 * Symbol versions as the LSB has them ("Symbol Versioning"): SHT_GNU_verdef lists what an object defines,
 * SHT_GNU_verneed what it needs of others. Both objects are of the class of this command, since others were refused.
 */
#include "tools/program/versions.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/program/elf_file.h"

#define LIBC "libc.so.6"

/* One of the two tables of an object, and the names that it refers to. */
struct table {
	char *data; /* NULL: the object has none */
	char *names;
	size_t size, names_size;
};

/* The contents of section `number`, or NULL. */
static char *section(int fd, const ElfW(Shdr) * headers, size_t count, size_t number, size_t *size)
{
	*size = number < count ? (size_t)headers[number].sh_size : 0;
	return number < count ? elf_read(fd, headers[number].sh_offset, *size) : NULL;
}

static void table_open(struct table *table, const char *path, ElfW(Word) type)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ElfW(Shdr) *headers = NULL;
	ElfW(Ehdr) header;

	*table = (struct table){.data = NULL};
	if (fd >= 0 && pread(fd, &header, sizeof header, 0) == sizeof header && header.e_shentsize == sizeof *headers)
		headers = (void *)elf_read(fd, header.e_shoff, (uint64_t)header.e_shnum * sizeof *headers);
	for (size_t i = 0; headers && i < header.e_shnum && !table->data; i++) {
		if (headers[i].sh_type != type)
			continue;
		table->data = section(fd, headers, header.e_shnum, i, &table->size);
		table->names = section(fd, headers, header.e_shnum, headers[i].sh_link, &table->names_size);
	}
	free(headers);
	if (fd >= 0)
		close(fd);
}

static void table_close(struct table *table)
{
	free(table->data);
	free(table->names);
}

/* Copies the record at `at`; false behind the end. */
static bool record(const struct table *table, size_t at, void *into, size_t size)
{
	if (at > table->size || table->size - at < size)
		return false;
	memcpy(into, table->data + at, size);
	return true;
}

static const char *name_at(const struct table *table, size_t offset)
{
	return table->names && offset < table->names_size ? table->names + offset : "";
}

static bool defines(const struct table *libc, const char *version)
{
	ElfW(Verdef) entry;
	ElfW(Verdaux) name;

	for (size_t at = 0; record(libc, at, &entry, sizeof entry); at += entry.vd_next) {
		if (record(libc, at + entry.vd_aux, &name, sizeof name) &&
		    !strcmp(name_at(libc, name.vda_name), version))
			return true;
		if (!entry.vd_next)
			break;
	}
	return false;
}

/* Whether all that the library needs of a libc is defined in this one. */
static bool suffices(const struct table *libc, const struct table *library)
{
	ElfW(Verneed) file;
	ElfW(Vernaux) need;

	for (size_t at = 0; record(library, at, &file, sizeof file); at += file.vn_next) {
		size_t next = at + file.vn_aux;

		for (unsigned i = 0; i < file.vn_cnt && !strcmp(name_at(library, file.vn_file), LIBC); i++) {
			if (!record(library, next, &need, sizeof need))
				break;
			if (!defines(libc, name_at(library, need.vna_name)))
				return false;
			next += need.vna_next;
		}
		if (!file.vn_next)
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
