/* SPDX-License-Identifier: ISC */
/* Where lines go, and where they must never go: refusals at start, descriptors that change their meaning, syslog. */
#include "tests/shim/child.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "shim/log/sink.h"

static int refused(enum log_sink kind, const char *path, int fd, struct refusal *why)
{
	struct policy policy = logging(kind, path, fd, FORMAT_JSON);
	int rule;

	why->text[0] = '\0';
	return log_open(&policy, true, &rule, why);
}

static void refuses_what_cannot_be_a_log(void)
{
	static const struct {
		enum log_sink kind;
		const char *path;
		int fd;
		const char *says;
	} rows[] = {
	    {LOG_FILE, "link", 0, "symbolic link"},
	    {LOG_FILE, "dangling", 0, "symbolic link"},
	    {LOG_FILE, "through/log", 0, "symbolic link"},
	    {LOG_FILE, "dir/through/sub/log", 0, "symbolic link"},
	    {LOG_FILE, "missing/log", 0, "directory is not there"},
	    {LOG_FILE, "dir", 0, "is a directory"},
	    {LOG_FILE, "fifo", 0, "nobody reads"},
	    {LOG_FILE, "block", 0, "block device"},
	    {LOG_FD, NULL, 99, "not open"},
	    {LOG_FD, NULL, 98, "not open for writing"},
	    {LOG_STDERR, NULL, 0, "standard error is closed"},
	    {LOG_SYSLOG, NULL, 0, "/dev/log"},
	    {LOG_JOURNAL, NULL, 0, "/run/systemd/journal/socket"},
	};
	struct refusal why;

	CHECK(close(open("file", O_CREAT | O_WRONLY, 0600)) == 0);
	CHECK(symlink("file", "link") == 0);
	CHECK(symlink("nowhere", "dangling") == 0);
	CHECK(mkdir("dir", 0700) == 0 && mkdir("dir/sub", 0700) == 0);
	CHECK(symlink("dir", "through") == 0 && symlink(".", "dir/through") == 0);
	CHECK(mkfifo("fifo", 0600) == 0);
	CHECK(mknod("block", S_IFBLK | 0600, makedev(7, 0)) == 0);
	CHECK(dup2(open("file", O_RDONLY), 98) == 98);
	CHECK(mount("tmpfs", "/dev", "tmpfs", 0, "size=64k") == 0);
	close(2);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].path && !strcmp(rows[i].path, "block") && access("/sys/block/loop0", F_OK) < 0)
			continue;
		CHECK(refused(rows[i].kind, rows[i].path, rows[i].fd, &why) == -1);
		if (!strstr(why.text, rows[i].says))
			dprintf(100, "# %s\n", why.text);
		CHECK(strstr(why.text, rows[i].says));
		CHECK(strstr(why.text, "PRECLUDE_LOG"));
	}
	CHECK(access("nowhere", F_OK) < 0 && access("dir/log", F_OK) < 0 && access("dir/sub/log", F_OK) < 0);
	CHECK(refused(LOG_FILE, "dir//sub/../sub/log", 0, &why) == 0 && access("dir/sub/log", F_OK) == 0);
}

static void what_cannot_be_a_log_is_refused(void)
{
	CHILD_NEEDS_ROOT("to mount a /dev without syslogd, and to make a device");
	refuses_what_cannot_be_a_log();
}

/* As on a kernel before Linux 5.6. */
static void also_without_openat2(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {COUNT(code), code};

	CHILD_NEEDS_ROOT("to mount a /dev without syslogd, and to make a device");
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	refuses_what_cannot_be_a_log();
}

static void a_child_that_cannot_reach_the_log_counts(void)
{
	struct policy policy = logging(LOG_FILE, "missing/log", 0, FORMAT_JSON);
	struct refusal why;
	int rule;

	CHILD_NEEDS_ROOT("to mount a /dev without syslogd");
	CHECK(mount("tmpfs", "/dev", "tmpfs", 0, "size=64k") == 0);
	CHECK(log_open(&policy, false, &rule, &why) == 0);
	CHECK(rule == -1);
	log_path_call("/x");
	log_path_call("/x");
	CHECK(log_dropped() == 2);
}

static void a_child_that_cannot_reach_the_log_tells_syslog(void)
{
	struct policy policy = logging(LOG_FILE, "missing/log", 0, FORMAT_TEXT);
	int syslogd = fake_syslogd();
	struct refusal why;
	int rule;

	CHECK(log_open(&policy, false, &rule, &why) == 0);
	log_path_call("/x");
	CHECK(strstr(message(syslogd), "DENIED open(\"/x\")"));
	CHECK(log_dropped() == 0);
}

