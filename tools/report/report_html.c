/* SPDX-License-Identifier: ISC */
/*
 * The report as one page that needs nothing else: page.mk made it of report.html, .css and .js; here the data is put
 * in.
 *
 * The data is the JSON report in a script element that no browser runs, read by the page's script. An HTML parser ends
 * that element at "</script", and is led astray by "<!--": so no '<' may stand in it, and JSON has another way to
 * write one.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/report/report.h"

#define DATA "@DATA@"

extern const char report_page[]; /* report_page.S */

void report_html(const struct report *report, FILE *to)
{
	const char *data = strstr(report_page, DATA);
	json_t *all = report_object(report);
	char *text = must(json_dumps(all, JSON_COMPACT));

	fwrite(report_page, 1, (size_t)(data - report_page), to);
	for (const char *from = text; *from;) {
		size_t plain = strcspn(from, "<");

		fwrite(from, 1, plain, to);
		from += plain;
		if (*from) {
			fputs("\\u003c", to);
			from++;
		}
	}
	fputs(data + strlen(DATA), to);
	free(text);
	json_decref(all);
}
