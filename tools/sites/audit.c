/* SPDX-License-Identifier: ISC */
/* Audit records -> denials, joined to the calls of a log. */
#include "tools/sites/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"

#define SLACK 2 /* seconds between the kernel's record and the library's line, on a machine that is busy */

struct denial {
	struct denial *next; /* at the same path */
	unsigned long long serial, domain;
	double time;
	int64_t pid; /* 0: its SYSCALL record is missing */
	char *exe;
	char *path;
	char *blockers;
	bool explained;
	bool own; /* the library's doing */
};

/* Denials by path. */
struct spot {
	char *path;
	struct denial *denials;
	UT_hash_handle hh;
};

/* A domain, by the process that made it. */
struct domain {
	unsigned long long id;
	int64_t pid;
	double time; /* of the record, which comes with its first denial */
	bool ours;
};

struct audit {
	struct denial *denials;
	size_t count, room;
	struct domain *domains;
	size_t domain_count, domain_room;
	struct spot *spots;
};

/* The value of a key, without its quotes; NULL when it is not there. */
static char *value(const char *line, const char *key)
{
	size_t length = strlen(key);
	const char *at = line;

	while ((at = strstr(at, key)) && !(at > line && strchr(" :\x1d", at[-1]) && at[length] == '='))
		at += length;
	if (!at)
		return NULL;
	at += length + 1;
	return *at == '"' ? strndup(at + 1, strcspn(at + 1, "\"")) : strndup(at, strcspn(at, " \n\x1d"));
}

/* A path, which stands in hexadecimal where it has bytes that the kernel would not write. */
static char *path_value(const char *line, const char *key)
{
	char *text = value(line, key);
	size_t length = text ? strlen(text) : 0;

	if (!length || text[0] == '/' || length % 2 || strspn(text, "0123456789ABCDEF") != length)
		return text;
	for (size_t i = 0; i < length / 2; i++) {
		const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};

		text[i] = (char)strtoul(digits, NULL, 16);
	}
	text[length / 2] = '\0';
	return text;
}

static unsigned long long number(const char *line, const char *key, int base)
{
	char *text = value(line, key);
	unsigned long long found = text ? strtoull(text, NULL, base) : 0;

	free(text);
	return found;
}

static bool record_is(const char *line, const char *name, const char *type)
{
	const char *at = strstr(line, "type=");

	if (!at)
		return false;
	at += strlen("type=");
	if (!strncmp(at, "UNKNOWN[", 8))
		at += 8;
	return !strncmp(at, name, strlen(name)) || !strncmp(at, type, strlen(type));
}

static void add_denial(struct audit *audit, const char *line, double time, unsigned long long serial)
{
	audit->denials = room_for_one(audit->denials, audit->count, &audit->room, sizeof(*audit->denials));
	audit->denials[audit->count++] = (struct denial){
	    .serial = serial,
	    .time = time,
	    .domain = number(line, "domain", 16),
	    .path = path_value(line, "path"),
	    .blockers = value(line, "blockers"),
	};
}

static void add_domain(struct audit *audit, const char *line, double time)
{
	char *status = value(line, "status");

	if (status && !strcmp(status, "allocated")) {
		audit->domains =
		    room_for_one(audit->domains, audit->domain_count, &audit->domain_room, sizeof(*audit->domains));
		audit->domains[audit->domain_count++] = (struct domain){
		    .id = number(line, "domain", 16), .pid = (int64_t)number(line, "pid", 10), .time = time};
	}
	free(status);
}

/* sandbox/applied.c tries at each start whether the domain is in force: so opens nobody else. */
#define OWN_CHECK (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

/* A call has one SYSCALL record behind its denials. */
static void add_caller(struct audit *audit, const char *line, unsigned long long serial)
{
	const bool own = (number(line, "a2", 16) & OWN_CHECK) == OWN_CHECK;

	for (size_t i = audit->count; i > 0 && audit->denials[i - 1].serial == serial; i--) {
		audit->denials[i - 1].pid = (int64_t)number(line, "pid", 10);
		audit->denials[i - 1].exe = path_value(line, "exe");
		audit->denials[i - 1].own = own;
	}
}

static void add_record(struct audit *audit, const char *line)
{
	const char *stamp = strstr(line, "audit(");
	unsigned long long serial;
	double time;

	if (!stamp || sscanf(stamp, "audit(%lf:%llu)", &time, &serial) != 2)
		return;
	if (record_is(line, "LANDLOCK_ACCESS", "1423"))
		add_denial(audit, stamp, time, serial);
	else if (record_is(line, "LANDLOCK_DOMAIN", "1424"))
		add_domain(audit, stamp, time);
	else if (record_is(line, "SYSCALL", "1300"))
		add_caller(audit, stamp, serial);
}

