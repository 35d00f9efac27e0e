/* SPDX-License-Identifier: ISC */
/* The formats of `preclude report`: one row in the table of report.c and one function each. */
#ifndef PRECLUDE_TOOLS_REPORT_H
#define PRECLUDE_TOOLS_REPORT_H

#include <stdio.h>

#include "tools/sites.h"

/* Writes the whole report. What cannot be written is found by the caller, with ferror(). */
typedef void report_writer(const struct report *report, FILE *to);

report_writer report_text;
report_writer report_json;

#endif
