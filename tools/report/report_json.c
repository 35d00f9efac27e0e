/* SPDX-License-Identifier: ISC */
/* The report for programs: one JSON object, from which the other formats can be made. Also a baseline. */
#include "shim/base/names.h"
#include "tools/cli/memory.h"
#include "tools/events/json_text.h"
#include "tools/report/report.h"

static void put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, must(value)) < 0)
		no_memory();
}

static void put_text(json_t *object, const char *name, const char *text)
{
	put(object, name, json_text(text));
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
	put(object, name, json_integer((json_int_t)number));
}

static json_t *frames(const struct site *site)
{
	json_t *list = must(json_array());

	for (unsigned i = 0; i < site->frame_count; i++) {
		const struct site_frame *frame = &site->frames[i];
		json_t *one = must(json_object());

		put_text(one, "function", frame->function);
		put_text(one, "source", frame->source);
		put_number(one, "line", frame->line);
		put(one, "inlined", json_boolean(frame->inlined));
		put_text(one, "object", frame->object);
		put_text(one, "build_id", frame->build_id);
		put_number(one, "offset", frame->offset);
		put_text(one, "symbol", frame->symbol);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *examples(const struct site *site)
{
	json_t *list = must(json_array());

	for (unsigned i = 0; i < site->example_count; i++) {
		const struct site_example *example = &site->examples[i];
		json_t *one = must(json_object());

		put_text(one, "time", example->time);
		put_text(one, "host", example->host);
		put_number(one, "pid", (uint64_t)example->pid);
		put_text(one, "exe", example->exe);
		put_text(one, "path", example->path);
		put_text(one, "path2", example->path2);
		put_text(one, "dir", example->dir);
		put_text(one, "resolved", example->resolved);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *names(const struct site_names *names)
{
	json_t *list = must(json_array());

	for (unsigned i = 0; i < names->count; i++)
		json_array_append_new(list, must(json_text(names->name[i])));
	return list;
}

static json_t *one_site(const struct report *report, const struct site *site)
{
	json_t *one = must(json_object());

	put_text(one, "fingerprint", site->fingerprint);
	put_text(one, "class", class_name(site->class));
	put_text(one, "words", site->words);
	put_text(one, "func", site->func);
	put_text(one, "function", site->at ? site->at->function : NULL);
	put_text(one, "source", site->at ? site->at->source : NULL);
	put_number(one, "line", site->at ? site->at->line : 0);
	put_text(one, "where", where_name(site->where));
	put_text(one, "from", from_name(site->from));
	put(one, "escape", json_boolean(site->escape));
	put_text(one, "does", does_name(site->does));
	put_text(one, "how", how_name(site->how));
	put_text(one, "effect", effect_name(site->effect));
	put_text(one, "by", by_name(site->by));
	put_text(one, "error", site->error_name);
	put_text(one, "module", site->module);
	put_text(one, "shared", site->shared);
	put_text(one, "advice", site->advice);
	if (report->baseline) {
		put(one, "new", json_boolean(site->fresh));
		put_text(one, "new_caller", site->caller ? site->caller->function : NULL);
	}
	put_number(one, "count", site->count);
	put_number(one, "processes", site->processes);
	put_text(one, "first", site->first);
	put_text(one, "last", site->last);
	put(one, "programs", names(&site->programs));
	put(one, "hosts", names(&site->hosts));
	put(one, "examples", examples(site));
	put(one, "frames", frames(site));
	return one;
}

static json_t *by_class(const struct report *report)
{
	json_t *all = must(json_object());

	for (unsigned i = 0; i < CLASSES; i++) {
		json_t *one = must(json_object());

		put_number(one, "sites", report->class_sites[i]);
		put_number(one, "calls", report->class_calls[i]);
		put_text(one, "meaning", classes[i].meaning);
		put(all, class_name(i), one);
	}
	return all;
}

static json_t *said(const struct report *report)
{
	json_t *list = must(json_array());

	for (size_t i = 0; i < report->said_count; i++) {
		json_t *one = must(json_object());

		put_text(one, "event", logged_kind_name(report->said[i]->kind));
		put_text(one, "text", report->said[i]->text);
		put_number(one, "count", report->said[i]->count);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *gone(const struct report *report)
{
	json_t *list = must(json_array());

	for (size_t i = 0; i < report->gone_count; i++) {
		json_t *one = must(json_object());

		put_text(one, "fingerprint", report->gone[i].fingerprint);
		put_text(one, "words", report->gone[i].words);
		json_array_append_new(list, one);
	}
	return list;
}

json_t *report_object(const struct report *report)
{
	json_t *all = must(json_object());
	json_t *notes = must(json_array());
	json_t *sites = must(json_array());

	put_number(all, "v", 1);
	put_text(all, "headline", report->headline);
	put_number(all, "calls", report->calls);
	put_number(all, "processes", report->processes);
	put_number(all, "hosts", report->host_count);
	put_number(all, "lines", report->tally.lines);
	put_number(all, "torn", report->tally.torn);
	put_number(all, "foreign", report->tally.foreign);
	put(all, "classes", by_class(report));
	for (size_t i = 0; i < report->note_count; i++)
		json_array_append_new(notes, must(json_text(report->notes[i])));
	put(all, "notes", notes);
	put(all, "said", said(report));
	if (report->baseline) {
		put_text(all, "baseline", report->baseline);
		put_number(all, "new", report->fresh);
		put(all, "gone", gone(report));
	}
	for (size_t i = 0; i < report->site_count; i++)
		json_array_append_new(sites, one_site(report, report->sites[i]));
	put(all, "sites", sites);
	return all;
}

void report_json(const struct report *report, FILE *to)
{
	json_t *all = report_object(report);

	json_dumpf(all, to, JSON_INDENT(1));
	fputc('\n', to);
	json_decref(all);
}
