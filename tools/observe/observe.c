/* SPDX-License-Identifier: ISC */
/*
 * preclude observe: a command under the library in observe mode, with every flag on, and then the report.
 *
 * The log is read while it is written. Nobody has to keep it: where --log names none, it is a private file whose front
 * is given back as soon as it was read, so that a project's whole test suite needs no more room than a moment of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/format.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/cli/variables.h"
#include "tools/observe/progress.h"
#include "tools/observe/stragglers.h"
#include "tools/report/report.h"
#include "tools/run/policy_options.h"
#include "tools/sites/classify.h"

#define TICK_MS       250
#define QUIET_MS      3000  /* how long those are waited for that outlive the command and say nothing, */
#define STRAGGLERS_MS 60000 /* and how long in any case */
#define PUNCH_BYTES   ((uint64_t)32 << 20)
#define TOP           10
#define FILES_NEEDED  16 /* descriptors, of which the library has a handful open when it starts */

/* The names of options are looked up in this order: --format is the report's; the log's is always JSON. */
static const struct argp_child children[] = {{&report_options_argp, 0, NULL, 0}, {&policy_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *value, struct argp_state *state)
{
	(void)value;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp observe_argp = {
    .parser = parse,
    .children = children,
    .args_doc = "[POLICY...] [REPORT...] [--] COMMAND [ARG...]",
    .doc = "Runs COMMAND with every flag on, restricting nothing, and reports its call sites on\n"
	   "standard error (--output: in a file), the worst first, ten of each class (--top).\v"
	   "Without a root, the working directory is the root. --log FILE keeps the log.\n\n"
	   "Exit status: COMMAND's own, or its signal; 3 --fail-on found something; 125 --fail-on had\n"
	   "nothing to judge; 125, 126, 127 as for preclude run.",
};

struct observation {
	struct report report;
	struct events_stream *stream;
	char *path; /* of the log */
	bool own;   /* it is private, and goes away with us */
	int fd;
	uint64_t punched;
	enum site_class worst; /* of the calls so far; only escaped and outside are shown */
	char words[256];       /* of it, safe to show */
};

/* The policy that is not the user's to choose here, and the root when none was named. */
static void fix_policy(void)
{
	const char *mode = getenv("PRECLUDE_MODE"), *flag = getenv("PRECLUDE_FLAG");
	struct refusal why;
	char *all;

	if (mode && *mode && strcmp(mode, "observe") != 0) {
		refuse_value(&why, "PRECLUDE_MODE", 0, mode,
			     "preclude observe never restricts; use preclude run for that");
		policy_options_refuse(&why);
	}
	set_variable("PRECLUDE_MODE", "observe");
	set_variable("PRECLUDE_FORMAT", "json");
	all = text_of("all:objects%s%s", flag && *flag ? ":" : "", flag ? flag : "");
	set_variable("PRECLUDE_FLAG", all);
	free(all);
	if (!getenv("PRECLUDE_ROOTS")) {
		char *here = getcwd(NULL, 0);
		struct text root;

		if (!here)
			refused("the working directory, which is the root when none is named: %s", strerror(errno));
		put_grant(text_begin(&root), &(struct grant){.path = here, .access = ACCESS_ROOT});
		set_variable("PRECLUDE_ROOTS", text_end(&root));
		free(root.bytes);
		free(here);
	}
}

/* A private log in the first of these directories where one can be made. Or no log, and errno says why. */
static bool make_log(struct observation *observation)
{
	const char *directory = getenv("TMPDIR");
	const char *const places[] = {directory && *directory == '/' ? directory : "/tmp", "/tmp", "/var/tmp",
				      "/dev/shm"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		observation->path = text_of("%s/preclude-observe.XXXXXX", places[i]);
		observation->fd = mkostemp(observation->path, O_CLOEXEC);
		if (observation->fd >= 0) {
			set_variable("PRECLUDE_LOG", observation->path);
			return true;
		}
		free(observation->path);
	}
	return false;
}

/* The log of PRECLUDE_LOG where that is a file, from its present end on; else a private one. False: none can be made.
 */
static bool open_log(struct observation *observation)
{
	const char *named = getenv("PRECLUDE_LOG");
	struct refusal why;

	observation->own = !named || !*named || policy_options_implied("PRECLUDE_LOG");
	if (observation->own) {
		if (!make_log(observation))
			return false;
	} else if (*named != '/') {
		refuse_value(&why, "PRECLUDE_LOG", 0, named,
			     "preclude observe reads the log; write the absolute path of a file, or leave it out");
		policy_options_refuse(&why);
	} else {
		observation->path = strdup(named);
		observation->fd = open(named, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
		if (observation->fd < 0) {
			refuse_value(&why, "PRECLUDE_LOG", 0, named, "cannot be opened: %s", strerror(errno));
			policy_options_refuse(&why);
		}
	}
	close(observation->fd);
	/* For reading alone: stragglers() looks for writers. */
	observation->fd = open(observation->path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (observation->fd < 0)
		refused("%s: %s", observation->path, strerror(errno));
	lseek(observation->fd, 0, SEEK_END);
	return true;
}

/* Why nothing can be observed, and what helps; NULL when it can. In a few descriptors the library cannot start. */
static char *unobservable(struct observation *observation)
{
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < FILES_NEEDED)
		return text_of("%llu files may be open, too few to observe with; raise the limit to %d (ulimit -n %d)",
			       (unsigned long long)files.rlim_cur, FILES_NEEDED, FILES_NEEDED);
	if (!open_log(observation))
		return text_of("no log can be written to /tmp: %s; name one with --log FILE", strerror(errno));
	return NULL;
}

/* The command comes first: it runs as if nobody observed it, unless a gate depends on what it does. */
static int run_bare(char **argv, const struct report_request *request, const char *why)
{
	if (request->fail_on || request->fail_new)
		refused("--fail-on judges a log, and there will be none: %s", why);
	warning("%s runs unobserved: %s", argv[0], why);
	policy_options_off();
	return run_words(argv);
}

/* An events_visit: merges, and remembers the worst call so far. */
static void add(void *context, const struct logged *event)
{
	struct observation *observation = context;
	struct out out = {.at = observation->words, .end = observation->words + sizeof(observation->words) - 1};
	enum site_class class;

	sites_add(&observation->report, event);
	if (event->kind != LOGGED_CALL || !event->func)
		return;
	class = class_of_verdict(event->where, event->escape, event->does, event->how, event->effect);
	if (class >= observation->worst)
		return;
	observation->worst = class;
	put(&out, class_name(class));
	put(&out, ": ");
	put_escaped(&out, ESCAPE_BARE, event->func, 64);
	put(&out, " ");
	put_escaped(&out, ESCAPE_BARE, event->path ? event->path : "", 120);
	*out.at = '\0';
}

/* Reads what there is, and gives the disk back what was read. */
static void follow(struct observation *observation)
{
	int error = events_more(observation->stream, observation->fd);
	uint64_t read = observation->report.tally.bytes;

	if (error)
		warning("%s: %s", observation->path, strerror(-error));
	if (observation->own && read - observation->punched >= PUNCH_BYTES) {
		int fd = open(observation->path, O_WRONLY | O_CLOEXEC);

		/* Where the file system cannot, the file stays as long as it is. */
		if (fd >= 0) {
			if (!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)read))
				observation->punched = read;
			else
				observation->punched = UINT64_MAX;
			close(fd);
		}
	}
}

static void show(const struct observation *observation)
{
	char text[512];

	snprintf(text, sizeof(text), " preclude: %llu processes, %llu calls, %zu call sites%s%s",
		 (unsigned long long)observation->report.processes, (unsigned long long)observation->report.calls,
		 observation->report.site_count, *observation->words ? "; " : "", observation->words);
	progress_show(text);
}

static pid_t start(char **argv, const sigset_t *mask)
{
	pid_t child = fork();

	if (child < 0)
		refused("fork: %s", strerror(errno));
	if (child == 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		exit(run_words(argv));
	}
	return child;
}

/* What a terminal sends reaches the whole group, the command too; what somebody sends to us alone is passed on. */
static void pass_on(pid_t child, const siginfo_t *info)
{
	if (info->si_code != SI_KERNEL)
		kill(child, info->si_signo);
}

/* Until the command ends, and those that outlive it have ended or had their time. Returns its wait status. */
static int attend(struct observation *observation, pid_t child, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	int status = 0;
	int left = STRAGGLERS_MS, quiet = QUIET_MS;
	uint64_t lines = 0;
	siginfo_t info;

	while (child || (left > 0 && quiet > 0 && stragglers(observation->fd, observation->path))) {
		int signal = sigtimedwait(signals, &info, &tick);

		if (signal > 0 && signal != SIGCHLD) {
			if (child)
				pass_on(child, &info);
			else
				left = 0; /* whoever interrupts wants no more waiting */
		}
		if (child && waitpid(child, &status, WNOHANG) == child) {
			child = 0;
		} else if (!child && signal < 0) {
			left -= TICK_MS;
			quiet -= TICK_MS;
		}
		follow(observation);
		if (lines != observation->report.tally.lines)
			quiet = QUIET_MS;
		lines = observation->report.tally.lines;
		show(observation);
	}
	follow(observation);
	progress_end();
	if (stragglers(observation->fd, observation->path))
		keep_note(&observation->report,
			  "some processes outlive the command, and what they do from now on is not here");
	return status;
}

/* As the command ended: by the same signal where one ended it, so that a shell sees no difference. */
static int end_as(int status)
{
	const struct rlimit none = {0};
	sigset_t mask;
	int signal;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	signal = WTERMSIG(status);
	setrlimit(RLIMIT_CORE, &none); /* the command left one, if any */
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (signal != SIGKILL)
		(void)!sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	raise(signal);
	return 128 + signal;
}

int command_observe(int argc, char **argv)
{
	static const int forwarded[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
	struct report_request request = {.top = TOP};
	struct observation observation = {.worst = CLASS_SWAPPABLE};
	int first = parse_options(&observe_argp, argc, argv, &request);
	sigset_t signals, before;
	int status, found = 0;
	char *why;

	if (first == argc)
		refused("which command? preclude observe [POLICY...] [REPORT...] [--] COMMAND [ARG...]");
	policy_options_export();
	fix_policy();
	why = unobservable(&observation);
	if (why)
		return run_bare(argv + first, &request, why);
	report_begin(&observation.report, &request);
	observation.stream = must(events_begin(add, &observation, &observation.report.tally));

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		sigaddset(&signals, forwarded[i]);
	sigprocmask(SIG_BLOCK, &signals, &before);
	status = attend(&observation, start(argv + first, &before), &signals);
	events_end(observation.stream);
	if (observation.own)
		unlink(observation.path);

	/* What did not start has said so itself. */
	bool started =
	    observation.report.tally.lines || !WIFEXITED(status) || WEXITSTATUS(status) < PRECLUDE_EXIT_REFUSED;
	if (started)
		found = report_conclude(&observation.report, &request, stderr);
	return found && !WIFSIGNALED(status) ? found : end_as(status);
}
