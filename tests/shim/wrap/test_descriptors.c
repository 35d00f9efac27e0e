/* SPDX-License-Identifier: ISC */
/*
 * A program under the real preload cannot tell that the library holds descriptors, and cannot make it lose them: each
 * situation of prog_descriptors.c says the same with and without the library, and what it does afterwards is in the
 * log.
 */
#include "tests/shim/child.h"

static const char *const situations[] = {
    "looks unused",
    "is given by F_DUPFD",
    "can be the target of dup2",
    "is kept by close_range",
    "is kept by CLOSE_RANGE_CLOEXEC",
    "is kept by CLOSE_RANGE_UNSHARE",
    "is kept by closefrom",
    "is kept by closefrom of an old kernel",
    "is kept by a loop of close",
    "is left alone by a vfork child",
};

/* Runs prog_descriptors and returns what it said. The file that it tries to write lies outside the one root. */
static const char *run(bool preload, const char *situation, const char *number)
{
	static char said[2][16384];
	char *const arguments[] = {(char *)(uintptr_t) "prog_descriptors", (char *)(uintptr_t)situation,
				   (char *)(uintptr_t)number, (char *)(uintptr_t) "outside", NULL};
	char library[4096], roots[4200], log[4200], cwd[4096];
	char *const with[] = {library, roots, log, NULL};
	char *text = said[preload];
	int status, out = open("said", O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t child;

	CHECK(getcwd(cwd, sizeof(cwd)) && out >= 0);
	snprintf(library, sizeof(library), "LD_PRELOAD=" BUILD_DIR "/libpreclude.so");
	snprintf(roots, sizeof(roots), "PRECLUDE_ROOTS=%s/root", cwd);
	snprintf(log, sizeof(log), "PRECLUDE_LOG=%s/log", cwd);
	child = fork();
	if (child == 0) {
		dup2(out, 1);
		for (int fd = 3; fd < 100; fd++)
			close(fd);
		execve(BUILD_DIR "/tests/shim/wrap/prog_descriptors", arguments, preload ? with : with + 3);
		_exit(127);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	memset(text, 0, sizeof(*said));
	CHECK(pread(out, text, sizeof(*said) - 1, 0) > 0);
	close(out);
	return text;
}

static const char *situation;

static void one(void)
{
	char number[32];
	const char *without, *with;

	CHECK(access(BUILD_DIR "/libpreclude.so", R_OK) == 0);
	CHECK(mkdir("root", 0700) == 0);
	snprintf(number, sizeof(number), "%d", atoi(run(true, "find", "0")));
	without = run(false, situation, number);
	CHECK(unlink("outside") == 0 && unlink("log") == 0);
	with = run(true, situation, number);
	if (strcmp(without, with))
		dprintf(100, "# without:\n%s\n# with:\n%s\n", without, with);
	CHECK(!strcmp(without, with));
	CHECK(access("outside", F_OK) < 0);
	CHECK(strstr(contents("log"), "\"path\":\"outside\""));
	CHECK(events(contents("log"), "call") >= 1);
}

static void test_situations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(situations); i++) {
		situation = situations[i];
		print_message("# an own descriptor %s\n", situation);
		in_child(one);
	}
}

/* The number belongs to the program then, who must be able to close it; nothing is written to it. */
static void lost(void)
{
	char number[32];

	CHECK(mkdir("root", 0700) == 0);
	snprintf(number, sizeof(number), "%d", atoi(run(true, "find", "0")));
	CHECK(!strcmp(run(false, "was taken by a raw call", number), run(true, "was taken by a raw call", number)));
	CHECK(events(contents("log"), "call") == 0);
}

static void test_lost(void **state)
{
	(void)state;
	in_child(lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_situations),
	    cmocka_unit_test(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
