/* SPDX-License-Identifier: ISC */
/*
 * One line, drawn over itself with a carriage return, each time in one write. What the command writes meanwhile goes
 * over it, and the next picture follows beneath.
 */
#include "tools/observe/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL STDERR_FILENO

static bool shown; /* there is a line to be taken away */

/* Columns of the terminal; 0: there is none, or none that can take a line back. */
static unsigned columns(void)
{
	const char *term = getenv("TERM");
	struct winsize size;

	if (!term || !strcmp(term, "dumb") || !isatty(TERMINAL) || ioctl(TERMINAL, TIOCGWINSZ, &size))
		return 0;
	return size.ws_col > 20 ? size.ws_col : 0;
}

void progress_show(const char *text)
{
	unsigned width = columns();
	char line[1024];
	int length;

	if (!width)
		return;
	length = snprintf(line, sizeof(line), "\r\033[K%.*s\r", width - 1 > 900 ? 900 : (int)width - 1, text);
	shown = write(TERMINAL, line, (size_t)length) == length;
}

void progress_end(void)
{
	static const char clear[] = "\r\033[K";

	if (shown && write(TERMINAL, clear, sizeof(clear) - 1) > 0)
		shown = false;
}
