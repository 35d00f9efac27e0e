/* SPDX-License-Identifier: ISC */
/*
 * The outcome on every kernel up to this one: what is in force, what is dropped, what is refused and in which words.
 *
 * The program runs itself under prog_fake_kernel with a policy as arguments, puts it in force, and prints what it was
 * told and what it then can do.
 */
#include "tests/sandbox/fixture.h"

#include "sandbox/landlock.h"

#define FAKE BUILD_DIR "/tests/kernels/prog_fake_kernel"

static const char *const kinds[] = {"enforced", "unavailable", "error", "observed"};
static const char *const statuses[] = {"full", "partial", "none"};

static const char *word(int result)
{
	return result == 0 ? "ok" : errno == EACCES ? "EACCES" : errno == EXDEV ? "EXDEV" : "?";
}

/* In the scratch directory that is the working directory. */
static void print_abilities(void)
{
	const char *create = word(touch("out/new"));
	const char *refer = word(rename("in/a/file", "in/b/file"));
	const char *cut = word(truncate("out/file", 0));

	printf("create-outside=%s rename-inside=%s truncate-outside=%s\n", create, refer, cut);
}

/* --apply VARIABLE=VALUE…: what sandbox_apply() says. */
static int apply(char **environment)
{
	struct sandboxed s;
	char dropped[512];
	const int result = apply_request(&s, (const char *const *)environment, (struct sandbox_request){0});

	rights_names(s.out.dropped, dropped, sizeof(dropped));
	printf("%s %s %s abi=%d errno=%s layers=%d dropped=%s\n", result ? "refused" : "runs", kinds[s.out.kind],
	       statuses[s.out.status], s.out.abi, s.out.error ? strerrorname_np(s.out.error) : "0", s.out.layers,
	       dropped);
	s.warnings[strcspn(s.warnings, "\n")] = '\0';
	printf("%s%s\n", s.why.text, s.warnings);
	if (result == 0)
		print_abilities();
	return 0;
}

/* --probe: what sandbox_probe() says. */
static int probe(void)
{
	struct offer offer;
	char names[512];

	sandbox_probe(&offer);
	rights_names(offer.rights, names, sizeof(names));
	printf("abi=%d missing=%s errata=%s flags=%u\n%s\n", offer.abi,
	       offer.missing ? strerrorname_np(offer.missing) : "0", offer.errata < 0 ? "unknown" : "known",
	       offer.restrict_flags, names);
	return 0;
}

struct row {
	const char *kernel;
	const char *environment[3]; /* after PRECLUDE_ROOTS, which is in/; none: probe */
	const char *outcome;
	const char *says;
	const char *abilities; /* NULL: refused */
};

#define FS_1                                                                                                           \
	"EXECUTE WRITE_FILE READ_FILE READ_DIR REMOVE_DIR REMOVE_FILE MAKE_CHAR MAKE_DIR MAKE_REG MAKE_SOCK "          \
	"MAKE_FIFO "                                                                                                   \
	"MAKE_BLOCK MAKE_SYM"
#define FS_5   FS_1 " REFER TRUNCATE IOCTL_DEV"
#define OLDEST "create-outside=EACCES rename-inside=EXDEV truncate-outside=ok"
#define OLD    "create-outside=EACCES rename-inside=ok truncate-outside=ok"
#define NEW    "create-outside=EACCES rename-inside=ok truncate-outside=EACCES"
#define FREE   "create-outside=ok rename-inside=ok truncate-outside=ok"
#define UDP    "BIND_UDP CONNECT_SEND_UDP"

