/* SPDX-License-Identifier: ISC */
/*
 * net_sharing SETTING LIBRARY: who shares what, and what changes under the other's feet. One party, the sharer, is a
 * thread, a vfork child, or a child of clone with any of VM, FS and FILES in common; it changes the working directory,
 * the root, or what a number is, from inside to outside or the other way. Then both change metadata, in turn. Where the
 * kernel says that the object lies outside, the call must fail and change nothing; inside it must do what it does
 * without the library. SETTING "bare" has no library: all calls must pass, or the matrix itself is wrong.
 *
 * Prints "SETTING/SHARER/CHANGE/WAY/BY/OP/KIND<tab>who" for each that does not: KIND passed, refused, died or hung.
 * Exit status: 0, 1 after one, 77 when no machine of its own can be made here.
 */
#include <pthread.h>
#include <sys/time.h>

#include "sharing.h"

/* What may change: directories and files, inside first; held by the descriptors from FIRST_WATCHED on. */
static const char *const watched[WATCHED] = {"/w/in",    "/w/in/f",    "/w/in/d", "/w/in/d/f",
					     "/w/out/d", "/w/out/d/f", "/f"};
enum { INSIDE_COUNT = 4 };

static const struct timeval times[2] = {{777, 0}, {777, 0}};
static const struct timespec stamps[2] = {{777, 0}, {777, 0}};

enum by { RELATIVE, ABSOLUTE, BELOW, ITSELF, RELATIVE_BY_NUMBER, BELOW_BY_NUMBER, ITSELF_BY_NUMBER };
enum op { MODE, OWNER, TIMES, XATTR };

static const struct {
	enum by by;
	enum op op;
	const char *name;
} calls[] = {
#define CALL(by, op, call_) {by, op, #by "/" #op},
#include "sharing.def"
#undef CALL
};

static long make_call(unsigned number)
{
	unsigned at = 0;

#define CALL(by, op, call_)                                                                                            \
	if (at++ == number)                                                                                            \
		return call_;
#include "sharing.def"
#undef CALL
	return -1;
}

/* One scenario */

static struct scenario {
	volatile int turn; /* 0: the parent, 1: the sharer */
	volatile bool gave_up;
	const struct sharer *sharer;
	const struct change *change;
	bool outwards;
	unsigned call;
	char kind[16], who[32];
} * now;

static struct id real_root;

static void note(const char *kind, const char *who)
{
	if (*now->kind)
		return;
	strcpy(now->kind, kind);
	strcpy(now->who, who);
}

/* Where the kernel says that the call acts, for who asks. */
static enum place object_place(void)
{
	struct id top;
	mode_t mode;
	int fd = (int)sys(SYS_openat, AT_FDCWD, "/", O_PATH, 0), here;
	bool chrooted = id_of(fd, &top, &mode) && (top.ino != real_root.ino || top.dev != real_root.dev);
	enum place place = UNKNOWN;

	drop(fd);
	switch (calls[now->call].by) {
	case ABSOLUTE:
		return chrooted ? INSIDE : OUTSIDE;
	case RELATIVE:
	case RELATIVE_BY_NUMBER:
		here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH, 0);
		place = climb(here, chrooted);
		drop(here);
		return place;
	default:
		return climb(DIR, chrooted);
	}
}

static bool changed(unsigned first, unsigned last)
{
	struct stat st_;
	char value[8];

	for (unsigned i = first; i < last; i++) {
		sys(SYS_newfstatat, FIRST_WATCHED + i, "", &st_, AT_EMPTY_PATH);
		if (st_.st_mtime == 777 || st_.st_uid == 77 || (st_.st_mode & 07777) == 0707 ||
		    sys(SYS_fgetxattr, FIRST_WATCHED + i, "user.net", value, sizeof value) == 1)
			return true;
	}
	return false;
}

/* As they were. By who is not confined. */
static void reset(void)
{
	for (unsigned i = 0; i < WATCHED; i++) {
		int fd = FIRST_WATCHED + (int)i;

		fchown(fd, 0, 0), fchmod(fd, 0755), fremovexattr(fd, "user.net");
		futimens(fd, (const struct timespec[2]){{1000, 0}, {1000, 0}});
	}
}

static void judge(const char *who)
{
	const enum place place = object_place();
	const bool bare = !setting;
	long result;

	/* Before, since inside it is changed by each that comes. */
	ask((struct errand){FRESH, 0, 0, "", ""});
	result = make_call(now->call);
	if (place == OUTSIDE && !bare && (result >= 0 || changed(INSIDE_COUNT, WATCHED)))
		note("passed", who);
	else if ((place == INSIDE || bare) && (result < 0 || !changed(0, WATCHED)))
		note("refused", who);
}

static void wait_for_turn(int mine)
{
	for (unsigned i = 0; now->turn != mine && !now->gave_up; i++)
		sys(SYS_sched_yield, 0);
}

static void sharer_part(void)
{
	judge("the sharer, before");
	if (!now->change->make(now->outwards)) {
		note("refused", "the change");
		now->gave_up = true;
		now->turn = 0;
		return;
	}
	for (unsigned round = 0; round < 2; round++) {
		now->turn = 0;
		if (now->sharer->flags != VFORK)
			wait_for_turn(1);
		if (!now->gave_up)
			judge("the sharer");
	}
	now->turn = 0;
}

