/* SPDX-License-Identifier: ISC */
/* PRECLUDE_GUARD: which options of rsync are guarded. */
#include "config/guard.h"

#include "config/parse.h"

const struct guard_option guard_options[GUARD_OPTIONS] = {
#define GUARD_OPTION(name, letter, base, climb) {#name, letter, GUARD_##base, GUARD_##climb},
#include "config/guard.def"
#undef GUARD_OPTION
};

_Static_assert(GUARD_OPTIONS < 31, "an option is a bit, and the last is GUARD_STRICT");

static int guard_element(struct reading *reading, const struct spot *spot)
{
	if (slice_is(spot->text, "rsync")) {
		reading->policy.guard |= GUARD_RSYNC;
		return 0;
	}
	if (slice_is(spot->text, "strict")) {
		reading->policy.guard |= GUARD_STRICT;
		return 0;
	}
	for (unsigned i = 0; i < GUARD_OPTIONS; i++)
		if (slice_is(spot->text, guard_options[i].name)) {
			reading->policy.guard |= UINT32_C(1) << i;
			return 0;
		}
	return refuse_at(reading->why, spot,
			 "not an option of rsync that takes a path; write rsync, strict, or an option without \"--\", "
			 "such as temp-dir");
}

int parse_guard(struct reading *reading, const char *value)
{
	reading->policy.guard = 0;
	if (parse_list(reading, value, guard_element))
		return -1;
	/* How to judge without what to judge: everything. */
	if (reading->policy.guard == GUARD_STRICT)
		reading->policy.guard |= GUARD_RSYNC;
	return 0;
}
