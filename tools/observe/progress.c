/* SPDX-License-Identifier: ISC */
/*
 * The last row is taken out of what scrolls (DECSTBM), as apt(8) does, so that a command's own lines, at whatever
 * moment they come, are never mixed with ours. Each picture is one write.
 */
#include "tools/observe/progress.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL STDERR_FILENO

static unsigned rows; /* for which a region was set; 0: none */

__attribute__((format(printf, 1, 2))) static void draw(const char *format, ...)
{
	char picture[1024];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(picture, sizeof(picture), format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < sizeof(picture) && write(TERMINAL, picture, (size_t)length) < 0)
		rows = 0;
}

static bool size(struct winsize *size)
{
	return isatty(TERMINAL) && !ioctl(TERMINAL, TIOCGWINSZ, size) && size->ws_row > 3 && size->ws_col > 20;
}

/* All rows but the last scroll. The cursor moves up first, should it stand in the last one. */
static void set_region(unsigned now)
{
	rows = now;
	draw("\n\0337\033[1;%ur\0338\033[1A", rows - 1);
}

void progress_begin(void)
{
	const char *term = getenv("TERM");
	struct winsize now;

	if (term && strcmp(term, "dumb") != 0 && size(&now))
		set_region(now.ws_row);
}

void progress_show(const char *text)
{
	struct winsize now;

	if (!rows || !size(&now))
		return;
	if (now.ws_row != rows)
		set_region(now.ws_row);
	draw("\0337\033[%u;1H\033[7m%.*s\033[0m\033[K\0338", rows, (int)now.ws_col - 1 > 900 ? 900 : now.ws_col - 1,
	     text);
}

void progress_end(void)
{
	if (rows)
		draw("\0337\033[%u;1H\033[K\033[r\0338", rows);
	rows = 0;
}
