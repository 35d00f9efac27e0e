/* SPDX-License-Identifier: ISC */
/* Bytes as a JSON string. A file name is any bytes; JSON is Unicode. */
#ifndef PRECLUDE_TOOLS_JSON_TEXT_H
#define PRECLUDE_TOOLS_JSON_TEXT_H

#include <jansson.h>

/* A string; what is no UTF-8 is spelt out, "\xff". NULL gives null. */
json_t *json_text(const char *bytes);

#endif
