/* SPDX-License-Identifier: ISC */
/* A line to a descriptor: slow readers, readers that are gone, full disks, limits, and the signals of all these. */
#include "tests/shim/child.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "sandbox/sys.h"
#include "shim/log/deliver.h"

static struct delivery state;

static int deliver_to(int fd, const char *words)
{
	struct identity id;
	char line[8192];

	CHECK(sys_identity(fd, &id) == 0);
	snprintf(line, sizeof(line), "\n%s", words);
	return deliver(&state, fd, id.mode, true, line, strlen(line));
}

static bool pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal);
}

static void closed_pipe(void)
{
	int ends[2];

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	CHECK(deliver_to(ends[1], "x\n") == -EPIPE); /* and SIGPIPE, at its default, has not killed us */
	CHECK(!pending(SIGPIPE));
}

static void closed_pipe_with_a_signal_of_the_programs(void)
{
	sigset_t set;
	int ends[2];

	CHECK(pipe(ends) == 0);
	close(ends[0]);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	CHECK(deliver_to(ends[1], "x\n") == -EPIPE);
	CHECK(pending(SIGPIPE));
}

static void full_pipe(void)
{
	static char fill[65536];
	char got[4096];
	double start;
	int ends[2];

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	while (write(ends[1], fill, sizeof(fill)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0); /* whoever writes now would wait for ever */
	start = seconds();
	CHECK(deliver_to(ends[1], "one\n") == -ETIMEDOUT);
	CHECK(seconds() - start > 0.9);

	/* The program is kept waiting once, not once a line. */
	start = seconds();
	for (int i = 0; i < 10; i++)
		CHECK(deliver_to(ends[1], "two\n") == -ETIMEDOUT);
	CHECK(seconds() - start < 9);

	while (read(ends[0], fill, sizeof(fill)) > 0)
		;
	CHECK(deliver_to(ends[1], "three\n") == 0);
	CHECK(read(ends[0], got, sizeof(got)) == 6 && !memcmp(got, "three\n", 6));
}

/* Takes everything from a pipe, but only after a while. */
static int slow_delivery(void)
{
	static char fill[65536];
	int ends[2], result;
	pid_t child;

	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	while (write(ends[1], fill, sizeof(fill)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	state = (struct delivery){0};
	child = fork();
	if (child == 0) {
		usleep(200000);
		while (read(ends[0], fill, sizeof(fill)) > 0)
			;
		pause();
	}
	result = deliver_to(ends[1], "late\n");
	kill(child, SIGKILL);
	CHECK(waitpid(child, NULL, 0) == child);
	close(ends[0]);
	close(ends[1]);
	return result;
}

/* On a busy machine the reader may be too late; not each time. */
static void slow_reader(void)
{
	while (slow_delivery())
		;
}

static void whole_socket_lines(void)
{
	static char fill[4096];
	int ends[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	while (send(ends[1], fill, sizeof(fill), MSG_DONTWAIT) > 0)
		;
	CHECK(deliver_to(ends[1], "x\n") == -ETIMEDOUT);
	CHECK(recv(ends[0], fill, sizeof(fill), 0) > 0);
	close(ends[0]);
	CHECK(deliver_to(ends[1], "x\n") == -EPIPE);
}

static int open_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_APPEND | O_CREAT, 0600);

	CHECK(fd >= 0);
	return fd;
}

static void file_size_limit(void)
{
	struct rlimit limit = {100, 100};
	int fd = open_file("log");

	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(deliver_to(fd, "0123456789012345678901234567890123456789012345678901234567890123456789\n") == 0);
	CHECK(deliver_to(fd, "a line that would be cut at the limit of one hundred bytes\n") == -EFBIG);
	CHECK(!pending(SIGXFSZ));
	CHECK(deliver_to(fd, "short\n") == 0);
	CHECK(strlen(contents("log")) == 71 + 6);
}

/* Where nothing is asked beforehand, the kernel raises the signal. */
static void the_signal_of_the_limit(void)
{
	struct rlimit limit = {10, 10};
	int fd = open("log", O_RDWR | O_CREAT, 0600);

	CHECK(pwrite(fd, "0123456789", 10, 0) == 10);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CHECK(lseek(fd, 0, SEEK_END) == 10);
	deliver_words(fd, "preclude: refused: ", "no room", "\n");
	CHECK(!pending(SIGXFSZ));
	CHECK(strlen(contents("log")) == 10);
}

/* Fills the file system but for `room` bytes (whole pages). */
static int fill_disk(size_t room)
{
	static char page[4096];
	int fd = open("fill", O_WRONLY | O_CREAT, 0600);
	off_t size = 0;

	CHILD_NEEDS_ROOT("to mount a small file system");
	CHECK(fd >= 0);
	while (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page))
		size += (off_t)sizeof(page);
	CHECK(ftruncate(fd, size - (off_t)room) == 0);
	return fd;
}

/* The kernel of an older or simpler file system: a call that it does not have. */
static void take_away(int call, int error)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {COUNT(code), code};

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static const char *thousand(void)
{
	static char text[1002];

	memset(text, 'x', 1000);
	text[1000] = '\n';
	return text;
}

/* Lines until the disk is full, and then one more after there is room again: only whole lines are ever there. */
static void full_disk(void)
{
	int log = open_file("log"), fill, written = 0;
	const char *text;

	fill = fill_disk(8192);
	while (deliver_to(log, thousand()) == 0)
		CHECK(++written < 100);
	CHECK(written == 8);
	CHECK(deliver_to(log, "short\n") == 0); /* which the last page still holds */
	CHECK(deliver_to(log, thousand()) == -ENOSPC);
	CHECK(ftruncate(fill, 0) == 0);
	CHECK(deliver_to(log, thousand()) == 0);
	text = contents("log");
	for (int i = 0; i < written; i++, text += 1001)
		CHECK(!strncmp(text, thousand(), 1001));
	CHECK(!strncmp(text, "short\n", 6));
	CHECK(!strcmp(text + 6, thousand()));
}

static void full_disk_that_cannot_reserve(void)
{
	take_away(SYS_fallocate, EOPNOTSUPP);
	full_disk();
}

/* In a child of the domain: half a line cannot be undone, so the next one begins on a line of its own. */
static void full_disk_that_cannot_cut_back(void)
{
	int log = open_file("log"), fill = fill_disk(8192);
	const char *text;

	take_away(SYS_fallocate, EOPNOTSUPP);
	take_away(SYS_ftruncate, EACCES);
	while (deliver_to(log, thousand()) == 0)
		;
	CHECK(unlink("fill") == 0 && close(fill) == 0);
	CHECK(deliver_to(log, "next\n") == 0);
	CHECK(deliver_to(log, "and next\n") == 0);
	text = contents("log");
	CHECK(!strncmp(text + 8 * 1001, "xxx", 3));
	CHECK(!strcmp(text + 8192, "\nnext\nand next\n"));
}

/* Writers that are killed at any moment: half of a line may stay, and whoever lives writes on a line of his own. */
static void killed_writers(void)
{
	enum { KILLS = 200, LENGTH = 6000 };
	struct delivery *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static char line[LENGTH + 1], got[1 << 21];
	int log = open_file("log"), reader = open("log", O_RDONLY), halves = 0;

	memset(line, 'x', LENGTH);
	line[0] = line[LENGTH - 1] = '\n';
	for (int i = 0; i < KILLS || !halves; i++) {
		char mark[32];
		pid_t child;
		ssize_t length;

		CHECK(ftruncate(log, 0) == 0);
		*shared = (struct delivery){0};
		child = fork();
		for (int lines = 0; child == 0 && lines < 300; lines++)
			CHECK(deliver(shared, log, S_IFREG, true, line, LENGTH) == 0);
		if (child == 0)
			_exit(0);
		while (lseek(log, 0, SEEK_END) == 0)
			sched_yield();
		usleep((useconds_t)(random() % 1000));
		/* Its parent waits for it later. */
		CHECK(kill(child, SIGKILL) == 0 && waitid(P_PID, (id_t)child, NULL, WEXITED | WNOWAIT) == 0);
		length = snprintf(mark, sizeof(mark), "\nmark %d\n", i);
		CHECK(deliver(shared, log, S_IFREG, true, mark, (size_t)length) == 0);
		CHECK(waitpid(child, NULL, 0) == child);
		length = pread(reader, got, sizeof(got) - 1, 0);
		CHECK(length > 0);
		got[length] = '\0';
		CHECK(!strcmp(got, mark + 1) || strstr(got, mark));
		CHECK(!strstr(got, "\n\n"));
		halves += (size_t)length > strlen(mark) - 1 && ((size_t)length - strlen(mark + 1)) % (LENGTH - 1);
	}
}

#define SITUATION(name)                                                                                                \
	static void test_##name(void **unused)                                                                         \
	{                                                                                                              \
		(void)unused;                                                                                          \
		in_child(name);                                                                                        \
	}
SITUATION(closed_pipe)
SITUATION(closed_pipe_with_a_signal_of_the_programs)
SITUATION(full_pipe)
SITUATION(slow_reader)
SITUATION(whole_socket_lines)
SITUATION(file_size_limit)
SITUATION(the_signal_of_the_limit)
SITUATION(killed_writers)
SITUATION(full_disk)
SITUATION(full_disk_that_cannot_reserve)
SITUATION(full_disk_that_cannot_cut_back)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_closed_pipe),
	    cmocka_unit_test(test_closed_pipe_with_a_signal_of_the_programs),
	    cmocka_unit_test(test_full_pipe),
	    cmocka_unit_test(test_slow_reader),
	    cmocka_unit_test(test_whole_socket_lines),
	    cmocka_unit_test(test_file_size_limit),
	    cmocka_unit_test(test_the_signal_of_the_limit),
	    cmocka_unit_test(test_killed_writers),
	    cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_full_disk_that_cannot_reserve),
	    cmocka_unit_test(test_full_disk_that_cannot_cut_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
