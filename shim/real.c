/* SPDX-License-Identifier: ISC */
/* The real functions, resolved once. */
#include "shim/real.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>

#include "shim/frames.h"

struct real real;
bool real_is_libc;

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

static const struct {
	const char *name;
	unsigned short offset;
	bool at_start;
} rows[] = {
#define PATH_CALL(ret, name, params, args, libc, ...) {#name, offsetof(struct real, name), AT_START(libc)},
#define PATH2_CALL                                    PATH_CALL
#define FD_CALL                                       PATH_CALL
#define HAND_CALL(ret, name, params, libc, ...)       {#name, offsetof(struct real, name), AT_START(libc)},
#define OTHER_CALL(ret, name, params, libc)           {#name, offsetof(struct real, name), AT_START(libc)},
#include "shim/others.def"
#include "shim/paths.def"
};

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

void real_resolve(void)
{
	static bool done;

	if (done)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].at_start)
			bind((char *)&real + rows[i].offset, rows[i].name);
	done = true;
}
