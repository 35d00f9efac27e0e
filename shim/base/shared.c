/* SPDX-License-Identifier: ISC */
/*
 * One mapping for all of it: the kernel makes a file of each, which costs a start three microseconds and its end as
 * many.
 */
#include "shim/base/shared.h"

#include <sys/mman.h>

#include "sandbox/sys.h"

#define LINE ((size_t)64)

static char *at, *end;

void *shared_take(size_t size)
{
	char *taken;

	size = (size + LINE - 1) / LINE * LINE;
	if (size > (size_t)(end - at)) {
		const size_t room = size > SHARED_ROOM ? size : SHARED_ROOM;

		taken = sys_pages(room, MAP_SHARED);
		if (!taken)
			return NULL;
		at = taken;
		end = taken + room;
	}
	taken = at;
	at += size;
	return taken;
}
