/* SPDX-License-Identifier: ISC */
/*
 * Hooks: what a module's commands need to run.
 *
 * rsync gives a command to a shell, so only its plain words can be understood. The program that it begins with may be
 * executed, and the interpreter that stands in it; what else it names is not granted, since nobody can tell whether it
 * is to be read or written, but said.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/cli/memory.h"
#include "tools/rsyncd/rsyncd_grants.h"

#define BLANKS " \t\n"

/* A word that is a plain absolute path, as it is outside "daemon chroot"; NULL when it is not. */
static const char *plain_path(struct rsyncd_policy *policy, const char *word, size_t length)
{
	if (*word != '/' || strcspn(word, "'\"\\$`*?[]{}()<>|&;~#%\001") < length)
		return NULL;
	return rsyncd_behind_chroot(policy, must(arena_copy(policy->arena, word, length)));
}

static void allow_program(struct rsyncd_policy *policy, const char *path)
{
	if (!rsyncd_in_base(policy, path, true))
		rsyncd_allow(policy, ACCESS_EXEC, path, true);
}

/* #!/opt/bin/python3 -s */
static void allow_interpreter(struct rsyncd_policy *policy, const char *path)
{
	char line[256] = "";
	FILE *script = fopen(path, "re");
	const char *word = line + 2, *interpreter = NULL;

	if (script && fgets(line, sizeof(line), script) && line[0] == '#' && line[1] == '!') {
		word += strspn(word, BLANKS);
		interpreter = plain_path(policy, word, strcspn(word, BLANKS));
	}
	if (script)
		fclose(script);
	if (interpreter)
		allow_program(policy, interpreter);
}

static void judge_word(struct rsyncd_policy *policy, const struct rsyncd_module *module, const char *what,
		       const char *path)
{
	struct stat status;
	bool program;

	if (stat(path, &status) < 0)
		return;
	program = S_ISREG(status.st_mode) && (status.st_mode & 0111);
	if (!rsyncd_in_base(policy, path, program) && !rsyncd_gives(policy, program ? ACCESS_EXEC : ACCESS_READ, path))
		worry(policy->worries, WORRY_NEEDS, module,
		      "%s names %s: if it needs more of that than another line grants, give it with --read, --write or "
		      "--exec",
		      what, path);
}

void rsyncd_allow_hook(struct rsyncd_policy *policy, const struct rsyncd_module *module, const char *what,
		       const char *command)
{
	const struct rsyncd_module *by = NULL;
	const char *program, *word;

	if (!command)
		return;
	word = command + strspn(command, BLANKS);
	program = plain_path(policy, word, strcspn(word, BLANKS));
	if (program && rsyncd_is_writable(policy, program, &by) && by)
		worry(policy->worries, WORRY_HOOK, module, "%s: %s lies in [%s], whose clients can replace it", what,
		      program, by->name);
	else
		worry(policy->worries, WORRY_HOOK, module,
		      "%s runs with the rights of the whole daemon, not of the module: %s", what, command);
	if (program) {
		allow_program(policy, program);
		allow_interpreter(policy, program);
		word += strcspn(word, BLANKS);
	}
	while (word += strspn(word, BLANKS), *word) {
		const char *path = plain_path(policy, word, strcspn(word, BLANKS));

		if (path)
			judge_word(policy, module, what, path);
		word += strcspn(word, BLANKS);
	}
}
