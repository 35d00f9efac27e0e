/* SPDX-License-Identifier: ISC */
/*
 * What a call costs under the library, as a ratio to the same call without it.
 *
 * Three processes, one bare, one that has put the same rules in force with Landlock alone, and one preloaded, make the
 * same calls in turns of a few milliseconds, so that whatever else the machine does hits them all; starts of /bin/true
 * take turns likewise. The median of the ratios of neighbouring turns is what counts. Nothing is asserted.
 *
 *   bench_calls DIRECTORY LIBRARY    DIRECTORY: empty, on tmpfs, with a short name; LIBRARY may be "" (1.00 throughout)
 */
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TURNS      61
#define TURN_NS    2e6
#define ROOTS_MAX  10000
#define START_MANY 101 /* turns of a start */

enum op { LSTAT, OPEN, OPEN_NOFOLLOW, CHMOD, UTIMENS, LCHOWN, RENAME, ACCESS };
enum kind { BARE, LANDLOCK, PRELOADED, ANCHORED, GATED, KINDS };

/* What a kind has beyond one root. */
static char anchor[] = "PRECLUDE_ANCHOR=on", gate[] = "PRECLUDE_CONFINE_RAW=on";

/* The working directory is DIRECTORY/in/w, the root DIRECTORY/in. A leading '/' stands for DIRECTORY. */
static const struct row {
	const char *title;
	enum op op;
	const char *path;
} rows[] = {
    {"lstat, one name below cwd", LSTAT, "f"},
    {"open+close, one name below cwd, O_NOFOLLOW", OPEN_NOFOLLOW, "f"},
    {"open+close, one name below cwd", OPEN, "f"},
    {"lstat, four names below cwd", LSTAT, "x/y/z/f"},
    {"open+close, four names below cwd", OPEN, "x/y/z/f"},
    {"lstat, absolute, four names below root", LSTAT, "/in/x/y/z/f"},
    {"open+close, absolute, four names below root", OPEN, "/in/x/y/z/f"},
    {"chmod, one name below cwd", CHMOD, "f"},
    {"chmod, four names below cwd", CHMOD, "x/y/z/f"},
    {"utimensat, four names below cwd", UTIMENS, "x/y/z/f"},
    {"lchown, four names below cwd", LCHOWN, "x/y/z/f"},
    {"rename there and back, four names below cwd", RENAME, "x/y/z/f"},
    {"lstat, outside", LSTAT, "/out/f"},
    {"access, outside, known call site", ACCESS, "/out/f"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const unsigned root_counts[] = {1, 100, ROOTS_MAX};

struct order {
	unsigned row;
	unsigned calls;
};

struct worker {
	pid_t pid;
	int orders;
	int results;
};

static const char *directory;
static const char *library;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void full_path(char *out, size_t size, const char *path)
{
	snprintf(out, size, "%s%s", path[0] == '/' ? directory : "", path);
}

static int call(enum op op, const char *path)
{
	char other[260];
	struct stat st;
	int fd;

	switch (op) {
	case LSTAT:
		return lstat(path, &st);
	case OPEN:
		fd = open(path, O_RDONLY);
		return fd < 0 ? -1 : close(fd);
	case OPEN_NOFOLLOW:
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

/* Nanoseconds a call; below zero when one fails. */
static double turn(const struct row *row, unsigned calls)
{
	char path[256];
	double start;

	full_path(path, sizeof(path), row->path);
	start = now();
	for (unsigned i = 0; i < calls; i++)
		if (call(row->op, path) != 0)
			return -1;
	return (now() - start) / calls;
}

/* What any launcher would do: the rules of the preloaded process, by three system calls (landlock(7)). */
static bool restrict_by_landlock(void)
{
	static const char *const readable[] = {"/usr", "/bin", "/lib", "/etc"};
	const uint64_t all = 0xffff, root_rights = all & ~(1u << 6 | 1u << 11 | 1u << 15), readable_rights = 0xd;
	struct {
		uint64_t handled;
	} attr = {all};
	struct __attribute__((packed)) {
		uint64_t allowed;
		int32_t fd;
	} rule = {root_rights, -1};
	int ruleset = (int)syscall(444, &attr, sizeof(attr), 0);
	char root[256];

	full_path(root, sizeof(root), "/in");
	rule.fd = open(root, O_PATH | O_CLOEXEC);
	if (ruleset < 0 || syscall(445, ruleset, 1, &rule, 0) != 0)
		return false;
	rule.allowed = readable_rights;
	for (unsigned i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		rule.fd = open(readable[i], O_PATH | O_CLOEXEC);
		if (rule.fd >= 0 && syscall(445, ruleset, 1, &rule, 0) != 0)
			return false;
	}
	return syscall(446, ruleset, 0) == 0;
}

static int work(bool landlock)
{
	struct order order;
	char cwd[256];

	full_path(cwd, sizeof(cwd), "/in/w");
	if (chdir(cwd) != 0 || (landlock && !restrict_by_landlock()))
		return 1;
	while (read(STDIN_FILENO, &order, sizeof(order)) == sizeof(order)) {
		double result = turn(&rows[order.row], order.calls);

		if (write(STDOUT_FILENO, &result, sizeof(result)) != sizeof(result))
			return 1;
	}
	return 0;
}

/* The environment of a preloaded program with so many roots, or of a bare one. Never freed. */
static char **environment(bool preloaded, unsigned roots, char *further)
{
	static char path[] = "PATH=/usr/bin:/bin";
	char **env = calloc(6, sizeof(*env));
	size_t size = 64 + roots * (strlen(directory) + 16);
	char *list = calloc(1, size), *at = list;

	if (!env || !list)
		die("memory");
	env[0] = path;
	if (!preloaded || !library[0])
		return env;
	at += sprintf(at, "PRECLUDE_ROOTS=%s/in", directory);
	for (unsigned i = 1; i < roots; i++)
		at += sprintf(at, ":%s/r/%x", directory, i);
	env[1] = list;
	if (asprintf(&env[2], "LD_PRELOAD=%s", library) < 0 || asprintf(&env[3], "PRECLUDE_LOG=%s/log", directory) < 0)
		die("memory");
	env[4] = further;
	return env;
}

static struct worker hire(enum kind kind)
{
	static char self[] = "/proc/self/exe", work_word[] = "work", landlock_word[] = "landlock";
	char *argv[] = {self, kind == LANDLOCK ? landlock_word : work_word, strdup(directory), NULL};
	char **env = environment(kind >= PRELOADED, 1, kind == ANCHORED ? anchor : kind == GATED ? gate : NULL);
	struct worker worker;
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
		die("pipe");
	worker.pid = fork();
	if (!worker.pid) {
		dup2(down[0], STDIN_FILENO);
		dup2(up[1], STDOUT_FILENO);
		execve(self, argv, env);
		_exit(127);
	}
	close(down[0]);
	close(up[1]);
	worker.orders = down[1];
	worker.results = up[0];
	return worker;
}

static double ask(const struct worker *worker, unsigned row, unsigned calls)
{
	struct order order = {row, calls};
	double result;

	if (write(worker->orders, &order, sizeof(order)) != sizeof(order) ||
	    read(worker->results, &result, sizeof(result)) != sizeof(result))
		return -1;
	return result;
}

/* Nanoseconds from vfork to the end of /bin/true; below zero when it fails. */
static double start(char **env)
{
	char name[] = "/bin/true";
	char *argv[] = {name, NULL};
	double begin = now();
	int status = -1;
	pid_t pid = vfork();

	if (!pid) {
		execve(name, argv, env);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return -1;
	return now() - begin;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts. */
static double quantile(double *values, unsigned count, double q)
{
	qsort(values, count, sizeof(*values), ascending);
	return values[(unsigned)(q * (count - 1) + 0.5)];
}

struct turns {
	double took[KINDS][START_MANY], ratio[KINDS][START_MANY];
	unsigned count;
	bool failed;
};

static void note(struct turns *turns, const double took[KINDS])
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		turns->failed |= took[kind] < 0;
		turns->took[kind][turns->count] = took[kind];
		turns->ratio[kind][turns->count] = took[kind] / took[BARE];
	}
	turns->count++;
}

static void print_row(const char *title, struct turns *turns, double unit)
{
	double *ratio = turns->ratio[PRELOADED];

	if (turns->failed) {
		printf("%-46s  a call or a start failed\n", title);
		return;
	}
	printf("%-46s %9.1f %9.1f %6.2f %6.2f   %.2f-%.2f %8.2f %6.2f\n", title,
	       quantile(turns->took[BARE], turns->count, 0.5) / unit,
	       quantile(turns->took[PRELOADED], turns->count, 0.5) / unit,
	       quantile(turns->ratio[LANDLOCK], turns->count, 0.5), quantile(ratio, turns->count, 0.5),
	       quantile(ratio, turns->count, 0.1), quantile(ratio, turns->count, 0.9),
	       quantile(turns->ratio[ANCHORED], turns->count, 0.5), quantile(turns->ratio[GATED], turns->count, 0.5));
	fflush(stdout);
}

static void bench_calls(void)
{
	const struct worker workers[KINDS] = {hire(BARE), hire(LANDLOCK), hire(PRELOADED), hire(ANCHORED), hire(GATED)};

	for (unsigned row = 0; row < ROWS; row++) {
		struct turns turns = {.count = 0};
		double price = ask(&workers[BARE], row, 2000);
		unsigned calls = price > 0 ? (unsigned)(TURN_NS / price) + 1 : 1;

		/* The first calls of a site are logged, and not what is measured here. */
		ask(&workers[PRELOADED], row, 100);
		ask(&workers[ANCHORED], row, 100);
		ask(&workers[GATED], row, 100);
		for (unsigned i = 0; i < TURNS && !turns.failed; i++) {
			double took[KINDS];

			for (unsigned kind = 0; kind < KINDS; kind++)
				took[(kind + i) % KINDS] = ask(&workers[(kind + i) % KINDS], row, calls);
			note(&turns, took);
		}
		print_row(rows[row].title, &turns, 1);
	}
	for (unsigned kind = 0; kind < KINDS; kind++) {
		close(workers[kind].orders);
		waitpid(workers[kind].pid, NULL, 0);
	}
}

static void bench_starts(void)
{
	char **bare = environment(false, 0, NULL);

	for (unsigned r = 0; r < sizeof(root_counts) / sizeof(root_counts[0]); r++) {
		char **env = environment(true, root_counts[r], NULL);
		char **gated = environment(true, root_counts[r], gate);
		const unsigned count = root_counts[r] < ROOTS_MAX ? START_MANY : 31;
		struct turns turns = {.count = 0};
		char title[64];

		for (unsigned i = 0; i < count && !turns.failed; i++) {
			double took[KINDS];

			took[BARE] = i & 1 ? 0 : start(bare);
			took[PRELOADED] = start(env);
			if (i & 1)
				took[BARE] = start(bare);
			took[GATED] = start(gated);
			took[LANDLOCK] = took[ANCHORED] = took[BARE]; /* not measured */
			note(&turns, took);
		}
		snprintf(title, sizeof(title), "start /bin/true with %u root%s (us)", root_counts[r],
			 root_counts[r] == 1 ? "" : "s");
		print_row(title, &turns, 1e3);
	}
}

static void make(const char *path, bool is_directory)
{
	char full[256];
	int fd;

	full_path(full, sizeof(full), path);
	if (is_directory ? mkdir(full, 0755) != 0 : (fd = open(full, O_WRONLY | O_CREAT, 0644)) < 0 || close(fd) != 0)
		die(full);
}

static void lay_out(void)
{
	static const char *const directories[] = {"/in",     "/in/w",     "/in/x",       "/in/x/y", "/in/x/y/z",
						  "/in/w/x", "/in/w/x/y", "/in/w/x/y/z", "/out",    "/r"};
	static const char *const files[] = {"/in/w/f", "/in/w/x/y/z/f", "/in/x/y/z/f", "/out/f"};
	char path[32];

	for (unsigned i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		make(directories[i], true);
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		make(files[i], false);
	for (unsigned i = 1; i < ROOTS_MAX; i++) {
		snprintf(path, sizeof(path), "/r/%x", i);
		make(path, true);
	}
}

static void describe_machine(void)
{
	char line[256], cpu[200] = "unknown CPU";
	struct utsname kernel;
	FILE *file = fopen("/proc/cpuinfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "model name : %199[^\n]", cpu) == 1)
			break;
	if (file)
		fclose(file);
	uname(&kernel);
	printf("%s, %ld online; %s %s %s; glibc %s\n", cpu, sysconf(_SC_NPROCESSORS_ONLN), kernel.sysname,
	       kernel.release, kernel.machine, gnu_get_libc_version());
	printf("%s; mode enforce, tmpfs, %u turns, starts %u or 31\n\n", library[0] ? library : "no library", TURNS,
	       START_MANY);
	printf("%-46s %9s %9s %6s %6s   %s %8s %6s\n", "", "bare ns", "preclude", "kernel", "ratio", "10-90 %  ",
	       "anchored", "gated");
}

/* Both processes on one processor: they never run at once, and another's clock rate would be a difference. */
static void stay_on_one_processor(void)
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

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: bench_calls DIRECTORY LIBRARY\n");
		return 2;
	}
	if (strcmp(argv[1], "work") == 0 || strcmp(argv[1], "landlock") == 0) {
		directory = argv[2];
		return work(argv[1][0] == 'l');
	}
	directory = argv[1];
	library = argv[2];
	stay_on_one_processor();
	lay_out();
	describe_machine();
	bench_calls();
	bench_starts();
	return 0;
}
