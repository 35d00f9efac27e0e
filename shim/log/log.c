/* SPDX-License-Identifier: ISC */
/*
 * Events -> lines -> the sink, and what happens when a line finds no way.
 *
 * A line is built in a page of its own, mapped for the moment: there is no buffer that a signal handler, another
 * thread, or a child that was forked in between could find half full, and little stack is used.
 */
#include "shim/log/log.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "shim/base/clock.h"
#include "shim/base/format.h"
#include "shim/base/shared.h"
#include "shim/log/event.h"
#include "shim/log/sink.h"
#include "shim/stack/frames.h"

#define PRIORITY_ERROR   27 /* syslog(3): daemon.err, .warning, .info */
#define PRIORITY_WARNING 28
#define PRIORITY_INFO    30

/* One line being made. Pages that a line does not reach are never touched, so the size costs nothing. */
struct sheet {
	char words[2048];      /* of a warning */
	char fields[1024];     /* for journald */
	char line[126 * 1024]; /* its first byte is deliver()'s spare newline */
};

/* Shared by all who were forked from the process that opened the log; numbers only. */
struct tally {
	atomic_ullong lost;   /* lines */
	atomic_ullong unsaid; /* of those, how many no line of the log tells of yet */
	atomic_uint moved;    /* syslog was told why lines come there */
	struct delivery log;
	struct delivery syslog;
};

static struct tally own_tally;
static struct tally *tally = &own_tally;
static struct sink sink = {.kind = LOG_OFF, .fd = -1};
static enum log_format format;
static uint64_t expected_object;
static const char *program_argv0; /* the program may overwrite it, but starts only later */
static LARGE char program_exe[4096];

static void lose(uint64_t lines)
{
	atomic_fetch_add(&tally->lost, lines);
	atomic_fetch_add(&tally->unsaid, lines);
}

static int send_syslog(const struct event *event, int priority, struct sheet *sheet)
{
	char prefix[48];
	struct out out = {.at = prefix, .end = prefix + sizeof(prefix) - 1};
	size_t length;

	if (sink.journal) {
		event_fields(event, priority, sheet->fields, sizeof(sheet->fields));
		length = event_format(event, format, sheet->fields, sheet->line, EVENT_ROOM);
		return length ? syslog_send(&sink, &tally->syslog, sheet->line, length) : -EMSGSIZE;
	}
	put_byte(&out, '<');
	put_number(&out, priority);
	put(&out, ">preclude[");
	put_number(&out, event->pid);
	put(&out, "]: ");
	*out.at = '\0';
	length = event_format(event, format, prefix, sheet->line, EVENT_ROOM);
	/* A datagram needs no newline. */
	return length ? syslog_send(&sink, &tally->syslog, sheet->line, length - 1) : -EMSGSIZE;
}

static int send_line(const struct event *event, int priority, struct sheet *sheet)
{
	int error = -EBADF;

	if (sink.kind != LOG_SYSLOG) {
		size_t room = S_ISREG(sink.id.mode) ? sizeof(sheet->line) : EVENT_ROOM;
		size_t length =
		    event_format(event, format, format == FORMAT_JSON ? "\n" : "\npreclude: ", sheet->line, room);

		error = length ? sink_write(&sink, &tally->log, sheet->line, length) : -EMSGSIZE;
	}
	if (error != -EBADF)
		return error;
	if (sink.kind == LOG_FILE && !atomic_exchange(&tally->moved, 1)) {
		struct event why = *event;

		why.kind = EVENT_WARNING;
		why.reason = "the file of the log was removed, or its descriptor lost: from here on lines go to syslog";
		atomic_store(&tally->moved, send_syslog(&why, PRIORITY_WARNING, sheet) == 0);
	}
	return send_syslog(event, priority, sheet);
}

static void stamp(struct event *event)
{
	struct moment now = clock_read(CLOCK_REALTIME);

	event->seconds = now.seconds;
	event->microseconds = now.nanoseconds / 1000;
	event->pid = (int)sys(SYS_getpid);
	event->exe = program_exe[0] ? program_exe : NULL;
	event->describe = frames_describe;
}

static int priority_of(const struct event *event)
{
	switch (event->kind) {
	case EVENT_REFUSED:
		return PRIORITY_ERROR;
	case EVENT_GUARD:
	case EVENT_WARNING:
		return PRIORITY_WARNING;
	case EVENT_CALL:
		if (event->call->escape || event->call->effect == EFFECT_DENIED ||
		    event->call->effect == EFFECT_WOULD_DENY)
			return PRIORITY_WARNING;
		break;
	case EVENT_SANDBOX:
		if (event->sandbox.outcome->kind == OUTCOME_UNAVAILABLE ||
		    event->sandbox.outcome->kind == OUTCOME_ERROR)
			return PRIORITY_WARNING;
		break;
	case EVENT_START:
		break;
	}
	return PRIORITY_INFO;
}

/* Whether the lines that were lost, if any, could be told of. */
static bool confess(const struct event *now, struct sheet *sheet)
{
	uint64_t unsaid = atomic_exchange(&tally->unsaid, 0);
	char reason[64];
	struct out out = {.at = reason, .end = reason + sizeof(reason) - 1};
	struct event event = *now;

	if (!unsaid)
		return true;
	put_number(&out, (int64_t)unsaid);
	put(&out, unsaid == 1 ? " line of the log was lost" : " lines of the log were lost");
	*out.at = '\0';
	event.kind = EVENT_WARNING;
	event.reason = reason;
	if (send_line(&event, PRIORITY_WARNING, sheet) == 0)
		return true;
	atomic_fetch_add(&tally->unsaid, unsaid);
	return false;
}

