/* SPDX-License-Identifier: ISC */
/*
 * What a command costs from its start to its end, under each variant: prog_turns TURNS TABLE ROW VARIANT... (groups.h)
 * One sample of each variant a turn. For what takes microseconds, which a shell cannot time; and most memory of all
 * that it ran, in KiB, in a row of its own, when TURNS begins with "m".
 */
#include "groups.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Nanoseconds; below zero when it fails. */
static double run(const struct group *group, struct rusage *usage)
{
	double begin = now();
	int status = -1;
	pid_t pid = vfork();

	if (pid == 0) {
		execvpe(group->argv[0], group->argv, group->env);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, usage) != pid || status != 0)
		return -1;
	return now() - begin;
}

int main(int argc, char **argv)
{
	struct group groups[GROUPS_MAX];
	unsigned count, turns;
	char memory[128];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* What the commands say is not wanted. */
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (argc < 5 || null < 0 || out < 0 || !(stdout = fdopen(out, "w"))) {
		fprintf(stderr, "usage: prog_turns [m]TURNS TABLE ROW VARIANT... ; ...\n");
		return 2;
	}
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	turns = (unsigned)strtoul(argv[1] + (argv[1][0] == 'm'), NULL, 10);
	snprintf(memory, sizeof(memory), "%s, memory", argv[3]);
	count = groups_read(groups, argv + 4);
	stay_on_one_processor();
	for (unsigned t = 0; t < turns; t++)
		for (unsigned i = 0; i < count; i++) {
			const struct group *group = &groups[(i + t) % count];
			struct rusage usage;
			double ns = run(group, &usage);

			if (ns < 0)
				no_sample(argv[2], argv[3], group->name, "it fails here");
			else
				sample(argv[2], argv[3], group->name, t, ns / 1e3, "us");
			if (ns >= 0 && argv[1][0] == 'm')
				sample(argv[2], memory, group->name, t, (double)usage.ru_maxrss, "KiB");
		}
	return fclose(stdout) != 0;
}
