/* SPDX-License-Identifier: ISC */
/* What the commands share: their names, their exit statuses, and how they speak to a person. */
#ifndef PRECLUDE_TOOLS_CLI_TOOLS_H
#define PRECLUDE_TOOLS_CLI_TOOLS_H

#include <argp.h>

#include "config/policy.h"

/* As env(1), nohup(1) and chroot(1) have them; 125 is PRECLUDE_EXIT_REFUSED. */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127

/* `argv[0]` is the command's own name; what they return is the exit status. */
int command_run(int argc, char **argv);
int command_observe(int argc, char **argv);
int command_status(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_suggest(int argc, char **argv);
int command_report(int argc, char **argv);
int command_rsyncd(int argc, char **argv);

/*
 * Becomes the program that the words name, under the policy of the environment. Returns, with the exit status, only
 * when there is no such program.
 */
int run_words(char **argv);

/* "preclude: refused: …" and "preclude: warning: …", one line on standard error, control bytes escaped. */
_Noreturn void refused(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Refuses when not all that was written to standard output got there. */
void finish_output(void);

/*
 * argp_parse() with the house's manners: options end at the first word that is none; a wrong one is refused in one line
 * with status 125; "usage" and "--help" name the command as it is typed. Returns the index of the first word.
 */
int parse_options(const struct argp *argp, int argc, char **argv, void *input);

/* For commands whose only option is --json: argp's table and parser, whose input is a bool. */
extern const struct argp_option json_options[];
error_t parse_json(int key, char *value, struct argp_state *state);

#endif
