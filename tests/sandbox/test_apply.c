/* SPDX-License-Identifier: ISC */
/* What a process can and cannot do once a policy is in force, and what is said when it cannot be put in force. */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/sandbox/fixture.h"

static const char *at(const char *name)
{
	return text("%s/%s", scratch, name);
}

static int opened(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int no_root_denies_every_write(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(touch(at("in/file")) == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_READ=/") == 0);
	CHECK_FAILS(touch(at("in/new")), EACCES);
	CHECK_FAILS(opened(open(at("in/file"), O_WRONLY)), EACCES);
	CHECK_FAILS(unlink(at("in/file")), EACCES);
	CHECK(opened(open(at("in/file"), O_RDONLY)) == 0);
	CHECK(opened(open("/dev/null", O_WRONLY)) == 0);
	return 0;
}

static int base_none_denies_everything(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_BASE=none") == 0);
	CHECK_FAILS(opened(open("/", O_RDONLY)), EACCES);
	CHECK_FAILS(opened(open("/etc/passwd", O_RDONLY)), EACCES);
	CHECK_FAILS(opened(open("/dev/null", O_WRONLY)), EACCES);
	CHECK_FAILS(execl("/bin/true", "true", (char *)NULL), EACCES);
	return 0;
}

static int second_layer_never_relaxes(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, text("PRECLUDE_ROOTS=%s/in", scratch)) == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=/") == 0);
	CHECK_FAILS(touch(at("out/new")), EACCES);
	CHECK(touch(at("in/new")) == 0);
	/* REFER is granted in both, so this still works. */
	CHECK(mkdir(at("in/a"), 0755) == 0 && rename(at("in/new"), at("in/a/new")) == 0);
	return 0;
}

static int held_descriptors_are_granted(void *unused)
{
	struct held_rule held[3] = {{.access = ACCESS_LOG}, {.access = ACCESS_READ}, {.access = ACCESS_LOG}};
	struct sandbox_request request = {.held = held, .held_count = 3};
	struct sandboxed s;
	int pipe_fds[2];

	(void)unused;
	CHECK(touch(at("out/log")) == 0 && touch(at("out/library")) == 0 && pipe(pipe_fds) == 0);
	held[0].fd = open(at("out/log"), O_WRONLY | O_APPEND);
	held[1].fd = open(at("out/library"), O_PATH);
	held[2].fd = pipe_fds[1];
	CHECK(apply_request(&s, ENVIRONMENT("PRECLUDE_ROOTS="), request) == 0);
	CHECK(opened(open(at("out/log"), O_WRONLY)) == 0);
	CHECK_FAILS(opened(open(at("out/log"), O_RDONLY)), EACCES);
	CHECK_FAILS(opened(open(at("out/log"), O_WRONLY | O_TRUNC)), EACCES);
	CHECK(opened(open(at("out/library"), O_RDONLY)) == 0);
	CHECK_FAILS(opened(open(at("out/library"), O_WRONLY)), EACCES);
	CHECK(write(pipe_fds[1], "x", 1) == 1);
	return 0;
}

/* The command's outer layer: read anywhere, write where the policy says so, and move things there. */
static int outer_layer_only_restricts_writing(void *unused)
{
	const struct sandbox_request outer = {.outer = true};
	struct sandboxed s;

	(void)unused;
	CHECK(mkdir(at("in/a"), 0755) == 0 && mkdir(at("in/b"), 0755) == 0 && touch(at("in/a/x")) == 0);
	CHECK(touch(at("out/file")) == 0);
	CHECK(apply_request(&s, ENVIRONMENT(text("PRECLUDE_ROOTS=%s/in:?/nowhere", scratch), "PRECLUDE_BASE=system"),
			    outer) == 0);
	CHECK(s.out.status == STATUS_FULL && !s.warnings[0]);
	CHECK(opened(open("/", O_RDONLY)) == 0 && opened(open(at("out/file"), O_RDONLY)) == 0);
	CHECK_FAILS(touch(at("out/new")), EACCES);
	CHECK_FAILS(mknod(at("in/device"), S_IFCHR | 0600, 0x103), EACCES);
	CHECK(opened(open("/dev/null", O_WRONLY)) == 0);
	CHECK(rename(at("in/a/x"), at("in/b/x")) == 0);
	/* The library's own layer inside it. */
	CHECK(APPLY(&s, text("PRECLUDE_ROOTS=%s/in", scratch)) == 0);
	CHECK_FAILS(opened(open("/", O_RDONLY)), EACCES);
	CHECK(rename(at("in/b/x"), at("in/a/x")) == 0);
	return 0;
}

static int observe_restricts_nothing(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, text("PRECLUDE_ROOTS=%s/in", scratch), "PRECLUDE_MODE=observe", "PRECLUDE_NNP=on") == 0);
	CHECK(s.out.kind == OUTCOME_OBSERVED && s.out.status == STATUS_NONE && s.out.layers == 0);
	CHECK(rights_none(s.out.in_force) && s.places[0].present && s.places[0].directory);
	CHECK(touch(at("out/new")) == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	return 0;
}

