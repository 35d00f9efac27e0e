/* SPDX-License-Identifier: ISC */
/*
 * The log: one event, one line, one write.
 *
 * Everything after log_open() is async-signal-safe, takes no lock, keeps errno, and costs under 1 KiB of stack (lines
 * are built in pages mapped for the purpose). A line that cannot be written is counted, never torn and never sent
 * anywhere else than the log or syslog.
 */
#ifndef PRECLUDE_SHIM_LOG_LOG_H
#define PRECLUDE_SHIM_LOG_LOG_H

#include "config/policy.h"
#include "sandbox/sandbox.h"
#include "shim/base/call.h"

/*
 * Opens the sink that the policy names. `first` is true in the process that applies the policy: a log that cannot be
 * opened is then a refusal (-1, `why`); in a child it falls back to syslog, then to dropping and counting. With
 * LOG_AUTO decides between stderr and syslog. Returns 0 and sets *fd_for_rule to a descriptor on which the sandbox must
 * put an ACCESS_LOG rule, or -1 when none is needed.
 */
int log_open(const struct policy *policy, bool first, int *fd_for_rule, struct refusal *why);

/*
 * With LOG_FD, a program may have opened something else on the number before it starts a child: there it counts only
 * while it is the same object. The process that applies the policy exports log_object() (0: nothing to export) to its
 * children, who give it to log_expect() before log_open(). In a child that was told nothing, LOG_FD is not the log.
 */
uint64_t log_object(void);
void log_expect(uint64_t object);

/*
 * Who speaks: the program's argv[0]; /proc/self/exe is read here, once. Returns that path, which lives as long as the
 * process, or NULL where it cannot be read.
 */
const char *log_identify(const char *argv0);

/* With an outcome, that of the process, too. The build-id comes from frames_describe(): after frames_init(). */
void log_start(const struct policy *policy, const char *roots, const struct outcome *outcome);
void log_sandbox(const char *scope, const char *module, const char *root, const struct outcome *outcome);
void log_call(const struct call_event *event);
/* What is not known is NULL; `option` and `value` are where none can be guarded. */
void log_guard(const char *option, const char *value, const char *module, const char *root, enum guard_action action);
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The `refused` event, and always "preclude: refused: REASON\n" on standard error. Works before log_open. */
void log_refused(const char *reason);

/* The same, and the end of the process, as PRECLUDE_EXIT_REFUSED. */
__attribute__((noreturn)) static inline void end_refused(const char *reason)
{
	log_refused(reason);
	for (;;)
		sys(SYS_exit_group, PRECLUDE_EXIT_REFUSED);
}

/* The outcome of a start that is refused next: an event, but no second line on standard error. */
void log_failed(const struct outcome *outcome);

/* The real chroot(2) comes next. */
void log_before_chroot(void);

/* Lines lost so far in this process and those that it shares the open log with by fork. */
uint64_t log_dropped(void);

#endif
