/* SPDX-License-Identifier: ISC */
/* Indented by two spaces a level, as jansson's JSON_INDENT(2) writes the reports. */
#include "tools/cli/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/format.h"
#include "tools/cli/memory.h"

#define LONGEST 6 /* bytes of JSON for one byte of text: \u001b, \udcff */

static void put_quoted(const char *text)
{
	const size_t room = LONGEST * strlen(text) + sizeof("\"\"");
	char *quoted = zeroed(room);
	struct out out = {.at = quoted, .end = quoted + room};

	put_escaped(&out, ESCAPE_JSON, text, room);
	fwrite(quoted, 1, out.length, stdout);
	free(quoted);
}

static void begin(struct json_writer *json, const char *key)
{
	if (json->depth)
		printf("%s\n%*s", json->filled ? "," : "", (int)(2 * json->depth), "");
	json->filled = true;
	if (key) {
		put_quoted(key);
		fputs(": ", stdout);
	}
}

void json_open(struct json_writer *json, const char *key, char bracket)
{
	begin(json, key);
	putchar(bracket);
	json->depth++;
	json->filled = false;
}

void json_close(struct json_writer *json, char bracket)
{
	json->depth--;
	if (json->filled)
		printf("\n%*s", (int)(2 * json->depth), "");
	putchar(bracket);
	json->filled = true;
	if (!json->depth)
		putchar('\n');
}

void json_put_text(struct json_writer *json, const char *key, const char *text)
{
	begin(json, key);
	if (text)
		put_quoted(text);
	else
		fputs("null", stdout);
}

void json_put_number(struct json_writer *json, const char *key, long number)
{
	begin(json, key);
	printf("%ld", number);
}

void json_put_bool(struct json_writer *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", stdout);
}
