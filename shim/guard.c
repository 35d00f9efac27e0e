/* SPDX-License-Identifier: ISC */
/*
 * Where the value of an option leads.
 *
 * It is read as rsync will read it: relative to the destination or to the working directory; in a daemon beneath the
 * module also where it is absolute, with ".." limited. Then symlinks count, in two readings: as the kernel would walk
 * now, and with each ".." taken back by text, since what the kernel finds missing now may be there later. Both have to
 * end beneath the module.
 */
#include "shim/guard.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shim/deliver.h"
#include "shim/dirs.h"
#include "shim/hold.h"
#include "shim/lexical.h"
#include "shim/log.h"
#include "shim/narrow.h"
#include "shim/place.h"
#include "shim/real.h"
#include "shim/roots.h"

#define ANNOUNCED     "RSYNC_MODULE_PATH"
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

/* The root that the process serves. Over ssh that may be any of them. */
static uint32_t module(void)
{
	const uint64_t seat = dirs_cwd();

	if (server)
		return shim.policy.root_count == 1 ? 0 : NO_GRANT;
	return narrow_done() ? narrow_root() : seat & SEAT_INSIDE ? seat_grant(seat) : NO_GRANT;
}

/* One root may lie beneath another, and is of that module then. */
static bool within(uint32_t root, uint32_t module)
{
	const char *inner = root < shim.policy.root_count ? shim.places[root].canonical : NULL;
	const char *outer = module < shim.policy.root_count ? shim.places[module].canonical : NULL;
	size_t length;

	if (module == NO_GRANT)
		return server && inner;
	if (root == module)
		return true;
	if (!inner || !outer)
		return false;
	length = strlen(outer);
	return !strcmp(outer, "/") || (!strncmp(inner, outer, length) && (!inner[length] || inner[length] == '/'));
}

static bool leads_inside(const char *path, struct scratch *scratch, bool *directory)
{
	struct spot spot = {.where = WHERE_UNKNOWN};

	place_find(AT_FDCWD, path, true, false, &spot, scratch);
	*directory = spot.exists && spot.directory;
	return spot.where == WHERE_INSIDE && within(spot.grant, module());
}

static bool same_as_top(void)
{
	struct identity here, top;

	return sys_identity_at(AT_FDCWD, ".", 0, &here) == 0 && sys_identity_at(AT_FDCWD, "/", 0, &top) == 0 &&
	       identity_same(&here, &top);
}

/* A daemon that did not change its root to the module reads paths itself; any other leaves that to the kernel. */
static bool is_limited(void)
{
	return !server && !same_as_top();
}

static unsigned depth_of(const char *path)
{
	unsigned depth = 0;

	for (path = text_skip(path); *path; path = text_skip(path + strcspn(path, "/")))
		depth++;
	return depth;
}

/*
 * `value` behind `base` (a path, or NULL), as the program will use it, in scratch->dir; that again without ".." in
 * scratch->second. False when it is too long.
 */
static bool compose(const struct guard_option *option, const char *base, const char *value, struct scratch *scratch)
{
	const bool limited = is_limited() && option->climb != GUARD_ANYWHERE;
	char *out = scratch->dir;
	unsigned climb = 0;
	size_t at = 0;

	if (*value == '/')
		base = NULL;
	if (base) {
		/* A daemon limits its arguments, too. */
		if (is_limited() ? !text_tidy(out, PATH_MAX - 2, base + strspn(base, "/"), 0)
				 : !text_tidy(out, PATH_MAX - 2, base, UINT_MAX))
			return false;
		at = strlen(out);
		climb = option->climb == GUARD_MODULE ? depth_of(out) : 0;
		out[at++] = '/';
	}
	if (limited) {
		if (!text_tidy(out + at, PATH_MAX - at, value + strspn(value, "/"), climb))
			return false;
	} else {
		if (at + strlen(value) + 1 > PATH_MAX)
			return false;
		strcpy(out + at, value);
	}
	return text_tidy(scratch->second, PATH_MAX, out, UINT_MAX);
}

