/* SPDX-License-Identifier: ISC */
/*
 * A storm of processes, eight at a time: prog_storm COUNT [PROGRAM]. Each ends at once, or executes the program. Prints
 * the microseconds that each took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 8

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int reap(void)
{
	int status;

	return wait(&status) > 0 && status == 0;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	double begin = now();

	for (unsigned i = 0; i < count + AT_ONCE; i++) {
		if (i < count) {
			pid_t pid = fork();

			if (pid == 0 && argc > 2)
				execv(argv[2], argv + 2);
			if (pid == 0)
				_exit(argc > 2);
			if (pid < 0)
				return 1;
		}
		if (i >= AT_ONCE && i - AT_ONCE < count && !reap())
			return 1;
	}
	printf("%.3f\n", (now() - begin) / count);
	return 0;
}
