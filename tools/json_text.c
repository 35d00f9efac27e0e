/* SPDX-License-Identifier: ISC */
/* The log has \udcXX for a byte that is no UTF-8, which most readers of JSON refuse; what others read must not. */
#include "tools/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/tools.h"

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
	json_t *text = bytes ? json_string(bytes) : json_null();
	char *spelt = NULL;
	size_t size = 0, left = bytes ? strlen(bytes) : 0;
	FILE *out;

	if (text)
		return text;
	out = open_memstream(&spelt, &size);
	if (!out)
		refused("no memory");
	while (left) {
		size_t length = sequence(bytes, left);

		if (length)
			fwrite(bytes, 1, length, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*bytes);
		bytes += length ? length : 1;
		left -= length ? length : 1;
	}
	if (fclose(out))
		refused("no memory");
	text = json_string(spelt);
	free(spelt);
	if (!text)
		refused("no memory");
	return text;
}