static int tcp(int (*call)(int, const struct sockaddr *, socklen_t), unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	int result, error;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	result = call(fd, (const struct sockaddr *)&address, sizeof(address));
	error = errno;
	close(fd);
	errno = error;
	return result;
}

static int net_restricts_ports(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_NET=bind=40123:connect=1") == 0);
	CHECK(tcp(bind, 40123) == 0);
	CHECK_FAILS(tcp(bind, 40124), EACCES);
	CHECK_FAILS(tcp(connect, 1), ECONNREFUSED);
	CHECK_FAILS(tcp(connect, 2), EACCES);
	/* UDP is asked for too, and told as dropped where the kernel lacks it. */
	if (s.out.abi < 10)
		CHECK(s.out.status == STATUS_PARTIAL &&
		      s.out.dropped.net == (RIGHT_MASK(NET, BIND_UDP) | RIGHT_MASK(NET, CONNECT_SEND_UDP)));
	return 0;
}

static int net_none_denies_all_ports(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_NET=none") == 0);
	CHECK_FAILS(tcp(bind, 40123), EACCES);
	CHECK_FAILS(tcp(connect, 1), EACCES);
	return 0;
}

static int sample_bind_leaves_connect_alone(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, "LL_FS_RO=/", "LL_FS_RW=", "LL_TCP_BIND=40123") == 0);
	CHECK(s.out.status == STATUS_FULL);
	CHECK_FAILS(tcp(bind, 40124), EACCES);
	CHECK_FAILS(tcp(connect, 2), ECONNREFUSED);
	return 0;
}

