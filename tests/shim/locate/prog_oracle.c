/* SPDX-License-Identifier: ISC */
/*
 * prog_oracle SEED CASES KIND LIBRARY: one world, made of the seed, and calls in it that the library judges; each
 * judgement is read back from the log and compared with the kernel's word (oracle.h).
 *
 * KIND is the policy's mode and flags: "all" (observe, everything logged), "observe", "enforce" (what leads outside),
 * or "anchor" (the same, and what the library enforces by itself). "lie": as "observe", but the oracle believes that
 * one of the roots is none, so that it must disagree.
 *
 * Prints "cases N", "unknown N REASON", "failure ..." lines. Exit status: 0, 1 after a failure, 77 when no world can be
 * made here, 2 when the oracle itself is wrong.
 *
 * Every call is made from an address of its own, so that the library takes each for another call site and logs it.
 */
#include <sys/wait.h>

#include "../without_landlock.h"
#include "oracle_said.h"

static void know(const char *path, enum place place)
{
	struct stat st;

	if (stat(path, &st) < 0)
		exit(CANNOT);
	policy[policy_count].id = (struct id){st.st_dev, st.st_ino};
	policy[policy_count].place = place;
	snprintf(policy[policy_count].path, sizeof policy->path, "%s", path);
	if (!realpath(path, policy[policy_count].canonical))
		exit(CANNOT);
	policy_count++;
}

static struct said said;

static int random_dir(void)
{
	return once_in(3) ? AT_FDCWD : (int)(20 + chance(16));
}

static const char *random_path(char *path)
{
	make_path(path, PATH_MAX);
	switch (chance(400)) {
	case 0:
		*path = '\0';
		break;
	case 1:
		return NULL;
	case 2:
		return (const char *)1;
	case 3:
		if (once_in(10)) {
			static char long_path[PATH_MAX + 64];

			memset(long_path, '/', sizeof long_path - 1);
			memcpy(long_path, "a/b", 3);
			return long_path;
		}
		memset(path, 'n', 256);
		path[256] = '\0';
		break;
	}
	return path;
}

