/* SPDX-License-Identifier: ISC */
/*
 * What a call costs, under each variant: prog_calls TURNS TABLE VARIANT... (groups.h)
 *
 * A process of each variant makes the same calls, in turns of a few milliseconds, so that whatever else the machine
 * does hits them all. The working directory of each is /mnt/in/w, which tests/bench/calls.sh made.
 */
#include "groups.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define TURN_NS   2e6
#define REHEARSAL 100 /* calls: a site's first ones are logged, and not what is measured */

enum op { LSTAT, OPEN, NOFOLLOW, CHMOD, UTIMENS, LCHOWN, RENAME, ACCESS };

#define D4  "d/d/d/d/"
#define D8  D4 D4
#define FAR "/mnt/in/d/d/d/f"

static const struct row {
	const char *table, *title;
	enum op op;
	const char *path;
} rows[] = {
    {"calls", "lstat, one name", LSTAT, "f"},
    {"calls", "open+close, one name, O_NOFOLLOW", NOFOLLOW, "f"},
    {"calls", "open+close, one name", OPEN, "f"},
    {"calls", "lstat, four names", LSTAT, "d/d/d/f"},
    {"calls", "open+close, four names", OPEN, "d/d/d/f"},
    {"calls", "lstat, absolute, inside", LSTAT, FAR},
    {"calls", "open+close, absolute, inside", OPEN, FAR},
    {"calls", "chmod, one name", CHMOD, "f"},
    {"calls", "chmod, four names", CHMOD, "d/d/d/f"},
    {"calls", "utimensat, four names", UTIMENS, "d/d/d/f"},
    {"calls", "lchown, four names", LCHOWN, "d/d/d/f"},
    {"calls", "rename there and back, four names", RENAME, "d/d/d/f"},
    {"calls", "lstat, granted", LSTAT, "/mnt/granted/f"},
    {"calls", "open+close, granted", OPEN, "/mnt/granted/f"},
    {"calls", "access, outside", ACCESS, "/mnt/out/f"},
    {"calls", "lstat, outside", LSTAT, "/mnt/out/f"},
    {"calls", "open+close, outside", OPEN, "/mnt/out/f"},
    {"calls", "lstat, out of the root by ..", LSTAT, "../../out/f"},
    {"depth", "lstat, 1", LSTAT, "f"},
    {"depth", "lstat, 2", LSTAT, "d/f"},
    {"depth", "lstat, 3", LSTAT, "d/d/f"},
    {"depth", "lstat, 4", LSTAT, "d/d/d/f"},
    {"depth", "lstat, 6", LSTAT, D4 "d/f"},
    {"depth", "lstat, 8", LSTAT, D4 "d/d/d/f"},
    {"depth", "lstat, 12", LSTAT, D8 "d/d/d/f"},
    {"depth", "lstat, 16", LSTAT, D8 D4 "d/d/d/f"},
    {"depth", "open+close, 1", OPEN, "f"},
    {"depth", "open+close, 2", OPEN, "d/f"},
    {"depth", "open+close, 3", OPEN, "d/d/f"},
    {"depth", "open+close, 4", OPEN, "d/d/d/f"},
    {"depth", "open+close, 6", OPEN, D4 "d/f"},
    {"depth", "open+close, 8", OPEN, D4 "d/d/d/f"},
    {"depth", "open+close, 12", OPEN, D8 "d/d/d/f"},
    {"depth", "open+close, 16", OPEN, D8 D4 "d/d/d/f"},
    {"roots", "lstat, one name", LSTAT, "f"},
    {"roots", "lstat, four names", LSTAT, "d/d/d/f"},
    {"roots", "lstat, absolute, inside", LSTAT, FAR},
    {"roots", "open+close, four names", OPEN, "d/d/d/f"},
    {"roots", "open+close, absolute, inside", OPEN, FAR},
    {"roots", "chmod, four names", CHMOD, "d/d/d/f"},
    {"roots", "lstat, outside", LSTAT, "/mnt/out/f"},
    {"roots", "lstat, out of the root by ..", LSTAT, "../../out/f"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct order {
	unsigned row;
	unsigned calls;
};

struct worker {
	const char *name;
	pid_t pid;
	int orders;
	int results;
	unsigned calls; /* in a turn of this row; 0: none any more */
};

static int call(enum op op, const char *path)
{
	char other[64];
	struct stat st;
	int fd;

	switch (op) {
	case LSTAT:
		return lstat(path, &st);
	case OPEN:
		fd = open(path, O_RDONLY);
		return fd < 0 ? -1 : close(fd);
	case NOFOLLOW:
		fd = open(path, O_RDONLY | O_NOFOLLOW);
		return fd < 0 ? -1 : close(fd);
	case CHMOD:
		return chmod(path, 0644);
	case UTIMENS:
		return utimensat(AT_FDCWD, path, NULL, 0);
	case LCHOWN:
		return lchown(path, (uid_t)-1, (gid_t)-1);
	case RENAME:
		snprintf(other, sizeof(other), "%s2", path);
		return rename(path, other) || rename(other, path) ? -1 : 0;
	case ACCESS:
		return access(path, R_OK);
	}
	return -1;
}

/* Nanoseconds a call; minus the errno of one that fails. */
static double turn(const struct row *row, unsigned calls)
{
	double start = now();

	for (unsigned i = 0; i < calls; i++)
		if (call(row->op, row->path) != 0)
			return -errno;
	return (now() - start) / calls;
}

static int work(void)
{
	struct order order;

	if (chdir("/mnt/in/w") != 0)
		return 1;
	while (read(STDIN_FILENO, &order, sizeof(order)) == sizeof(order)) {
		double result = turn(&rows[order.row], order.calls);

		if (write(STDOUT_FILENO, &result, sizeof(result)) != sizeof(result))
			return 1;
	}
	return 0;
}

static struct worker hire(const struct group *group)
{
	struct worker worker = {.name = group->name};
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
		die("pipe");
	worker.pid = fork();
	if (worker.pid == 0) {
		dup2(down[0], STDIN_FILENO);
		dup2(up[1], STDOUT_FILENO);
		execvpe(group->argv[0], group->argv, group->env);
		_exit(127);
	}
	close(down[0]);
	close(up[1]);
	worker.orders = down[1];
	worker.results = up[0];
	return worker;
}

/* Nanoseconds a call, or minus an errno: ESRCH when the worker is gone. */
static double ask(const struct worker *worker, unsigned row, unsigned calls)
{
	struct order order = {row, calls};
	double result;

	if (write(worker->orders, &order, sizeof(order)) != sizeof(order) ||
	    read(worker->results, &result, sizeof(result)) != sizeof(result))
		return -ESRCH;
	return result;
}

/* Returns whether there is a price; where there is none, the table says why. */
static bool price(struct worker *worker, unsigned row, double ns)
{
	worker->calls = ns > 0 ? (unsigned)(TURN_NS / ns) + 1 : 0;
	if (!worker->calls)
		no_sample(rows[row].table, rows[row].title, worker->name,
			  ns == -ESRCH ? "it does not run here" : strerrorname_np((int)-ns));
	return worker->calls;
}

static void bench(struct worker *workers, unsigned count, unsigned row, unsigned turns)
{
	for (unsigned i = 0; i < count; i++)
		if (price(&workers[i], row, ask(&workers[i], row, REHEARSAL)))
			price(&workers[i], row, ask(&workers[i], row, REHEARSAL));
	for (unsigned t = 0; t < turns; t++)
		for (unsigned i = 0; i < count; i++) {
			const struct worker *worker = &workers[(i + t) % count];

			if (worker->calls)
				sample(rows[row].table, rows[row].title, worker->name, t,
				       ask(worker, row, worker->calls), "ns");
		}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct group groups[GROUPS_MAX];
	struct worker workers[GROUPS_MAX];
	unsigned count, turns;

	if (argc == 2 && strcmp(argv[1], "work") == 0)
		return work();
	if (argc < 4) {
		fprintf(stderr, "usage: prog_calls TURNS TABLE VARIANT... ; ...\n");
		return 2;
	}
	turns = (unsigned)strtoul(argv[1], NULL, 10);
	count = groups_read(groups, argv + 3);
	/* One that does not run is a line in the table. */
	signal(SIGPIPE, SIG_IGN);
	stay_on_one_processor();
	for (unsigned i = 0; i < count; i++)
		workers[i] = hire(&groups[i]);
	for (unsigned row = 0; row < ROWS; row++)
		if (strcmp(rows[row].table, argv[2]) == 0)
			bench(workers, count, row, turns);
	for (unsigned i = 0; i < count; i++) {
		close(workers[i].orders);
		waitpid(workers[i].pid, NULL, 0);
	}
	return 0;
}
