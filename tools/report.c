/* SPDX-License-Identifier: ISC */
/* preclude report: logs of many runs and hosts -> call sites, worst first. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report.h"
#include "tools/tools.h"

static const struct format {
	const char *name;
	report_writer *write;
} formats[] = {
    {"text", report_text},
    {"json", report_json},
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

struct request {
	const struct format *format;
};

static const struct argp_option options[] = {
    {"format", 'f', "FORMAT", 0, "text (the default) or json", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'f':
		for (size_t i = 0; i < FORMATS; i++) {
			if (!strcmp(formats[i].name, value)) {
				request->format = &formats[i];
				return 0;
			}
		}
		refused("--format %s: no such format; `preclude report --help` lists them", value);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp report_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[OPTION...] LOG...",
    .doc = "Merges logs (JSON Lines, also gzip'ed; - is standard input) into call sites, worst first.",
};

int command_report(int argc, char **argv)
{
	struct request request = {.format = formats};
	struct report report;
	int first = parse_options(&report_argp, argc, argv, &request);

	if (first == argc)
		refused("which log? preclude report [OPTION...] LOG...");
	sites_begin(&report);
	for (int i = first; i < argc; i++) {
		int error = events_read(argv[i], sites_add, &report, &report.tally);

		if (error)
			refused("%s: %s", argv[i], strerror(-error));
	}
	sites_finish(&report);
	request.format->write(&report, stdout);
	if (fflush(stdout) || ferror(stdout))
		refused("standard output: %s", strerror(errno));
	sites_end(&report);
	return 0;
}
