/* SPDX-License-Identifier: ISC */
/* Bytes as a JSON string (a file name is any bytes; JSON is Unicode), and objects on the way out. */
#ifndef PRECLUDE_TOOLS_EVENTS_JSON_TEXT_H
#define PRECLUDE_TOOLS_EVENTS_JSON_TEXT_H

#include <jansson.h>

/* A string; what is no UTF-8 is spelt out, "\xff". NULL gives null. */
json_t *json_text(const char *bytes);

/* Writes an object, which it takes, and a newline. Refuses when it cannot, and the NULL of an object that nobody made.
 */
void json_print(json_t *object, FILE *to);

#endif
