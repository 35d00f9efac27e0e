/* SPDX-License-Identifier: ISC */
/*
 * The dynamic symbols of a program, against the one table of path functions.
 *
 * A name that is imported may never be called, and what a library of the program calls is imported by that library. So
 * this says what the program's own text can ask for, and whether we are asked first.
 */
#include "tools/inspect/imports.h"

#include <stdlib.h>
#include <string.h>

#include "shim/base/names.h"
#include "tools/cli/memory.h"
#include "tools/inspect/object.h"

enum does_of {
#define OPERATION(name, does, ...) does_##name = (does),
#include "shim/judge/operations.def"
#undef OPERATION
};

static const struct row {
	const char *name;
	const char *parameters;
	enum does does;
} rows[] = {
#define FUNCTION(ret, name, params, args, libc, operation, ...) {#name, #params, (enum does)does_##operation},
#define BY_HAND(ret, name, params, libc, operation, ...)        {#name, #params, (enum does)does_##operation},
#define HAND(ret, name, params, libc, operation)                {#name, #params, (enum does)does_##operation},
#include "shim/libc/functions.def"
#undef FUNCTION
#undef BY_HAND
#undef HAND
};
#define ROWS (sizeof(rows) / sizeof(*rows))

/* The usual ones; docs/BLIND-SPOTS.md has the kinds. */
static const char *const hidden[] = {
    "getpwnam",
    "getpwnam_r",
    "getpwuid",
    "getpwuid_r",
    "getpwent",
    "getgrnam",
    "getgrnam_r",
    "getgrgid",
    "getgrgid_r",
    "getgrouplist",
    "initgroups",
    "getspnam",
    "getaddrinfo",
    "gethostbyname",
    "setlocale",
    "newlocale",
    "bindtextdomain",
    "catopen",
    "iconv_open",
    "getservbyname",
    "setutxent",
    "tzset",
    "localtime",
    "localtime_r",
    "syslog",
    "openlog",
    "utmpname",
    "utmpxname",
    "posix_spawn_file_actions_addopen",
};
#define HIDDEN (sizeof(hidden) / sizeof(*hidden))

/* The dynamic symbols of an object. */
struct symbols {
	struct object object;
	Elf_Data *data;   /* NULL: there are none */
	GElf_Shdr header; /* of their section */
	size_t count;
};

static void symbols_open(struct symbols *symbols, const char *path)
{
	*symbols = (struct symbols){.data = NULL};
	if (object_open(&symbols->object, path))
		symbols->data = object_section(&symbols->object, SHT_DYNSYM, &symbols->header);
	if (symbols->data && symbols->header.sh_entsize)
		symbols->count = symbols->header.sh_size / symbols->header.sh_entsize;
}

/* The symbol `index`, when it is imported (or when it is not), else NULL. */
static const char *symbol(const struct symbols *symbols, size_t index, bool imported)
{
	GElf_Sym entry;

	if (!gelf_getsym(symbols->data, (int)index, &entry) || (entry.st_shndx == SHN_UNDEF) != imported)
		return NULL;
	return elf_strptr(symbols->object.elf, symbols->header.sh_link, entry.st_name);
}

/* Marks in `seen` which of `names` the object imports, or exports. One pass: there may be thousands of symbols. */
static void match(const struct symbols *symbols, bool imported, size_t count, const char *(*name_of)(size_t),
		  bool *seen)
{
	for (size_t i = 1; i < symbols->count; i++) {
		const char *name = symbol(symbols, i, imported);

		for (size_t j = 0; name && j < count; j++)
			seen[j] |= !strcmp(name, name_of(j));
	}
}

static const char *row_name(size_t i)
{
	return rows[i].name;
}

static const char *hidden_name(size_t i)
{
	return hidden[i];
}

static bool imports_name(const struct symbols *symbols, const char *wanted)
{
	for (size_t i = 1; i < symbols->count; i++) {
		const char *name = symbol(symbols, i, true);

		if (name && !strcmp(name, wanted))
			return true;
	}
	return false;
}

/* Every Go linker leaves it, also when it strips. */
static bool has_section(Elf *elf, const char *wanted)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;

		if (name && !strcmp(name, wanted))
			return true;
	}
	return false;
}

/* A library has dynamic symbols, asks for no loader, and is not marked as a program (as a static PIE is). */
static bool is_shared(const struct object *object)
{
	GElf_Phdr segment;
	GElf_Shdr header;
	Elf_Data *data;
	GElf_Dyn entry;
	size_t segments = 0;

	if (object->header.e_type != ET_DYN)
		return false;
	elf_getphdrnum(object->elf, &segments);
	for (size_t i = 0; i < segments; i++)
		if (gelf_getphdr(object->elf, (int)i, &segment) && segment.p_type == PT_INTERP)
			return false;
	data = object_section(object, SHT_DYNAMIC, &header);
	for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++)
		if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE))
			return false;
	return true;
}

void imports_read(const char *path, const char *library, struct imports *out)
{
	bool wanted[ROWS] = {0}, offered[ROWS] = {0}, opaque[HIDDEN] = {0};
	struct symbols program, preload;

	symbols_open(&program, path);
	symbols_open(&preload, library);
	match(&program, true, ROWS, row_name, wanted);
	match(&preload, false, ROWS, row_name, offered);
	match(&program, true, HIDDEN, hidden_name, opaque);

	*out = (struct imports){.paths = zeroed(ROWS * sizeof(*out->paths)),
				.hidden = zeroed(HIDDEN * sizeof(*out->hidden))};
	for (enum does does = DOES_LOOK; does <= DOES_CONNECT; does++)
		for (size_t i = 0; i < ROWS; i++)
			if (wanted[i] && rows[i].does == does)
				out->paths[out->count++] = (struct import){
				    rows[i].name, does, strstr(rows[i].parameters, "int dir"), offered[i]};
	for (size_t i = 0; i < HIDDEN; i++)
		if (opaque[i])
			out->hidden[out->hidden_count++] = hidden[i];
	if (program.object.elf) {
		out->shared = is_shared(&program.object);
		out->go = has_section(program.object.elf, ".go.buildinfo");
		out->own_entry = !imports_name(&program, "__libc_start_main");
		out->opens = imports_name(&program, "dlopen") || imports_name(&program, "dlmopen");
	}
	object_close(&program.object);
	object_close(&preload.object);
}

void imports_free(struct imports *imports)
{
	free(imports->paths);
	free(imports->hidden);
}
