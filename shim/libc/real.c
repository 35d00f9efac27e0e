/* SPDX-License-Identifier: ISC */
/* The real functions, resolved once. */
#include "shim/libc/real.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <string.h>

#include "shim/stack/frames.h"
#include "shim/stack/symbols.h"

struct real real;
bool real_is_libc;
const char *real_self;

/*
 * When a name is looked for at start. A look-up that fails allocates (dlerror keeps its message), so what need not be
 * there (the names of libacl and libpopt, those of newer libcs), and what few programs call, waits until it is called.
 */
enum { LATE_ANY, LATE_GLIBC, LATE_NEW = 4, LATE_ACL = 4, LATE_TIME64 = 4, LATE_POPT = 4, LATE_NSS = 4 };
#ifdef __GLIBC__
#define AT_START(libc) (LATE_##libc != 4)
#else
#define AT_START(libc) (LATE_##libc == LATE_ANY)
#endif

/* Rows find their names by offset: addresses would be relocated at each start, and take a page of their own. */
#define BY_HAND    FUNCTION
#define HAND       FUNCTION
#define OTHER_CALL FUNCTION
static const struct names {
#define FUNCTION(ret, name, ...) char name[sizeof #name];
#include "shim/libc/functions.def"
#include "shim/libc/others.def"
#undef FUNCTION
} names = {
#define FUNCTION(ret, name, ...) #name,
#include "shim/libc/functions.def"
#include "shim/libc/others.def"
#undef FUNCTION
};
#undef BY_HAND
#undef HAND
#undef OTHER_CALL

#define ROW(name, libc) {offsetof(struct names, name), offsetof(struct real, name), AT_START(libc)},
static const struct {
	unsigned short name, slot;
	bool at_start;
} rows[] = {
#define FUNCTION(ret, name, params, args, libc, ...) ROW(name, libc)
#define BY_HAND(ret, name, params, libc, ...)        ROW(name, libc)
#define HAND(ret, name, params, libc, ...)           ROW(name, libc)
#define OTHER_CALL(ret, name, params, libc)          ROW(name, libc)
#include "shim/libc/functions.def"
#include "shim/libc/others.def"
};
#define ROWS (sizeof rows / sizeof *rows)

static const char *name_of(size_t row)
{
	return (const char *)&names + rows[row].name;
}

static void *slot_of(size_t row)
{
	return (char *)&real + rows[row].slot;
}

static bool is_bound(size_t row)
{
	void *function;

	memcpy(&function, slot_of(row), sizeof function);
	return function;
}

static bool bind(void *slot, const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	size_t length = strlen(name);

	/* musl from 1.2.4: the name without "64" is the same function. */
	if (!function && length > 2 && length < 32 && !strcmp(name + length - 2, "64")) {
		char shorter[32];

		memcpy(shorter, name, length - 2);
		shorter[length - 2] = '\0';
		function = dlsym(RTLD_NEXT, shorter);
	}
	if (function)
		memcpy(slot, &function, sizeof function);
	return function != NULL;
}

bool real_find(void *slot, const char *name)
{
	void *library, *function;

	/* First, and often alone: a malloc that is being set up may have called, and dlopen() would call it back. */
	if (bind(slot, name))
		return true;
	/* A plugin opened RTLD_LOCAL brings a libacl that no search from here sees. */
	library = real.dlopen ? real.dlopen("libacl.so.1", RTLD_LAZY | RTLD_NOLOAD) : NULL;
	function = library ? dlsym(library, name) : NULL;
	if (function)
		memcpy(slot, &function, sizeof function);
	return function != NULL;
}

const char *function_name(enum function function)
{
	return name_of(function);
}

bool function_find(enum function function)
{
	return __builtin_expect(is_bound(function), 1) || real_find(slot_of(function), name_of(function));
}

long function_call(enum function function, const long *words)
{
	long (*call)(long, long, long, long, long, long);

	memcpy(&call, slot_of(function), sizeof call);
	return call(words[0], words[1], words[2], words[3], words[4], words[5]);
}

bool real_of_libc(uintptr_t function)
{
	static uintptr_t begin, end;

	if (!end)
		frames_object((uintptr_t)__libc_current_sigrtmin, &begin, &end);
	return function - begin < end - begin;
}

void real_know(void)
{
	real_is_libc = real_of_libc((uintptr_t)real.open) && real_of_libc((uintptr_t)real.fstatat);
}

struct search {
	bool behind; /* this library was seen, and what comes now is behind it */
	uint32_t hashes[ROWS];
};

static bool is_self(const struct dl_phdr_info *object)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && (uintptr_t)&real - object->dlpi_addr - part->p_vaddr < part->p_memsz)
			return true;
	}
	return false;
}

/*
 * dlsym(RTLD_NEXT), without what that costs beside: 14 us of 26 for all names. Whatever is out of the ordinary ends it,
 * and is left to the loader.
 */
static int look_in(struct dl_phdr_info *object, size_t size, void *context)
{
	struct search *search = context;
	struct symbols symbols;

	(void)size;
	if (!search->behind) {
		search->behind = is_self(object);
		real_self = search->behind ? object->dlpi_name : NULL;
		return 0;
	}
	if (!symbols_of(object, &symbols))
		return 1;
	for (size_t row = 0; row < ROWS; row++) {
		const ElfW(Sym) *found = rows[row].at_start && !is_bound(row)
					     ? symbols_find(&symbols, name_of(row), search->hashes[row])
					     : NULL;
		uintptr_t function;

		if (!found)
			continue;
		if (ELF32_ST_TYPE(found->st_info) != STT_FUNC) /* STT_GNU_IFUNC has to be called */
			return 1;
		function = symbols.bias + found->st_value;
		memcpy(slot_of(row), &function, sizeof function);
	}
	return 0;
}

void real_resolve(void)
{
	static bool done;
	struct search search = {0};

	if (done)
		return;
	for (size_t row = 0; row < ROWS; row++)
		search.hashes[row] = symbols_hash(name_of(row));
	dl_iterate_phdr(look_in, &search);
	for (size_t row = 0; row < ROWS; row++)
		if (rows[row].at_start && !is_bound(row))
			bind(slot_of(row), name_of(row));
	done = true;
}
