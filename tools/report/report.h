/* SPDX-License-Identifier: ISC */
/* What becomes of merged call sites: a format, a baseline, an exit status. Shared by `report` and `observe`. */
#ifndef PRECLUDE_TOOLS_REPORT_REPORT_H
#define PRECLUDE_TOOLS_REPORT_REPORT_H

#include <argp.h>
#include <jansson.h>
#include <stdio.h>

#include "tools/sites/sites.h"

#define EXIT_FOUND 3 /* --fail-on found something */

/* The formats: one row in the table of report.c and one function each. Writes the whole report. */
typedef void report_writer(const struct report *report, FILE *to);

report_writer report_text;
report_writer report_json;
report_writer report_sarif;
report_writer report_html;
report_writer report_metrics;

/* What report_json writes, to be embedded elsewhere. */
json_t *report_object(const struct report *report);

/* headline.c: what happened, in a sentence without a full stop. Asked once the sites are sorted. */
const char *report_headline(struct report *report);

#define REPORT_EXE_MAX 16

/* The REPORT options. Zeroed, it is the text of everything and no gate. */
struct report_request {
	report_writer *write; /* NULL: text */
	const char *output;
	const char *baseline;
	const char *write_baseline;
	const char *exe[REPORT_EXE_MAX];
	unsigned exe_count;
	unsigned fail_on; /* --fail-on: sites of so many classes fail, counted from the worst; 0: none */
	bool fail_new;    /* and so does whatever the baseline does not know */
	unsigned top;     /* sites shown of each class in text; 0: all */
};

/* A child parser, whose input is a struct report_request. */
extern const struct argp report_options_argp;

/* sites_begin(), as the options have it. */
void report_begin(struct report *report, const struct report_request *request);

/*
 * Finishes the report, writes it to `to` or to --output, and says what a baseline has to say on standard error.
 * Returns 0, EXIT_FOUND, or PRECLUDE_EXIT_REFUSED when --fail-on was given and nothing was judged.
 */
int report_conclude(struct report *report, const struct report_request *request, FILE *to);

/* baseline.c. Reads the file of known sites, or refuses; fills `fresh`, `gone` and their counts. */
void baseline_compare(struct report *report, const char *path);

/* Writes the sites of this report as known. */
void baseline_write(const struct report *report, const char *path);

/* Says what is new and gone and what --fail-on found. Returns how many sites that is. */
uint64_t baseline_gate(const struct report *report, const struct report_request *request);

/* judged.c: why there was nothing to judge, or for one of --exe, as a sentence for people; NULL: there was. */
const char *report_unjudged(struct report *report);

#endif
