/* SPDX-License-Identifier: ISC */
/* The log as a whole: every line parses, whoever writes it at the same time, and nothing lost goes unsaid. */
#include "tests/shim/child.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "shim/stack/frames.h"

static json_t *first_event(const char *text)
{
	json_t *event = json_loadb(text, strcspn(text, "\n"), 0, NULL);

	CHECK(event != NULL);
	return event;
}

static const char *text_of(json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text ? text : "";
}

static void start_says_who(void)
{
	struct policy policy = logging(LOG_FILE, "log", 0, FORMAT_JSON);
	char exe[4096] = "", id[41];
	struct frame here;
	struct timespec now;
	struct tm utc;
	json_t *event;
	char day[32];

	frames_init(NULL);
	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	log_start(&policy, NULL, NULL);
	event = first_event(contents("log"));
	CHECK(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	CHECK(!strcmp(text_of(event, "event"), "start") && !strcmp(text_of(event, "exe"), exe));
	CHECK(!strcmp(text_of(event, "argv0"), "tested") && !strcmp(text_of(event, "mode"), "enforce"));
	CHECK(json_integer_value(json_object_get(event, "pid")) == getpid());
	CHECK(json_integer_value(json_object_get(event, "ppid")) == getppid());
	CHECK(frames_describe((uintptr_t)start_says_who + 1, &here) && here.build_id_length == 20);
	for (int i = 0; i < 20; i++)
		snprintf(id + 2 * i, 3, "%02x", here.build_id[i]);
	CHECK(!strcmp(text_of(event, "build_id"), id));
	clock_gettime(CLOCK_REALTIME, &now);
	strftime(day, sizeof(day), "%FT%H:", gmtime_r(&now.tv_sec, &utc));
	CHECK(!strncmp(text_of(event, "time"), day, strlen(day)) || utc.tm_min == 0);
}

static void a_warning_is_formatted(void)
{
	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	errno = 4321;
	log_warning("root %d of %s is missing", 3, "PRECLUDE_ROOTS");
	log_path_call("/x");
	CHECK(errno == 4321);
	CHECK(!strcmp(text_of(first_event(contents("log")), "reason"), "root 3 of PRECLUDE_ROOTS is missing"));
}

static void off_says_nothing_and_loses_nothing(void)
{
	int ends[2];
	char got[256] = "";

	CHECK(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
	open_log(LOG_OFF, NULL, 0, FORMAT_TEXT);
	log_path_call("/x");
	log_warning("never");
	CHECK(log_dropped() == 0);
	log_refused("because");
	CHECK(read(ends[0], got, sizeof(got) - 1) > 0);
	CHECK(!strcmp(got, "preclude: refused: because; see libpreclude(7)\n"));
}

static void a_refusal_is_said_once_a_place(void)
{
	char got[256] = "";
	int ends[2];

	CHECK(pipe2(ends, O_NONBLOCK) == 0 && dup2(ends[1], 2) == 2);
	log_refused("before the log is open");
	CHECK(read(ends[0], got, sizeof(got) - 1) == 62 &&
	      !strncmp(got, "preclude: refused: before the log is open; see libpreclude(7)\n", 62));

	open_log(LOG_STDERR, NULL, 0, FORMAT_TEXT);
	log_refused("on standard error");
	memset(got, 0, sizeof(got));
	CHECK(read(ends[0], got, sizeof(got) - 1) > 0 &&
	      !strcmp(got, "preclude: refused: on standard error; see libpreclude(7)\n"));

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	log_refused("and in the file");
	CHECK(read(ends[0], got, sizeof(got) - 1) > 0);
	CHECK(events(contents("log"), "refused") == 1);
}

static void pipes_get_short_lines_and_files_whole_ones(void)
{
	static char path[9001], got[8192];
	ssize_t length;
	int ends[2];

	memset(path, 'p', sizeof(path) - 1);
	CHECK(pipe(ends) == 0);
	open_log(LOG_FD, NULL, ends[1], FORMAT_JSON);
	log_path_call(path);
	length = read(ends[0], got, sizeof(got) - 1);
	CHECK(length > 100 && length <= 4096 && got[length - 1] == '\n');
	CHECK(events(got, "call") == 1 && strstr(got, "\"truncated\":true"));

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	log_path_call(path);
	CHECK(events(contents("log"), "call") == 1);
	CHECK(strstr(contents("log"), path) && !strstr(contents("log"), "truncated"));
}

static void lost_lines_are_counted_and_told(void)
{
	static char fill[4096];
	const char *text;
	int fd, lines = 0;

	CHILD_NEEDS_ROOT("to mount a small file system");
	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	fd = open("fill", O_WRONLY | O_CREAT, 0600);
	while (write(fd, fill, sizeof(fill)) == (ssize_t)sizeof(fill))
		;
	for (; lines < 100 || !log_dropped(); lines++)
		log_path_call("/full");
	/* Children are lost lines as well, and their parent tells. */
	if (fork() == 0) {
		log_path_call("/child");
		_exit(0);
	}
	wait(NULL);
	CHECK(truncate("fill", 0) == 0);
	log_path_call("/after");
	text = contents("log");
	snprintf(fill, sizeof(fill), "\"reason\":\"%d lines of the log were lost\"", (int)log_dropped());
	CHECK(strstr(text, fill) && strstr(text, "/after") > strstr(text, fill));
	CHECK(events(text, "call") == (size_t)lines + 1 + 1 - log_dropped());
	CHECK(events(text, "warning") == 1);
	log_path_call("/again");
	CHECK(events(contents("log"), "warning") == 1);
}

static void a_full_device_loses(void)
{
	open_log(LOG_FILE, "/dev/full", 0, FORMAT_JSON);
	log_path_call("/x");
	log_path_call("/x");
	CHECK(log_dropped() == 2);
}

static void the_null_device_takes_all(void)
{
	open_log(LOG_FILE, "/dev/null", 0, FORMAT_JSON);
	log_path_call("/x");
	CHECK(log_dropped() == 0);
}

static void a_limit_cuts_no_line(void)
{
	struct rlimit limit = {2000, 2000};

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (int i = 0; i < 20; i++)
		log_path_call("/limited");
	CHECK(log_dropped() > 0);
	CHECK(events(contents("log"), "call") == 20 - log_dropped());
}

static void a_fifo_is_read_line_by_line(void)
{
	char got[8192] = "";
	int reader;

	CHECK(mkfifo("fifo", 0600) == 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	open_log(LOG_FILE, "fifo", 0, FORMAT_JSON);
	log_path_call("/x");
	CHECK(read(reader, got, sizeof(got) - 1) > 0 && events(got, "call") == 1);
	close(reader);
	log_path_call("/nobody");
	CHECK(log_dropped() == 1);
}

/* Two thousand processes, some of them in vfork, some after chroot, on one file. */
static void a_fork_storm_tears_no_line(void)
{
	enum { PROCESSES = 2000, LINES = 3 };

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	CHECK(mkdir("empty", 0700) == 0);
	for (int i = 0; i < PROCESSES; i++) {
		pid_t child = i % 7 ? fork() : vfork();

		CHECK(child >= 0);
		if (child == 0) {
			if (i % 5 == 0 && geteuid() == 0)
				chroot("empty");
			for (int line = 0; line < LINES; line++)
				log_path_call("/some/path/that/is/not/so/short/and/\x1b[2Jnot\nvery\"nice");
			_exit(0);
		}
		if (i % 64 == 0)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
	}
	while (wait(NULL) > 0)
		;
	CHECK(log_dropped() == 0);
	CHECK(events(contents("log"), "call") == (size_t)PROCESSES * LINES);
}

static volatile sig_atomic_t handled;

static void log_in_handler(int signal)
{
	(void)signal;
	log_path_call("/from/the/handler");
	handled++;
}

static void *log_in_thread(void *unused)
{
	for (int i = 0; i < 500; i++)
		log_path_call("/from/a/thread");
	return unused;
}

static void signal_handlers_and_threads_write_whole_lines(void)
{
	struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = log_in_handler};
	pthread_t thread;

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	CHECK(pthread_create(&thread, NULL, log_in_thread, NULL) == 0);
	for (int i = 0; i < 500 || !handled; i++) {
		errno = i;
		log_path_call("/from/main");
		CHECK(errno == i);
		CHECK(i < 100000);
	}
	pthread_join(thread, NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	CHECK(log_dropped() == 0);
	CHECK(events(contents("log"), "call") >= 1000 + (size_t)handled);
}

/* Stacks of clone(2) may be as small as 8 KiB, most of them used already. */
static void little_stack_is_enough(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	int (*child)(void *) = (int (*)(void *))(void (*)(void))log_path_call;
	pid_t pid;

	open_log(LOG_FILE, "log", 0, FORMAT_JSON);
	memset(stack, 0x5a, sizeof(stack));
	pid = clone(child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)(uintptr_t) "/x");
	CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid);
	CHECK(events(contents("log"), "call") == 1);
	size_t untouched = 0;
	while (stack[untouched] == 0x5a)
		untouched++;
	if (sizeof(stack) - untouched > 2048)
		dprintf(100, "# stack used: %zu\n", sizeof(stack) - untouched);
	CHECK(sizeof(stack) - untouched <= 2048);
}

#define SITUATION(name)                                                                                                \
	static void test_##name(void **unused)                                                                         \
	{                                                                                                              \
		(void)unused;                                                                                          \
		in_child(name);                                                                                        \
	}
SITUATION(start_says_who)
SITUATION(a_warning_is_formatted)
SITUATION(off_says_nothing_and_loses_nothing)
SITUATION(a_refusal_is_said_once_a_place)
SITUATION(pipes_get_short_lines_and_files_whole_ones)
SITUATION(lost_lines_are_counted_and_told)
SITUATION(a_full_device_loses)
SITUATION(the_null_device_takes_all)
SITUATION(a_limit_cuts_no_line)
SITUATION(a_fifo_is_read_line_by_line)
SITUATION(a_fork_storm_tears_no_line)
SITUATION(signal_handlers_and_threads_write_whole_lines)
SITUATION(little_stack_is_enough)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_start_says_who),
	    cmocka_unit_test(test_a_warning_is_formatted),
	    cmocka_unit_test(test_off_says_nothing_and_loses_nothing),
	    cmocka_unit_test(test_a_refusal_is_said_once_a_place),
	    cmocka_unit_test(test_pipes_get_short_lines_and_files_whole_ones),
	    cmocka_unit_test(test_lost_lines_are_counted_and_told),
	    cmocka_unit_test(test_a_full_device_loses),
	    cmocka_unit_test(test_the_null_device_takes_all),
	    cmocka_unit_test(test_a_limit_cuts_no_line),
	    cmocka_unit_test(test_a_fifo_is_read_line_by_line),
	    cmocka_unit_test(test_a_fork_storm_tears_no_line),
	    cmocka_unit_test(test_signal_handlers_and_threads_write_whole_lines),
	    cmocka_unit_test(test_little_stack_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
