/* SPDX-License-Identifier: ISC */
/*
 * A process that treats itself badly: prog_hostile SITUATION INSIDE OUTSIDE
 *
 * INSIDE and OUTSIDE are directories. It ends with 0 when what it got is what it would have got alone, else it says
 * what was not. What the log must hold is the script's to know (test_hostile.sh).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confined.h"

static const char *inside, *outside;

static char *in(const char *directory, const char *name)
{
	static char path[4][512];
	static unsigned next;
	char *here = path[next++ % 4];

	snprintf(here, sizeof path[0], "%s/%s", directory, name);
	return here;
}

static void denied(const char *name)
{
	errno = 0;
	CHECK(open(in(outside, name), O_WRONLY | O_CREAT, 0600) == -1);
	CHECK(errno == EACCES);
}

/* What is created after everything was closed gets the lowest number, and only what is written to it. */
static void user_file(const char *name)
{
	struct stat st;
	int fd = open(in(inside, name), O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd == 3);
	denied(name);
	CHECK(write(fd, "user\n", 5) == 5);
	denied("more");
	CHECK(fstat(fd, &st) == 0 && st.st_size == 5);
}

static void close_from(void)
{
	closefrom(3);
	user_file("closefrom");
}

static void close_loop(void)
{
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	user_file("loop");
}

static void close_range_all(void)
{
	CHECK(close_range(3, ~0u, 0) == 0);
	user_file("range");
}

/* As a shell does for 3<>file and its like. */
static void dup_over(void)
{
	int fd = open("/dev/null", O_RDWR);

	for (int to = 3; to < 256; to++)
		CHECK(dup2(fd, to) == to);
	denied("over");
	for (int to = 3; to < 256; to++)
		CHECK(fcntl(to, F_GETFD) == 0);
}

static void many_denied(void)
{
	char name[64];

	for (unsigned i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "d%u", i);
		denied(name);
	}
	errno = 0;
	CHECK(open(in(outside, "none/such"), O_RDONLY) == -1 && errno == ENOENT);
	errno = 0;
	CHECK(unlink(in(inside, "none")) == -1 && errno == ENOENT);
	errno = 0;
	CHECK(chmod(in(outside, "none"), 0600) == -1 && errno == ENOENT);
	errno = 0;
	CHECK(rmdir(in(inside, "none")) == -1 && errno == ENOENT);
}

/* Signals of the log's own trouble never arrive; one of the program's own does. */
static void signals_kept(void)
{
	sigset_t pending;

	many_denied();
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGPIPE) && !sigismember(&pending, SIGXFSZ));
}

static void descriptors(void)
{
	struct rlimit limit;
	unsigned count = 0;
	int fds[128], fd;

	getrlimit(RLIMIT_NOFILE, &limit);
	while (count < 128 && (fd = open(in(inside, "f"), O_WRONLY | O_CREAT, 0600)) >= 0)
		fds[count++] = fd;
	CHECK(errno == EMFILE);
	printf("%u\n", count);
	/* None is left: what fails by itself fails as it would. */
	errno = 0;
	CHECK(open(in(outside, "f"), O_WRONLY | O_CREAT, 0600) == -1 && errno == EMFILE);
	errno = 0;
	CHECK(unlink(in(inside, "none")) == -1 && errno == ENOENT);
	errno = 0;
	CHECK(mkdir(in(outside, "none"), 0700) == -1 && errno == EACCES);
	errno = 0;
	CHECK(chmod(in(outside, ""), 0711) == -1 && errno == EACCES);
	/* What cannot be held is not changed, wherever it lies. */
	errno = 0;
	CHECK(chmod(in(inside, "f"), 0600) == -1 && errno == EACCES);
	while (count)
		close(fds[--count]);
	denied("afterwards");
}

static void chrooted(void)
{
	CHECK(chroot(outside) == 0 && chdir("/") == 0 && access("/proc", F_OK) == -1);
	CHECK(open("/file", O_RDONLY) == -1 && errno == EACCES);
	CHECK(mkdir("made", 0700) == -1 && errno == EACCES);
}

