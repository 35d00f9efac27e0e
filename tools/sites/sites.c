/* SPDX-License-Identifier: ISC */
/*
 * Merging. A million events are a few hundred sites: an event that adds nothing new allocates nothing.
 *
 * How often a site was passed: a `count` event tells all calls since the last one, those included that were logged in
 * full. So a process's calls count when they are logged, and its count event counts for what it tells beyond them.
 */
#include "tools/sites/sites.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/sites/classify.h"
#include "tools/sites/hash.h"
#include "tools/sites/visits.h"

struct sites {
	struct site *sites;
	struct report_host *hosts;
	struct report_host *host; /* of the last event */
	struct report_said *said;
	struct report_program *programs;
	const char *program; /* of the last event */
	struct visits visits;
};

void sites_begin(struct report *report)
{
	*report = (struct report){0};
	report->private = zeroed(sizeof(*report->private));
}

/* Appends to one of the report's lists, which grow at each power of two. */
#define APPEND(list, count, item)                                                                                      \
	do {                                                                                                           \
		if (!((count) & ((count)-1)))                                                                          \
			(list) = must(realloc(list, ((count) ? (count)*2 : 1) * sizeof(*(list))));                     \
		(list)[(count)++] = (item);                                                                            \
	} while (0)

static uint64_t verdict_of(const struct logged *event)
{
	return (uint64_t)event->where | (uint64_t)event->from << 4 | (uint64_t)event->does << 8 |
	       (uint64_t)event->how << 12 | (uint64_t)event->effect << 16 | (uint64_t)event->by << 20 |
	       (uint64_t)event->escape << 24;
}

