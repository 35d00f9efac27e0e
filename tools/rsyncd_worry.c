/* SPDX-License-Identifier: ISC */
/* What a person should know about a configuration: a few lines of each kind, however many modules there are. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/rsyncd.h"
#include "tools/tools.h"

#define SHOWN 5

static const char *const more_of[WORRIES] = {
    [WORRY_CONF] = "lines that rsync ignores",
    [WORRY_NO_PATH] = "modules without a path",
    [WORRY_MISSING] = "modules whose directory does not exist",
    [WORRY_SHADOWED] = "modules with the name of a later one",
    [WORRY_SLASH] = "modules that serve /",
    [WORRY_VARIES] = "modules whose path varies with the connection",
    [WORRY_NESTED] = "modules within another",
    [WORRY_READ_ONLY] = "read-only modules in what is writable",
    [WORRY_HOOK] = "hooks",
    [WORRY_NEEDS] = "files that hooks name",
    [WORRY_MUNGE] = "modules that keep symbolic links as clients send them",
    [WORRY_INSECURE_LINKS] = "modules with insecure links",
    [WORRY_EVERYBODY] = "modules that every local user can write to",
    [WORRY_BROAD] = "shared directories that become writable",
    [WORRY_PATH] = "paths that no policy can hold",
    [WORRY_NAME] = "names that no root can have",
};

void *rsyncd_need(void *memory)
{
	if (!memory)
		refused("no memory");
	return memory;
}

static void keep(struct worries *worries, char *line)
{
	if (worries->count == worries->room) {
		worries->room = worries->room * 2 + 16;
		worries->lines = rsyncd_need(realloc(worries->lines, worries->room * sizeof(*worries->lines)));
	}
	worries->lines[worries->count++] = rsyncd_need(line);
}

void worry(struct worries *worries, enum worry kind, const struct rsyncd_module *module, const char *format, ...)
{
	char *said = NULL, *line = NULL;
	va_list arguments;

	if (worries->told[kind]++ >= SHOWN)
		return;
	va_start(arguments, format);
	if (vasprintf(&said, format, arguments) < 0)
		refused("no memory");
	va_end(arguments);
	if (!module) {
		keep(worries, said);
		return;
	}
	if (asprintf(&line, "%s:%u: [%s]: %s", module->file, module->line, module->name, said) < 0)
		refused("no memory");
	free(said);
	keep(worries, line);
}

void worries_end(struct worries *worries)
{
	char *line;

	for (unsigned kind = 0; kind < WORRIES; kind++) {
		if (worries->told[kind] <= SHOWN)
			continue;
		if (asprintf(&line, "and %u more %s", worries->told[kind] - SHOWN, more_of[kind]) < 0)
			refused("no memory");
		keep(worries, line);
	}
}
