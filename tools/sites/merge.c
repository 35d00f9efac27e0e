/* SPDX-License-Identifier: ISC */
/* Sites that are one place in the source become one. */
#include <string.h>

#include "tools/sites/classify.h"
#include "tools/sites/hash.h"

/* A level with a source line is known by it; any other by its address. */
static uint64_t mix_frame(uint64_t hash, const struct site_frame *frame)
{
	hash = mix_text(mix_text(hash, frame->object), frame->function);
	if (frame->source)
		return mix(mix_text(hash, frame->source), frame->line);
	return mix(mix_text(hash, frame->build_id), frame->offset);
}

static bool same_frame(const struct site_frame *a, const struct site_frame *b)
{
	/* What is kept is one pointer for equal texts. */
	if (a->object != b->object || a->function != b->function || a->source != b->source)
		return false;
	return a->source ? a->line == b->line : a->build_id == b->build_id && a->offset == b->offset;
}

static bool same_symbolised(const struct site *a, const struct site *b)
{
	if (a->verdict != b->verdict || a->func != b->func || a->module != b->module ||
	    a->frame_count != b->frame_count)
		return false;
	for (unsigned i = 0; i < a->frame_count; i++) {
		if (!same_frame(&a->frames[i], &b->frames[i]))
			return false;
	}
	return true;
}

static void unite(struct report *report, struct site *site, const struct site *other)
{
	site->count += other->count;
	site->names += other->names;
	if (site->walked < other->walked)
		site->walked = other->walked;
	/* The ways through one loop are gone by the same processes, those through two builds by others. */
	if (!site->raw_count || site->raw[0].build_id != other->raw[0].build_id)
		site->processes += other->processes;
	else if (site->processes < other->processes)
		site->processes = other->processes;
	for (unsigned i = 0; i < other->programs.count; i++)
		keep_name(report, &site->programs, other->programs.name[i]);
	for (unsigned i = 0; i < other->hosts.count; i++)
		keep_name(report, &site->hosts, other->hosts.name[i]);
	for (unsigned i = 0; i < other->example_count && site->example_count < SITE_EXAMPLES; i++)
		site->examples[site->example_count++] = other->examples[i];
	if (other->first && (!site->first || strcmp(other->first, site->first) < 0))
		site->first = other->first;
	if (other->last && (!site->last || strcmp(other->last, site->last) > 0))
		site->last = other->last;
}

struct site *unite_lines(struct report *report)
{
	struct site *sites = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < report->site_count; i++) {
		struct site *site = report->sites[i], *other;

		site->key = mix_text(mix_text(0, site->func), site->module);
		for (unsigned frame = 0; frame < site->frame_count; frame++)
			site->key = mix_frame(site->key, &site->frames[frame]);
		for (;; site->key++) {
			HASH_FIND(hh, sites, &site->key, sizeof(site->key), other);
			if (!other || same_symbolised(other, site))
				break;
		}
		if (other) {
			unite(report, other, site);
			continue;
		}
		HASH_ADD(hh, sites, key, sizeof(site->key), site);
		report->sites[kept++] = site;
	}
	report->site_count = kept;
	return sites;
}
