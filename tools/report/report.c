/* SPDX-License-Identifier: ISC */
/* preclude report: logs of many runs and hosts -> call sites, worst first. */
#include "tools/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/tools.h"
#include "tools/events/events.h"
#include "tools/sites/audit.h"
#include "tools/sites/source.h"

static const struct format {
	const char *name;
	report_writer *write;
} formats[] = {
    {"text", report_text}, {"json", report_json},       {"sarif", report_sarif},
    {"html", report_html}, {"metrics", report_metrics},
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

enum { KEY_FORMAT = 0x2000, KEY_OUTPUT, KEY_BASELINE, KEY_WRITE_BASELINE, KEY_FAIL_ON, KEY_TOP, KEY_EXE, KEY_AUDIT };

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "text|json|sarif|html|metrics", 0, "what to print (default text)", 0},
    {"exe", KEY_EXE, "GLOB", 0, "only calls of this program: by path, or by name; may be given again", 0},
    {"output", KEY_OUTPUT, "FILE", 0, "write the report there", 0},
    {"top", KEY_TOP, "N", 0, "in text, show N sites of each class; default all", 0},
    {"baseline", KEY_BASELINE, "FILE", 0, "known sites: say what is new and what is gone", 0},
    {"write-baseline", KEY_WRITE_BASELINE, "FILE", 0, "make this report's sites the known ones", 0},
    {"fail-on", KEY_FAIL_ON, "escaped|outside|swappable|unanchored|anchored|new", 0,
     "exit 3 on an unknown site of this class or a worse one; or a list", 0},
    {0},
};

static report_writer *format_named(const char *name)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (!strcmp(formats[i].name, name))
			return formats[i].write;
	}
	refused("--format %s: no such format; `preclude report --help` lists them", name);
}

/* The class of this name, or CLASSES. */
static unsigned class_named(const char *name, size_t length)
{
	unsigned i = 0;

	while (i < CLASSES && (strlen(classes[i].name) != length || strncmp(classes[i].name, name, length) != 0))
		i++;
	return i;
}

/* A list: its least bad class counts, since worse ones fail with it. */
static void fail_on(struct report_request *request, const char *list)
{
	for (const char *at = list;; at++) {
		size_t length = strcspn(at, ",:");
		unsigned class = class_named(at, length);

		if (length == strlen("new") && !strncmp(at, "new", length))
			request->fail_new = true;
		else if (class == CLASSES)
			refused("--fail-on %s: a list of escaped, outside, swappable, unanchored, anchored, new", list);
		else if (request->fail_on <= class)
			request->fail_on = class + 1;
		at += length;
		if (!*at)
			return;
	}
}

