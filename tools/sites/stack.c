/* SPDX-License-Identifier: ISC */
/* The stack of a call site, and which of its levels is the one to show. */
#include <string.h>

#include "tools/sites/sites.h"

bool sites_is_libc(const char *object)
{
	const char *slash = object ? strrchr(object, '/') : NULL;

	return slash &&
	       (!strncmp(slash, "/libc.so", 8) || !strncmp(slash, "/libc-2", 7) || !strncmp(slash, "/ld-musl", 8));
}

void sites_frames(struct report *report, struct site *site, const struct site_frame *frames, unsigned count)
{
	struct site_frame *kept = keep_room(report, count * sizeof(*kept));

	memcpy(kept, frames, count * sizeof(*kept));
	site->frames = kept;
	site->frame_count = count;
	site->at = NULL;
	for (unsigned i = 0; i < count; i++) {
		if (kept[i].source && !sites_is_libc(kept[i].object)) {
			site->at = &kept[i];
			break;
		}
	}
	if (!site->at && count && kept[0].function)
		site->at = kept;
}

void stack_plain(struct report *report, struct site *site)
{
	struct site_frame frames[FRAMES_MAX] = {0};

	for (unsigned i = 0; i < site->raw_count; i++) {
		const struct logged_frame *raw = &site->raw[i];

		frames[i] = (struct site_frame){
		    .object = raw->object,
		    .build_id = raw->build_id,
		    .symbol = raw->symbol,
		    .function = raw->symbol,
		    .offset = raw->offset,
		};
	}
	sites_frames(report, site, frames, site->raw_count);
}
