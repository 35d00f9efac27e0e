/* SPDX-License-Identifier: ISC */
/* preclude rsyncd: reads an rsyncd.conf as the daemon would, and prints the policy that it asks for. */
#include "tools/rsyncd/rsyncd.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/tools.h"

#define KEY_FORMAT 0x100

static const struct format {
	const char *name;
	void (*print)(const struct rsyncd_policy *policy);
	bool service; /* started by a service manager: in "/", with no variables of ours */
} formats[] = {
    {"env", rsyncd_print_env, false},
    {"json", rsyncd_print_json, false},
    {"unit", rsyncd_print_unit, true},
};

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "env|json|unit", 0, "what to print (default env)", 0}, {0}};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	const struct format **format = state->input;

	if (key != KEY_FORMAT)
		return ARGP_ERR_UNKNOWN;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(value, formats[i].name)) {
			*format = &formats[i];
			return 0;
		}
	}
	refused("--format %s: unknown; write env, json or unit", value);
}

static const struct argp rsyncd_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "[--format env|json|unit] [CONF]",
    .doc = "Prints the policy that an rsyncd.conf asks for (default /etc/rsyncd.conf), and on\n"
	   "standard error what in it weakens confinement.\v"
	   "env prints variables for a shell: set -a; eval \"$(preclude rsyncd)\"; set +a\n"
	   "or for systemd's EnvironmentFile=, which reads them alike.\n"
	   "unit prints a drop-in for systemd's rsync.service.",
};

int command_rsyncd(int argc, char **argv)
{
	const struct format *format = &formats[0];
	int first = parse_options(&rsyncd_argp, argc, argv, &format);
	struct rsyncd_policy policy;

	if (argc - first > 1)
		refused("%s: only one configuration can be read at a time", argv[first + 1]);
	rsyncd_policy_read(&policy, first < argc ? argv[first] : NULL, format->service);
	rsyncd_warn(&policy);
	format->print(&policy);
	finish_output();
	return 0;
}
