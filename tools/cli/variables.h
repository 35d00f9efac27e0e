/* SPDX-License-Identifier: ISC */
/* Variables of the environment, on their way into it or onto paper. */
#ifndef PRECLUDE_TOOLS_CLI_VARIABLES_H
#define PRECLUDE_TOOLS_CLI_VARIABLES_H

#include <stdio.h>

#include "config/policy.h"

/* As setenv(3), over what is there. Refuses without memory. */
void set_variable(const char *name, const char *value);

/* NAME='value' and a newline on standard output, for a shell and for systemd's EnvironmentFile=, which read it alike.
 */
void print_variable(const char *name, const char *value);

/* A grant as an element of its list, [NAME=][?]PATH[,ro][,dev]. */
void put_grant(FILE *to, const struct grant *grant);

/*
 * Calls `put` for each variable that a list of grants takes: NAME, and NAME_2 and so forth where the kernel passes no
 * longer one. Refuses what no number of variables holds.
 */
void put_list(const char *variable, const char *list, void (*put)(const char *name, const char *value));

#endif
