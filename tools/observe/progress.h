/* SPDX-License-Identifier: ISC */
/* A line on the terminal while a command runs. Does nothing where there is no terminal. */
#ifndef PRECLUDE_TOOLS_OBSERVE_PROGRESS_H
#define PRECLUDE_TOOLS_OBSERVE_PROGRESS_H

/* Cut where the terminal ends; shown at most a few times a second by whoever calls it. */
void progress_show(const char *text);

/* Takes the line away. */
void progress_end(void);

#endif
