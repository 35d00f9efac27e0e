/* SPDX-License-Identifier: ISC */
/* A line at the bottom of the terminal, while a command writes above it. Does nothing where there is no terminal. */
#ifndef PRECLUDE_TOOLS_OBSERVE_PROGRESS_H
#define PRECLUDE_TOOLS_OBSERVE_PROGRESS_H

void progress_begin(void);

/* Cut where the terminal ends; shown at most a few times a second by whoever calls it. */
void progress_show(const char *text);

/* The terminal as it was. */
void progress_end(void);

#endif
