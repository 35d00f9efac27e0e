/* SPDX-License-Identifier: ISC */
/*
 * The POLICY options of `preclude run` and its kin: one long option a variable of config/variables.def, and --rsyncd,
 * which stands for many. They are turned into the variables themselves, so that the command and the library read one
 * and the same policy.
 */
#ifndef PRECLUDE_TOOLS_RUN_POLICY_OPTIONS_H
#define PRECLUDE_TOOLS_RUN_POLICY_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

#include "config/arena.h"
#include "config/policy.h"

/* A child parser; needs no input. Options of a list append to each other; of the rest the last one counts. */
extern const struct argp policy_argp;

/* Puts what the options said into `environ`. They win over what --rsyncd implies, and that over what is there. */
void policy_options_export(void);

/*
 * Whether a variable has its value from --rsyncd alone: a command that cannot do with what is implied (observe, with a
 * log in syslog) may set another one.
 */
bool policy_options_implied(const char *variable);

/* The policy of `environ`, or a refusal. False when it is PRECLUDE_MODE=off. */
bool policy_options_read(struct policy *policy, struct arena *arena);

/* From now on it is as if --mode off had been written behind the other options. */
void policy_options_off(void);

/* Refuses, naming options where the reason names variables that came from options. */
_Noreturn void policy_options_refuse(const struct refusal *why);

#endif
