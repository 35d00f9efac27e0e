/* SPDX-License-Identifier: ISC */
/* The report in one sentence: what happened, not what could have. Each format that has a title shows this one. */
#include <stdlib.h>

#include "tools/cli/memory.h"
#include "tools/report/report.h"

/* Call sites that the sentence is about. */
struct tellings {
	uint64_t out;       /* escaped, and led out of the roots */
	uint64_t within;    /* escaped, inside a root that does not allow it */
	uint64_t stoppable; /* of these two, what enforcing would deny */
	uint64_t denied;
	uint64_t unknown; /* passed, and it is not known where they led */
	uint64_t other;   /* the rest of class outside: failed, or only looked */
};

static struct tellings tellings_of(const struct report *report)
{
	struct tellings t = {0};

	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];

		if (site->class == CLASS_ESCAPED) {
			*(site->where == WHERE_INSIDE && !site->escape ? &t.within : &t.out) += 1;
			t.stoppable += site->effect == EFFECT_WOULD_DENY;
		} else if (site->class == CLASS_OUTSIDE) {
			if (site->effect == EFFECT_DENIED)
				t.denied++;
			else if (site->where == WHERE_UNKNOWN && site->effect == EFFECT_PASSED)
				t.unknown++;
			else
				t.other++;
		}
	}
	return t;
}

static void put_sites(FILE *to, uint64_t count, const char *words)
{
	fprintf(to, "%llu call site%s %s", (unsigned long long)count, count == 1 ? "" : "s", words);
}

/* "2 call sites got outside; enforcing would stop them" */
static void put_escaped_sites(FILE *to, const struct report *report, const struct tellings *t)
{
	uint64_t all = t->out + t->within;
	bool observed = report->modes[MODE_OBSERVE] && !report->modes[MODE_ENFORCE];

	if (t->out)
		put_sites(to, t->out, "got outside");
	if (t->within) {
		fputs(t->out ? ", and " : "", to);
		put_sites(to, t->within,
			  t->within == 1 ? "did what its root does not allow" : "did what their roots do not allow");
	}
	if (t->stoppable && t->stoppable < all)
		fprintf(to, "; enforcing would stop %llu of them", (unsigned long long)t->stoppable);
	else if (t->stoppable || observed)
		fprintf(to, "; enforcing would %sstop %s", t->stoppable ? "" : "not ", all == 1 ? "it" : "them");
	if (t->denied)
		fprintf(to, "; %llu more %s denied", (unsigned long long)t->denied, t->denied == 1 ? "was" : "were");
}

static void put_outside_sites(FILE *to, const struct report *report, const struct tellings *t)
{
	if (t->unknown) {
		fprintf(to, "It is not known where %llu call site%s led", (unsigned long long)t->unknown,
			t->unknown == 1 ? "" : "s");
		return;
	}
	fputs(report->tally.torn ? "Nothing in what is left of the log got outside: " : "Nothing got outside: ", to);
	if (t->denied)
		put_sites(to, t->denied, t->denied == 1 ? "was denied" : "were denied");
	if (t->denied && t->other)
		fprintf(to, ", %llu only looked or failed there", (unsigned long long)t->other);
	else if (t->other)
		put_sites(to, t->other, "only looked or failed there");
}

static void put_sentence(FILE *to, const struct report *report)
{
	const uint64_t *sites = report->class_sites;
	struct tellings t = tellings_of(report);

	if (sites[CLASS_ESCAPED]) {
		put_escaped_sites(to, report, &t);
	} else if (sites[CLASS_OUTSIDE]) {
		put_outside_sites(to, report, &t);
	} else if (sites[CLASS_SWAPPABLE]) {
		fputs("Nothing led outside: ", to);
		put_sites(to, sites[CLASS_SWAPPABLE],
			  sites[CLASS_SWAPPABLE] == 1 ? "uses a name that others can swap"
						      : "use names that others can swap");
	} else if (sites[CLASS_UNANCHORED]) {
		fputs("Nothing led outside: ", to);
		put_sites(to, sites[CLASS_UNANCHORED],
			  sites[CLASS_UNANCHORED] == 1 ? "is unanchored" : "are unanchored");
	} else {
		fputs(report->site_count ? "Every call is anchored" : "No calls were logged", to);
	}
}

const char *report_headline(struct report *report)
{
	struct text text;
	const char *kept;

	put_sentence(text_begin(&text), report);
	kept = keep_text(report, text_end(&text));
	free(text.bytes);
	return kept;
}
