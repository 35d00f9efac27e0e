/* SPDX-License-Identifier: ISC */
/* What a report of a million events costs: bench_report COMMAND LOGGER, in time and memory, cold and warm. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVENTS "1000000"
#define RUNS   3

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs the words with standard output in a file. Exits where that fails. */
static struct rusage run(const char *output, char *const *words)
{
	struct rusage usage;
	int status;
	pid_t child = fork();

	if (child == 0) {
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd >= 0 && dup2(fd, 1) == 1)
			execv(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status)
		exit(1);
	return usage;
}

int main(int argc, char **argv)
{
	char log[] = "/var/tmp/preclude-bench-log.XXXXXX", events[] = EVENTS, report[] = "report";
	int fd = argc == 3 ? mkstemp(log) : -1;
	struct stat st;

	if (fd < 0)
		return 1;
	run(log, (char *const[]){argv[2], events, NULL});
	fstat(fd, &st);
	printf("\npreclude report, " EVENTS " events (%.0f MB)\n", (double)st.st_size / 1e6);
	for (int i = 0; i < RUNS; i++) {
		double start = now();
		struct rusage usage = run("/dev/null", (char *const[]){argv[1], report, log, NULL});

		printf("  %5.2f s  %5.2f s of CPU  %4ld MiB\n", now() - start,
		       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
		       usage.ru_maxrss / 1024);
	}
	unlink(log);
	return 0;
}