/* A directory that does not move: what was inside when it was entered counts as inside until it is left. */
static bool moves_directory(int dir, const char *path)
{
	struct stat st;

	return path && (uintptr_t)path >= 4096 && sys(SYS_newfstatat, dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static bool is_fifo(const char *path)
{
	struct stat st;

	return path && (uintptr_t)path >= 4096 && sys(SYS_newfstatat, AT_FDCWD, path, &st, 0) == 0 &&
	       S_ISFIFO(st.st_mode);
}

/* Any flags for open(2), and what they make of it. */
static unsigned chosen_flags(void)
{
	static const int flags[] = {O_CREAT,    O_EXCL, O_TRUNC,   O_APPEND,  O_DIRECTORY,
				    O_NOFOLLOW, O_PATH, O_TMPFILE, O_NOATIME, O_SYNC};
	bool makes;

	open_flags = O_NONBLOCK | O_CLOEXEC | (int[]){O_RDONLY, O_WRONLY, O_RDWR}[chance(3)];
	for (unsigned i = 0; i < COUNT(flags); i++)
		if (once_in(4))
			open_flags |= flags[i];
	/* O_TMPFILE in a root itself, with O_NOFOLLOW, is judged by the directory that has the root: not so yet. */
	if ((open_flags & O_TMPFILE) == O_TMPFILE)
		open_flags &= ~O_NOFOLLOW;
	if (open_flags & O_PATH)
		return LOOK | OPENS | (open_flags & O_NOFOLLOW ? 0 : FOLLOW);
	if ((open_flags & O_TMPFILE) == O_TMPFILE)
		return FOLLOW;
	makes = (open_flags & O_CREAT) && (open_flags & O_EXCL);
	return makes ? ENTRY : OPENS | (open_flags & O_NOFOLLOW ? 0 : FOLLOW);
}

static void one_case(void)
{
	static char path[PATH_MAX + 1], path2[PATH_MAX + 1];
	unsigned row = chance(COUNT(rows));
	struct attempt a = {.func = rows[row].func,
			    .shape = rows[row].shape,
			    .kind = rows[row].kind,
			    .dir = AT_FDCWD,
			    .dir2 = AT_FDCWD,
			    .fd = -1};
	bool two = a.shape == TWO || a.shape == TWO_AT, known, known2 = true;
	struct truth truth, truth2;
	enum place start, start2;
	bool entry, follow;

	if (a.kind & FLAGS)
		a.kind = chosen_flags();
	entry = a.kind & ENTRY, follow = a.kind & FOLLOW;
	a.path = a.shape == FD ? NULL : random_path(path);
	if (a.shape == AT || a.shape == TWO_AT)
		a.dir = random_dir();
	if (a.shape == FD)
		a.dir = a.fd = 20 + (int)chance(16);
	if (a.shape == SOCKET && (!a.path || (uintptr_t)a.path < 4096 || !*a.path || strlen(a.path) > 100))
		return;
	if (two) {
		a.path2 = random_path(path2);
		a.dir2 = a.shape == TWO_AT ? random_dir() : AT_FDCWD;
		if (!a.path || !a.path2 ||
		    (!strncmp(a.func, "rename", 6) &&
		     (moves_directory(a.dir, a.path) || moves_directory(a.dir2, a.path2))))
			return;
	}
	start = start_of(a.dir, a.path, &known);
	if (readable(a.path))
		truth = truth_of(a.dir, a.path, follow, entry, start);
	else
		truth = (struct truth){.where = UNKNOWN, .error = EFAULT};
	if (two) {
		start2 = start_of(a.dir2, a.path2, &known2);
		truth2 = readable(a.path2) ? truth_of(a.dir2, a.path2, false, true, start2)
					   : (struct truth){.where = UNKNOWN, .error = EFAULT};
	}
	/* It would wait for a reader; and these read the text before the kernel does. */
	if ((!strcmp(a.func, "creat") && is_fifo(a.path)) ||
	    ((!strcmp(a.func, "realpath") || !strcmp(a.func, "opendir")) && (uintptr_t)a.path < 4096))
		return;
	log_at = sys(SYS_lseek, log_fd, 0, SEEK_END);
	a.result = perform(row, &a);
	a.error = errno;
	hear(a.func, &said);
	total->cases++;
	/* Either path may be the one that cannot be resolved. */
	if (two)
		truth.gone = truth2.gone |= truth.gone;
	if (two && (truth2.error == ELOOP || truth2.error == ENAMETOOLONG))
		truth.error = truth2.error;
	else if (two && (truth.error == ELOOP || truth.error == ENAMETOOLONG))
		truth2.error = truth.error;
	/* Which of two paths is spoken of is the library's choice among those that lie furthest out. */
	if (two && truth2.where > truth.where) {
		truth = truth2;
		start = start2;
		known = known2;
	}
	if (two && truth2.where == truth.where && start2 != start)
		known = false;
	if (!strcmp(a.func, "chdir") || !strcmp(a.func, "fchdir")) {
		if (a.result == 0) {
			bool gone;
			int here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);

			cwd_place = place_of_fd(here, &gone);
			drop(here);
		}
	}
	compare(&a, &truth, start, known && known2, &said);
	if ((a.kind & OPENS) && a.result >= 0) {
		struct id id;
		mode_t mode;

		if (truth.exists &&
		    (!id_of((int)a.result, &id, &mode) || id.dev != truth.id.dev || id.ino != truth.id.ino))
			fail("another object was opened", &a, &truth, &said);
	}
	if (!strcmp(a.func, "creat") || (!strncmp(a.func, "open", 4) && strcmp(a.func, "opendir")))
		if (a.result >= 0)
			close((int)a.result);
}

/* Between the calls: what the process holds changes. */

static const int numbers[] = {20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35};

static void hold(int number)
{
	static char path[PATH_MAX + 1];
	int fd = -1, ends[2];

	switch (chance(12)) {
	case 0:
		if (pipe(ends) == 0) {
			fd = ends[0];
			close(ends[1]);
		}
		break;
	case 1:
		fd = memfd_create("held", 0);
		break;
	case 2:
		make_path(path, sizeof path);
		fd = open(path, O_PATH | O_NOFOLLOW);
		break;
	case 3:
		make_path(path, sizeof path);
		fd = open(path, O_RDONLY | O_NONBLOCK);
		break;
	default:
		snprintf(path, sizeof path, "%s/%s", pick_top(), once_in(3) ? "." : names[chance(COUNT(names))]);
		fd = open(path, once_in(2) ? O_PATH | O_DIRECTORY : O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		fd = open(pick_top(), O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		fd = open("/", O_PATH);
	if (fd >= 0 && fd != number) {
		dup2(fd, number);
		close(fd);
	}
}

/* A working directory, or a held one, that somebody removes. */
static void lose_directory(void)
{
	char path[128];
	int number = numbers[chance(COUNT(numbers))];

	snprintf(path, sizeof path, "%s/gone%lu", tops[chance(7)], total->cases);
	if (sys(SYS_mkdirat, AT_FDCWD, path, 0755) < 0)
		return;
	if (once_in(2)) {
		if (chdir(path) == 0) {
			bool gone;
			int here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);

			cwd_place = place_of_fd(here, &gone);
			drop(here);
		}
	} else {
		int fd = open(path, O_RDONLY | O_DIRECTORY);

		if (fd >= 0) {
			dup2(fd, number);
			close(fd);
		}
	}
	sys(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

/* Somebody puts another directory in the place of a root: the root is where it went, not where its name leads. */
static void replace_root(void)
{
	char path[64];

	snprintf(path, sizeof path, "/w/out/was%lu", total->cases);
	if (sys(SYS_renameat, AT_FDCWD, "/w/r2", AT_FDCWD, path) < 0)
		return;
	sys(SYS_mkdirat, AT_FDCWD, "/w/r2", 0755);
	for (unsigned i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "/w/r2/%s", names[i]);
		if (once_in(2))
			sys(SYS_mkdirat, AT_FDCWD, path, 0755);
		else
			sys(SYS_mknodat, AT_FDCWD, path, S_IFREG | 0644, 0);
	}
}

static void go(const char *path)
{
	bool gone;
	int here;

	if (chdir(path) < 0)
		return;
	here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);
	cwd_place = place_of_fd(here, &gone);
	drop(here);
}

/* What the library may have kept of the process is true no longer. */
static void change_state(void)
{
	static const unsigned flags[] = {0, CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_UNSHARE,
					 CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC};
	unsigned first = (unsigned)numbers[chance(COUNT(numbers) - 2)], last = first + chance(3);

	switch (chance(5)) {
	case 0:
	case 1:
		close_range(first, last, (int)flags[chance(COUNT(flags))]);
		for (unsigned number = first; number <= last; number++)
			if (sys(SYS_fcntl, number, F_GETFD, 0) < 0)
				hold((int)number);
		break;
	case 2:
		unshare(once_in(2) ? CLONE_FS : CLONE_FILES);
		break;
	case 3:
		close(0);
		break;
	case 4:
		if (sys(SYS_fcntl, 0, F_GETFD, 0) < 0 && open("/dev/null", O_RDONLY) > 0)
			close(3);
		break;
	}
}

static void some_cases(unsigned long count)
{
	unsigned long until = total->cases + count;

	while (total->cases < until && !failed) {
		if (once_in(20))
			change_state();
		if (once_in(40))
			hold(numbers[chance(COUNT(numbers))]);
		if (once_in(60))
			go(pick_top());
		if (once_in(300))
			lose_directory();
		if (once_in(2000)) {
			int number = numbers[chance(COUNT(numbers))];

			close(number);
			for (unsigned i = 0; i < 4; i++)
				one_case();
			hold(number);
		}
		one_case();
	}
}

/* Reads the names of a chrooted child's descriptors for it. */
static void read_for(int socket, int pid)
{
	int fd, answer[2];

	while (read(socket, &fd, sizeof fd) == sizeof fd) {
		struct id id = {0, 0};
		struct stat st;
		char link[64];
		bool gone = false;

		snprintf(link, sizeof link, "%d/fd/%d", pid, fd);
		if (sys(SYS_newfstatat, proc_fd, link, &st, 0) == 0)
			id = (struct id){st.st_dev, st.st_ino};
		answer[0] = place_of_link(pid, fd, &id, &gone);
		answer[1] = gone;
		if (sys(SYS_write, socket, answer, sizeof answer) < 0)
			break;
	}
}

/* A child that chroots, and lives on there. */
static void chrooted_cases(unsigned long count)
{
	int ends[2], status, pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		exit(CANNOT);
	fflush(stdout);
	pid = fork();
	state += total->cases;
	if (pid == 0) {
		const char *path = pick_top();
		bool gone;
		int root = (int)sys(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);

		close(ends[0]);
		if (root < 0 || F(chroot)(path) < 0)
			_exit(0);
		outside_reader = ends[1];
		root_place = place_of_fd(root, &gone);
		changed_root = true;
		drop(root);
		if (once_in(4))
			root = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0),
			cwd_place = place_of_fd(root, &gone), drop(root);
		else
			go("/");
		hear("chroot", &said);
		some_cases(count);
		fflush(stdout);
		_exit(failed);
	}
	close(ends[1]);
	read_for(ends[0], pid);
	waitpid(pid, &status, 0);
	close(ends[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		failed = true;
	hear("", &said);
}

static int judge(unsigned long count)
{
	proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	proc_fd = fcntl(proc_fd, F_DUPFD_CLOEXEC, 100);
	log_fd = LOG_FD;
	watcher = fcntl(inotify_init(), F_DUPFD_CLOEXEC, 100);
	unix_socket = fcntl(socket(AF_UNIX, SOCK_STREAM, 0), F_DUPFD_CLOEXEC, 100);
	total = mmap(NULL, sizeof *total, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (proc_fd < 0 || log_fd < 0 || total == MAP_FAILED)
		return CANNOT;
	know("/w/r1", INSIDE);
	know("/w/r2", lying ? OUTSIDE : INSIDE);
	know("/w/link3", INSIDE);
	know("/w/r1/n", INSIDE);
	for (unsigned i = 0; i < COUNT(odd_tops); i++)
		know(odd_tops[i], INSIDE);
	know("/w/grant", GRANTED);
	know("/w/read", GRANTED);
	for (unsigned i = 0; i < COUNT(numbers); i++)
		hold(numbers[i]);
	go("/w/r1");
	while (total->cases < count && !failed) {
		some_cases(count / 10 + 1);
		if (!enforcing && once_in(40))
			replace_root();
		if (!failed)
			chrooted_cases(count / 40 + 1);
	}
	printf("cases %lu\n", total->cases);
	for (unsigned i = 0; i < COUNT(reasons); i++)
		printf("unknown %lu %s\n", total->unknowns[i], reasons[i]);
	return failed;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX];

	if (argc != 5)
		return CANNOT;
	seed = strtoull(argv[1], NULL, 10);
	state = seed;
	all = !strcmp(argv[3], "all");
	anchoring = !strcmp(argv[3], "anchor") || !strcmp(argv[3], "alone");
	enforcing = anchoring || !strcmp(argv[3], "enforce");
	lying = !strcmp(argv[3], "lie");
	umask(022);
	if (getenv("LD_PRELOAD"))
		return judge(strtoul(argv[2], NULL, 10));
	if (!realpath("/proc/self/exe", self))
		return CANNOT;
	new_root(argv[4], self);
	make_world();
	/* The domain will not let it be read. */
	if (dup2(open("/log/events", O_RDONLY | O_CREAT, 0600), LOG_FD) < 0)
		return CANNOT;
	setenv("LD_PRELOAD", "/library", 1);
	setenv("PRECLUDE_ROOTS",
	       "one=/w/r1:two=/w/r2:/w/link3:nested=/w/r1/n:/w/.r:/w/..r:/w/r.:/w/xy:/w/s p:/w/c\\:n:/w/\377r", 1);
	setenv("PRECLUDE_WRITE", "/w/grant", 1);
	setenv("PRECLUDE_READ", "/w/read", 1);
	setenv("PRECLUDE_BASE", "none", 1);
	setenv("PRECLUDE_LOG", "/log/events", 1);
	setenv("PRECLUDE_FRAMES", "1", 1);
	setenv("PRECLUDE_MODE", enforcing ? "enforce" : "observe", 1);
	if (anchoring)
		setenv("PRECLUDE_ANCHOR", "on", 1);
	if (!strcmp(argv[3], "alone")) {
		setenv("PRECLUDE_REQUIRE", "nothing", 1);
		if (without_landlock() < 0)
			exit(CANNOT);
	}
	setenv("PRECLUDE_FLAG", all ? "all" : "outside:looks", 1);
	execv("/self", argv);
	return CANNOT;
}
