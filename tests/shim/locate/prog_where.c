/* SPDX-License-Identifier: ISC */
/* prog_where SITUATION: takes the steps of where.def. Prints what was not as it should be. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The tree lies where the test was told to make it. */
#define TOP     "/var/tmp/preclude-where"
#define ROOT    TOP "/root"
#define OUT     TOP "/out"
#define GRANTED TOP "/granted"

#define PROBE(path)          (void)!lchown(path, -1, -1)
#define FOLLOW(path)         (void)!chown(path, -1, -1)
#define NAMELESS(path)       (void)!syscall(SYS_openat, AT_FDCWD, path, O_TMPFILE | O_WRONLY | O_NOFOLLOW, 0600)
#define AT(dir, path, flags) (void)!fchownat(dir, path, -1, -1, flags)
#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		errno = 0;                                                                                             \
		if (!(condition))                                                                                      \
			dprintf(1, "not so: %s (%s)\n", #condition, strerror(errno));                                  \
	} while (0)
/* The number of `root` means something else now. */
#define REUSE(fd) CHECK((fd) == root)

/* Unknown to the compiler, which would have its own opinion of it. */
static char *volatile null;
#define NULL_ ((char *)null)

static int root, out;
static char *const arguments[] = {(char *)"x", NULL};

static int visit_obj(const char *path, const struct stat *st, int type, struct FTW *at)
{
	if (!strcmp(path + at->base, "obj"))
		PROBE("obj");
	return 0;
}

static void walk(char *path)
{
	FTS *fts = fts_open((char *[]){path, NULL}, FTS_PHYSICAL, NULL);
	FTSENT *entry;

	while ((entry = fts_read(fts)))
		if (!strcmp(entry->fts_name, "obj"))
			PROBE(entry->fts_accpath);
	fts_close(fts);
}

static void *alone(void *unused)
{
	CHECK(unshare(CLONE_FS) == 0);
	chdir(OUT);
	PROBE("obj");
	return unused;
}

/* One thread changes the directory, others look for what is only in the one or only in the other. */
static volatile int over;

static void *look(void *unused)
{
	while (!over) {
		PROBE("only-out");
		PROBE("only-in");
		FOLLOW("./only-out");
		FOLLOW("./only-in");
	}
	return unused;
}

static void storm(void)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, look, NULL);
	for (int i = 0; i < 3000; i++) {
		chdir(OUT);
		if (i % 7 == 0)
			sched_yield();
		fchdir(root);
		if (i % 5 == 0)
			sched_yield();
	}
	over = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static void in_thread(void *(*steps)(void *))
{
	pthread_t thread;

	pthread_create(&thread, NULL, steps, NULL);
	pthread_join(thread, NULL);
}

#define WHERE(name, roots, words, ...) static void name(void) __VA_ARGS__
#include "where.def"
#undef WHERE

static const struct {
	const char *name;
	void (*take)(void);
} situations[] = {
#define WHERE(name, ...) {#name, name},
#include "where.def"
};

int main(int argc, char **argv)
{
	root = open(ROOT, O_PATH | O_DIRECTORY);
	out = open(OUT, O_RDONLY | O_DIRECTORY);
	if (out < 0)
		out = open(OUT, O_PATH | O_DIRECTORY);
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		if (argc == 2 && !strcmp(situations[i].name, argv[1]))
			return situations[i].take(), 0;
	return 2;
}
