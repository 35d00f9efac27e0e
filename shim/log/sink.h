/* SPDX-License-Identifier: ISC */
/* Where the log goes: standard error, a file, a descriptor of the user's, or syslog. */
#ifndef PRECLUDE_SHIM_LOG_SINK_H
#define PRECLUDE_SHIM_LOG_SINK_H

#include "config/policy.h"
#include "sandbox/sys.h"
#include "shim/log/deliver.h"

struct sink {
	enum log_sink kind;  /* never LOG_AUTO, nor LOG_JOURNAL */
	bool journal;        /* LOG_SYSLOG: by journald's own socket and in its own form */
	int fd;              /* LOG_STDERR, LOG_FD: a number of the program's, which may mean something else some day */
	struct identity id;  /* what is written to, unless that is syslog */
	struct identity top; /* "/" when the log was opened */
};

/*
 * Opens what the policy names. Returns 0, or -1 with `why` when lines cannot arrive. `expected` is 0, or what
 * sink_object() said in the process that applied the policy.
 */
int sink_open(struct sink *sink, const struct policy *policy, uint64_t expected, struct refusal *why);

/* A number that stands for the object behind LOG_FD; 0 for every other kind. */
uint64_t sink_object(const struct sink *sink);

/* The descriptor, if it still is the log; else -1. -1 for syslog. */
int sink_fd(const struct sink *sink);

/*
 * Writes a line, its first byte a spare newline (deliver.h). Returns 0 or -errno; -EBADF when the descriptor is not the
 * log any more, or the file has no name.
 */
int sink_write(const struct sink *sink, struct delivery *state, const char *line, size_t length);

/*
 * Connects to syslogd anew where lines go there: behind a chroot(2) there is no way to it, and it may have been
 * restarted since, or the file that the lines went to removed.
 */
void sink_before_chroot(const struct sink *sink);

/*
 * One message to syslogd, or journald. Connects when need be: it may have been restarted, or never have been needed
 * before.
 */
int syslog_send(const struct sink *sink, struct delivery *state, const char *message, size_t length);

/* Whether somebody may read what is written to standard error: it is neither closed nor /dev/null. */
bool sink_is_read(void);

/* A refusal that nobody would read there, "<27>preclude...": to syslog, or else to the terminal, if there is one. */
void sink_elsewhere(const char *line);

#endif
