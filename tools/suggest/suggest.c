/* SPDX-License-Identifier: ISC */
/* preclude suggest: the smallest policy under which a logged run passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/suggest/suggest.h"

static const struct argp suggest_argp = {
    .args_doc = "LOG...",
    .doc = "Prints the smallest policy under which the logged run passes, each grant with the\n"
	   "call that needs it, as lines for a shell or systemd's EnvironmentFile=.\v"
	   "Let the program run once with all that it is to do, and then under what is suggested:\n"
	   "  preclude observe --log /tmp/log --root /srv -- PROGRAM\n"
	   "  preclude suggest /tmp/log >policy.env\n"
	   "  (set -a; . ./policy.env; exec preclude run -- PROGRAM)\n"
	   "The roots of the run stay roots. What PRECLUDE_BASE=system grants is not granted again.",
};

static void add_roots(struct needs *needs, const char *roots)
{
	for (size_t i = 0; i < needs->root_count; i++)
		if (!strcmp(needs->roots[i], roots))
			return;
	needs->roots = room_for_one(needs->roots, needs->root_count, &needs->root_room, sizeof(*needs->roots));
	needs->roots[needs->root_count++] = must(strdup(roots));
}

static void add_event(void *context, const struct logged *event)
{
	struct needs *needs = context;

	unseen_add(needs, event);
	if (event->kind == LOGGED_START) {
		needs->whole &= event->objects;
		if (event->truncated)
			refused("the start of %s was cut short in this log, and its roots with it; log to a file",
				event->exe ? event->exe : "a program");
		if (event->roots)
			add_roots(needs, event->roots);
	}
	if (event->kind == LOGGED_CALL)
		needs_add_call(needs, event);
}

int command_suggest(int argc, char **argv)
{
	struct needs needs = {.whole = true};
	struct events_tally tally = {0};
	struct answer answer;
	int first = parse_options(&suggest_argp, argc, argv, NULL);

	if (first == argc)
		refused("which log? preclude suggest LOG...");
	for (int i = first; i < argc; i++)
		events_read_log(argv[i], add_event, &needs, &tally);
	if (!tally.events[LOGGED_START])
		refused("no process starts in this log; is it one of PRECLUDE_FORMAT=json?");
	suggest_grants(&needs, &answer);
	suggest_print(&needs, &answer, tally.torn);
	finish_output();
	return 0;
}
