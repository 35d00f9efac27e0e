/* SPDX-License-Identifier: ISC */
/*
 * prog_fast_path INSIDE OUTSIDE: for half a second one thread goes to and fro between two directories, and another one
 * changes the mode of "dir/file" to 0700, wherever that is. Says how often that passed, and the mode of the file
 * outside.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static atomic_bool over;

static void *move(void *directories)
{
	char **directory = directories;

	while (!over)
		for (unsigned i = 0; i < 2; i++)
			if (chdir(directory[i]) != 0)
				_exit(1);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	unsigned long passed = 0;
	struct stat st;
	pthread_t mover;
	double end;

	if (argc != 3 || pthread_create(&mover, NULL, move, argv + 1) != 0)
		return 2;
	for (end = now() + 0.5; now() < end;)
		passed += chmod("dir/file", 0700) == 0;
	over = true;
	pthread_join(mover, NULL);
	if (chdir(argv[2]) != 0 || stat("dir/file", &st) != 0)
		return 1;
	printf("%s %o\n", passed ? "passed" : "never passed", st.st_mode & 0777);
	return 0;
}
