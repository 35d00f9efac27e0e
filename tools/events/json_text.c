/* SPDX-License-Identifier: ISC */
/* The log has \udcXX for a byte that is no UTF-8, which most readers of JSON refuse; what others read must not. */
#include "tools/events/json_text.h"

#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"

/* The longest sequence of UTF-8 is 4 bytes. 0 when none begins here. */
static size_t sequence(const char *at, size_t left)
{
	for (size_t length = 1; length <= 4 && length <= left; length++) {
		json_t *one = json_stringn(at, length);

		json_decref(one);
		if (one)
			return length;
	}
	return 0;
}

json_t *json_text(const char *bytes)
{
	json_t *value = bytes ? json_string(bytes) : json_null();
	struct text spelt;
	size_t left = bytes ? strlen(bytes) : 0;
	FILE *out;

	if (value)
		return value;
	out = text_begin(&spelt);
	while (left) {
		size_t length = sequence(bytes, left);

		if (length)
			fwrite(bytes, 1, length, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*bytes);
		bytes += length ? length : 1;
		left -= length ? length : 1;
	}
	value = must(json_string(text_end(&spelt)));
	free(spelt.bytes);
	return value;
}

void json_print(json_t *object, FILE *to)
{
	if (!object || json_dumpf(object, to, JSON_INDENT(2)) < 0)
		refused("the JSON cannot be written");
	fputc('\n', to);
	json_decref(object);
}
