/* SPDX-License-Identifier: ISC */
/*
 * net_race SETTING SEED MILLISECONDS LIBRARY: threads and children with every kind of sharing make random calls, by
 * every name and number of rows.def, while somebody else swaps names for links that lead outside, and moves directories
 * out of the root and back. Whatever comes of the calls: what lies outside must be as it was, and nobody may die.
 *
 * Prints "SETTING/outside<tab>what changed", "SETTING/died<tab>status" or "SETTING/hung", and "calls N swaps N". Exit
 * status: 0, 1 after a fault, 77 when no machine of its own can be made here. SETTING "bare": without the library.
 */
#include <pthread.h>
#include <signal.h>

#include "machine.h"

enum { THREADS = 3, CHILDREN = 3 };

static struct counts {
	volatile unsigned long calls, swaps;
	volatile bool over;
} * counts;

static uint64_t seed;

/*
 * Nothing that waits for somebody else, ends the process, or lasts; and nothing that takes a lock of libc, which a
 * child of clone may find taken for ever.
 */
static bool can_be_raced(const struct way *way)
{
	static const char *const without[] = {"mkfifo",  "mknod",   "chroot",   "freopen",   "tmp",     "fopen",
					      "opendir", "scandir", "fts",      "ftw",       "glob",    "acl_",
					      "dlopen",  "mntent",  "realpath", "canonical", "tempnam", "bind"};

	for (size_t i = 0; i < COUNT(without); i++)
		if (strstr(way->name, without[i]))
			return false;
	return !excluded(way) && strcmp(way->does, "run") && strcmp(way->does, "connect") && way->shape != NAMED;
}

static int any_dir(struct chance *with)
{
	return once_in(with, 2) ? AT_FDCWD : (int)(20 + chance(with, 8));
}

/* What changes the meaning of later calls, for whoever shares it. */
static void change_something(struct chance *with)
{
	char path[512];
	int fd;

	make_path(with, path);
	switch (chance(with, 5)) {
	case 0 ... 1:
		(void)!chdir(path);
		break;
	case 2:
		(void)!fchdir(20 + (int)chance(with, 8));
		break;
	default:
		fd = open(path, (once_in(with, 2) ? O_RDONLY : O_PATH) | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			dup2(fd, 20 + (int)chance(with, 8)), close(fd);
	}
}

static void make_calls(struct chance *with, unsigned long count)
{
	char path[512], path2[512];
	struct call call = {.path = path, .path2 = path2};

	for (unsigned long i = 0; i < count && !counts->over; i++) {
		unsigned row = chance(with, COUNT(ways));
		const struct way *way = &ways[row];

		if (once_in(with, 12))
			change_something(with);
		if (once_in(with, 3))
			close(3 + (int)chance(with, 17));
		if (!can_be_raced(way) || !symbols[row] || (strcmp(way->does, "metadata") && once_in(with, 2)))
			continue;
		make_path(with, path);
		make_path(with, path2);
		if (way->object == TEMPLATE)
			strcpy(path, "tmplXXXXXX");
		call.dir = way->shape & (AT | TWO_AT) ? any_dir(with) : 20 + (int)chance(with, 8);
		call.dir2 = any_dir(with);
		function = symbols[row];
		(void)way->call(&call);
		counts->calls++;
	}
}

static void *thread_part(void *number)
{
	struct chance with = {seed * 7919 + (uintptr_t)number};

	while (!counts->over) {
		if (once_in(&with, 20) && (uintptr_t)number)
			unshare(once_in(&with, 2) ? CLONE_FS : CLONE_FILES);
		make_calls(&with, 200);
	}
	return NULL;
}

static int child_part(void *with)
{
	if (once_in(with, 4) && chroot("/w/in") == 0)
		(void)!chdir("/");
	make_calls(with, 300);
	return 0;
}

/* Children that share some of what their parent is, and does not use meanwhile: its thread pointer is theirs. */
static void *children_part(void *number)
{
	static const int flags[] = {
	    0, CLONE_FS, CLONE_FILES, CLONE_FS | CLONE_FILES, CLONE_VM, CLONE_VM | CLONE_FS, CLONE_VM | CLONE_FILES};
	static char stacks[CHILDREN][1 << 18] __attribute__((aligned(64)));
	struct chance with = {seed * 104729 + (uintptr_t)number};

	while (!counts->over) {
		int kind = flags[chance(&with, COUNT(flags))], status = 0, pid;

		if (once_in(&with, 4)) {
			pid = vfork();
			if (pid == 0) {
				make_calls(&with, 100);
				_exit(0);
			}
		} else {
			pid = clone(child_part, stacks[(uintptr_t)number] + sizeof *stacks - 64, kind | SIGCHLD, &with);
		}
		sys(SYS_wait4, pid, &status, 0x40000000 /* __WALL */, 0);
		if (pid > 0 && WIFSIGNALED(status))
			raise(WTERMSIG(status));
	}
	return NULL;
}

static int worker(void)
{
	pthread_t threads[THREADS + CHILDREN];
	const int inside = open("/w/in", O_RDONLY | O_DIRECTORY);

	find_symbols();
	for (int fd = 20; fd < 28; fd++)
		dup2(inside, fd);
	must(chdir("/w/in") == 0, "chdir");
	for (uintptr_t i = 0; i < THREADS + CHILDREN; i++)
		must(pthread_create(&threads[i], NULL, i < THREADS ? thread_part : children_part,
				    (void *)(i < THREADS ? i : i - THREADS)) == 0,
		     "start a thread");
	while (!counts->over)
		usleep(10000);
	for (unsigned i = 0; i < THREADS + CHILDREN; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* Somebody else */

static void restore_inside(struct chance *with)
{
	char path[64];

	for (unsigned i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "/w/in/%s", names[i]);
		if (once_in(with, 3))
			mkdir(path, 0755);
		else
			close(open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_EXCL, 0644));
		snprintf(path, sizeof path, "/w/in/%s/%s", names[i], names[chance(with, COUNT(names))]);
		close(open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_EXCL, 0644));
	}
}

