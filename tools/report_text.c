/* SPDX-License-Identifier: ISC */
/* The report for people. */
#include "shim/words.h"
#include "tools/report.h"

void report_text(const struct report *report, FILE *to)
{
	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];

		fprintf(to, "%-10s %8llu  %s %s\n", rank_name(site->rank), (unsigned long long)site->count, site->func,
			where_name(site->where));
	}
}
