/* SPDX-License-Identifier: ISC */
/*
 * OpenMetrics text, for a node exporter's textfile collector. What counts events is a counter: it grows with the logs
 * and starts again when they are rotated, as a counter may. How many sites there are is a gauge.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shim/words.h"
#include "tools/json_text.h"
#include "tools/report.h"
#include "tools/tools.h"

/* The sites and calls of one set of labels. */
struct group {
	char *labels; /* as they are written, which is also the key */
	uint64_t sites;
	uint64_t calls;
	UT_hash_handle hh;
};

/* name="value". A value is Unicode in which three characters are escaped; what a terminal must not get is spelt out. */
static void label(FILE *to, const char *name, const char *value)
{
	json_t *text = json_text(value ? value : "");

	fprintf(to, "%s=\"", name);
	for (const char *at = json_string_value(text); *at; at++) {
		if (*at == '\n')
			fputs("\\n", to);
		else if ((unsigned char)*at < ' ' || *at == '\x7f')
			fprintf(to, "\\\\x%02x", (unsigned char)*at);
		else
			fprintf(to, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
	}
	fputc('"', to);
	json_decref(text);
}

static void family(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void value(FILE *to, uint64_t number)
{
	fprintf(to, " %llu\n", (unsigned long long)number);
}

/* name{key="word"} number */
static void sample(FILE *to, const char *name, const char *key, const char *word, uint64_t number)
{
	fprintf(to, "%s{", name);
	label(to, key, word);
	fputc('}', to);
	value(to, number);
}

static struct group *group_sites(const struct report *report)
{
	struct group *groups = NULL;

	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];
		struct group *group;
		char *labels = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&labels, &size);

		if (!out)
			refused("no memory");
		label(out, "class", rank_name(site->rank));
		label(out, ",effect", effect_name(site->effect));
		label(out, ",module", site->module);
		if (fclose(out))
			refused("no memory");
		HASH_FIND_STR(groups, labels, group);
		if (!group) {
			group = calloc(1, sizeof(*group));
			if (!group)
				refused("no memory");
			group->labels = labels;
			HASH_ADD_KEYPTR(hh, groups, group->labels, strlen(group->labels), group);
		} else {
			free(labels);
		}
		group->sites++;
		group->calls += site->count;
	}
	return groups;
}

static void print_groups(FILE *to, const struct report *report)
{
	struct group *groups = group_sites(report), *group, *next;

	family(to, "preclude_sites", "gauge", "Call sites, by class, effect and module.");
	for (group = groups; group; group = group->hh.next) {
		fprintf(to, "preclude_sites{%s}", group->labels);
		value(to, group->sites);
	}
	family(to, "preclude_calls", "counter", "Calls from these sites.");
	for (group = groups; group; group = group->hh.next) {
		fprintf(to, "preclude_calls_total{%s}", group->labels);
		value(to, group->calls);
	}
	group = groups;
	HASH_CLEAR(hh, groups);
	for (; group; group = next) {
		next = group->hh.next;
		free(group->labels);
		free(group);
	}
}

static void print_hosts(FILE *to, const struct report *report)
{
	family(to, "preclude_host_sites", "gauge", "Call sites, by host and class.");
	for (size_t i = 0; i < report->host_count; i++)
		for (enum site_rank rank = 0; rank < RANKS; rank++) {
			fputs("preclude_host_sites{", to);
			label(to, "host", report->hosts[i]->name);
			label(to, ",class", rank_name(rank));
			fputc('}', to);
			value(to, report->hosts[i]->sites[rank]);
		}
	family(to, "preclude_host_calls", "counter", "Calls, by host.");
	for (size_t i = 0; i < report->host_count; i++)
		sample(to, "preclude_host_calls_total", "host", report->hosts[i]->name, report->hosts[i]->calls);
}

/* Seconds of the newest event: a log that has fallen silent is found by it. 0 when there is none. */
static long long newest(const struct report *report)
{
	const char *last = "";
	struct tm when = {0};

	for (size_t i = 0; i < report->site_count; i++)
		if (report->sites[i]->last && strcmp(report->sites[i]->last, last) > 0)
			last = report->sites[i]->last;
	return strptime(last, "%Y-%m-%dT%H:%M:%S", &when) ? (long long)timegm(&when) : 0;
}

void report_metrics(const struct report *report, FILE *to)
{
	static const char *const kinds[LOGGED_KINDS] = {"start", "sandbox", "call",   "count",
							"guard", "warning", "refused"};
	const struct events_tally *tally = &report->tally;

	print_groups(to, report);
	print_hosts(to, report);
	family(to, "preclude_processes", "gauge", "Processes seen in the logs.");
	fputs("preclude_processes", to);
	value(to, report->processes);
	family(to, "preclude_events", "counter", "Events read, by kind. guard: a client's option was rejected.");
	for (size_t i = 0; i < LOGGED_KINDS; i++)
		sample(to, "preclude_events_total", "event", kinds[i], tally->events[i]);
	family(to, "preclude_sandboxes", "counter", "Sandboxes laid, by what became of them.");
	for (enum outcome_kind kind = 0; kind < sizeof(report->outcomes) / sizeof(*report->outcomes); kind++)
		sample(to, "preclude_sandboxes_total", "outcome", outcome_name(kind), report->outcomes[kind]);
	family(to, "preclude_sandbox_status", "counter",
	       "Sandboxes laid, by how much of the policy the kernel enforces.");
	for (enum status status = 0; status < sizeof(report->statuses) / sizeof(*report->statuses); status++)
		sample(to, "preclude_sandbox_status_total", "status", status_name(status), report->statuses[status]);
	family(to, "preclude_dropped_lines", "counter", "Lines of the logs that could not be read.");
	sample(to, "preclude_dropped_lines_total", "reason", "torn", tally->torn);
	sample(to, "preclude_dropped_lines_total", "reason", "foreign", tally->foreign);
	fprintf(
	    to,
	    "# TYPE preclude_last_call_timestamp_seconds gauge\n# UNIT preclude_last_call_timestamp_seconds seconds\n"
	    "# HELP preclude_last_call_timestamp_seconds When the newest call was logged.\n"
	    "preclude_last_call_timestamp_seconds %lld\n# EOF\n",
	    newest(report));
}