static void swap_names(void)
{
	struct chance with = {seed ^ 0x73776170};
	char path[64], link[64];

	while (!counts->over) {
		const char *name = pick_name(&with);

		snprintf(path, sizeof path, "/w/in/%s", name);
		snprintf(link, sizeof link, "/w/links/%u", chance(&with, 4));
		if (once_in(&with, 50))
			restore_inside(&with);
		if (once_in(&with, 2)) {
			if (syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, link, RENAME_EXCHANGE) == 0)
				syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, link, RENAME_EXCHANGE);
		} else if (renameat2(AT_FDCWD, path, AT_FDCWD, "/w/away/moved", RENAME_NOREPLACE) == 0) {
			for (unsigned i = chance(&with, 100); i; i--)
				sys(SYS_sched_yield, 0);
			renameat2(AT_FDCWD, "/w/away/moved", AT_FDCWD, path, 0);
		}
		counts->swaps++;
	}
	_exit(0);
}

/* All that the calls may not change. What was born inside is nobody's business while it lies in /w/away. */
static char *outside(void)
{
	char *text_;
	size_t size;
	FILE *out = open_memstream(&text_, &size);

	describe(out, "/w/out");
	describe(out, "/w/away/victim");
	describe(out, "/tmp");
	for (unsigned i = 0; i < 2; i++) {
		struct stat at;

		stat(i ? "/w/away" : "/w/links", &at);
		fprintf(out, "%u %o %u\n", i, at.st_mode, at.st_uid);
	}
	fclose(out);
	return text_;
}

static void make_files(void)
{
	make_world(seed);
	must(mkdir("/w/away", 0755) == 0 && mkdir("/w/links", 0755) == 0 &&
		 close(open("/w/away/victim", O_WRONLY | O_CREAT, 0640)) == 0 && symlink("/w/out", "/w/links/0") == 0 &&
		 symlink("/w/out/victim", "/w/links/1") == 0 && symlink("../out", "/w/links/2") == 0 &&
		 symlink("../away", "/w/links/3") == 0,
	     "make files");
}

/* The first line of `after` that is not in `before`. */
static const char *first_change(const char *before, const char *after)
{
	static char line[512];

	for (const char *end; (end = strchr(after, '\n')); after = end + 1) {
		snprintf(line, sizeof line, "%.*s", (int)(end - after), after);
		if (!strstr(before, line))
			return line;
	}
	return "something is gone";
}

static int machine(char **argv, unsigned milliseconds)
{
	char *before, *after;
	int pid, swapper, status = 0, waited = 0;
	bool fault = false;

	make_files();
	before = outside();
	swapper = fork();
	if (swapper == 0)
		swap_names();
	pid = fork();
	if (pid == 0) {
		if (setting)
			under_library();
		close_range(3, 200, 0);
		dup2(open("/dev/null", O_RDWR), 0), dup2(0, 1), dup2(0, 2);
		dup2(open("/log/counts", O_RDWR), TRANSCRIPT);
		execl("/self", "net_race", argv[1], argv[2], NULL);
		_exit(CANNOT);
	}
	usleep(milliseconds * 1000);
	counts->over = true;
	for (; waited < 200 && waitpid(pid, &status, WNOHANG) == 0; waited++)
		usleep(100000);
	if (waited == 200) {
		printf("%s/hung\t\n", argv[1]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		fault = true;
	} else if (status) {
		printf("%s/died\tstatus %x\n", argv[1], status);
		fault = true;
	}
	waitpid(swapper, NULL, 0);
	after = outside();
	if (strcmp(before, after)) {
		printf("%s/outside\t%s\n", argv[1], first_change(before, after));
		fault = true;
	}
	printf("# calls %lu swaps %lu\n", counts->calls, counts->swaps);
	return fault ? 1 : 0;
}

/* Shared by way of a file, since the worker is executed. */
static void share_counts(int fd)
{
	must(fd >= 0 && ftruncate(fd, 4096) == 0, "/log/counts");
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(counts != MAP_FAILED, "share memory");
}

int main(int argc, char **argv)
{
	int status, pid;

	if (argc < 3 || (strcmp(argv[1], "bare") && !(setting = find_setting(argv[1]))))
		return CANNOT;
	seed = strtoull(argv[2], NULL, 10);
	if (argc == 3) {
		share_counts(TRANSCRIPT);
		return worker();
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0) {
		new_root(argv[4]);
		share_counts(open("/log/counts", O_RDWR | O_CREAT, 0600));
		exit(machine(argv, (unsigned)atoi(argv[3])));
	}
	waitpid(pid, &status, 0);
	while (wait(NULL) > 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
