/* SPDX-License-Identifier: ISC */
/*
 * What the programs of the bench share: the variants that they are given on the command line, each "NAME
 * [VARIABLE=VALUE...] WORDS... ;", and the samples that they print (tests/bench/lib.sh).
 */
#ifndef PRECLUDE_BENCH_GROUPS_H
#define PRECLUDE_BENCH_GROUPS_H

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GROUPS_MAX 32

struct group {
	const char *name;
	char **argv;
	char **env;
};

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static inline void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Assignments, then words: as env(1) takes them. Of two to one variable the last counts. Never freed. */
static inline void group_words(struct group *group, char **words, unsigned count)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	unsigned assigned = 0;

	group->env = calloc(count + 2, sizeof(*group->env));
	group->argv = calloc(count + 2, sizeof(*group->argv));
	if (!group->env || !group->argv)
		die("memory");
	group->env[assigned++] = path;
	while (count > 0 && strchr(*words, '=') && words[0][0] != '/') {
		size_t name = strcspn(*words, "=") + 1;
		unsigned at = 0;

		while (at < assigned && strncmp(group->env[at], *words, name) != 0)
			at++;
		group->env[at] = *words++;
		assigned += at == assigned;
		count--;
	}
	memcpy(group->argv, words, count * sizeof(*words));
}

/* Returns how many there are. Each argv has room for one word more. */
static inline unsigned groups_read(struct group *groups, char **words)
{
	unsigned found = 0;

	while (*words && found < GROUPS_MAX) {
		char **end = words + 1;

		while (*end && strcmp(*end, ";") != 0)
			end++;
		groups[found].name = *words;
		group_words(&groups[found++], words + 1, (unsigned)(end - words) - 1);
		words = *end ? end + 1 : end;
	}
	return found;
}

/* All on one processor: only one of them ever works, and another's clock rate would be a difference. */
static inline void stay_on_one_processor(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--)
		if (CPU_ISSET(cpu, &set)) {
			CPU_ZERO(&set);
			CPU_SET(cpu, &set);
			sched_setaffinity(0, sizeof(set), &set);
			return;
		}
}

static inline void sample(const char *table, const char *row, const char *variant, unsigned turn, double value,
			  const char *unit)
{
	printf("%s\t%s\t%s\t%u\t%.1f\t%s\n", table, row, variant, turn, value, unit);
}

static inline void no_sample(const char *table, const char *row, const char *variant, const char *reason)
{
	printf("%s\t%s\t%s\t0\t-\t%s\n", table, row, variant, reason);
}

#endif