static void by_path(struct audit *audit)
{
	for (size_t i = 0; i < audit->count; i++) {
		struct denial *denial = &audit->denials[i];
		struct spot *spot;

		if (!denial->path)
			continue;
		HASH_FIND_STR(audit->spots, denial->path, spot);
		if (!spot) {
			spot = zeroed(sizeof(*spot));
			spot->path = denial->path;
			HASH_ADD_KEYPTR(hh, audit->spots, spot->path, strlen(spot->path), spot);
		}
		denial->next = spot->denials;
		spot->denials = denial;
	}
}

struct audit *audit_read(const char *path)
{
	struct audit *audit = zeroed(sizeof(*audit));
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		refused("%s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0)
		add_record(audit, line);
	if (ferror(file))
		refused("%s: %s", path, strerror(errno));
	free(line);
	if (file != stdin)
		fclose(file);
	by_path(audit);
	return audit;
}

static double time_of(const struct logged *event)
{
	struct tm tm = {0};
	const char *rest = event->time ? strptime(event->time, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;

	return rest ? (double)timegm(&tm) + strtod(rest, NULL) : 0;
}

static void claim_domains(struct audit *audit, const struct logged *event)
{
	double time = time_of(event);

	for (size_t i = 0; i < audit->domain_count; i++) {
		struct domain *domain = &audit->domains[i];

		domain->ours |= domain->pid == event->pid && domain->time > time - SLACK;
	}
}

/* The kernel names the directory where an entry would have been made or removed. */
static void explain(struct audit *audit, const struct logged *call, const char *path, size_t length)
{
	double time = time_of(call);
	struct spot *spot;

	HASH_FIND(hh, audit->spots, path, length, spot);
	for (struct denial *denial = spot ? spot->denials : NULL; denial; denial = denial->next) {
		double after = denial->time - time;

		if (denial->pid == call->pid || !denial->pid)
			denial->explained |= after > -SLACK && after < SLACK;
		if (denial->exe && call->exe && !strcmp(denial->exe, call->exe))
			denial->explained |= after > -SLACK;
	}
}

void audit_join(struct audit *audit, const struct logged *event)
{
	const char *const paths[] = {event->resolved, event->resolved2};

	if (event->kind == LOGGED_START || event->kind == LOGGED_SANDBOX)
		claim_domains(audit, event);
	if (event->kind != LOGGED_CALL || event->effect != EFFECT_DENIED)
		return;
	for (int i = 0; i < 2; i++) {
		const char *slash = paths[i] ? strrchr(paths[i], '/') : NULL;

		if (!slash)
			continue;
		explain(audit, event, paths[i], strlen(paths[i]));
		explain(audit, event, paths[i], slash > paths[i] ? (size_t)(slash - paths[i]) : 1);
	}
}

static bool ours(const struct audit *audit, const struct denial *denial)
{
	for (size_t i = 0; i < audit->domain_count; i++)
		if (audit->domains[i].id == denial->domain)
			return audit->domains[i].ours;
	return false;
}

/* What was denied to which program, in words, once. */
struct blind {
	const struct denial *first;
	unsigned long long count;
	UT_hash_handle hh;
	char words[];
};

static void add_blind(struct blind **blind, const struct denial *denial)
{
	char *words =
	    text_of("%s%s%s to %s", denial->blockers ? denial->blockers : "something", denial->path ? " on " : "",
		    denial->path ? denial->path : "", denial->exe ? denial->exe : "a program");
	const size_t length = strlen(words);
	struct blind *one;

	HASH_FIND(hh, *blind, words, length, one);
	if (!one) {
		one = zeroed(sizeof(*one) + length + 1);
		one->first = denial;
		memcpy(one->words, words, length);
		HASH_ADD(hh, *blind, words[0], length, one);
	}
	one->count++;
	free(words);
}

void audit_note(const struct audit *audit, struct report *report)
{
	struct blind *blind = NULL, *one;
	size_t all = 0, unexplained = 0;

	for (size_t i = 0; i < audit->count; i++) {
		const struct denial *denial = &audit->denials[i];

		if (denial->own || !ours(audit, denial))
			continue;
		all++;
		if (denial->explained)
			continue;
		unexplained++;
		add_blind(&blind, denial);
	}
	keep_note(
	    report,
	    "the kernel's audit records: %zu denials in these logs' domains, %zu of them by no call that the library "
	    "saw",
	    all, unexplained);
	for (one = blind; one; one = one->hh.next) {
		keep_note(report, "blind spot: the kernel denied %s (%llu times, first to pid %lld, audit %.3f:%llu)",
			  one->words, one->count, (long long)one->first->pid, one->first->time, one->first->serial);
	}
}
