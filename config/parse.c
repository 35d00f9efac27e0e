/* SPDX-License-Identifier: ISC */
/* What every variable's parser needs: lists, numbers, one spelling of paths, and where a mistake is. */
#include "config/parse.h"

#include <stdarg.h>

int refuse_at(struct refusal *why, const struct spot *spot, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	refuse_spot(why, spot, format, arguments);
	va_end(arguments);
	return -1;
}

int refuse_memory(struct refusal *why)
{
	return refuse(why, "no memory to read the policy");
}

int parse_list(struct reading *reading, const char *value,
	       int (*element)(struct reading *reading, const struct spot *spot))
{
	struct slice rest = slice_of(value);
	struct spot spot = {.variable = reading->variable};
	bool more = rest.length != 0;

	while (more) {
		size_t bad;

		more = list_cut(&rest, ':', &spot.text);
		spot.position++;
		if (!spot.text.length)
			return refuse_at(reading->why, &spot, "empty; remove it");
		bad = list_bad_escape(spot.text);
		if (bad < spot.text.length) {
			spot.byte = bad + 1;
			return refuse_at(reading->why, &spot,
					 "a backslash stands only before \":\", \",\", \"=\" or another "
					 "backslash; write \"\\\\\" for a backslash itself");
		}
		if (element(reading, &spot))
			return -1;
	}
	return 0;
}

bool parse_number(struct slice text, uint32_t least, uint32_t most, uint32_t *out)
{
	uint64_t number = 0;

	if (!text.length || (text.text[0] == '0' && text.length > 1))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text.text[i] - '0');
		if (number > most)
			return false;
	}
	*out = (uint32_t)number;
	return number >= least;
}

size_t parse_list_bound(const char *value)
{
	size_t count = 1;

	for (; *value; value++)
		count += *value == ':';
	return count;
}

/* The length of the first component of `path`, which stands behind a slash. */
static size_t component(const char *path)
{
	return strcspn(path, "/");
}

bool path_normalise(char *path)
{
	char *out = path;
	const char *in;

	for (in = path; *in; in += component(in)) {
		in += strspn(in, "/");
		if (component(in) == 2 && in[0] == '.' && in[1] == '.')
			return false;
	}
	for (in = path; *in;) {
		size_t length;

		in += strspn(in, "/");
		length = component(in);
		/* What is written never overtakes what is read: each component read had its slash. */
		if (length && !(length == 1 && *in == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return true;
}