static unsigned number(const char *option, const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value > UINT32_MAX)
		refused("--%s %s: a number is expected", option, text);
	return (unsigned)value;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct report_request *request = state->input;

	switch (key) {
	case KEY_FORMAT:
		request->write = format_named(value);
		return 0;
	case KEY_OUTPUT:
		request->output = value;
		return 0;
	case KEY_EXE:
		if (request->exe_count == REPORT_EXE_MAX)
			refused("--exe: more than %d; write one pattern for several", REPORT_EXE_MAX);
		request->exe[request->exe_count++] = value;
		return 0;
	case KEY_BASELINE:
		request->baseline = value;
		return 0;
	case KEY_WRITE_BASELINE:
		request->write_baseline = value;
		return 0;
	case KEY_FAIL_ON:
		fail_on(request, value);
		return 0;
	case KEY_TOP:
		request->top = number("top", value);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (request->fail_new && !request->baseline)
			refused("--fail-on new: new to which --baseline?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp report_options_argp = {.options = options, .parser = parse};

/* A log is lines that others wrote: what was not understood is said, not hidden. */
static void note_lines(struct report *report)
{
	const struct events_tally *tally = &report->tally;

	if (tally->torn)
		keep_note(report, "%llu of %llu lines were cut off or damaged, and left out",
			  (unsigned long long)tally->torn, (unsigned long long)tally->lines);
	if (tally->foreign)
		keep_note(report, "%llu of %llu lines are no events of this version, and left out",
			  (unsigned long long)tally->foreign, (unsigned long long)tally->lines);
}

void report_begin(struct report *report, const struct report_request *request)
{
	sites_begin(report);
	report->only = request->exe;
	report->only_count = request->exe_count;
	report->top = request->top;
}

static void write_report(const struct report *report, const struct report_request *request, FILE *to)
{
	FILE *out = request->output ? fopen(request->output, "we") : to;

	if (!out)
		refused("%s: %s", request->output, strerror(errno));
	(request->write ? request->write : report_text)(report, out);
	if (fflush(out) || ferror(out) || (out != to && fclose(out)))
		refused("%s: %s", request->output ? request->output : "the report", strerror(errno));
}

int report_conclude(struct report *report, const struct report_request *request, FILE *to)
{
	const char *unjudged = report_unjudged(report);
	struct refusal line;

	note_lines(report);
	if (unjudged)
		keep_note(report, "%s", unjudged);
	source_resolve(report);
	sites_finish(report);
	report->headline = report_headline(report);
	if (request->baseline)
		baseline_compare(report, request->baseline);
	write_report(report, request, to);
	if (request->write_baseline)
		baseline_write(report, request->write_baseline);
	if (baseline_gate(report, request))
		return EXIT_FOUND;
	if (!unjudged || !(request->fail_on || request->fail_new))
		return 0;
	refuse(&line, "%s", unjudged);
	fprintf(stderr, "preclude: --fail-on judged nothing: %s\n", line.text);
	return PRECLUDE_EXIT_REFUSED;
}

struct merging {
	struct report_request request;
	struct report report;
	struct audit *audit; /* NULL: no records were given */
};

static const struct argp_child children[] = {{&report_options_argp, 0, NULL, 0}, {0}};

static const struct argp_option audit_options[] = {
    {"audit", KEY_AUDIT, "FILE", 0, "the kernel's audit records: say what was denied and no call explains", 0},
    {0},
};

static error_t parse_report(int key, char *value, struct argp_state *state)
{
	struct merging *merging = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &merging->request;
		return 0;
	case KEY_AUDIT:
		merging->audit = audit_read(value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* An events_visit. */
static void merge(void *context, const struct logged *event)
{
	struct merging *merging = context;

	sites_add(&merging->report, event);
	if (merging->audit)
		audit_join(merging->audit, event);
}

static const struct argp report_argp = {
    .options = audit_options,
    .parser = parse_report,
    .children = children,
    .args_doc = "[OPTION...] LOG...",
    .doc = "Merges logs (JSON Lines, also gzip'ed; - is standard input) into call sites, worst first,\n"
	   "and says what to write instead.\v"
	   "With a baseline, the sites that it holds never fail. Exit status: 0; 3 --fail-on found\n"
	   "something; 125 preclude failed, or --fail-on had nothing to judge.",
};

int command_report(int argc, char **argv)
{
	struct merging merging = {0};
	int first = parse_options(&report_argp, argc, argv, &merging);
	int status;

	if (first == argc)
		refused("which log? preclude report [OPTION...] LOG...");
	for (int i = first; i < argc; i++) {
		if (!strncmp(argv[i], "--", 2))
			refused("%s: options come before the logs; for a file of that name write ./%s", argv[i],
				argv[i]);
	}
	report_begin(&merging.report, &merging.request);
	for (int i = first; i < argc; i++)
		events_read_log(argv[i], merge, &merging, &merging.report.tally);
	if (merging.audit)
		audit_note(merging.audit, &merging.report);
	status = report_conclude(&merging.report, &merging.request, stdout);
	sites_end(&merging.report);
	return status;
}
