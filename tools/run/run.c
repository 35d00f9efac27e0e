/* SPDX-License-Identifier: ISC */
/*
 * preclude run: a policy, a coarse outer layer, the library in front of LD_PRELOAD, and then the program itself, in
 * this very process.
 *
 * The outer layer is for what the library cannot do: a program that it does not get into must not go free. It denies
 * writing alone, everywhere outside the policy, so that the loader can still read what it needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/applied.h"
#include "shim/base/process.h"
#include "shim/log/sink.h"
#include "shim/syscall/gate.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/program/preload.h"
#include "tools/program/program.h"
#include "tools/run/policy_options.h"

static const struct argp_child children[] = {{&policy_argp, 0, NULL, 0}, {0}};
static const struct argp run_argp = {
    .args_doc = "[POLICY...] [--] COMMAND [ARG...]",
    .doc = "Runs COMMAND under a policy, in its own process.\v"
	   "Options win over the environment; those of a list may be given again.\n\n"
	   "Exit status: COMMAND's own; 125 preclude refused or failed; 126 COMMAND cannot be\n"
	   "executed; 127 it was not found. libpreclude(7) says what each value means.",
    .children = children,
};

/*
 * The log is opened before the outer layer, which would forbid the library to create it; and one that cannot be opened
 * is refused here, in the words of options. A descriptor for its rule, or -1 when it is no file. The library opens it
 * anew: a child of a process that is under this policy already may do without (libpreclude(7)).
 */
static int open_log(const struct policy *policy)
{
	struct refusal why;
	struct sink sink;

	if (policy->log != LOG_FILE && applied_matches(getenv("PRECLUDE_APPLIED"), policy))
		return -1;
	process_init();
	if (sink_open(&sink, policy, 0, &why))
		policy_options_refuse(&why);
	return policy->log == LOG_FILE ? sink_fd(&sink) : -1;
}

static void warn_line(void *context, const char *text)
{
	(void)context;
	warning("%s", text);
}

/* A program without the library has no gate, and changes no metadata. The library finds the filter in force. */
static void close_gate(void)
{
	uint32_t numbers[FILTER_MAX];
	struct refusal why;
	bool no_new_privs = false;
	long error = -EPERM;

	/* The word of a filter, this one or another's; the library will know. */
	if (sys(SYS_fchmod, -1, 0) != error)
		error = filter_install(GATE_BACK, numbers, gate_numbers(numbers), &no_new_privs);
	else
		error = 0;
	/* On other machines the library refuses, and says why. */
	if (error && error != -ENOSYS) {
		refuse_value(&why, "PRECLUDE_CONFINE_RAW", 0, "on", "no seccomp filter can be installed: %s",
			     strerror((int)-error));
		policy_options_refuse(&why);
	}
}

/* Whether writing outside the policy is denied from here on. */
static bool lay_outer_layer(const struct policy *policy, struct arena *arena, int log, bool preloaded)
{
	struct place *places = zeroed((policy->grant_count + 1) * sizeof(*places));
	struct held_rule held[4];
	size_t count = 0;
	struct outcome outcome;
	struct refusal why;

	if (log >= 0)
		held[count++] = (struct held_rule){log, ACCESS_LOG};
	for (int fd = STDIN_FILENO; policy->base && fd <= STDERR_FILENO; fd++) {
		if (isatty(fd))
			held[count++] = (struct held_rule){fd, ACCESS_DEVICE};
	}
	const struct sandbox_request request = {
	    .policy = policy,
	    .arena = arena,
	    .held = held,
	    .held_count = count,
	    .applied = getenv("PRECLUDE_APPLIED"),
	    .outer = true,
	    /* What there is to warn of, the library says too, in the log. */
	    .warn = preloaded ? NULL : warn_line,
	};
	if (sandbox_apply(&request, places, &outcome, &why) < 0)
		policy_options_refuse(&why);
	free(places);
	if (policy->confine_raw && policy->mode == MODE_ENFORCE)
		close_gate();
	return outcome.kind == OUTCOME_ENFORCED;
}

