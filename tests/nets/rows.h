/* SPDX-License-Identifier: ISC */
/*
 * Every row of rows.def, a name of libc or a number, as something that can be called and that knows what it acts on.
 * The calls themselves are those of prog_rows.c.
 */
#ifndef PRECLUDE_TESTS_NETS_ROWS_H
#define PRECLUDE_TESTS_NETS_ROWS_H

#define main prog_rows_main
#include "../shim/wrap/prog_rows.c"
#undef main

#include "../shim/tree.h"
#include "../shim/unseen.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define CANNOT       77 /* exit status where this machine cannot run the net */

enum shape { PATH = 1, AT = 2, TWO = 4, TWO_AT = 8, FD = 16, NAMED = 32 };
enum wall { PASS, HIDDEN = -1, SILENT = -2 };

struct way {
	const char *name, *symbol;
	long number; /* of a system call; 0 for a function */
	enum shape shape;
	enum object object;
	bool follow;
	const char *does;
	int wall;
	long (*call)(const struct call *call);
};

static const struct way ways[] = {
#undef FILL
#undef RAW_FILL
#define FILL(name, shape, object, follow, does, wall, call)                                                            \
	{#name, #name, 0, shape, object, follow, #does, wall, fill_##name},
#define RAW_FILL(name, shape, object, follow, does, wall, call)                                                        \
	{"syscall(" #name ")", "syscall", SYS_##name, shape, object, follow, #does, wall, raw_##name},
#include "../shim/wrap/rows.def"
};

static void *symbols[COUNT(ways)];

/* Once, before anything is confined or changes its root. What the library has and this libc has not is not compared. */
static inline void find_symbols(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW), *libacl = dlopen("libacl.so.1", RTLD_NOW | RTLD_GLOBAL);

	xattr.value = (uintptr_t) "v";
	for (size_t i = 0; i < COUNT(ways); i++)
		if (ways[i].number >= 0 &&
		    ((libc && dlsym(libc, ways[i].symbol)) || (libacl && dlsym(libacl, ways[i].symbol))))
			symbols[i] = dlsym(RTLD_DEFAULT, ways[i].symbol);
}

#endif