static const struct row applied[] = {
    {"abi:1", {NULL}, "runs enforced partial abi=1 errno=0 layers=1 dropped=REFER TRUNCATE IOCTL_DEV", "", OLDEST},
    {"abi:2", {NULL}, "runs enforced partial abi=2 errno=0 layers=1 dropped=TRUNCATE IOCTL_DEV", "", OLD},
    {"abi:3", {NULL}, "runs enforced partial abi=3 errno=0 layers=1 dropped=IOCTL_DEV", "", NEW},
    {"abi:4", {NULL}, "runs enforced partial abi=4 errno=0 layers=1 dropped=IOCTL_DEV", "", NEW},
    {"abi:5", {NULL}, "runs enforced full abi=5 errno=0 layers=1 dropped=", "", NEW},
    {"abi:6", {NULL}, "runs enforced full abi=6 errno=0 layers=1 dropped=", "", NEW},
    {"abi:7", {NULL}, "runs enforced full abi=7 errno=0 layers=1 dropped=", "", NEW},

    {"abi:3",
     {"PRECLUDE_NET=none"},
     "runs enforced partial abi=3 errno=0 layers=1 dropped=BIND_TCP CONNECT_TCP IOCTL_DEV " UDP,
     "",
     NEW},
    {"abi:4", {"PRECLUDE_NET=none"}, "runs enforced partial abi=4 errno=0 layers=1 dropped=IOCTL_DEV " UDP, "", NEW},
    {"abi:5", {"PRECLUDE_SCOPE=signal"}, "runs enforced partial abi=5 errno=0 layers=1 dropped=SIGNAL", "", NEW},
    {"abi:6", {"PRECLUDE_SCOPE=signal:abstract-unix"}, "runs enforced full abi=6 errno=0 layers=1 dropped=", "", NEW},
    {"abi:7",
     {"PRECLUDE_SCOPE=pathname-unix"},
     "runs enforced partial abi=7 errno=0 layers=1 dropped=RESOLVE_UNIX",
     "",
     NEW},

    {"abi:1",
     {"PRECLUDE_REQUIRE=full"},
     "refused error none abi=1 errno=0 layers=0 dropped=REFER TRUNCATE IOCTL_DEV",
     "lacks REFER TRUNCATE IOCTL_DEV, and PRECLUDE_REQUIRE is full; Linux 6.10 has all",
     NULL},
    {"abi:4",
     {"PRECLUDE_REQUIRE=full"},
     "refused error none abi=4 errno=0 layers=0 dropped=IOCTL_DEV",
     "lacks IOCTL_DEV, and PRECLUDE_REQUIRE is full; Linux 6.10 has all",
     NULL},
    {"abi:5", {"PRECLUDE_REQUIRE=full"}, "runs enforced full abi=5 errno=0 layers=1 dropped=", "", NEW},
    {"abi:3",
     {"PRECLUDE_REQUIRE=full", "PRECLUDE_NET=none"},
     "refused error none abi=3 errno=0 layers=0 dropped=BIND_TCP CONNECT_TCP IOCTL_DEV " UDP,
     "Linux 7.2 has all",
     NULL},
    {"abi:2",
     {"PRECLUDE_REQUIRE=abi:3"},
     "refused error none abi=2 errno=0 layers=0 dropped=TRUNCATE IOCTL_DEV",
     "has Landlock ABI 2, and PRECLUDE_REQUIRE is abi:3, which is Linux 6.2",
     NULL},
    {"abi:3", {"PRECLUDE_REQUIRE=abi:3"}, "runs enforced partial abi=3 errno=0 layers=1 dropped=IOCTL_DEV", "", NEW},
    {"abi:2",
     {"PRECLUDE_REQUIRE=nothing"},
     "runs enforced partial abi=2 errno=0 layers=1 dropped=TRUNCATE IOCTL_DEV",
     "",
     OLD},

    /* The version is not believed, neither for more nor for less. */
    {"abi:4,says:6",
     {"PRECLUDE_SCOPE=signal"},
     "runs enforced partial abi=6 errno=0 layers=1 dropped=IOCTL_DEV SIGNAL",
     "",
     NEW},
    {"abi:4,says:6",
     {"PRECLUDE_REQUIRE=full"},
     "refused error none abi=6 errno=0 layers=0 dropped=IOCTL_DEV",
     "lacks IOCTL_DEV",
     NULL},
    {"abi:4,says:6",
     {"PRECLUDE_REQUIRE=abi:6"},
     "refused error none abi=6 errno=0 layers=0 dropped=IOCTL_DEV",
     "lacks IOCTL_DEV, and PRECLUDE_REQUIRE is abi:6",
     NULL},
    {"abi:5,says:2", {"PRECLUDE_REQUIRE=full"}, "runs enforced full abi=2 errno=0 layers=1 dropped=", "", NEW},

    {"enosys",
     {NULL},
     "refused unavailable none abi=0 errno=ENOSYS layers=0 dropped=" FS_5,
     "it was not built in (CONFIG_SECURITY_LANDLOCK, Linux 5.13 or later)",
     NULL},
    {"eopnotsupp",
     {NULL},
     "refused unavailable none abi=0 errno=EOPNOTSUPP layers=0 dropped=" FS_5,
     "add landlock to its boot parameter lsm=",
     NULL},
    {"eperm",
     {NULL},
     "refused unavailable none abi=0 errno=EPERM layers=0 dropped=" FS_5,
     "forbidden here: a seccomp filter",
     NULL},
    {"enosys",
     {"PRECLUDE_REQUIRE=full"},
     "refused unavailable none abi=0 errno=ENOSYS layers=0 dropped=" FS_5,
     "PRECLUDE_REQUIRE is full",
     NULL},
    {"enosys",
     {"PRECLUDE_REQUIRE=abi:1"},
     "refused unavailable none abi=0 errno=ENOSYS layers=0 dropped=" FS_5,
     "PRECLUDE_REQUIRE is abi:1",
     NULL},
    {"enosys",
     {"PRECLUDE_REQUIRE=nothing"},
     "runs unavailable none abi=0 errno=ENOSYS layers=0 dropped=" FS_5,
     "running unconfined: this kernel has no Landlock",
     FREE},
    {"eopnotsupp",
     {"PRECLUDE_REQUIRE=nothing"},
     "runs unavailable none abi=0 errno=EOPNOTSUPP layers=0 dropped=" FS_5,
     "running unconfined: this kernel's Landlock is not enabled",
     FREE},
    {"enosys", {"PRECLUDE_MODE=observe"}, "runs observed none abi=0 errno=0 layers=0 dropped=", "", FREE},
};

