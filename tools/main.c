/* SPDX-License-Identifier: ISC */
/* preclude: which command was meant. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/tools.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *help;
} commands[] = {
    {"run", command_run, "[POLICY...] [--] COMMAND [ARG...]", "run a program under a policy"},
    {"status", command_status, "[--json]", "what this kernel offers"},
    {"inspect", command_inspect, "[--json] PROGRAM...", "what the library would see of a program"},
    {"observe", command_observe, "[POLICY...] [REPORT...] [--] COMMAND...", "run it, log every call, and report"},
    {"report", command_report, "[OPTION...] LOG...", "call sites of a log, worst first"},
    {"suggest", command_suggest, "LOG...", "the smallest policy under which a logged run passes"},
    {"rsyncd", command_rsyncd, "[--format env|json|unit] [CONF]", "the policy that an rsyncd.conf asks for"},
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
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	refused("%s: no such command; `preclude help` lists them", name);
}

static int help(int argc, char **argv)
{
	char option[] = "--help";

	if (argc < 2) {
		usage(stdout);
		finish_output();
		return 0;
	}
	char *words[] = {argv[1], option, NULL};
	return command_named(argv[1])->run(2, words);
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
	return command_named(word)->run(argc - 1, argv + 1);
}
