/* SPDX-License-Identifier: ISC */
/* preclude-report: the commands that read programs and logs. `preclude` executes it with its own arguments. */
#include <stdio.h>
#include <string.h>

#include "tools/cli/tools.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
#define START(name)
#define REPORT(name)                      {#name, command_##name},
#define COMMAND(where, name, usage, help) where(name)
#include "tools/commands.def"
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	refused("%s: preclude-report is a part of preclude: write `preclude %s`", argc > 1 ? argv[1] : "no command",
		argc > 1 ? argv[1] : "help");
}
