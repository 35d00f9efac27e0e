/* SPDX-License-Identifier: ISC */
/*
 * OpenMetrics text, for a node exporter's textfile collector. What counts events is a counter: it grows with the logs
 * and starts again when they are rotated, as a counter may. How many sites there are is a gauge.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shim/base/names.h"
#include "tools/cli/memory.h"
#include "tools/events/json_text.h"
#include "tools/report/report.h"

/* The sites, and calls or options, of one set of labels. */
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

/* The group of the labels that were written to `text`, which is made when there is none. */
static struct group *group_of(struct group **groups, struct text *text)
{
	char *labels = text_end(text);
	struct group *group;

	HASH_FIND_STR(*groups, labels, group);
	if (!group) {
		group = zeroed(sizeof(*group));
		group->labels = labels;
		HASH_ADD_KEYPTR(hh, *groups, group->labels, strlen(group->labels), group);
	} else {
		free(labels);
	}
	return group;
}

static void forget(struct group *groups)
{
	struct group *group = groups, *next;

	HASH_CLEAR(hh, groups);
	for (; group; group = next) {
		next = group->hh.next;
		free(group->labels);
		free(group);
	}
}

static void print_groups(FILE *to, const struct report *report)
{
	struct group *groups = NULL, *group;

	for (size_t i = 0; i < report->site_count; i++) {
		const struct site *site = report->sites[i];
		struct text text;
		FILE *out = text_begin(&text);

		label(out, "class", class_name(site->class));
		label(out, ",effect", effect_name(site->effect));
		label(out, ",module", site->module);
		group = group_of(&groups, &text);
		group->sites++;
		group->calls += site->count;
	}
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
	forget(groups);
}

static void print_guards(FILE *to, const struct report *report)
{
	struct group *groups = NULL, *group;

	for (size_t i = 0; i < report->said_count; i++) {
		const struct report_said *said = report->said[i];
		struct text text;
		FILE *out;

		if (said->kind != LOGGED_GUARD)
			continue;
		out = text_begin(&text);
		label(out, "action", guard_action_name(said->action));
		label(out, ",module", said->module);
		group_of(&groups, &text)->calls += said->count;
	}
	family(to, "preclude_guarded_options", "counter",
	       "Options of clients that led out, by module and what became of them.");
	for (group = groups; group; group = group->hh.next) {
		fprintf(to, "preclude_guarded_options_total{%s}", group->labels);
		value(to, group->calls);
	}
	forget(groups);
}

static void print_hosts(FILE *to, const struct report *report)
{
	family(to, "preclude_host_sites", "gauge", "Call sites, by host and class.");
	for (size_t i = 0; i < report->host_count; i++)
		for (unsigned c = 0; c < CLASSES; c++) {
			fputs("preclude_host_sites{", to);
			label(to, "host", report->hosts[i]->name);
			label(to, ",class", class_name(c));
			fputc('}', to);
			value(to, report->hosts[i]->sites[c]);
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
	const struct events_tally *tally = &report->tally;

	print_groups(to, report);
	print_guards(to, report);
	print_hosts(to, report);
	family(to, "preclude_processes", "gauge", "Processes seen in the logs.");
	fputs("preclude_processes", to);
	value(to, report->processes);
	family(to, "preclude_events", "counter", "Events read, by kind.");
	for (enum logged_kind kind = 0; kind < LOGGED_KINDS; kind++)
		sample(to, "preclude_events_total", "event", logged_kind_name(kind), tally->events[kind]);
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
