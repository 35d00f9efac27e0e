/* SPDX-License-Identifier: ISC */
/* Whether this process serves a client, and the command line of one that does; what its parser finds is
 * shim/wrap/popt.c's.
 */
#include "shim/rsync/guard.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/sys.h"
#include "shim/base/context.h"
#include "shim/libc/real.h"
#include "shim/log/deliver.h"
#include "shim/log/log.h"
#include "shim/rsync/narrow.h"

#define RERR_SYNTAX   1        /* rsync(1), EXIT VALUES */
#define TAKES_VALUE   "@BefMT" /* rsync's letters that do: what stands behind one in a bundle is its value */
#define POPT_ARGUMENT "!#:+"   /* popt puts the next argument in the place of this */

static bool enabled;
static bool announced; /* a module was: this process serves a connection, or is about to */
static bool server;    /* rsync --server, no daemon: its command line is a client's */
static bool reachable; /* the parser is a library's */

const struct guard_option *guard_option(const char *name)
{
	for (unsigned i = 0; name && i < GUARD_OPTIONS; i++)
		if ((shim.policy.guard >> i & 1) && !strcmp(guard_options[i].name, name))
			return &guard_options[i];
	return NULL;
}

bool guard_armed(void)
{
	return enabled && (server || announced || narrow_done());
}

bool guard_is_server(void)
{
	return server;
}

const struct guard_option *guard_rejects_daemon(const char *name, char *says)
{
	static const struct guard_option daemon = {.name = "daemon"};
	const bool observing = shim.policy.mode == MODE_OBSERVE;

	if (!server || !name || strcmp(name, daemon.name) != 0 || !guard_option("config"))
		return NULL;
	log_guard(daemon.name, NULL, NULL, NULL, observing ? GUARD_WOULD_REJECT : GUARD_REJECTED);
	strcpy(says, "rejected by preclude, a client does not turn the server into a daemon");
	return observing ? NULL : &daemon;
}

__attribute__((noreturn)) static void end_server(const struct guard_option *option, const char *says)
{
	char words[64 + GUARD_SAYS];

	snprintf(words, sizeof words, "rsync: --%s: ", option->name);
	deliver_words(2, words, says, "\n");
	for (;;)
		sys(SYS_exit_group, RERR_SYNTAX);
}

/*
 * A value on the command line, where arguments are hard to tell from other options' values: any may be the destination.
 * So what depends on that is left to the parser, if that is within reach.
 */
static void judge_word(const struct guard_option *option, const char *value, const char *const *words)
{
	char says[GUARD_SAYS];

	if (!value || (reachable && option->base == GUARD_DEST && *value != '/'))
		return;
	if (strstr(value, POPT_ARGUMENT))
		value = "/" POPT_ARGUMENT;
	if (guard_rejects(option, value, words, says))
		end_server(option, says);
}

static const struct guard_option *by_letter(char letter)
{
	for (unsigned i = 0; i < GUARD_OPTIONS; i++)
		if (guard_options[i].letter == letter)
			return guard_option(guard_options[i].name);
	return NULL;
}

static void judge_long(char *const *word, const char *const *arguments)
{
	const size_t length = strcspn(*word + 2, "=");

	for (unsigned i = 0; i < GUARD_OPTIONS; i++) {
		const char *name = guard_options[i].name;

		if (strlen(name) == length && !strncmp(name, *word + 2, length) && guard_option(name))
			judge_word(&guard_options[i], (*word)[2 + length] ? *word + 3 + length : word[1], arguments);
	}
}

static void judge_letters(char *const *word, const char *const *arguments)
{
	const char *at = *word + 1;
	const struct guard_option *option;

	at += strcspn(at, TAKES_VALUE);
	option = *at ? by_letter(*at) : NULL;
	if (option)
		judge_word(option, at[1] == '=' ? at + 2 : at[1] ? at + 1 : word[1], arguments);
}

/* Whether the word's value is the next one, as far as the table knows. */
static bool takes_next(const char *word)
{
	const size_t letters = strcspn(word, TAKES_VALUE);

	for (unsigned i = 0; word[0] == '-' && word[1] == '-' && i < GUARD_OPTIONS; i++)
		if (!strcmp(guard_options[i].name, word + 2))
			return true;
	return word[0] == '-' && word[1] != '-' && word[letters] && !word[letters + 1];
}

/*
 * A word that is the value of another option is taken for an option too: nobody's values look so, and what is one does
 * not depend on knowing every option of every rsync.
 */
static void judge_command_line(char *const *argv)
{
	const char *arguments[64];
	size_t count = 0, i;

	for (i = 1; argv[i]; i++)
		if (argv[i][0] != '-' && !takes_next(argv[i - 1]) && count + 1 < sizeof arguments / sizeof *arguments)
			arguments[count++] = argv[i];
	arguments[count] = NULL;
	for (i = 1; argv[i] && strcmp(argv[i], "--"); i++)
		if (argv[i][0] == '-' && argv[i][1] == '-')
			judge_long(&argv[i], arguments);
		else if (argv[i][0] == '-')
			judge_letters(&argv[i], arguments);
}

static bool has_word(char *const *argv, const char *word)
{
	for (size_t i = 1; argv[0] && argv[i]; i++)
		if (!strcmp(argv[i], word))
			return true;
	return false;
}

static bool is_rsync(const char *name)
{
	const char *slash = strrchr(name, '/');

	return !strncmp(slash ? slash + 1 : name, "rsync", 5);
}

static void refuse_unavailable(void)
{
	log_guard(NULL, NULL, NULL, NULL, GUARD_UNAVAILABLE);
	if (shim.policy.require == REQUIRE_NOTHING || shim.policy.mode == MODE_OBSERVE)
		return;
	end_refused(
	    "PRECLUDE_GUARD: this rsync has a popt of its own inside, and not the library libpopt.so.0, so what "
	    "clients ask for cannot be guarded; run one that is linked to it, or with PRECLUDE_REQUIRE=nothing");
}

static void find_parser(void)
{
#define FIND(name) real_find(&real.name, #name)
	reachable = FIND(poptGetContext) && FIND(poptGetNextOpt) && FIND(poptGetOptArg) && FIND(poptBadOption) &&
		    FIND(poptStrerror);
#undef FIND
}

void guard_start(char *const *argv, bool hook)
{
	if (!shim.policy.guard || !argv || !argv[0])
		return;
	/* A daemon over ssh was started by whoever wrote its command: clients' options come to it over the wire. */
	server = has_word(argv, "--server") && !has_word(argv, "--daemon");
	/* A hook of a connection has a command line of its own. */
	if (!server && hook)
		return;
	enabled = true;
	find_parser();
	if (server)
		judge_command_line(argv);
	if (!reachable && is_rsync(argv[0]) && has_word(argv, "--daemon"))
		refuse_unavailable();
}

void guard_announce(void)
{
	if (!enabled)
		return;
	announced = true;
	if (!reachable)
		refuse_unavailable();
}