static void a_file_is_private_appended_and_high(void)
{
	struct policy policy = logging(LOG_FILE, "log", 0, FORMAT_JSON);
	struct refusal why;
	struct stat st, behind;
	int rule;

	CHECK(close(open("log", O_CREAT | O_WRONLY, 0600)) == 0 && unlink("log") == 0);
	CHECK(log_open(&policy, true, &rule, &why) == 0);
	CHECK(stat("log", &st) == 0 && (st.st_mode & 07777) == 0600);
	CHECK(rule > 100 && rule < 256);
	CHECK(fstat(rule, &behind) == 0 && behind.st_ino == st.st_ino);
	CHECK(fcntl(rule, F_GETFD) == FD_CLOEXEC);
	CHECK((fcntl(rule, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_WRONLY));
	log_path_call("/one");
	CHECK(truncate("log", 0) == 0);
	log_path_call("/two");
	CHECK(events(contents("log"), NULL) == 1);
}

/* A program closes everything, and then opens a file of its own. */
static void a_lost_file_gets_no_byte(void)
{
	int syslogd = fake_syslogd(), users;
	struct policy policy = logging(LOG_FILE, "log", 0, FORMAT_JSON);
	struct refusal why;
	int rule;

	CHECK(log_open(&policy, true, &rule, &why) == 0);
	users = open("users", O_CREAT | O_WRONLY, 0600);
	CHECK(dup2(users, rule) == rule);
	log_path_call("/x");
	CHECK(*contents("users") == '\0' && *contents("log") == '\0');
	CHECK(strstr(message(syslogd), "or its descriptor lost"));
	CHECK(strstr(message(syslogd), "\"path\":\"/x\""));
}

/* Rotated away, and then packed or deleted, while a daemon has it open. */
static void a_removed_file_gets_no_byte(void)
{
	int syslogd = fake_syslogd();

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	log_path_call("/one");
	CHECK(rename("log", "log.1") == 0);
	log_path_call("/two");
	CHECK(events(contents("log.1"), NULL) == 2);
	CHECK(unlink("log.1") == 0);
	log_path_call("/three");
	log_path_call("/four");
	CHECK(strstr(message(syslogd), "the file of the log was removed"));
	CHECK(strstr(message(syslogd), "\"/three\""));
	CHECK(strstr(message(syslogd), "\"/four\""));
	CHECK(!message(syslogd) && log_dropped() == 0);
}

static void standard_error_of_another_gets_no_byte(void)
{
	int syslogd = fake_syslogd(), users;
	int ends[2];

	CHECK(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
	close(ends[1]);
	open_log(LOG_STDERR, NULL, 0, FORMAT_TEXT);
	log_path_call("/x");
	users = open("users", O_CREAT | O_WRONLY, 0600);
	CHECK(dup2(users, 2) == 2);
	log_path_call("/y");
	close(2);
	log_path_call("/z");
	CHECK(*contents("users") == '\0');
	CHECK(strstr(message(syslogd), "\"/y\"") && strstr(message(syslogd), "\"/z\""));
	CHECK(!message(syslogd));

	/* Nothing of ours keeps the pipe open: its reader sees the line and then the end. */
	char got[4096] = "";
	CHECK(read(ends[0], got, sizeof(got) - 1) > 0 && !strncmp(got, "preclude: DENIED open(\"/x\")", 27));
	CHECK(read(ends[0], got, sizeof(got)) == 0);
}

static void a_descriptor_counts_only_while_it_is_the_same(void)
{
	int syslogd = fake_syslogd(), rule;
	struct policy policy = logging(LOG_FD, NULL, 7, FORMAT_JSON);
	struct refusal why;
	uint64_t object;

	CHECK(dup2(open("log", O_CREAT | O_WRONLY | O_APPEND, 0600), 7) == 7);
	open_log(LOG_FD, NULL, 7, FORMAT_JSON);
	object = log_object();
	CHECK(object != 0);
	log_path_call("/one");
	CHECK(events(contents("log"), NULL) == 1);

	/* A child that is told nothing, one that is told the right thing, one whose shell opened another file. */
	CHECK(log_open(&policy, false, &rule, &why) == 0);
	log_path_call("/two");
	CHECK(strstr(message(syslogd), "\"/two\""));
	log_expect(object);
	CHECK(log_open(&policy, false, &rule, &why) == 0);
	log_path_call("/three");
	CHECK(events(contents("log"), NULL) == 2);
	CHECK(dup2(open("users", O_CREAT | O_WRONLY, 0600), 7) == 7);
	log_path_call("/four");
	CHECK(log_open(&policy, false, &rule, &why) == 0);
	log_path_call("/five");
	CHECK(strstr(message(syslogd), "\"/four\"") && strstr(message(syslogd), "\"/five\""));
	CHECK(*contents("users") == '\0');
}

/*
 * Opens the three standard streams, the third as `what` says; "as N" means the same as another one. `both`: of a pipe,
 * standard output is the same end.
 */
static void standard_error_is(const char *what, bool both, int ends[2])
{
	int fd = -1;

	CHECK(dup2(open("in", O_RDWR | O_CREAT, 0600), 0) == 0);
	CHECK(dup2(open("out", O_RDWR | O_CREAT, 0600), 1) == 1);
	if (!strcmp(what, "pipe"))
		CHECK(pipe(ends) == 0 && (fd = ends[1]) > 2 && (!both || dup2(fd, 1) == 1));
	if (!strcmp(what, "socket"))
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && (fd = ends[0]) > 2);
	if (!strcmp(what, "file"))
		fd = open("err", O_RDWR | O_CREAT, 0600);
	if (!strcmp(what, "null"))
		fd = open("/dev/null", O_WRONLY);
	if (!strncmp(what, "as", 2))
		fd = what[3] - '0';
	if (fd < 0)
		close(2);
	else
		CHECK(dup2(fd, 2) == 2);
}

static void auto_keeps_out_of_other_peoples_output(void)
{
	static const struct {
		const char *what;
		bool syslog;
	} rows[] = {
	    {"pipe", false}, {"file", false}, {"socket", true}, {"null", true},
	    {"as 0", true},  {"as 1", true},  {"closed", true},
	};
	struct policy policy = logging(LOG_AUTO, NULL, 0, FORMAT_TEXT);
	int syslogd = fake_syslogd(), ends[2], rule;
	struct refusal why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		standard_error_is(rows[i].what, false, ends);
		CHECK(log_open(&policy, true, &rule, &why) == 0);
		log_path_call("/x");
		if (!!message(syslogd) != rows[i].syslog)
			dprintf(100, "# %s\n", rows[i].what);
		else
			continue;
		_exit(1);
	}
	CHECK(*contents("in") == '\0' && *contents("out") == '\0');
	CHECK(!strncmp(contents("err"), "preclude: DENIED", 16));
}

