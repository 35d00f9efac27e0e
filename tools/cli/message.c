/* SPDX-License-Identifier: ISC */
/* How every command speaks to a person. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/log/sink.h"
#include "tools/cli/tools.h"

__attribute__((format(printf, 2, 0))) static struct refusal speak(const char *kind, const char *format,
								  va_list arguments, const char *page)
{
	char said[sizeof(((struct refusal *)NULL)->text)];
	struct refusal line;

	vsnprintf(said, sizeof(said), format, arguments);
	refuse(&line, "%s", said); /* for its escaping: what a path holds must not reach a terminal raw */
	fflush(stdout);
	fprintf(stderr, "preclude: %s: %s%s\n", kind, line.text, page);
	return line;
}

void refused(const char *format, ...)
{
	struct refusal why;
	va_list arguments;
	char line[sizeof(why.text) + 64];

	va_start(arguments, format);
	why = speak("refused", format, arguments, "; see preclude(1)");
	va_end(arguments);
	if (!sink_is_read()) {
		snprintf(line, sizeof(line), "<27>preclude: refused: %s; see preclude(1)", why.text);
		sink_elsewhere(line);
	}
	exit(PRECLUDE_EXIT_REFUSED);
}

void warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	speak("warning", format, arguments, "");
	va_end(arguments);
}

void finish_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		refused("standard output: %s", strerror(errno));
}