static uint64_t key_of(const struct logged *event)
{
	uint64_t hash = mix(mix_text(mix_text(0, event->func), event->module), verdict_of(event));

	for (unsigned i = 0; i < event->frame_count; i++) {
		const struct logged_frame *frame = &event->frames[i];

		hash = mix(mix_text(hash, frame->build_id ? frame->build_id : frame->object), frame->offset);
	}
	return hash;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same(const struct site *site, const struct logged *event)
{
	if (site->verdict != verdict_of(event) || strcmp(site->func, event->func) != 0 ||
	    !same_text(site->module, event->module) || site->raw_count != event->frame_count)
		return false;
	for (unsigned i = 0; i < site->raw_count; i++) {
		if (site->raw[i].offset != event->frames[i].offset)
			return false;
	}
	return true;
}

static struct site *site_new(struct report *report, const struct logged *event, uint64_t key)
{
	struct site *site = keep_room(report, sizeof(*site));

	site->func = keep_text(report, event->func);
	site->module = keep_text(report, event->module);
	site->where = event->where;
	site->from = event->from;
	site->does = event->does;
	site->how = event->how;
	site->effect = event->effect;
	site->by = event->by;
	site->escape = event->escape;
	site->verdict = verdict_of(event);
	site->raw_count = event->frame_count;
	for (unsigned i = 0; i < event->frame_count; i++) {
		site->raw[i] = (struct logged_frame){
		    .object = keep_text(report, event->frames[i].object),
		    .build_id = keep_text(report, event->frames[i].build_id),
		    .symbol = keep_text(report, event->frames[i].symbol),
		    .offset = event->frames[i].offset,
		};
	}
	stack_plain(report, site);
	site->key = key;
	HASH_ADD(hh, report->private->sites, key, sizeof(site->key), site);
	APPEND(report->sites, report->site_count, site);
	return site;
}

static struct site *site_of(struct report *report, const struct logged *event)
{
	uint64_t key = key_of(event);

	for (;; key++) {
		struct site *site;

		HASH_FIND(hh, report->private->sites, &key, sizeof(key), site);
		if (!site)
			return site_new(report, event, key);
		if (same(site, event))
			return site;
	}
}

/* What distinguishes one example from another is where it led. */
static void example(struct report *report, struct site *site, const struct logged *event)
{
	const char *led = event->resolved ? event->resolved : event->path;

	if (!led || site->example_count == SITE_EXAMPLES)
		return;
	for (unsigned i = 0; i < site->example_count; i++) {
		const struct site_example *other = &site->examples[i];

		if (!strcmp(led, other->resolved ? other->resolved : other->path))
			return;
	}
	site->examples[site->example_count++] = (struct site_example){
	    .time = keep_text(report, event->time),
	    .host = keep_text(report, event->host),
	    .exe = keep_text(report, event->exe),
	    .path = keep_text(report, event->path),
	    .path2 = keep_text(report, event->path2),
	    .dir = keep_text(report, event->dir),
	    .resolved = keep_text(report, event->resolved),
	    .pid = event->pid,
	};
}

static void span(struct report *report, struct site *site, const char *time)
{
	if (!time)
		return;
	if (!site->first || strcmp(time, site->first) < 0)
		site->first = keep_text(report, time);
	/* In place: a site's last time moves with nearly every event. */
	if (!site->last || strlen(site->last) != strlen(time)) {
		char *last = keep_room(report, strlen(time) + 1);

		site->last = strcpy(last, time);
	} else if (strcmp(time, site->last) > 0) {
		memcpy((char *)(uintptr_t)site->last, time, strlen(time));
	}
}

static void add_call(struct report *report, const struct logged *event)
{
	struct site *site;
	struct visit *visit;
	struct report_host *host = report->private->host;
	uint64_t calls = 1;
	enum walked walked;
	bool first;

	if (!event->func)
		return;
	site = site_of(report, event);
	visit = visits_of(&report->private->visits, site->key, host, event->pid, &first);
	site->processes += first;
	if (event->kind == LOGGED_COUNT) {
		calls = event->count > 0 ? (uint64_t)event->count : 0;
		calls -= calls < visit->untold ? calls : visit->untold;
		visit->untold = 0;
	} else {
		visit->untold++;
		site->names += walked_one_name(event->path);
		walked = walked_how(event->dir, event->path, event->resolved);
		site->walked = walked > site->walked ? walked : site->walked;
		example(report, site, event);
	}
	site->count += calls;
	report->calls += calls;
	host->calls += calls;
	if (!site->error_name)
		site->error_name = keep_text(report, event->error_name);
	keep_name(report, &site->programs, event->exe);
	keep_name(report, &site->hosts, event->host);
	span(report, site, event->time);
}

static void add_said(struct report *report, const struct logged *event)
{
	static const char *const actions[] = {"rejected", "would be rejected", "cannot be guarded"};
	struct report_said *said;
	char words[1024];
	size_t length;

	if (event->kind == LOGGED_GUARD)
		length = (size_t)snprintf(words, sizeof(words), "--%s=%s of module %s: %s",
					  event->option ? event->option : "*", event->value ? event->value : "",
					  event->module ? event->module : "-", actions[event->action % 3]);
	else
		length = (size_t)snprintf(words, sizeof(words), "%s", event->reason ? event->reason : "");
	if (length >= sizeof(words))
		length = sizeof(words) - 1;
	HASH_FIND(hh, report->private->said, words, length, said);
	if (!said) {
		said = keep_room(report, sizeof(*said));
		said->kind = event->kind;
		said->text = keep_text(report, words);
		said->module = keep_text(report, event->module);
		said->action = event->action;
		HASH_ADD_KEYPTR(hh, report->private->said, said->text, length, said);
		APPEND(report->said, report->said_count, said);
	}
	said->count++;
}

static struct report_host *host_of(struct report *report, const char *name)
{
	struct sites *sites = report->private;
	struct report_host *host;

	if (!name)
		name = "";
	if (sites->host && !strcmp(sites->host->name, name))
		return sites->host;
	HASH_FIND_STR(sites->hosts, name, host);
	if (!host) {
		host = keep_room(report, sizeof(*host));
		host->name = keep_text(report, name);
		HASH_ADD_KEYPTR(hh, sites->hosts, host->name, strlen(name), host);
		APPEND(report->hosts, report->host_count, host);
	}
	return host;
}

static const char *last_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static void add_program(struct report *report, const char *exe)
{
	struct sites *sites = report->private;
	const char *name = last_name(exe);
	struct report_program *program;

	if (!name || !*name || (sites->program && !strcmp(sites->program, name)))
		return;
	HASH_FIND_STR(sites->programs, name, program);
	if (!program) {
		program = keep_room(report, sizeof(*program));
		program->name = keep_text(report, name);
		HASH_ADD_KEYPTR(hh, sites->programs, program->name, strlen(name), program);
		APPEND(report->programs, report->program_count, program);
	}
	sites->program = program->name;
}

/* Whether the report is about this program: by its path, or by its last name where the pattern has no slash. */
static bool wanted(struct report *report, const char *exe)
{
	bool any = !report->only_count;

	for (unsigned i = 0; i < report->only_count; i++) {
		const char *pattern = report->only[i];

		if (exe && !fnmatch(pattern, strchr(pattern, '/') ? exe : last_name(exe), 0)) {
			report->only_seen |= 1u << i;
			any = true;
		}
	}
	return any;
}

void sites_add(void *context, const struct logged *event)
{
	struct report *report = context;
	bool first;

	add_program(report, event->exe);
	if (!wanted(report, event->exe))
		return;
	report->judged += event->kind == LOGGED_START || event->kind == LOGGED_CALL || event->kind == LOGGED_COUNT ||
			  event->kind == LOGGED_GUARD;
	report->private->host = host_of(report, event->host);
	report->private->host->events++;
	visits_of(&report->private->visits, 0, report->private->host, event->pid, &first);
	report->processes += first;
	switch (event->kind) {
	case LOGGED_CALL:
	case LOGGED_COUNT:
		add_call(report, event);
		break;
	case LOGGED_START:
		report->modes[event->mode % 3]++;
		break;
	case LOGGED_SANDBOX:
		report->outcomes[event->outcome % 4]++;
		report->statuses[event->status % 3]++;
		break;
	case LOGGED_GUARD:
	case LOGGED_WARNING:
	case LOGGED_REFUSED:
		add_said(report, event);
		break;
	default:
		break;
	}
}

void sites_finish(struct report *report)
{
	struct sites *sites = report->private;

	HASH_CLEAR(hh, sites->sites);
	sites->sites = unite_lines(report);
	for (size_t i = 0; i < report->site_count; i++) {
		struct site *site = report->sites[i];

		judge_site(report, site);
		report->class_sites[site->class]++;
		report->class_calls[site->class] += site->count;
		for (unsigned h = 0; h < site->hosts.count; h++)
			host_of(report, site->hosts.name[h])->sites[site->class]++;
		if (!site->hosts.count)
			host_of(report, NULL)->sites[site->class]++;
	}
	if (report->site_count)
		qsort(report->sites, report->site_count, sizeof(*report->sites), judge_compare);
	HASH_CLEAR(hh, sites->sites);
	visits_end(&sites->visits);
}

void sites_end(struct report *report)
{
	struct sites *sites = report->private;

	HASH_CLEAR(hh, sites->sites);
	HASH_CLEAR(hh, sites->hosts);
	HASH_CLEAR(hh, sites->said);
	HASH_CLEAR(hh, sites->programs);
	visits_end(&sites->visits);
	free(sites);
	free(report->sites);
	free(report->hosts);
	free(report->said);
	free(report->programs);
	keep_end(report);
	*report = (struct report){0};
}