static const struct row probed[] = {
    {"abi:1", {NULL}, "abi=1 missing=0 errata=unknown flags=0", FS_1, NULL},
    {"abi:2", {NULL}, "abi=2 missing=0 errata=unknown flags=0", FS_1 " REFER", NULL},
    {"abi:3", {NULL}, "abi=3 missing=0 errata=unknown flags=0", FS_1 " REFER TRUNCATE", NULL},
    {"abi:4", {NULL}, "abi=4 missing=0 errata=unknown flags=0", FS_1 " REFER TRUNCATE BIND_TCP CONNECT_TCP", NULL},
    {"abi:5",
     {NULL},
     "abi=5 missing=0 errata=unknown flags=0",
     FS_1 " REFER TRUNCATE BIND_TCP CONNECT_TCP IOCTL_DEV",
     NULL},
    {"abi:6",
     {NULL},
     "abi=6 missing=0 errata=unknown flags=0",
     FS_1 " REFER TRUNCATE BIND_TCP CONNECT_TCP IOCTL_DEV ABSTRACT_UNIX_SOCKET SIGNAL",
     NULL},
    {"abi:7",
     {NULL},
     "abi=7 missing=0 errata=known flags=7",
     FS_1 " REFER TRUNCATE BIND_TCP CONNECT_TCP IOCTL_DEV ABSTRACT_UNIX_SOCKET SIGNAL",
     NULL},
    {"abi:4,says:6",
     {NULL},
     "abi=6 missing=0 errata=unknown flags=0",
     FS_1 " REFER TRUNCATE BIND_TCP CONNECT_TCP",
     NULL},
    {"enosys", {NULL}, "abi=0 missing=ENOSYS errata=unknown flags=0", "", NULL},
    {"eopnotsupp", {NULL}, "abi=0 missing=EOPNOTSUPP errata=unknown flags=0", "", NULL},
};

