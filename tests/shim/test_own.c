/* SPDX-License-Identifier: ISC */
/* The library's own descriptors: where they live, what becomes of them, and that a lost one is never mistaken. */
#include "tests/shim/child.h"

#include <sys/resource.h>

#include "shim/base/private_fd.h"

static int taken(enum own slot)
{
	int fd = own_take(slot, open("held", O_RDWR | O_CREAT | O_CLOEXEC, 0600));

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
		fd = taken((enum own)i);
		CHECK(fd >= rows[i].least && fd < 256 && (rlim_t)fd < rows[i].limit);
		CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
		CHECK(own_fd((enum own)i) == fd && own_holds(fd));
		CHECK(!own_holds(fd + 1) && !own_holds(-1) && !own_holds(0));
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
	CHECK(own_take(OWN_PROC, 7) == -EMFILE);
	CHECK(fcntl(7, F_GETFD) < 0 && errno == EBADF);
	CHECK(own_fd(OWN_PROC) == -1);
	CHECK(own_take(OWN_LOG, 55) == -EBADF);
}

static void a_lost_one_is_nobodys(void)
{
	int fd = taken(OWN_PROC), users = open("users", O_RDWR | O_CREAT, 0600);

	CHECK(dup2(users, fd) == fd);
	CHECK(own_fd(OWN_PROC) == -1 && !own_holds(fd));
	own_vacate(fd);
	CHECK(fcntl(fd, F_GETFD) >= 0);
	close(fd);
	CHECK(own_fd(OWN_PROC) == -1 && own_lowest(0, 1000) == -1);
}

static void who_comes_first_keeps_the_slot(void)
{
	int first = taken(OWN_PROC), second = open("second", O_RDWR | O_CREAT, 0600);

	CHECK(own_take(OWN_PROC, second) == first);
	CHECK(fcntl(second, F_GETFD) < 0 && own_fd(OWN_PROC) == first);
}

static void they_move_out_of_the_way(void)
{
	int fd = taken(OWN_PROC), other = taken(OWN_SYSLOG);

	CHECK(own_lowest(0, 1000) == (fd < other ? fd : other));
	own_vacate(fd);
	CHECK(fcntl(fd, F_GETFD) < 0 && !own_holds(fd));
	CHECK(own_fd(OWN_PROC) > 2 && own_fd(OWN_PROC) != fd && own_fd(OWN_SYSLOG) == other);
	CHECK(fcntl(own_fd(OWN_PROC), F_GETFD) == FD_CLOEXEC);
	own_vacate(-1);
	own_vacate(-2);
	own_vacate(0);
	CHECK(own_fd(OWN_SYSLOG) == other && fcntl(0, F_GETFD) >= 0);
}

static void a_fork_child_moves_its_own_and_a_vfork_child_nothing(void)
{
	int fd = taken(OWN_PROC), status;

	if (fork() == 0) {
		own_vacate(fd);
		CHECK(own_fd(OWN_PROC) > 2 && own_fd(OWN_PROC) != fd);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0 && own_fd(OWN_PROC) == fd);
	if (vfork() == 0) {
		own_vacate(fd);
		CHECK(own_take(OWN_SYSLOG, dup(0)) == -EBUSY);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(own_fd(OWN_PROC) == fd && own_fd(OWN_SYSLOG) == -1);
	CHECK(taken(OWN_SYSLOG) == own_fd(OWN_SYSLOG));
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