static int scope_stops_signals(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(kill(getppid(), 0) == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_SCOPE=signal") == 0);
	CHECK_FAILS(kill(getppid(), 0), EPERM);
	CHECK(kill(getpid(), 0) == 0);
	return 0;
}

static int privileged_needs_no_new_privs_not(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHILD_NEEDS_ROOT("to be privileged");
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=") == 0);
	CHECK(!s.out.no_new_privs && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	return 0;
}

static int unprivileged_sets_no_new_privs(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(drop_privileges() == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=") == 0);
	CHECK(s.out.no_new_privs && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK_FAILS(touch(at("out/new")), EACCES);
	return 0;
}

static int no_new_privs_on_request(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_NNP=on") == 0);
	CHECK(s.out.no_new_privs && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	return 0;
}

/* As on a kernel that was built without Landlock. */
static int no_new_privs_without_landlock(void *unused)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444 /* landlock_create_ruleset */, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	struct sandboxed s;

	(void)unused;
	CHILD_NEEDS_ROOT("to install a filter without no_new_privs");
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_NNP=on", "PRECLUDE_REQUIRE=nothing") == 0);
	CHECK(s.out.kind == OUTCOME_UNAVAILABLE && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	return 0;
}

static int seventeenth_layer_is_refused(void *unused)
{
	struct sandboxed s;

	(void)unused;
	for (int layer = 0; layer < 16; layer++)
		CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_REQUIRE=nothing") == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_REQUIRE=nothing") == -1);
	CHECK(s.out.kind == OUTCOME_ERROR && s.out.error == E2BIG &&
	      has(s.why.text, "sixteen layers of Landlock are in force"));
	return 0;
}

static int no_descriptors_is_refused(void *unused)
{
	const struct rlimit none = {.rlim_cur = 3, .rlim_max = 3};
	struct sandboxed s;

	(void)unused;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", "PRECLUDE_REQUIRE=nothing") == -1);
	CHECK(s.out.kind == OUTCOME_ERROR && s.out.error == EMFILE);
	return 0;
}

static int requires(void *unused)
{
	static const struct {
		const char *require, *net;
		int result;
		const char *says;
	} rows[] = {
	    {"PRECLUDE_REQUIRE=landlock", "PRECLUDE_NET=none", 0, ""},
	    {"PRECLUDE_REQUIRE=nothing", "PRECLUDE_NET=none", 0, ""},
	    {"PRECLUDE_REQUIRE=full", "PRECLUDE_MODE=enforce", 0, ""},
	    {"PRECLUDE_REQUIRE=full", "PRECLUDE_NET=none", -1,
	     "lacks BIND_UDP CONNECT_SEND_UDP, and PRECLUDE_REQUIRE is full; Linux 7.2"},
	    {"PRECLUDE_REQUIRE=abi:7", "PRECLUDE_NET=none", 0, ""},
	    {"PRECLUDE_REQUIRE=abi:1", "PRECLUDE_NET=none", 0, ""},
	    {"PRECLUDE_REQUIRE=abi:99", "PRECLUDE_MODE=enforce", -1, "is abi:99, which no kernel has yet"},
	    {"PRECLUDE_REQUIRE=abi:9", "PRECLUDE_MODE=enforce", -1, "PRECLUDE_REQUIRE is abi:9, which is Linux 7.1"},
	};
	struct offer offer;
	struct sandboxed s;

	(void)unused;
	sandbox_probe(&offer);
	if (offer.abi != 7) {
		dprintf(1, "# SKIP written for Landlock ABI 7\n");
		return CANNOT;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fprintf(stderr, "# %s %s\n", rows[i].require, rows[i].net);
		CHECK(APPLY(&s, "PRECLUDE_ROOTS=", rows[i].require, rows[i].net) == rows[i].result);
		CHECK(has(s.why.text, rows[i].says));
		CHECK(s.out.layers == (rows[i].result == 0));
	}
	return 0;
}

static void *sleep_on(void *pipe_end)
{
	char byte;

	return read(*(int *)pipe_end, &byte, 1) < 0 ? pipe_end : NULL;
}

static int threads(const char *require, int result, const char *words)
{
	struct sandboxed s;
	pthread_t thread;
	int fds[2];

	CHECK(pipe(fds) == 0 && pthread_create(&thread, NULL, sleep_on, &fds[0]) == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=", require) == (s.out.abi >= 8 ? 0 : result));
	if (s.out.abi < 8)
		CHECK(has(result ? s.why.text : s.warnings, words));
	if (s.out.kind == OUTCOME_ENFORCED)
		CHECK_FAILS(touch(at("out/new")), EACCES);
	else
		CHECK(touch(at("out/new")) == 0);
	return 0;
}

static int threads_are_refused(void *require)
{
	return threads(require, -1, "Linux 7.0");
}

static int threads_are_warned_of(void *unused)
{
	(void)unused;
	return threads("PRECLUDE_REQUIRE=nothing", 0, "they stay unconfined");
}

/* In a chroot without /proc the threads have to be counted some other way. */
static int threads_without_proc(void *unused)
{
	(void)unused;
	CHILD_NEEDS_ROOT("to change its root directory");
	CHECK(chroot(scratch) == 0 && chdir("/") == 0);
	scratch[0] = '\0';
	return threads("PRECLUDE_REQUIRE=landlock", -1, "Linux 7.0");
}

static int no_threads_without_proc(void *unused)
{
	struct sandboxed s;

	(void)unused;
	CHILD_NEEDS_ROOT("to change its root directory");
	CHECK(chroot(scratch) == 0 && chdir("/") == 0);
	CHECK(APPLY(&s, "PRECLUDE_ROOTS=/in") == 0);
	CHECK(touch("/in/new") == 0);
	CHECK_FAILS(touch("/out/new"), EACCES);
	return 0;
}

/* Ten thousand roots, sixty-four descriptors. The time is printed, not judged. */
static int many_roots(void *argument)
{
	const size_t count = *(const size_t *)argument;
	const struct rlimit few = {.rlim_cur = 64, .rlim_max = 64};
	char *list = malloc(32 + count * 48);
	struct timespec began, ended;
	struct sandboxed s;
	size_t length;

	CHECK(list && chdir(scratch) == 0);
	length = (size_t)sprintf(list, "PRECLUDE_ROOTS=");
	for (size_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "in/%zu", i);
		CHECK(mkdir(name, 0755) == 0);
		length += (size_t)sprintf(list + length, "%s%s/%s", i ? ":" : "", scratch, name);
	}
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	clock_gettime(CLOCK_MONOTONIC, &began);
	CHECK(APPLY(&s, list) == 0);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	fprintf(stderr, "# %zu roots: %.3f ms with parsing\n", count,
		(double)(ended.tv_sec - began.tv_sec) * 1e3 + (double)(ended.tv_nsec - began.tv_nsec) / 1e6);
	CHECK(touch(text("in/%zu/new", count - 1)) == 0 && touch("in/0/new") == 0);
	CHECK_FAILS(touch("out/new"), EACCES);
	/* What the children are told must fit into one string of an environment. */
	CHECK(strlen(applied_value(&s.policy, s.places, &s.arena)) < 128 * 1024 - 64);
	free(list);
	return 0;
}

struct situation {
	int (*child)(void *);
	void *argument;
};

static void test_situation(void **state)
{
	const struct situation *situation = *state;

	passes_in_child(situation->child, situation->argument);
}

#define TEST(function)                                                                                                 \
	{                                                                                                              \
#function, test_situation, scratch_make, scratch_remove, &(struct situation)                           \
		{                                                                                                      \
			function, NULL                                                                                 \
		}                                                                                                      \
	}
#define TEST_WITH(name, function, argument)                                                                            \
	{                                                                                                              \
		name, test_situation, scratch_make, scratch_remove, &(struct situation)                                \
		{                                                                                                      \
			function, argument                                                                             \
		}                                                                                                      \
	}

int main(void)
{
	size_t one = 1, hundred = 100, ten_thousand = 10000;
	char landlock[] = "PRECLUDE_REQUIRE=landlock", full[] = "PRECLUDE_REQUIRE=full",
	     abi[] = "PRECLUDE_REQUIRE=abi:1";
	const struct CMUnitTest tests[] = {
	    TEST(no_root_denies_every_write),
	    TEST(base_none_denies_everything),
	    TEST(second_layer_never_relaxes),
	    TEST(held_descriptors_are_granted),
	    TEST(outer_layer_only_restricts_writing),
	    TEST(observe_restricts_nothing),
	    TEST(net_restricts_ports),
	    TEST(net_none_denies_all_ports),
	    TEST(sample_bind_leaves_connect_alone),
	    TEST(scope_stops_signals),
	    TEST(privileged_needs_no_new_privs_not),
	    TEST(unprivileged_sets_no_new_privs),
	    TEST(no_new_privs_on_request),
	    TEST(no_new_privs_without_landlock),
	    TEST(seventeenth_layer_is_refused),
	    TEST(no_descriptors_is_refused),
	    TEST(requires),
	    TEST_WITH("threads are refused under landlock", threads_are_refused, landlock),
	    TEST_WITH("threads are refused under full", threads_are_refused, full),
	    TEST_WITH("threads are refused under abi:1", threads_are_refused, abi),
	    TEST(threads_are_warned_of),
	    TEST(threads_without_proc),
	    TEST(no_threads_without_proc),
	    TEST_WITH("1 root", many_roots, &one),
	    TEST_WITH("100 roots", many_roots, &hundred),
	    TEST_WITH("10,000 roots and 64 descriptors", many_roots, &ten_thousand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
