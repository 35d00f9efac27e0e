/* SPDX-License-Identifier: ISC */
/*
 * What the run did and the log cannot tell: programs that the library could not enter, children that dropped it, system
 * calls that it did not see, lines that were lost. The policy says so itself, since whoever reads it later has no log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/program/preload.h"
#include "tools/program/program.h"
#include "tools/suggest/suggest.h"

/* A text that is kept once, and the program that it came from. */
struct told {
	const char *text;
	const char *exe;
	UT_hash_handle hh;
};

static struct told *tell(struct needs *needs, struct told **list, const char *text, const char *exe)
{
	size_t length = strlen(text);
	struct told *told;

	HASH_FIND(hh, *list, text, length, told);
	if (told)
		return told;
	told = needs_room(needs, sizeof(*told));
	told->text = must(arena_copy(&needs->arena, text, length));
	told->exe = exe ? must(arena_copy(&needs->arena, exe, strlen(exe))) : "a program";
	HASH_ADD_KEYPTR(hh, *list, told->text, length, told);
	return told;
}

void unseen_add(struct needs *needs, const struct logged *event)
{
	bool ran = event->kind == LOGGED_CALL && event->does == DOES_RUN && event->effect != EFFECT_FAILED &&
		   event->effect != EFFECT_DENIED;

	if (event->exe)
		tell(needs, &needs->seen, event->exe, NULL);
	if (ran && event->resolved && event->resolved[0] == '/' && !event->truncated)
		tell(needs, &needs->ran, event->resolved, event->exe);
	if ((event->kind == LOGGED_WARNING || event->kind == LOGGED_REFUSED) && event->reason)
		tell(needs, &needs->warned, event->reason, event->exe);
}

static bool seen(const struct needs *needs, const char *path)
{
	char *real = realpath(path, NULL);
	struct told *told;

	HASH_FIND_STR(needs->seen, real ? real : path, told);
	free(real);
	return told != NULL;
}

/* "execve of PATH drops the library, since VARIABLE in its environment ...": who runs what without what. */
static bool put_dropped(const struct told *told)
{
	const char *path = strstr(told->text, " of ");
	const char *end = strstr(told->text, " drops the library, since ");
	const char *variable;

	if (!end)
		end = strstr(told->text, " changes the policy, since ");
	if (!path || !end || end < path)
		return false;
	variable = strstr(end, "since ") + strlen("since ");
	fputs("# not seen: ", stdout);
	put_comment(path + 4, (size_t)(end - path - 4));
	fputs(", run by ", stdout);
	put_comment(told->exe, strlen(told->exe));
	fputs(" without ", stdout);
	put_comment(variable, strcspn(variable, " "));
	putchar('\n');
	return true;
}

static void put_warning(const struct told *told)
{
	if (put_dropped(told))
		return;
	fputs("# not seen, or warned of, in ", stdout);
	put_comment(told->exe, strlen(told->exe));
	fputs(": ", stdout);
	put_comment(told->text, strlen(told->text));
	putchar('\n');
}

/* Whether the library can enter what was run is asked of the file that is there now, as preclude run asks. */
static void put_program(const struct needs *needs, const struct told *told)
{
	struct program program = {.path = must(strdup(told->text))};
	enum obstacle obstacle;

	program_examine(&program, preload_library());
	obstacle = program.format    ? program.format
		   : program.marked  ? OBSTACLE_SETID
		   : program.endowed ? OBSTACLE_CAPABILITIES
				     : OBSTACLE_NONE;
	if (obstacle == OBSTACLE_NONE || seen(needs, told->text) || seen(needs, program.object))
		return;
	fputs("# not seen: ", stdout);
	put_comment(told->text, strlen(told->text));
	fputs(", run by ", stdout);
	put_comment(told->exe, strlen(told->exe));
	printf(": it %s\n", obstacle_words(obstacle));
}

void unseen_print(const struct needs *needs, uint64_t torn)
{
	for (const struct told *told = needs->ran; told; told = told->hh.next)
		put_program(needs, told);
	for (const struct told *told = needs->warned; told; told = told->hh.next)
		put_warning(told);
	if (torn)
		printf("# not seen: what %llu line%s of the log had, which %s cut off or damaged\n",
		       (unsigned long long)torn, torn == 1 ? "" : "s", torn == 1 ? "was" : "were");
}
