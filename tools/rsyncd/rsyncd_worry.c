/* SPDX-License-Identifier: ISC */
/* What a person should know about a configuration: a few lines of each kind, however many modules there are. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/rsyncd/rsyncd.h"

#define SHOWN 5

static const char *const more_of[WORRIES] = {
    [WORRY_CONF] = "lines that rsync ignores",
    [WORRY_EMPTY] = "configurations without modules",
    [WORRY_RELATIVE] = "modules whose path is relative",
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

static void keep(struct worries *worries, char *line)
{
	worries->lines = room_for_one(worries->lines, worries->count, &worries->room, sizeof(*worries->lines));
	worries->lines[worries->count++] = line;
}

void worry(struct worries *worries, enum worry kind, const struct rsyncd_module *module, const char *format, ...)
{
	char *said = NULL;
	va_list arguments;

	if (worries->told[kind]++ >= SHOWN)
		return;
	va_start(arguments, format);
	if (vasprintf(&said, format, arguments) < 0)
		no_memory();
	va_end(arguments);
	if (!module) {
		keep(worries, said);
		return;
	}
	keep(worries, text_of("%s:%u: [%s]: %s", module->file, module->line, module->name, said));
	free(said);
}

void worries_end(struct worries *worries)
{
	for (unsigned kind = 0; kind < WORRIES; kind++) {
		if (worries->told[kind] > SHOWN)
			keep(worries, text_of("and %u more %s", worries->told[kind] - SHOWN, more_of[kind]));
	}
}
