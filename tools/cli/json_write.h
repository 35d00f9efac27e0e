/* SPDX-License-Identifier: ISC */
/*
 * JSON on standard output, written as it is made, for the commands that link libc alone. An object has a key for each
 * member, a list has none (NULL). Nothing is checked: a wrong call writes wrong JSON.
 */
#ifndef PRECLUDE_TOOLS_CLI_JSON_WRITE_H
#define PRECLUDE_TOOLS_CLI_JSON_WRITE_H

#include <stdbool.h>

struct json_writer {
	unsigned depth;
	bool filled; /* the innermost object or list has a member */
};

void json_open(struct json_writer *json, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json_writer *json, char bracket);                 /* '}' or ']'; a newline ends the outermost */

/* Bytes that are not UTF-8 are written as \udcXX, as in the log. NULL is null. */
void json_put_text(struct json_writer *json, const char *key, const char *text);
void json_put_number(struct json_writer *json, const char *key, long number);
void json_put_bool(struct json_writer *json, const char *key, bool value);

#endif