static void speak_on(struct event *event, struct sheet *sheet)
{
	stamp(event);
	if (!confess(event, sheet) || send_line(event, priority_of(event), sheet) < 0)
		lose(1);
}

static struct sheet *sheet_take(void)
{
	struct sheet *sheet = sink.kind == LOG_OFF ? NULL : sys_pages(sizeof(*sheet), MAP_PRIVATE);

	if (!sheet && sink.kind != LOG_OFF)
		lose(1);
	return sheet;
}

static void speak(struct event *event)
{
	struct sheet *sheet = sheet_take();

	if (!sheet)
		return;
	speak_on(event, sheet);
	sys(SYS_munmap, sheet, sizeof(*sheet));
}

int log_open(const struct policy *policy, bool first, int *fd_for_rule, struct refusal *why)
{
	struct tally *shared = shared_take(sizeof(*shared));
	int result = sink_open(&sink, policy, first ? 0 : expected_object ? expected_object : ~UINT64_C(0), why);

	if (shared)
		tally = shared;
	*fd_for_rule = -1;
	format = policy->format;
	if (result < 0 && first) {
		sink.kind = LOG_OFF;
		return -1;
	}
	if (result < 0)
		sink = (struct sink){.kind = LOG_SYSLOG, .fd = -1, .top = sink.top};
	if (sink.kind == LOG_FILE)
		*fd_for_rule = sink_fd(&sink);
	return 0;
}

uint64_t log_object(void)
{
	return sink_object(&sink);
}

void log_expect(uint64_t object)
{
	expected_object = object;
}

const char *log_identify(const char *argv0)
{
	long length = sys(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program_exe, sizeof(program_exe) - 1);

	program_exe[length > 0 ? length : 0] = '\0';
	program_argv0 = argv0;
	return program_exe[0] ? program_exe : NULL;
}

static struct event sandbox_event(const char *scope, const char *module, const char *root,
				  const struct outcome *outcome)
{
	return (struct event){.kind = EVENT_SANDBOX,
			      .sandbox = {.scope = scope, .module = module, .root = root, .outcome = outcome}};
}

void log_start(const struct policy *policy, const char *roots, const struct outcome *outcome)
{
	static LARGE struct sheet first; /* nobody else is there yet to share it with */
	struct frame program;
	/* One byte behind the entry point, which may be the first of its object and is taken for a return address. */
	bool known = frames_describe(getauxval(AT_ENTRY) + 1, &program);
	struct event event = {
	    .kind = EVENT_START,
	    .start = {.argv0 = program_argv0,
		      .build_id = program.build_id,
		      .build_id_length = known ? program.build_id_length : 0,
		      .ppid = (int)sys(SYS_getppid),
		      .mode = policy->mode,
		      .roots = roots,
		      .objects = policy->flags & FLAG_OBJECTS},
	};

	if (sink.kind == LOG_OFF)
		return;
	speak_on(&event, &first);
	if (outcome) {
		event = sandbox_event("process", NULL, NULL, outcome);
		speak_on(&event, &first);
	}
}

void log_sandbox(const char *scope, const char *module, const char *root, const struct outcome *outcome)
{
	struct event event = sandbox_event(scope, module, root, outcome);

	speak(&event);
}

void log_call(const struct call_event *call)
{
	struct event event = {.kind = EVENT_CALL, .call = call};

	speak(&event);
}

void log_guard(const char *option, const char *value, const char *module, const char *root, enum guard_action action)
{
	struct event event = {.kind = EVENT_GUARD, .guard = {option, value, module, root, action}};

	speak(&event);
}

void log_warning(const char *words, ...)
{
	struct sheet *sheet = sheet_take();
	struct event event = {.kind = EVENT_WARNING};
	int before = errno;
	va_list arguments;

	if (!sheet)
		return;
	va_start(arguments, words);
	vsnprintf(sheet->words, sizeof(sheet->words), words, arguments);
	va_end(arguments);
	errno = before;
	event.reason = sheet->words;
	speak_on(&event, sheet);
	sys(SYS_munmap, sheet, sizeof(*sheet));
}

/* Whether lines go where refusals go, or nowhere. */
static bool is_standard_error(void)
{
	struct identity behind;

	return sink.kind == LOG_OFF ||
	       (sink.kind != LOG_SYSLOG && sys_identity(2, &behind) == 0 && identity_same(&behind, &sink.id));
}

void log_refused(const char *reason)
{
	struct event event = {.kind = EVENT_REFUSED, .reason = reason};
	char line[1200];

	deliver_words(2, "preclude: refused: ", reason, "; see libpreclude(7)\n");
	/* Once is enough where both are the same. */
	if (!is_standard_error()) {
		speak(&event);
	} else if (!sink_is_read()) {
		snprintf(line, sizeof(line), "<%d>preclude: refused: %s; see libpreclude(7)", PRIORITY_ERROR, reason);
		sink_elsewhere(line);
	}
}

void log_failed(const struct outcome *outcome)
{
	if (!is_standard_error())
		log_sandbox("process", NULL, NULL, outcome);
}

void log_before_chroot(void)
{
	sink_before_chroot(&sink);
}

uint64_t log_dropped(void)
{
	return atomic_load(&tally->lost);
}