static void chrooted_inside(void)
{
	int fd;

	CHECK(chroot(in(inside, "d")) == 0 && chdir("/") == 0 && access("/proc", F_OK) == -1);
	fd = open("/../file", O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0 && close(fd) == 0 && chmod("../../file", 0400) == 0);
	CHECK(symlink("/../../etc", "link") == 0 && mkdir("etc", 0700) == 0);
	CHECK((fd = open("/link/passwd", O_WRONLY | O_CREAT, 0600)) >= 0);
}

static void set_user(void)
{
	CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
	denied("user");
}

static void no_environment(void)
{
	CHECK(clearenv() == 0);
	denied("cleared");
	execl("/bin/sh", "sh", "-c", "echo >$0 2>/dev/null || exit 7", in(outside, "from-shell"), (char *)NULL);
}

/* An environment of its own choice: the library, but not the policy. */
static void chosen_environment(void)
{
	char preload[512];
	char *const chosen[] = {preload, "PATH=/bin", NULL};
	char *const arguments[] = {"sh", "-c", "echo >$0 2>/dev/null || exit 7", in(outside, "from-shell"), NULL};

	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
	execve("/bin/sh", arguments, chosen);
}

static volatile uint64_t random_state = 88172645463325252;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static struct {
	uint64_t *start, *end;
} shared[16];
static unsigned count;

/* Everything that this process will share with its children. */
static void find_shared(void)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (count < 16 && fgets(line, sizeof line, maps)) {
		unsigned long start, end;
		char rights[8];

		if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3 && !strcmp(rights, "rw-s")) {
			shared[count].start = (uint64_t *)start;
			shared[count++].end = (uint64_t *)end;
		}
	}
	fclose(maps);
	CHECK(count > 0 || !getenv("PRECLUDE_ROOTS"));
}

static void scribble(uint64_t (*next)(void))
{
	for (;;)
		for (unsigned i = 0; i < count; i++)
			for (uint64_t *at = shared[i].start; at < shared[i].end; at++)
				*at = next();
}

static void scribbled(uint64_t (*next)(void))
{
	char name[64];
	int status;
	pid_t child;

	find_shared();
	child = fork();
	if (child == 0)
		scribble(next);
	for (unsigned i = 0; i < 4000; i++) {
		int fd;

		snprintf(name, sizeof name, "s%u", i);
		denied(name);
		fd = open(in(inside, name), O_WRONLY | O_CREAT, 0600);
		CHECK(fd >= 0 && close(fd) == 0);
		CHECK(unlink(in(inside, name)) == 0);
	}
	CHECK(waitpid(child, &status, WNOHANG) == 0);
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child);
	errno = 0;
	CHECK(mkdir(in(outside, "last"), 0700) == -1 && errno == EACCES);
}

static uint64_t ones(void)
{
	return UINT64_MAX;
}

static uint64_t zeros(void)
{
	return 0;
}

static void scribbled_random(void)
{
	scribbled(random_number);
}

static void scribbled_ones(void)
{
	scribbled(ones);
}

static void scribbled_zeros(void)
{
	scribbled(zeros);
}

static const struct {
	const char *name;
	void (*act)(void);
} situations[] = {
    {"closefrom", close_from},
    {"close-loop", close_loop},
    {"close-range", close_range_all},
    {"dup-over", dup_over},
    {"denied", many_denied},
    {"signals", signals_kept},
    {"descriptors", descriptors},
    {"chroot-outside", chrooted},
    {"chroot-inside", chrooted_inside},
    {"setuid", set_user},
    {"clearenv", no_environment},
    {"chosen", chosen_environment},
    {"scribbled-random", scribbled_random},
    {"scribbled-ones", scribbled_ones},
    {"scribbled-zeros", scribbled_zeros},
};

int main(int argc, char **argv)
{
	if (argc < 4)
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
