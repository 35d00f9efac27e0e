/* SPDX-License-Identifier: ISC */
/* A list is cut between its elements, each part as long as the kernel passes it. */
#include "tools/put_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/env.h"
#include "config/list.h"
#include "tools/tools.h"

/* Takes from the front of `rest` as many elements as fit into `room` bytes; none when the first is too long. */
static struct slice cut_part(struct slice *rest, size_t room)
{
	struct slice part = {rest->text, 0}, after = *rest, element;
	bool more = true;

	while (more) {
		more = list_cut(&after, ':', &element);
		if ((size_t)(element.text - part.text) + element.length > room)
			break;
		part.length = (size_t)(element.text - part.text) + element.length;
		*rest = after;
	}
	return part;
}

void put_list(const char *variable, const char *list, void (*put)(const char *name, const char *value))
{
	struct slice rest = slice_of(list);
	char name[64];
	int length = snprintf(name, sizeof(name), "%s", variable);

	for (unsigned number = 2;; number++) {
		struct slice part = cut_part(&rest, ENV_LONGEST - (size_t)length - 2);
		char *value = strndup(part.text, part.length);

		if (!value)
			refused("no memory");
		if (number > ENV_PARTS + 1 || (rest.length && !part.length))
			refused("%s: %zu bytes do not fit into variables of %zu bytes; serve fewer modules from one "
				"daemon, or shorten their names and paths",
				variable, strlen(list), ENV_LONGEST);
		put(name, value);
		free(value);
		if (!rest.length)
			return;
		length = snprintf(name, sizeof(name), "%s_%u", variable, number);
	}
}
