/* SPDX-License-Identifier: ISC */
/* Whether a report judged anything: a gate that is passed because nothing was seen would be worse than none. */
#include <stdlib.h>
#include <string.h>

#include "config/nearest.h"
#include "tools/cli/memory.h"
#include "tools/report/report.h"

#define SHOWN 8

static void put_programs(FILE *to, const struct report *report)
{
	fputs("the log has: ", to);
	for (size_t i = 0; i < report->program_count && i < SHOWN; i++)
		fprintf(to, "%s%s", i ? ", " : "", report->programs[i]->name);
	if (report->program_count > SHOWN)
		fprintf(to, " and %zu more", report->program_count - SHOWN);
}

static void put_unmatched(FILE *to, const struct report *report, const char *pattern)
{
	const char **names = zeroed((report->program_count + 1) * sizeof(*names));
	const char *close;

	for (size_t i = 0; i < report->program_count; i++)
		names[i] = report->programs[i]->name;
	close = nearest(pattern, strlen(pattern), 0, names, report->program_count);
	fprintf(to, "no event of --exe '%s'; ", pattern);
	if (close)
		fprintf(to, "did you mean %s? ", close);
	put_programs(to, report);
	free(names);
}

static void put_reason(FILE *to, const struct report *report)
{
	const struct events_tally *tally = &report->tally;

	for (unsigned i = 0; i < report->only_count && tally->read; i++) {
		if (!(report->only_seen & 1u << i)) {
			put_unmatched(to, report, report->only[i]);
			return;
		}
	}
	if (report->judged)
		return;
	if (!tally->lines)
		fputs("no event was logged", to);
	else if (!tally->read)
		fprintf(to, "no whole event in %llu line%s", (unsigned long long)tally->lines,
			tally->lines == 1 ? "" : "s");
	else if (report->program_count)
		fprintf(to, "no program ran under the library: %s only wrote %s",
			report->program_count == 1 ? report->programs[0]->name : "the programs of the log",
			tally->events[LOGGED_REFUSED] ? "that the policy was refused" : "warnings");
}

const char *report_unjudged(struct report *report)
{
	struct text text;
	const char *kept;

	put_reason(text_begin(&text), report);
	kept = *text_end(&text) ? keep_text(report, text.bytes) : NULL;
	free(text.bytes);
	return kept;
}
