/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_RAW=on, under the real preload: a program that makes its system calls by itself says the same as without the
 * library, in each situation of prog_dispatch.c, and what it did outside is in the log, with the instruction's address.
 */
#include "tests/shim/child.h"

#if !defined(__x86_64__)
int main(void)
{
	puts("1..0 # SKIP Syscall User Dispatch is for x86_64");
	return 0;
}
#else

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#define PROGRAM BUILD_DIR "/tests/shim/syscall/prog_dispatch"

/* What the log must hold of each: fragments, all of them. */
static const struct row {
	const char *situation;
	const char *said[14];
} rows[] = {
    {"path calls",
     {"raw(mkdir)", "raw(openat)", "raw(openat2)", "raw(open)", "raw(stat)", "raw(newfstatat)", "raw(rename)",
      "raw(symlink)", "raw(readlink)", "raw(chmod)", "raw(unlink)", "raw(rmdir)", "raw(chdir)", NULL}},
    {"registers", {NULL}},
    {"threads", {"outside/posix\"", "outside/c11\"", "outside/masked\"", "outside/attribute\"", NULL}},
    {"children",
     {"outside/libc\"", "outside/fork\"", "outside/clone\"", "outside/clone3\"", "outside/_Fork\"", "outside/vfork\"",
      NULL}},
    {"raw vfork", {"a thread or vfork child", "\"count\":3", NULL}},
    {"raw thread", {"a thread or vfork child", "\"count\":3", NULL}},
    {"masks", {"outside/in handler", "outside/blocked\"", "outside/blocked again", "outside/held", NULL}},
    {"own SIGSYS", {"outside/own", "outside/filtered", "filters its system calls", NULL}},
    {"own dispatch", {"outside/before", "asks for Syscall User Dispatch itself", NULL}},
    {"recursion", {"\"count\":2996", NULL}},
    {"interrupted", {"outside/jumped", NULL}},
    {"stacks", {"outside/stack", NULL}},
    {"int80", {"int $0x80", "outside/int80", NULL}},
    {"thread pointer", {"another thread pointer", NULL}},
    {"ring", {"io_uring is set up", NULL}},
};

static const char *require = "landlock";

