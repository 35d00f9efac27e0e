/* SPDX-License-Identifier: ISC */
/* LD_PRELOAD, as ld.so(8) reads it: separated by spaces or colons, with no way to escape either. */
#include "tools/program/preload.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/cli/variables.h"

#define LIBRARY   "libpreclude.so"
#define SEPARATOR " :"

char *near_command(const char *relative)
{
	char path[PATH_MAX + 64];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	strcpy(slash + 1, relative);
	return realpath(path, NULL);
}

const char *preload_library(void)
{
	/* In the build tree; installed, wherever the tree was moved to; installed as it was configured. */
	const char *candidates[] = {near_command(LIBRARY), near_command("../lib/" LIBRARY),
				    PRECLUDE_LIBDIR "/" LIBRARY};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		const char *path = candidates[i];

		if (!path || access(path, R_OK) < 0)
			continue;
		if (strpbrk(path, SEPARATOR))
			refused("%s: a path with a space or a colon in it cannot be preloaded", path);
		return path;
	}
	refused("%s cannot be read beside the command, in ../lib or in %s; install it there", LIBRARY, PRECLUDE_LIBDIR);
}

/* A file that is loaded twice under two names would wrap itself. */
static bool same_file(const char *library, const char *entry, size_t length)
{
	char path[PATH_MAX];
	struct stat a, b;

	if (length >= sizeof(path))
		return false;
	memcpy(path, entry, length);
	path[length] = '\0';
	return !stat(library, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void preload_export(const char *library, bool in_front)
{
	const char *old = getenv("LD_PRELOAD");
	struct text text;
	FILE *list = text_begin(&text);

	if (in_front)
		fputs(library, list);
	for (const char *entry = old ? old : ""; *entry;) {
		size_t length = strcspn(entry, SEPARATOR);

		if (length > 0 && !same_file(library, entry, length))
			fprintf(list, "%s%.*s", ftell(list) ? ":" : "", (int)length, entry);
		entry += length + strspn(entry + length, SEPARATOR);
	}
	unsetenv("LD_PRELOAD"); /* where a name occurs twice, not everybody agrees on which one counts */
	set_variable("LD_PRELOAD", text_end(&text));
	free(text.bytes);
}