static void parent_part(void)
{
	for (unsigned round = 0; round < 2 && !now->gave_up; round++) {
		judge("the parent");
		now->turn = 1;
		if (now->sharer->flags != VFORK)
			wait_for_turn(0);
	}
	now->turn = 1;
}

static void *sharer_thread(void *unused)
{
	sharer_part();
	return unused;
}

static void *parent_thread(void *unused)
{
	wait_for_turn(0);
	parent_part();
	return unused;
}

static int sharer_child(void *unused)
{
	(void)unused;
	sharer_part();
	return 0;
}

static void run_scenario(void)
{
	static char stack[1 << 17] __attribute__((aligned(64)));
	pthread_t thread;
	int pid = 0, flags = now->sharer->flags;

	must(chdir(directory(!now->outwards)) == 0 && dup(held(!now->outwards)) == DIR, "start");
	judge("the parent, before");
	now->turn = 1;
	if (flags == THREAD)
		pthread_create(&thread, NULL, sharer_thread, NULL);
	if (flags == VFORK_AND_THREAD)
		pthread_create(&thread, NULL, parent_thread, NULL);
	if (flags == FORK)
		pid = fork();
	if (flags == VFORK || flags == VFORK_AND_THREAD)
		pid = vfork();
	if (flags > 0)
		pid = clone(sharer_child, stack + sizeof stack - 64, flags | SIGCHLD, NULL);
	else if (flags != THREAD && pid == 0) {
		sharer_part();
		_exit(0);
	}
	if (flags != VFORK_AND_THREAD) {
		wait_for_turn(0);
		parent_part();
	}
	if (flags == THREAD || flags == VFORK_AND_THREAD)
		pthread_join(thread, NULL);
	if (pid)
		sys(SYS_wait4, pid, 0, 0x40000000 /* __WALL */, 0);
	_exit(0);
}

/* The matrix */

static unsigned found;

static void scenario(const struct sharer *sharer, const struct change *change, bool outwards, unsigned call_)
{
	char line[300];
	int pid, status = 0;

	memset((void *)now, 0, sizeof *now);
	*now = (struct scenario){.sharer = sharer, .change = change, .outwards = outwards, .call = call_};
	pid = fork();
	if (pid == 0) {
		alarm(10);
		run_scenario();
	}
	sys(SYS_wait4, pid, &status, 0, 0);
	if (WIFSIGNALED(status))
		strcpy(now->kind, WTERMSIG(status) == SIGALRM ? "hung" : "died");
	else if (status)
		strcpy(now->kind, "died");
	if (!*now->kind)
		return;
	found++;
	snprintf(line, sizeof line, "%s/%s/%s/%s/%s/%s\t%s\n", setting ? setting->name : "bare", sharer->name,
		 change->name, outwards ? "outwards" : "inwards", calls[call_].name, now->kind, now->who);
	sys(SYS_write, TRANSCRIPT, line, strlen(line));
}

static int worker(void)
{
	mode_t mode;
	int top = (int)sys(SYS_openat, AT_FDCWD, "/", O_PATH, 0);

	id_of(top, &real_root, &mode);
	drop(top);
	know_roots();
	now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	xattr.value = (uintptr_t) "x";
	for (size_t i = 0; i < COUNT(sharers); i++)
		for (size_t k = 0; k < COUNT(changes); k++)
			for (unsigned call_ = 0; call_ < COUNT(calls); call_++) {
				scenario(&sharers[i], &changes[k], true, call_);
				scenario(&sharers[i], &changes[k], false, call_);
			}
	return found ? 1 : 0;
}

static void machine(char **argv, int transcript)
{
	new_root(argv[2]);
	umask(022);
	for (unsigned i = 0; i < COUNT(tops); i++)
		mkdir(tops[i], 0755);
	for (unsigned i = 0; i < WATCHED; i++) {
		if (watched[i][strlen(watched[i]) - 1] == 'f')
			close(open(watched[i], O_WRONLY | O_CREAT, 0755));
		else
			mkdir(watched[i], 0755);
	}
	dup2(transcript, TRANSCRIPT);
	for (unsigned i = 0; i < WATCHED; i++)
		dup2(open(watched[i], O_RDONLY), FIRST_WATCHED + (int)i);
	reset_files = reset;
	start_outsider();
	dup2(FIRST_WATCHED + 2, IN_HELD), dup2(FIRST_WATCHED + 4, OUT_HELD);
	dup2(open("/dev/null", O_RDWR), 0), dup2(0, 1);
	close_range(3, IN_HELD - 1, 0), close_range(OUTSIDER + 1, 200, 0);
	if (setting)
		under_library();
	alarm(300);
	execl("/self", "net_sharing", argv[1], NULL);
	must(false, "execute /self");
}

int main(int argc, char **argv)
{
	int status, pid;

	if (argc < 2 || (strcmp(argv[1], "bare") && !(setting = find_setting(argv[1]))))
		return CANNOT;
	if (argc == 2)
		return worker();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0)
		machine(argv, 1);
	waitpid(pid, &status, 0);
	/* The outsider ends with it. */
	while (wait(NULL) > 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