/* Runs prog_dispatch in fresh directories and returns what it said, and how it ended. */
static const char *run(const char *situation, const char *raw, const char *mode)
{
	static char said[3][16384];
	static unsigned turn;
	char *const arguments[] = {(char *)(uintptr_t) "prog_dispatch", (char *)(uintptr_t)situation, NULL};
	char library[] = "LD_PRELOAD=" BUILD_DIR "/libpreclude.so", flags[] = "PRECLUDE_FLAG=all";
	char variables[5][4200], cwd[4096];
	char *const with[] = {library,      flags,        variables[0], variables[1],
			      variables[2], variables[3], variables[4], NULL};
	char *const bare[] = {NULL};
	char *text = said[turn++ % COUNT(said)];
	int status, out = open("said", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t length;
	pid_t child;

	CHECK(getcwd(cwd, sizeof(cwd)) && out >= 0);
	CHECK(system("rm -rf root outside && mkdir root outside") == 0);
	snprintf(variables[0], sizeof(*variables), "PRECLUDE_RAW=%s", raw);
	snprintf(variables[1], sizeof(*variables), "PRECLUDE_ROOTS=%s/root", cwd);
	snprintf(variables[2], sizeof(*variables), "PRECLUDE_LOG=%s/log", cwd);
	snprintf(variables[3], sizeof(*variables), "PRECLUDE_MODE=%s", mode);
	snprintf(variables[4], sizeof(*variables), "PRECLUDE_REQUIRE=%s", require);
	child = fork();
	if (child == 0) {
		dup2(out, 1);
		execve(PROGRAM, arguments, *raw ? with : bare);
		_exit(127);
	}
	CHECK(waitpid(child, &status, 0) == child);
	length = pread(out, text, sizeof(*said) - 64, 0);
	CHECK(length >= 0);
	snprintf(text + length, 64, "status %d\n", status);
	close(out);
	return text;
}

static const struct row *row;

static void same(void)
{
	const char *without = run(row->situation, "", ""), *with = run(row->situation, "on", "observe");

	if (strcmp(without, with))
		dprintf(100, "# without:\n%s\n# with:\n%s\n", without, with);
	CHECK(!strcmp(without, with));
	CHECK(strstr(with, "\nstatus 0\n"));
	for (const char *const *said = row->said; *said; said++)
		if (!strstr(contents("log"), *said)) {
			dprintf(100, "# the log lacks %s:\n%s", *said, contents("log"));
			CHECK(!*said);
		}
}

static void test_situations(void **state)
{
	(void)state;
	for (row = rows; row < rows + COUNT(rows); row++) {
		print_message("# %s\n", row->situation);
		in_child(same);
	}
}

/* A denial reaches the program as the kernel's word, and the log names the very instruction. */
static void denied(void)
{
	const char *said = run("path calls", "on", "enforce"), *line, *end;
	unsigned long offset, instruction = 0;
	FILE *symbols =
	    popen("objdump -d '" PROGRAM "' | awk '/<by_instruction>:/ { in_it = 1 } in_it && /\\tsyscall/ { "
		  "sub(\":\", \"\", $1); print $1; exit }'",
		  "r");
	json_t *event;

	CHECK(symbols && fscanf(symbols, "%lx", &instruction) == 1);
	pclose(symbols);
	CHECK(strstr(said, "RAW(SYS_mkdir, \"outside/dir\", 0700): -13\n"));
	CHECK(strstr(said, "root/inside\", O_CREAT | O_WRONLY, 0600) > 2: 1\n"));
	CHECK(strstr(said, "errno: 77\n"));
	line = strstr(contents("log"), "raw(mkdir)");
	CHECK(line);
	while (line[-1] != '\n')
		line--;
	end = strchr(line, '\n');
	event = json_loadb(line, (size_t)(end - line), 0, NULL);
	CHECK(event);
	CHECK(!strcmp(json_string_value(json_object_get(event, "effect")), "denied"));
	line = json_string_value(json_object_get(json_array_get(json_object_get(event, "frames"), 0), "object"));
	CHECK(line && !strcmp(line, PROGRAM));
	json_t *at = json_object_get(json_array_get(json_object_get(event, "frames"), 0), "offset");
	offset = json_is_integer(at) ? (unsigned long)json_integer_value(at) : strtoul(json_string_value(at), NULL, 0);
	CHECK(offset == instruction + 1); /* the last byte of the call's instruction */
	CHECK(json_array_size(json_object_get(event, "frames")) > 2);
	json_decref(event);
}

static void test_denied(void **state)
{
	(void)state;
	in_child(denied);
}

/* Without it nothing is seen, and nothing of it is there. */
static void off(void)
{
	CHECK(strstr(run("path calls", "off", "observe"), "\nstatus 0\n"));
	CHECK(!strstr(contents("log"), "raw("));
	CHECK(strstr(run("masks", "off", "observe"), "\nstatus 0\n"));
	CHECK(!strstr(contents("log"), "outside/blocked"));
}

static void test_off(void **state)
{
	(void)state;
	in_child(off);
}

/* A kernel before 5.11: prctl(2) does not know Syscall User Dispatch. */
static void old_kernel(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 157 /* prctl */, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 59, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {COUNT(code), code};

	CHECK(geteuid() == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

static void lacking(void)
{
	old_kernel();
	CHECK(strstr(run("path calls", "on", "enforce"), "\nstatus 0\n"));
	CHECK(strstr(contents("log"), "raw system calls are not seen"));
	CHECK(!strstr(contents("log"), "raw(mkdir)"));
	CHECK(strstr(run("masks", "on", "enforce"), "\nstatus 0\n"));
}

static void refused(void)
{
	old_kernel();
	require = "full";
	CHECK(strstr(run("path calls", "on", "enforce"), "status 32000\n")); /* 125 */
	CHECK(strstr(contents("log"), "PRECLUDE_REQUIRE is full; write PRECLUDE_RAW=off"));
}

static void test_lacking(void **state)
{
	(void)state;
	in_child(lacking);
	in_child(refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_situations),
	    cmocka_unit_test(test_denied),
	    cmocka_unit_test(test_off),
	    cmocka_unit_test(test_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
