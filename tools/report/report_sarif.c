/* SPDX-License-Identifier: ISC */
/*
 * SARIF 2.1.0: what code scanning services and editors read. One result a call site; a rule is a class of them.
 *
 * Sources beneath the working directory are named relative to it, so that the same result is found again in another
 * checkout. partialFingerprints carries the site's own, which a rebuild does not change.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/names.h"
#include "tools/cli/memory.h"
#include "tools/events/json_text.h"
#include "tools/report/report.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define ROOT   "SRCROOT"

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", json_text(text));
}

/* A path as a URI reference: RFC 3986, every byte that is not unreserved in hexadecimal. */
static json_t *uri(const char *scheme, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	struct text text;
	FILE *out = text_begin(&text);
	json_t *value;

	fputs(scheme, out);
	for (const char *at = path; *at; at++)
		fprintf(out, strchr(plain, *at) ? "%c" : "%%%02X", (unsigned char)*at);
	value = json_string(text_end(&text));
	free(text.bytes);
	return value;
}

static json_t *artifact(const char *path, const char *root)
{
	size_t length = strlen(root);

	if (*path != '/')
		return json_pack("{s:o, s:s}", "uri", uri("", path), "uriBaseId", ROOT);
	if (length > 1 && !strncmp(path, root, length) && path[length] == '/' && path[length + 1])
		return json_pack("{s:o, s:s}", "uri", uri("", path + length + 1), "uriBaseId", ROOT);
	return json_pack("{s:o}", "uri", uri("file://", path));
}

/* A source line, or where there is none, an address in the program. NULL when neither is known. */
static json_t *physical(const struct site_frame *frame, const char *root)
{
	json_t *place;

	if (frame->source) {
		place = json_pack("{s:o}", "artifactLocation", artifact(frame->source, root));
		if (frame->line)
			json_object_set_new(place, "region", json_pack("{s:i}", "startLine", (int)frame->line));
		return place;
	}
	if (!frame->object)
		return NULL;
	return json_pack("{s:o, s:{s:I}}", "artifactLocation", artifact(frame->object, root), "address",
			 "relativeAddress", (json_int_t)frame->offset);
}

static json_t *location(const struct site_frame *frame, const char *root)
{
	json_t *one = json_object();
	json_t *place = physical(frame, root);

	if (place)
		json_object_set_new(one, "physicalLocation", place);
	if (frame->function)
		json_object_set_new(one, "logicalLocations",
				    json_pack("[{s:o, s:s}]", "name", json_text(frame->function), "kind", "function"));
	return one;
}

static json_t *stack(const struct site *site, const char *root)
{
	json_t *frames = json_array();

	for (unsigned i = 0; i < site->frame_count; i++) {
		const struct site_frame *frame = &site->frames[i];
		json_t *one = json_pack("{s:o}", "location", location(frame, root));

		if (frame->object)
			json_object_set_new(one, "module", json_text(frame->object));
		json_array_append_new(frames, one);
	}
	return json_pack("{s:o, s:o}", "message", message("The calls that led there, innermost first."), "frames",
			 frames);
}

static json_t *sentence(const struct site *site)
{
	const struct site_example *example = site->example_count ? &site->examples[0] : NULL;
	const char *leads = !example ? NULL : example->resolved ? example->resolved : example->path;
	struct text text;
	FILE *out = text_begin(&text);
	json_t *value;

	fprintf(out, "%s(): %s%s, %s, %s", site->func, where_name(site->where), site->escape ? ", an escape" : "",
		how_name(site->how), effect_name(site->effect));
	if (leads)
		fprintf(out, "; leads to %s", leads);
	if (site->shared)
		fprintf(out, "; others may write %s", site->shared);
	fprintf(out, ". %llu call%s in %llu process%s.", (unsigned long long)site->count, site->count == 1 ? "" : "s",
		(unsigned long long)site->processes, site->processes == 1 ? "" : "es");
	if (site->advice)
		fprintf(out, " Instead: %s", site->advice);
	value = message(text_end(&text));
	free(text.bytes);
	return value;
}