/* Runs this program under a fake kernel; its output, one line a string. */
static void run(const char *kernel, const char *const *arguments, char lines[3][1024])
{
	char program[PATH_MAX] = "";
	FILE *output;
	int fds[2];
	pid_t pid;

	assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		const char *argv[8] = {FAKE, kernel, program};

		for (size_t i = 0; arguments[i] && i < 4; i++)
			argv[3 + i] = arguments[i];
		if (chdir(scratch) || dup2(fds[1], 1) < 0)
			_exit(124);
		execv(FAKE, (char *const *)(uintptr_t)argv);
		_exit(124);
	}
	close(fds[1]);
	output = fdopen(fds[0], "r");
	for (int i = 0; i < 3; i++) {
		lines[i][0] = '\0';
		if (fgets(lines[i], 1024, output))
			lines[i][strcspn(lines[i], "\n")] = '\0';
	}
	fclose(output);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static bool yama(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "r");
	int scope = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &scope) != 1)
		scope = 0;
	fclose(file);
	return scope > 0;
}

static void skip_unless_faked(const char *kernel)
{
	int abi;

	if (sscanf(kernel, "abi:%d", &abi) != 1)
		return;
	if (abi > sys(LL_SYS_CREATE_RULESET, 0, 0, LL_CREATE_VERSION))
		SKIP("a kernel newer than this one cannot be faked");
	if (yama())
		NEEDS_ROOT("to read another process's memory under Yama");
}

static void test_apply(void **state)
{
	const struct row *row = *state;
	const char *const arguments[] = {"--apply", text("PRECLUDE_ROOTS=%s/in", scratch), row->environment[0],
					 row->environment[1], NULL};
	char lines[3][1024];

	skip_unless_faked(row->kernel);
	run(row->kernel, arguments, lines);
	assert_string_equal(lines[0], row->outcome);
	if (*row->says)
		assert_true(has(lines[1], row->says) || (print_message("# said: %s\n", lines[1]), false));
	else
		assert_string_equal(lines[1], "");
	assert_string_equal(row->abilities ? lines[2] : "", row->abilities ? row->abilities : "");
}

static void test_probe(void **state)
{
	const struct row *row = *state;
	const char *const arguments[] = {"--probe", NULL};
	char lines[3][1024];

	skip_unless_faked(row->kernel);
	run(row->kernel, arguments, lines);
	assert_string_equal(lines[0], row->outcome);
	assert_string_equal(lines[1], row->says);
}

static int make(void **state)
{
	return scratch_make(state) || chdir(scratch) || mkdir("in/a", 0755) || mkdir("in/b", 0755) ||
	       touch("in/a/file") || touch("out/file");
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int main(int argc, char **argv)
{
	static char names[COUNT(applied) + COUNT(probed)][160];
	struct CMUnitTest tests[COUNT(applied) + COUNT(probed)];
	size_t count = 0;

	if (argc > 1)
		return strcmp(argv[1], "--apply") == 0 ? apply(argv + 2) : probe();
	for (size_t i = 0; i < COUNT(applied); i++, count++) {
		snprintf(names[count], sizeof(names[count]), "%s %s %s", applied[i].kernel,
			 applied[i].environment[0] ? applied[i].environment[0] : "",
			 applied[i].environment[1] ? applied[i].environment[1] : "");
		tests[count] =
		    (struct CMUnitTest){names[count], test_apply, make, scratch_remove, (void *)(uintptr_t)&applied[i]};
	}
	for (size_t i = 0; i < COUNT(probed); i++, count++) {
		snprintf(names[count], sizeof(names[count]), "%s probed", probed[i].kernel);
		tests[count] =
		    (struct CMUnitTest){names[count], test_probe, make, scratch_remove, (void *)(uintptr_t)&probed[i]};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
