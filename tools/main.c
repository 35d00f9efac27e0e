/* SPDX-License-Identifier: ISC */
/* preclude: which command was meant, and whether it is this program's or preclude-report's. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/nearest.h"
#include "tools/cli/tools.h"
#include "tools/program/preload.h"

#define BEHIND "preclude-report"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: preclude-report has it */
	const char *usage;
	const char *help;
} commands[] = {
#define START(name)                       command_##name
#define REPORT(name)                      NULL
#define COMMAND(where, name, usage, help) {#name, where(name), usage, help},
#include "tools/commands.def"
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("Usage: preclude COMMAND [OPTION...]\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %-40s %s\n", commands[i].name, commands[i].usage, commands[i].help);
	fputs("  help     [COMMAND]                                this, or a command's options\n\n"
	      "  --help, --version\n\n"
	      "preclude(1) has examples, libpreclude(7) the variables of the library alone.\n",
	      to);
}

static const struct command *command_named(const char *name)
{
	const char *names[COMMANDS], *meant;

	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	meant = nearest(name, strlen(name), 0, names, COMMANDS);
	if (meant)
		refused("%s: no such command; did you mean `preclude %s`?", name, meant);
	refused("%s: no such command; `preclude help` lists them", name);
}

/* argv[0] is the command; argv[-1] is there too, and becomes the name of the other program. */
static int start(const struct command *command, int argc, char **argv)
{
	static char name[] = BEHIND;
	char *program;

	if (command->run)
		return command->run(argc, argv);
	program = near_command(BEHIND); /* in the build tree */
	if (!program)
		program = near_command("../libexec/" BEHIND);
	if (!program)
		refused("%s: this command is in " BEHIND ", which is not installed", command->name);
	argv[-1] = name;
	execv(program, argv - 1);
	refused("%s: %s: %s", command->name, program, strerror(errno));
}

static int help(int argc, char **argv)
{
	char name[] = BEHIND, option[] = "--help";

	if (argc < 2) {
		usage(stdout);
		finish_output();
		return 0;
	}
	char *words[] = {name, argv[1], option, NULL};
	return start(command_named(argv[1]), 2, words + 1);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (argc < 2) {
		usage(stderr);
		return PRECLUDE_EXIT_REFUSED;
	}
	if (!strcmp(word, "help"))
		return help(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		usage(stdout);
		finish_output();
		return 0;
	}
	if (!strcmp(word, "--version")) {
		puts("preclude " PRECLUDE_VERSION);
		finish_output();
		return 0;
	}
	if (*word == '-')
		refused("%s: unknown option; `preclude help` lists the commands", word);
	return start(command_named(word), argc - 1, argv + 1);
}