static json_t *properties(const struct site *site)
{
	json_t *bag = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:I}", "where", where_name(site->where), "from",
				from_name(site->from), "escape", site->escape, "does", does_name(site->does), "how",
				how_name(site->how), "effect", effect_name(site->effect), "processes",
				(json_int_t)site->processes);
	json_t *paths = json_array();

	for (unsigned i = 0; i < site->example_count; i++)
		json_array_append_new(paths, json_pack("{s:o, s:o}", "path", json_text(site->examples[i].path),
						       "resolved", json_text(site->examples[i].resolved)));
	json_object_set_new(bag, "func", json_text(site->func));
	json_object_set_new(bag, "module", json_text(site->module));
	json_object_set_new(bag, "examples", paths);
	return bag;
}

static json_t *result(const struct report *report, const struct site *site, const char *root)
{
	const struct class_words *rule = &classes[site->class];
	json_t *one =
	    json_pack("{s:s, s:i, s:s, s:o, s:{s:s}, s:I, s:o}", "ruleId", rule->name, "ruleIndex", (int)site->class,
		      "level", rule->level, "message", sentence(site), "partialFingerprints", "precludeSite/v1",
		      site->fingerprint, "occurrenceCount",
		      (json_int_t)(site->count <= INT_MAX ? site->count : INT_MAX), "properties", properties(site));

	if (site->at)
		json_object_set_new(one, "locations", json_pack("[o]", location(site->at, root)));
	if (site->frame_count)
		json_object_set_new(one, "stacks", json_pack("[o]", stack(site, root)));
	if (report->baseline)
		json_object_set_new(one, "baselineState", json_string(site->fresh ? "new" : "unchanged"));
	return one;
}

/* "Escaped" */
static json_t *title(const char *name)
{
	char text[32];

	snprintf(text, sizeof(text), "%s", name);
	*text = (char)toupper((unsigned char)*text);
	return json_string(text);
}

static json_t *driver(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < CLASSES; i++) {
		const struct class_words *rule = &classes[i];

		if (!rule->level)
			continue;
		json_array_append_new(
		    list, json_pack("{s:s, s:o, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:[s, s], s:s, s:s}}", "id",
				    rule->name, "name", title(rule->name), "shortDescription", "text", rule->summary,
				    "fullDescription", "text", rule->summary, "help", "text", rule->help,
				    "defaultConfiguration", "level", rule->level, "properties", "tags", "security",
				    "path-traversal", "precision", "very-high", "security-severity", rule->severity));
	}
	return json_pack("{s:s, s:s, s:o}", "name", "preclude", "semanticVersion", PRECLUDE_VERSION, "rules", list);
}

void report_sarif(const struct report *report, FILE *to)
{
	char root[PATH_MAX];
	json_t *results = json_array(), *notes = json_array(), *all;

	if (!getcwd(root, sizeof(root)))
		*root = '\0';
	for (size_t i = 0; i < report->site_count; i++)
		if (classes[report->sites[i]->class].level)
			json_array_append_new(results, result(report, report->sites[i], root));
	for (size_t i = 0; i < report->note_count; i++)
		json_array_append_new(notes,
				      json_pack("{s:s, s:o}", "level", "note", "message", message(report->notes[i])));
	all = json_pack("{s:s, s:s, s:[{s:{s:o}, s:o, s:[{s:b, s:o}], s:s, s:{s:s}}]}", "$schema", SCHEMA, "version",
			"2.1.0", "runs", "tool", "driver", driver(), "results", results, "invocations",
			"executionSuccessful", true, "toolExecutionNotifications", notes, "columnKind",
			"utf16CodeUnits", "properties", "headline", report->headline);
	must(all);
	if (root[0] == '/' && root[1]) {
		char directory[PATH_MAX + 1];

		stpcpy(stpcpy(directory, root), "/");
		json_object_set_new(json_array_get(json_object_get(all, "runs"), 0), "originalUriBaseIds",
				    json_pack("{s:{s:o}}", ROOT, "uri", uri("file://", directory)));
	}
	json_dumpf(all, to, JSON_INDENT(1));
	fputc('\n', to);
	json_decref(all);
}
