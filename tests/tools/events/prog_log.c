/* SPDX-License-Identifier: ISC */
/*
 * A log as a project's test suite leaves it, in the library's own words: prog_log EVENTS [SITES] [HOST].
 *
 * Of ten events six are calls, three are counts, one is a start; sites come with a few hundred stacks, paths are all
 * different, and processes have some fifty events each. With a host, lines are those of a syslog file.
 */
#include <stdio.h>
#include <stdlib.h>

static const char *const funcs[] = {"lstat", "open", "chmod", "rename", "utimensat", "mkdir", "unlink", "readlink"};
static const char *const does[] = {"look", "open", "metadata", "rename", "metadata", "create", "remove", "look"};
static const char *const wheres[] = {"inside", "inside", "inside", "granted", "outside"};

static void frames(unsigned site)
{
	printf("\"frames\":[");
	for (unsigned i = 0; i < 6; i++)
		printf("%s{\"object\":\"/usr/lib/project/bin/program-%u\",\"build_id\":"
		       "\"be6397ddffc3e384c505d7deab3bed190c8%05u\",\"offset\":%u,\"symbol\":%s}",
		       i ? "," : "", site % 7, site % 7, 4096 + site * 64 + i, i == 5 ? "\"main\"" : "null");
	printf("]}\n");
}

int main(int argc, char **argv)
{
	unsigned long events = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	unsigned sites = argc > 2 ? (unsigned)atoi(argv[2]) : 500;

	for (unsigned long i = 0; i < events; i++) {
		unsigned site = (unsigned)(i * 2654435761u >> 7) % sites;
		unsigned kind = i % 10, func = site % 8, outside = site % 5;
		unsigned long pid = 1000 + i / 50;

		if (argc > 3)
			printf("Nov 22 06:%02lu:%02lu %s preclude[%lu]: ", i / 60 % 60, i % 60, argv[3], pid);
		printf("{\"v\":1,\"event\":\"%s\",\"time\":\"2026-11-22T06:%02lu:%02lu.%06luZ\",\"pid\":%lu,"
		       "\"exe\":\"/usr/lib/project/bin/program-%u\",",
		       kind == 0  ? "start"
		       : kind < 7 ? "call"
				  : "count",
		       i / 60 % 60, i % 60, i % 1000000, pid, site % 7);
		if (kind == 0) {
			printf("\"argv0\":\"program\",\"build_id\":\"be6397ddffc3e384c505d7deab3bed190c884df9\","
			       "\"ppid\":%lu,\"mode\":\"observe\"}\n",
			       pid - 1);
			continue;
		}
		printf("\"func\":\"%s\",", funcs[func]);
		if (kind < 7)
			printf(
			    "\"path\":\"data/set-%lu/file \\u00e4\\\"%lu.tmp\",\"path2\":null,\"dir\":\"/srv/project\","
			    "\"resolved\":\"/srv/project/data/set-%lu/file-%lu.tmp\",",
			    i / 100, i, i / 100, i);
		else
			printf("\"count\":%lu,", i % 9 + 2);
		printf("\"where\":\"%s\",\"from\":\"root\",\"escape\":%s,\"worst\":%s,\"does\":\"%s\",\"how\":\"%s\","
		       "\"effect\":\"passed\",\"by\":null,\"errno\":0,\"error\":null,\"module\":\"data\",",
		       wheres[outside], outside > 2 ? "true" : "false",
		       outside > 2 && func && func < 7 ? "true" : "false", does[func],
		       site % 3 ? "unanchored" : "anchored");
		frames(site);
	}
	return 0;
}
