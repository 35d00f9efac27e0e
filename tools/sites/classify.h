/* SPDX-License-Identifier: ISC */
/* What to think of a merged call site: how bad it is, what to write instead, and what it is known by after a rebuild.
 */
#ifndef PRECLUDE_TOOLS_SITES_CLASSIFY_H
#define PRECLUDE_TOOLS_SITES_CLASSIFY_H

#include "tools/sites/sites.h"

/* The class of a verdict as far as the log alone tells: never CLASS_SWAPPABLE, which depends on who may write there. */
enum site_class class_of_verdict(enum where where, bool escape, enum does does, enum how how, enum effect effect);

/* Fills what sites.h says sites_finish() fills, but for `fresh`. */
void judge_site(struct report *report, struct site *site);

/*
 * merge.c: two builds of a program, or a loop that was unrolled, have other addresses and the same lines. Makes one
 * site of each such lot, in report->sites. Returns the table of those that are left.
 */
struct site *unite_lines(struct report *report);

/* For qsort() over pointers to sites: the worst first, then the most frequent, then by name, so that it is stable. */
int judge_compare(const void *a, const void *b);

/* The row of tools/report/advice.def for a function of the log, with its DIR; NULL when there is nothing to advise. */
const char *advice_instead(const char *func);

/* What to write instead of the call, as it was called; NULL when it is anchored or takes a descriptor. */
const char *advice_for(struct report *report, const struct site *site);

#endif
