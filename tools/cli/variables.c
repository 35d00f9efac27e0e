/* SPDX-License-Identifier: ISC */
/* A list is cut between its elements, each part as long as the kernel passes it. */
#include "tools/cli/variables.h"

#include <stdlib.h>
#include <string.h>

#include "config/env.h"
#include "config/list.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"

void set_variable(const char *name, const char *value)
{
	if (setenv(name, value, 1) < 0)
		no_memory();
}

void print_variable(const char *name, const char *value)
{
	printf("%s='", name);
	for (; *value; value++) {
		/* systemd knows no other way to put a quote between quotes. */
		if (*value == '\'')
			fputs("'\"'\"'", stdout);
		else
			putchar(*value);
	}
	puts("'");
}

static void put_escaped(FILE *to, const char *text)
{
	char *escaped = must(malloc(strlen(text) * 2 + 1));

	list_escape(escaped, text);
	fputs(escaped, to);
	free(escaped);
}

void put_grant(FILE *to, const struct grant *grant)
{
	if (grant->name) {
		put_escaped(to, grant->name);
		fputc('=', to);
	}
	if (grant->optional)
		fputc('?', to);
	put_escaped(to, grant->path);
	fputs(grant->access == ACCESS_ROOT_RO ? ",ro" : grant->access == ACCESS_ROOT_DEV ? ",dev" : "", to);
}

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
		char *value = must(strndup(part.text, part.length));

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
