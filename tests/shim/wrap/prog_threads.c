/* SPDX-License-Identifier: ISC */
/*
 * Several flows of control at once: prog_threads SITUATION INSIDE OUTSIDE
 *
 * INSIDE and OUTSIDE are directories; the program runs in INSIDE. It ends with 0 when what it got is what it would have
 * got alone, else it says what was not. What the log must hold is the script's to know (test_threads.sh).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../tap.h"
#include "../confined.h"

static const char *inside, *outside;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One denied create, one that passes, and a look: below `depth` frames, so that there are several call sites. */
static __attribute__((noinline)) int calls(unsigned number, unsigned depth)
{
	char name[256];
	struct stat st;
	int fd;

	if (depth)
		return calls(number, depth - 1) + 0 * (volatile char){0};
	snprintf(name, sizeof name, "%s/t%u", outside, number);
	errno = 0;
	CHECK(open(name, O_WRONLY | O_CREAT, 0600) == -1 && errno == EACCES);
	snprintf(name, sizeof name, "%s/t%u", inside, number);
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0 && write(fd, name, 1) == 1 && close(fd) == 0);
	CHECK(stat(name, &st) == 0 && st.st_size == 1);
	CHECK(unlink(name) == 0 && stat(name, &st) == -1 && errno == ENOENT);
	return 0;
}

#define THREADS 1000

static pthread_barrier_t barrier;

static void *caller(void *number)
{
	unsigned n = (unsigned)(uintptr_t)number;

	pthread_barrier_wait(&barrier);
	calls(n, n % 10);
	return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	CHECK(pthread_create(thread, &attributes, run, argument) == 0);
	pthread_attr_destroy(&attributes);
}

static void threads(void)
{
	static pthread_t thread[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (uintptr_t i = 0; i < THREADS; i++)
		start(&thread[i], caller, (void *)i);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK(pthread_join(thread[i], NULL) == 0);
}

static volatile sig_atomic_t cleaned;
static int directory;

static void clean(void *unused)
{
	(void)unused;
	cleaned++;
}

static void *stuck(void *path)
{
	pthread_cleanup_push(clean, NULL);
	if (*(char *)path == '@')
		openat(directory, (char *)path + 1, O_RDONLY);
	else
		open(path, O_RDONLY);
	pthread_cleanup_pop(0);
	return path;
}

/* A thread that waits in open for the other end of a FIFO is cancelled there, and its handlers run. */
static void cancelled(void)
{
	char absolute[256], deep[256];
	char *const paths[] = {
	    absolute, deep, (char[]){"fifo"}, (char[]){"deep/fifo"}, (char[]){"@fifo"}, (char[]){"@deep/fifo"}};

	snprintf(absolute, sizeof absolute, "%s/fifo", inside);
	snprintf(deep, sizeof deep, "%s/deep/../deep/fifo", inside);
	CHECK(mkfifo("fifo", 0600) == 0 && mkdir("deep", 0700) == 0 && mkfifo("deep/fifo", 0600) == 0);
	directory = open(".", O_PATH | O_DIRECTORY);
	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct timespec deadline;
		pthread_t thread;
		void *result = NULL;

		cleaned = 0;
		start(&thread, stuck, paths[i]);
		usleep(50000);
		CHECK(pthread_cancel(thread) == 0);
		clock_gettime(CLOCK_REALTIME, &deadline);
		deadline.tv_sec += patience(20);
		if ((errno = pthread_timedjoin_np(thread, &result, &deadline)) != 0)
			dprintf(2, "in open(\"%s\"): ", paths[i]);
		CHECK(errno == 0);
		CHECK(result == PTHREAD_CANCELED && cleaned == 1);
	}
	/* Who may not be cancelled is not. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	CHECK((directory = open("deep/../deep", O_RDONLY)) >= 0 && close(directory) == 0);
}

static void *busy(void *number)
{
	for (;;)
		calls((unsigned)(uintptr_t)number, 0);
	return NULL;
}

/* Cancelled anywhere, hundreds of times: nothing is held for ever. */
static void cancelled_anywhere(void)
{
	for (uintptr_t i = 0; i < 400; i++) {
		pthread_t thread;

		start(&thread, busy, (void *)i);
		usleep((useconds_t)(i * 37 % 1500));
		CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0);
	}
	calls(5000, 0);
}

static volatile sig_atomic_t ticks, jumping;
static sigjmp_buf back;

static void tick(int number)
{
	int error = errno;

	(void)number;
	ticks++;
	if (jumping)
		siglongjmp(back, 1);
	calls(2000, 3);
	errno = error;
}