static bool stays(const struct guard_option *option, const char *base, const char *value, struct scratch *scratch)
{
	bool directory;

	return compose(option, base, value, scratch) && leads_inside(scratch->dir, scratch, &directory) &&
	       leads_inside(scratch->second, scratch, &directory);
}

/* The directory that holds what is called `path`, in `out`. */
static void parent_of(const char *path, char *out)
{
	size_t length;
	const char *last = text_last(path, &length);

	memcpy(out, path, (size_t)(last - path));
	strcpy(out + (last - path), ".");
}

/* The destination is a directory, or the name of a file in one. */
static bool stays_there(const struct guard_option *option, const char *there, const char *value,
			struct scratch *scratch)
{
	char parent[1024];
	bool directory;

	if (!stays(option, there, value, scratch))
		return false;
	if (!compose(option, NULL, there, scratch))
		return false;
	leads_inside(scratch->dir, scratch, &directory);
	if (directory || there[strlen(there) - 1] == '/')
		return true;
	if (strlen(there) + 2 > sizeof parent)
		return false;
	parent_of(there, parent);
	return stays(option, parent, value, scratch);
}

static bool stays_everywhere(const struct guard_option *option, const char *value, const char *const *arguments,
			     struct scratch *scratch)
{
	bool any = false;

	for (; option->base == GUARD_DEST && *value != '/' && *arguments; arguments++) {
		if (!**arguments || !strcmp(*arguments, "."))
			continue;
		any = true;
		if (!stays_there(option, *arguments, value, scratch))
			return false;
	}
	return any || stays(option, ".", value, scratch);
}

/* "strict": the text of an absolute value begins with the module's. */
static bool is_written_inside(const char *value, struct scratch *scratch)
{
	const char *rest;
	uint32_t root;

	if (*value != '/' || !(shim.policy.guard & GUARD_STRICT))
		return true;
	if (!text_tidy(scratch->dir, PATH_MAX, value, 0))
		return false;
	root = roots_by_text(scratch->dir, &rest);
	return root != NO_GRANT && within(root, module());
}

bool guard_rejects(const struct guard_option *option, const char *value, const char *const *arguments, char *says)
{
	const bool observing = shim.policy.mode == MODE_OBSERVE;
	const uint64_t mask = signals_hold();
	struct scratch *scratch = scratch_map();
	const uint32_t root = module();
	/* Standard input, and what was sent over it. */
	const bool stream = option->base == GUARD_HERE && !strcmp(value, "-");
	const bool written = scratch && is_written_inside(value, scratch);
	const bool inside = stream || (written && stays_everywhere(option, value, arguments, scratch));

	scratch_unmap(scratch);
	signals_release(mask);
	if (inside)
		return false;
	log_guard(option->name, value, shim_module(root),
		  root < shim.policy.root_count ? shim.policy.grants[root].path : NULL,
		  observing ? GUARD_WOULD_REJECT : GUARD_REJECTED);
	snprintf(says, GUARD_SAYS, "rejected by preclude, %s the module: %.60s",
		 written ? "it leads out of" : "an absolute path that is not of", value);
	return !observing;
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
	log_refused(
	    "PRECLUDE_GUARD: this rsync has a popt of its own inside, and not the library libpopt.so.0, so what "
	    "clients ask for cannot be guarded; run one that is linked to it, or with PRECLUDE_REQUIRE=nothing");
	for (;;)
		sys(SYS_exit_group, PRECLUDE_EXIT_REFUSED);
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

void guard_heard(const char *name)
{
	const size_t length = strlen(ANNOUNCED);

	if (!enabled || strncmp(name, ANNOUNCED, length) || (name[length] && name[length] != '='))
		return;
	announced = true;
	if (!reachable)
		refuse_unavailable();
}