/*
 * Where no syslogd listens: a file and a socket get no byte, and the start is refused, in words; what may be lost is; a
 * pipe that carries both streams takes the lines.
 */
static void auto_without_syslogd(void)
{
	static const struct {
		const char *what;
		bool refused;
	} rows[] = {{"pipe", false}, {"file", false}, {"socket", true}, {"null", false},
		    {"as 0", true},  {"as 1", true},  {"closed", false}};
	struct policy policy = logging(LOG_AUTO, NULL, 0, FORMAT_TEXT);
	struct refusal why;
	int ends[2], rule;

	CHILD_NEEDS_ROOT("to hide /dev/log");
	CHECK(mount("tmpfs", "/dev", "tmpfs", 0, "size=64k") == 0);
	CHECK(mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		standard_error_is(rows[i].what, true, ends);
		if ((log_open(&policy, true, &rule, &why) < 0) != rows[i].refused) {
			dprintf(100, "# %s\n", rows[i].what);
			_exit(1);
		}
		if (rows[i].refused)
			CHECK(!strncmp(why.text, "nowhere to log: standard error is ", 34) &&
			      strstr(why.text, "add PRECLUDE_LOG=stderr or PRECLUDE_LOG=/FILE"));
		log_path_call("/x");
		/* What the program opens on the number then is its own. */
		CHECK(dup2(open("own", O_RDWR | O_CREAT, 0600), 2) == 2);
		log_path_call("/x");
		CHECK(*contents("own") == '\0');
	}
	CHECK(*contents("in") == '\0' && *contents("out") == '\0');
	CHECK(!strncmp(contents("err"), "preclude: DENIED", 16));
}

/* What nobody would read on standard error goes to syslog. */
static void a_refusal_is_read(void)
{
	int syslogd = fake_syslogd();

	close(2);
	log_refused("because");
	CHECK(!strcmp(message(syslogd), "<27>preclude: refused: because; see libpreclude(7)"));
	CHECK(dup2(open("/dev/null", O_WRONLY), 2) == 2);
	log_refused("because");
	CHECK(message(syslogd));
	CHECK(dup2(open("err", O_CREAT | O_WRONLY, 0600), 2) == 2);
	log_refused("because");
	CHECK(!message(syslogd));
}