static void tick_after(long microseconds, long period, int flags)
{
	struct sigaction action = {.sa_handler = tick, .sa_flags = flags};
	const struct itimerval timer = {{0, period}, {0, microseconds}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void tick_every(long microseconds, int flags)
{
	tick_after(microseconds, microseconds, flags);
}

/*
 * Path calls in the handler, in the middle of path calls. The interrupted flow asks for each tick: with a periodic
 * timer, a handler that takes longer than the period, as on a busy machine, is followed by the next one at once, and
 * what it interrupted makes no progress.
 */
static void handlers(void)
{
	double end = seconds() + 1.5;

	for (int asked = -1; seconds() < end || ticks <= 100; calls(1, 0))
		if (asked != ticks) {
			asked = ticks;
			tick_after(1 + ticks * 7 % 400, 0, SA_RESTART);
		}
	tick_after(0, 0, 0);
}

static unsigned descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* The classic: a timeout around an open that never ends. */
static void jump_out_of_open(void)
{
	unsigned before = descriptors();

	CHECK(mkfifo("fifo", 0600) == 0);
	jumping = 1;
	for (volatile unsigned i = 0; i < 200; i++) {
		if (sigsetjmp(back, 1) == 0) {
			tick_every(1000 + i * 7, 0);
			open("./fifo", O_RDONLY);
			CHECK(!"open came back");
		}
	}
	tick_every(0, 0);
	jumping = 0;
	CHECK(ticks >= 200 && descriptors() == before);
	calls(3000, 5);
}

/* Out of whatever the call is doing just then, the log's write included, without restoring the signal mask. */
static void jump_anywhere(void)
{
	volatile double end = seconds() + 1.5;
	volatile unsigned number = 0;
	sigset_t blocked;
	char name[256];

	jumping = 1;
	if (sigsetjmp(back, 0) == 0 || seconds() < end || ticks <= 1000) {
		tick_every(211, SA_NODEFER);
		for (;;) {
			snprintf(name, sizeof name, "%s/j%u", outside, number++);
			open(name, O_WRONLY | O_CREAT, 0600);
			stat("a/../b", &(struct stat){0});
			if (seconds() >= end && ticks > 1000)
				break;
		}
	}
	jumping = 0;
	tick_every(0, 0);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &blocked) == 0);
	for (int i = 1; i < 32; i++)
		CHECK(!sigismember(&blocked, i));
	calls(3000, 5);
}

/* In the memory of its parent: chdir, close, and all calls, then exec or _exit. */
static void vforked(void)
{
	char name[256];
	struct stat st;

	CHECK(symlink(outside, "link") == 0);
	for (unsigned i = 0; i < 200; i++) {
		int status, fd;
		pid_t child = vfork();

		if (child == 0) {
			if (chdir(outside) < 0 || open("from-vfork", O_WRONLY | O_CREAT, 0600) != -1 || errno != EACCES)
				_exit(1);
			for (fd = 3; fd < 1024; fd++)
				close(fd);
			if (i % 2)
				execl("/bin/true", "true", NULL);
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
		snprintf(name, sizeof name, "p%u", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		CHECK(fd >= 0 && close(fd) == 0 && unlink(name) == 0);
		CHECK(stat("link", &st) == 0);
	}
	calls(4000, 1);
}

static char longest[3000];

static int on_small_stack(void *unused)
{
	struct stat st;
	char *const arguments[] = {(char[]){"none"}, NULL};

	(void)unused;
	open(outside, O_WRONLY | O_TMPFILE, 0600);
	open(longest, O_WRONLY | O_CREAT, 0600);
	stat(longest, &st);
	stat("link/x", &st);
	rename("link/from", longest);
	mkdir("link/dir", 0700);
	chmod("link/away", 0600);
	symlink("to", "link/symlink");
	unlink("link/away");
	chdir("link");
	chdir(inside);
	execve("link/none", arguments, arguments + 1);
	_exit(0);
}

/* 8 KiB of stack, an unmapped page below it. */
static void small_stacks(void)
{
	const size_t size = 8192;
	char *stack = mmap(NULL, 4096 + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(symlink(outside, "link") == 0);
	memset(longest, '/', sizeof longest);
	memcpy(longest, inside, strlen(inside));
	strcpy(longest + sizeof longest - 12, "link/beyond");
	CHECK(stack != MAP_FAILED && mprotect(stack, 4096, PROT_NONE) == 0);
	for (int i = 0; i < 3; i++) {
		int status;
		pid_t child = clone(on_small_stack, stack + 4096 + size, CLONE_VM | SIGCHLD, NULL);

		CHECK(waitpid(child, &status, 0) == child);
		CHECK(!WIFSIGNALED(status));
		CHECK(status == 0);
	}
}

static const struct {
	const char *name;
	void (*act)(void);
} situations[] = {
    {"threads", threads},
    {"cancelled", cancelled},
    {"cancelled-anywhere", cancelled_anywhere},
    {"handlers", handlers},
    {"jump-out-of-open", jump_out_of_open},
    {"jump-anywhere", jump_anywhere},
    {"vforked", vforked},
    {"small-stacks", small_stacks},
};

int main(int argc, char **argv)
{
	if (argc < 4 || chdir(argv[2]) < 0)
		return 2;
	inside = argv[2];
	outside = argv[3];
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		if (!strcmp(situations[i].name, argv[1])) {
			situations[i].act();
			return 0;
		}
	return 2;
}
