/* SPDX-License-Identifier: ISC */
/*
 * A line to a descriptor: whole or not at all, without blocking, without a signal, without errno.
 */
#ifndef PRECLUDE_SHIM_LOG_DELIVER_H
#define PRECLUDE_SHIM_LOG_DELIVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DELIVER_WAIT_MS 1000 /* how long a reader may keep a line waiting, once */

/* How the last delivery ended. Shared between processes that share the log, so only numbers. */
struct delivery {
	atomic_ullong promised; /* to a file: where the line that somebody writes will end, and its length; 0: nobody */
	atomic_int writer;      /* and which process that is */
	atomic_uint torn;       /* an unfinished line stands at the end: the next one begins with a newline */
	atomic_uint stuck;      /* nobody took the last line in time: the next one does not wait */
};

/*
 * Writes `length` bytes at `line`, whose first byte must be a newline that is only written when the line before was
 * torn. `mode` is the descriptor's st_mode; `ours` says that the file may be cut back to undo a short write. Returns 0,
 * or -errno when the line was not written whole; -EBADF when it is ours and has no name any more.
 */
int deliver(struct delivery *state, int fd, mode_t mode, bool ours, const char *line, size_t length);

/* Whether a file has no name any more, so that nobody will read what is written to it. */
bool deliver_removed(int fd);

/* One write of three parts to a descriptor that is not ours, waiting for room first: for the last words of a refusal.
 */
void deliver_words(int fd, const char *before, const char *words, const char *after);

/* A datagram on a connected socket. Returns 0 or -errno. */
int deliver_datagram(struct delivery *state, int fd, const char *text, size_t length);

#endif