/* Says, or refuses, what the library cannot enter. */
static void judge(const struct program *program, const struct policy *policy, bool outer)
{
	bool enforce = policy->mode == MODE_ENFORCE;
	bool no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	enum obstacle obstacle = program_obstacle(program, no_new_privs);
	bool script = program->object != program->path;
	struct refusal why;
	char subject[sizeof(why.text)], asked[16];

	snprintf(subject, sizeof(subject), "%s%s%s", program->path, script ? " is run by " : "",
		 script ? program->object : "");
	if (obstacle == OBSTACLE_NONE && program->setid)
		warning("%s%s is setuid or setgid, which has no effect under no_new_privs: it runs with your own ids",
			subject, script ? ", which" : "");
	if (obstacle == OBSTACLE_NONE)
		return;

	const char *words = obstacle_words(obstacle);
	const char *which = script ? ", which " : " ";
	const char *enters = obstacle == OBSTACLE_UNREADABLE ? "may not be able to enter it" : "cannot enter it";

	if (enforce && (policy->require == REQUIRE_FULL || policy->require == REQUIRE_ABI)) {
		snprintf(asked, sizeof(asked), "abi:%d", policy->require_abi);
		refuse_value(&why, "PRECLUDE_REQUIRE", 0, policy->require == REQUIRE_FULL ? "full" : asked,
			     "%s%s%s, and the library %s", subject, which, words, enters);
		policy_options_refuse(&why);
	}
	if (obstacle == OBSTACLE_UNREADABLE) {
		warning("%s%s%s: whether the library can enter it is not known; if not, %s holds and nothing is logged",
			subject, which, words,
			outer ? "only the outer layer (no writes outside the policy)" : "nothing");
		return;
	}
	warning("%s%s%s: the library %s; %s", subject, which, words, enters,
		outer && policy->confine_raw ? "only the outer layer (no writes outside the policy, no metadata "
					       "changed anywhere) holds, nothing is logged"
		: outer   ? "only the outer layer (no writes outside the policy) holds, nothing is logged"
		: enforce ? "nothing restricts it, nothing is logged"
			  : "nothing is logged");
}

static _Noreturn void execute(const struct program *program, char **argv)
{
	int error;

	execv(program->path, argv);
	if (errno == ENOEXEC) { /* neither a program nor a script: a shell's, says execvp(3) */
		size_t count = 0;

		while (argv[count])
			count++;
		char **words = calloc(count + 2, sizeof(*words));
		char shell[] = _PATH_BSHELL;

		if (words) {
			memcpy(words + 1, argv, count * sizeof(*words));
			words[0] = shell;
			words[1] = program->path;
			execv(shell, words);
		}
	}
	error = errno;
	fprintf(stderr, "preclude: %s: %s\n", argv[0], strerror(error));
	exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

int run_words(char **argv)
{
	struct arena arena = {0};
	struct program program = {0};
	struct policy policy;
	bool active = policy_options_read(&policy, &arena);
	bool outer = false;

	int error = program_find(&program, argv[0]);
	if (error) {
		fprintf(stderr, "preclude: %s: %s\n", argv[0], strerror(error));
		return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	if (active) {
		const char *library = preload_library();

		program_examine(&program, library);
		int log = open_log(&policy);
		/* Observing, it only looks whether what is named is there. */
		outer = lay_outer_layer(&policy, &arena, log, !program_obstacle(&program, true));
		judge(&program, &policy, outer);
		preload_export(library, program.format != OBSTACLE_LIBC && program.format != OBSTACLE_OLD);
	}
	execute(&program, argv);
}

int command_run(int argc, char **argv)
{
	int first = parse_options(&run_argp, argc, argv, NULL);

	if (first == argc)
		refused("no command; write preclude run [POLICY...] [--] COMMAND [ARG...]");
	policy_options_export();
	return run_words(argv + first);
}
