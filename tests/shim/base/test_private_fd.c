/* SPDX-License-Identifier: ISC */
/* The library's own descriptors: where they live, what becomes of them, and that a lost one is never mistaken. */
#include "tests/shim/child.h"

#include <sys/resource.h>

#include "shim/base/private_fd.h"

static int taken(enum private_fd_slot slot)
{
	int fd = private_fd_take(slot, open("held", O_RDWR | O_CREAT | O_CLOEXEC, 0600));

	CHECK(fd > 2);
	return fd;
}

static void they_live_high_and_close_on_exec(void)
{
	static const struct {
		rlim_t limit;
		int least;
	} rows[] = {{4096, 200}, {64, 30}, {24, 10}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rlimit limit;
		int fd;

		CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
		limit.rlim_cur = rows[i].limit;
		CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		fd = taken((enum private_fd_slot)i);
		CHECK(fd >= rows[i].least && fd < 256 && (rlim_t)fd < rows[i].limit);
		CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
		CHECK(private_fd((enum private_fd_slot)i) == fd && private_fd_holds(fd));
		CHECK(!private_fd_holds(fd + 1) && !private_fd_holds(-1) && !private_fd_holds(0));
	}
	/* Nothing was left behind at the low numbers. */
	CHECK(open("held", O_RDONLY) < 20);
}

static void a_table_that_is_full_is_an_error(void)
{
	struct rlimit limit = {8, 8};
	int fd;

	for (fd = 3; fd < 100; fd++)
		close(fd);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	while ((fd = open("held", O_RDONLY | O_CREAT, 0600)) >= 0 && fd < 7)
		;
	CHECK(fd == 7);
	CHECK(private_fd_take(PRIVATE_PROC, 7) == -EMFILE);
	CHECK(fcntl(7, F_GETFD) < 0 && errno == EBADF);
	CHECK(private_fd(PRIVATE_PROC) == -1);
	CHECK(private_fd_take(PRIVATE_LOG, 55) == -EBADF);
}

static void a_lost_one_is_nobodys(void)
{
	int fd = taken(PRIVATE_PROC), users = open("users", O_RDWR | O_CREAT, 0600);

	CHECK(dup2(users, fd) == fd);
	CHECK(private_fd(PRIVATE_PROC) == -1 && !private_fd_holds(fd));
	private_fd_vacate(fd);
	CHECK(fcntl(fd, F_GETFD) >= 0);
	close(fd);
	CHECK(private_fd(PRIVATE_PROC) == -1 && private_fd_lowest(0, 1000) == -1);
}

static void who_comes_first_keeps_the_slot(void)
{
	int first = taken(PRIVATE_PROC), second = open("second", O_RDWR | O_CREAT, 0600);

	CHECK(private_fd_take(PRIVATE_PROC, second) == first);
	CHECK(fcntl(second, F_GETFD) < 0 && private_fd(PRIVATE_PROC) == first);
}

static void they_move_out_of_the_way(void)
{
	int fd = taken(PRIVATE_PROC), other = taken(PRIVATE_SYSLOG);

	CHECK(private_fd_lowest(0, 1000) == (fd < other ? fd : other));
	private_fd_vacate(fd);
	CHECK(fcntl(fd, F_GETFD) < 0 && !private_fd_holds(fd));
	CHECK(private_fd(PRIVATE_PROC) > 2 && private_fd(PRIVATE_PROC) != fd && private_fd(PRIVATE_SYSLOG) == other);
	CHECK(fcntl(private_fd(PRIVATE_PROC), F_GETFD) == FD_CLOEXEC);
	private_fd_vacate(-1);
	private_fd_vacate(-2);
	private_fd_vacate(0);
	CHECK(private_fd(PRIVATE_SYSLOG) == other && fcntl(0, F_GETFD) >= 0);
}

static void a_fork_child_moves_its_own_and_a_vfork_child_nothing(void)
{
	int fd = taken(PRIVATE_PROC), status;

	if (fork() == 0) {
		private_fd_vacate(fd);
		CHECK(private_fd(PRIVATE_PROC) > 2 && private_fd(PRIVATE_PROC) != fd);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0 && private_fd(PRIVATE_PROC) == fd);
	if (vfork() == 0) {
		private_fd_vacate(fd);
		CHECK(private_fd_take(PRIVATE_SYSLOG, dup(0)) == -EBUSY);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(private_fd(PRIVATE_PROC) == fd && private_fd(PRIVATE_SYSLOG) == -1);
	CHECK(taken(PRIVATE_SYSLOG) == private_fd(PRIVATE_SYSLOG));
}

#define SITUATION(name)                                                                                                \
	static void test_##name(void **unused)                                                                         \
	{                                                                                                              \
		(void)unused;                                                                                          \
		in_child(name);                                                                                        \
	}
SITUATION(they_live_high_and_close_on_exec)
SITUATION(a_table_that_is_full_is_an_error)
SITUATION(a_lost_one_is_nobodys)
SITUATION(who_comes_first_keeps_the_slot)
SITUATION(they_move_out_of_the_way)
SITUATION(a_fork_child_moves_its_own_and_a_vfork_child_nothing)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_they_live_high_and_close_on_exec),
	    cmocka_unit_test(test_a_table_that_is_full_is_an_error),
	    cmocka_unit_test(test_a_lost_one_is_nobodys),
	    cmocka_unit_test(test_who_comes_first_keeps_the_slot),
	    cmocka_unit_test(test_they_move_out_of_the_way),
	    cmocka_unit_test(test_a_fork_child_moves_its_own_and_a_vfork_child_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