static void syslog_says_who_and_how_bad(void)
{
	struct call_event passed = {.func = "stat", .path = "/x", .where = WHERE_OUTSIDE};
	int syslogd = fake_syslogd();
	char start[64];

	open_log(LOG_SYSLOG, NULL, 0, FORMAT_TEXT);
	log_path_call("/x");
	snprintf(start, sizeof(start), "<28>preclude[%d]: DENIED open(\"/x\")", getpid());
	CHECK(!strncmp(message(syslogd), start, strlen(start)));
	log_call(&passed);
	CHECK(!strncmp(message(syslogd), "<30>preclude[", 13));
	passed.escape = true;
	log_call(&passed);
	CHECK(!strncmp(message(syslogd), "<28>preclude[", 13));
	close(2);
	log_refused("because");
	CHECK(!strncmp(message(syslogd), "<27>preclude[", 13));
}

static void syslogd_may_be_restarted(void)
{
	int syslogd = fake_syslogd();

	open_log(LOG_SYSLOG, NULL, 0, FORMAT_JSON);
	close(syslogd);
	log_path_call("/while it was away");
	CHECK(log_dropped() == 1);
	syslogd = fake_syslogd();
	log_path_call("/back");
	CHECK(strstr(message(syslogd), "\"reason\":\"1 line of the log was lost\""));
	CHECK(strstr(message(syslogd), "\"/back\""));
}

static void syslog_works_after_chroot_and_setuid(void)
{
	int syslogd = fake_syslogd();

	open_log(LOG_SYSLOG, NULL, 0, FORMAT_JSON);
	CHECK(mkdir("empty", 0755) == 0 && chroot("empty") == 0 && chdir("/") == 0 && setuid(65534) == 0);
	log_path_call("/x");
	CHECK(message(syslogd));
}

static void syslog_of_a_vfork_child_leaves_the_parent_alone(void)
{
	int syslogd = fake_syslogd();
	struct policy policy = logging(LOG_FILE, "missing/log", 0, FORMAT_JSON);
	struct refusal why;
	int rule;

	CHECK(log_open(&policy, false, &rule, &why) == 0);
	if (vfork() == 0) {
		log_path_call("/child");
		_exit(0);
	}
	log_path_call("/parent");
	log_path_call("/again");
	for (int i = 0; i < 3; i++)
		CHECK(message(syslogd));
	CHECK(log_dropped() == 0);
}

#define SITUATION(name)                                                                                                \
	static void test_##name(void **unused)                                                                         \
	{                                                                                                              \
		(void)unused;                                                                                          \
		in_child(name);                                                                                        \
	}
SITUATION(what_cannot_be_a_log_is_refused)
SITUATION(also_without_openat2)
SITUATION(a_child_that_cannot_reach_the_log_counts)
SITUATION(a_child_that_cannot_reach_the_log_tells_syslog)
SITUATION(a_file_is_private_appended_and_high)
SITUATION(a_lost_file_gets_no_byte)
SITUATION(a_removed_file_gets_no_byte)
SITUATION(standard_error_of_another_gets_no_byte)
SITUATION(a_descriptor_counts_only_while_it_is_the_same)
SITUATION(auto_keeps_out_of_other_peoples_output)
SITUATION(auto_without_syslogd)
SITUATION(a_refusal_is_read)
SITUATION(syslog_says_who_and_how_bad)
SITUATION(syslogd_may_be_restarted)
SITUATION(syslog_works_after_chroot_and_setuid)
SITUATION(syslog_of_a_vfork_child_leaves_the_parent_alone)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_cannot_be_a_log_is_refused),
	    cmocka_unit_test(test_also_without_openat2),
	    cmocka_unit_test(test_a_child_that_cannot_reach_the_log_counts),
	    cmocka_unit_test(test_a_child_that_cannot_reach_the_log_tells_syslog),
	    cmocka_unit_test(test_a_file_is_private_appended_and_high),
	    cmocka_unit_test(test_a_lost_file_gets_no_byte),
	    cmocka_unit_test(test_a_removed_file_gets_no_byte),
	    cmocka_unit_test(test_standard_error_of_another_gets_no_byte),
	    cmocka_unit_test(test_a_descriptor_counts_only_while_it_is_the_same),
	    cmocka_unit_test(test_auto_keeps_out_of_other_peoples_output),
	    cmocka_unit_test(test_auto_without_syslogd),
	    cmocka_unit_test(test_a_refusal_is_read),
	    cmocka_unit_test(test_syslog_says_who_and_how_bad),
	    cmocka_unit_test(test_syslogd_may_be_restarted),
	    cmocka_unit_test(test_syslog_works_after_chroot_and_setuid),
	    cmocka_unit_test(test_syslog_of_a_vfork_child_leaves_the_parent_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
