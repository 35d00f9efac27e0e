/* SPDX-License-Identifier: ISC */
/*
 * One test a row of shim/libc/functions.def: whatever a program can notice of a call, and what becomes of the files, is
 * the same with and without the library, in calls that are permitted and in calls that fail by themselves.
 *
 * prog_transparent makes the calls, each time the same ones: without the library, in observe mode, in observe mode
 * with everything flagged (which takes no short cut), in enforce mode, and with what the library itself enforces, where
 * what leads elsewhere must be refused and everything else be as it was. Each runs in name spaces of its own, with
 * equal files at the same place: a tmpfs numbers its inodes from the start.
 *
 * PRECLUDE_TRANSPARENT=all: on kernels of the past as well.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/shim/wrap/transparent.h"
#include "tests/tap.h"

#define ANCHORED "PRECLUDE_ANCHOR=on", "PRECLUDE_REQUIRE=nothing"

/* `kernel`: as prog_fake_kernel has it; compared with the bare run on such a kernel. */
static const struct mode {
	const char *name, *variables[4], *kernel;
	bool enforced, confined, anchored;
} modes[] = {
    {.name = "bare"},
    {.name = "observe", .variables = {"PRECLUDE_MODE=observe"}},
    {.name = "observe all", .variables = {"PRECLUDE_MODE=observe", "PRECLUDE_FLAG=all"}},
    {.name = "enforce", .variables = {"PRECLUDE_CONFINE=off"}, .enforced = true},
    {.name = "confine", .variables = {"PRECLUDE_MODE=enforce"}, .enforced = true, .confined = true},
    {.name = "anchor", .variables = {ANCHORED}, .enforced = true, .confined = true, .anchored = true},
    {.name = "anchor alone", .variables = {ANCHORED}, .kernel = "enosys", .confined = true, .anchored = true},
    {.name = "bare, before", .kernel = "lacks:openat2:fchmodat2"},
    {.name = "anchor alone, before",
     .variables = {ANCHORED},
     .kernel = "lacks:landlock:openat2:fchmodat2",
     .confined = true,
     .anchored = true},
};
enum { BARE, OBSERVE, BARE_PAST = 7, MODES = sizeof modes / sizeof *modes };

static unsigned modes_wanted = BARE_PAST;

/* One call: "ROW\tSITUATION\tCOMPARE\tWALL\tWHAT CAME OF IT\n", in the order in which they were made. */
static char *transcripts[MODES];

static const char *const places[] = {PLACE, PLACE "/root", PLACE "/out", PLACE "/granted", PLACE "/root/mnt"};
static const char *const attributes[] = {"user.old", "user.new", "system.posix_acl_access", "system.posix_acl_default"};

static void must(bool done, const char *what)
{
	if (!done) {
		fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
		_exit(1);
	}
}

static int empty_one(const char *path, const struct stat *entry, int type, struct FTW *at)
{
	(void)type;
	/* What is mounted stays, with all that is in it when it is read-only. */
	if (at->level)
		(void)(S_ISDIR(entry->st_mode) ? rmdir(path) : unlink(path));
	return 0;
}

/* As it was made, whatever a call has done to it. */
static void restore(const char *path)
{
	static const struct timespec then[2] = {{1000, 0}, {1000, 0}};

	must(lchown(path, 0, 0) == 0 && chmod(path, 0755) == 0, "restore");
	for (unsigned i = 0; i < sizeof attributes / sizeof *attributes; i++)
		removexattr(path, attributes[i]);
	utimensat(AT_FDCWD, path, then, AT_SYMLINK_NOFOLLOW);
}

static void put_link(const char *target, const char *path)
{
	must(symlink(target, path) == 0, path);
}

static void fresh_files(enum object object)
{
	static enum object before;

	if (before == MOUNT) {
		umount2(PLACE "/root/obj", MNT_DETACH), umount2(PLACE "/root/sub/obj", MNT_DETACH);
		umount2(PLACE "/out/obj", MNT_DETACH), umount2(PLACE "/granted/obj", MNT_DETACH);
	}
	before = object;
	for (unsigned i = 1; i < 4; i++)
		nftw(places[i], empty_one, 16, FTW_DEPTH | FTW_PHYS);
	for (unsigned i = 0; i < 5; i++)
		restore(places[i]);
	restore(PLACE "/running");
	restore(PLACE "/program");
	restore(PLACE "/library");
	mkdir(PLACE "/root/sub", 0755);
	mkdir(PLACE "/root/private", 0700);
	mkdir(PLACE "/root/his", 0755);
	must(chown(PLACE "/root/his", 65534, 65534) == 0, "chown");
	tree_put_object(PLACE "/root/obj", object);
	tree_put_object(PLACE "/root/sub/obj", object);
	tree_put_object(PLACE "/out/obj", object);
	tree_put_object(PLACE "/granted/obj", object);
	tree_put_object(PLACE "/root/private/obj", FILE_);
	tree_put_object(PLACE "/root/his/obj", FILE_);
	tree_put_object(PLACE "/root/mnt/obj", FILE_);
	tree_put_object(PLACE "/root/file", FILE_);
	must(chown(PLACE "/root/his/obj", 65534, 65534) == 0, "chown");
	mkdir(PLACE "/root/dir", 0750);
	mkdir(PLACE "/root/full", 0750);
	tree_put_object(PLACE "/root/full/one", FILE_);
	mkfifo(PLACE "/root/fifo", 0644);
	mknod(PLACE "/root/socket", S_IFSOCK | 0644, 0);
	must(link(PLACE "/running", PLACE "/root/running") == 0, "link");
	put_link(PLACE "/root/sub", PLACE "/root/inlink");
	put_link(PLACE "/granted", PLACE "/root/glink");
	put_link(PLACE "/out", PLACE "/root/link");
	put_link(PLACE "/out/obj", PLACE "/root/olink");
	put_link("sub/obj", PLACE "/root/ilink");
	put_link("nothing", PLACE "/root/dangling");
	put_link("loop", PLACE "/root/loop");
	shm_unlink("/preclude-rows");
	shm_unlink("/preclude-missing");
	sem_unlink("/preclude-rows");
	sem_unlink("/preclude-missing");
	mq_unlink("/preclude-rows");
	mq_unlink("/preclude-missing");
	if (object == SHM)
		close(shm_open("/preclude-rows", O_RDWR | O_CREAT, 0600));
	if (object == SEM)
		sem_close(sem_open("/preclude-rows", O_CREAT, 0600, 1));
	if (object == MQ)
		mq_close(mq_open("/preclude-rows", O_RDWR | O_CREAT, 0600, NULL));
}

/* Name spaces of our own, the places, and a program that runs. */
static void make_places(void)
{
	void *library = dlopen("libutil.so.1", RTLD_NOW);
	struct link_map *map = NULL;

	must(unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0, "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "make mounts private");
	must(mount("tmpfs", PLACE, "tmpfs", 0, "size=64m,mode=0755") == 0, PLACE);
	must(mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=16m,mode=1777") == 0, "/dev/shm");
	must(mkdir(PLACE "/root", 0755) == 0 && mkdir(PLACE "/out", 0755) == 0 && mkdir(PLACE "/granted", 0755) == 0 &&
		 mkdir(PLACE "/root/mnt", 0755) == 0 && mkdir(PLACE "/root/ro", 0755) == 0,
	     "mkdir");
	must(mount("tmpfs", PLACE "/root/mnt", "tmpfs", 0, "size=16m,mode=0755") == 0, "mnt");
	must(mount("tmpfs", PLACE "/root/ro", "tmpfs", 0, "size=16m,mode=0755") == 0, "ro");
	tree_put_object(PLACE "/root/ro/obj", FILE_);
	must(mount(NULL, PLACE "/root/ro", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "ro");
	tree_copy("/bin/true", PLACE "/program");
	must(library && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0, "find a library");
	tree_copy(map->l_name, PLACE "/library");
	tree_copy("/bin/sleep", PLACE "/running");
	/* Process accounting is the name space's. */
	must(unshare(CLONE_NEWPID) == 0, "unshare");
}

/* The lines of `text` that `other` does not have, each behind `sign`. */
static void tell_lines(FILE *out, char sign, const char *text, const char *other)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		size_t length = (size_t)(end - text) + 1;
		const char *found = other;

		while (found && strncmp(found, text, length))
			found = strchr(found, '\n') ? strchr(found, '\n') + 1 : NULL;
		if (!found)
			fprintf(out, " | %c%.*s", sign, (int)length - 1, text);
	}
}

static char *describe(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	tree_describe_one(out, PLACE);
	tree_describe_one(out, "/dev/shm");
	fclose(out);
	return text;
}

/* One line of the transcript: control bytes would tear it. */
static void put_line(FILE *out, char *line, ssize_t length)
{
	for (ssize_t i = 0; i < length; i++)
		fputc((unsigned char)line[i] < ' ' ? '?' : line[i], out);
}

/* Answers the program's requests and writes down what comes of them, until it ends. */
static void serve(int socket, FILE *out)
{
	static char line[1 << 16], *fresh[SH + 1];
	struct request request;
	enum object object = NONE;
	ssize_t length;

	while ((length = recv(socket, line, sizeof line, 0)) > 0) {
		if (length == sizeof request && line[0] == REQUEST) {
			memcpy(&request, line, sizeof request);
			object = request.object;
			fresh_files(object);
			if (!fresh[object])
				fresh[object] = describe();
			fprintf(out, "%s\t", request.row);
			put_line(out, request.situation, (ssize_t)strlen(request.situation));
			fprintf(out, "\t%d\t%d\t%d\t%d\t%d\t", request.compare_enforced, request.wall, request.metadata,
				request.outside, request.escapes);
			must(send(socket, "", 1, 0) == 1, "answer");
			continue;
		}
		char *now = describe();
		put_line(out, line, length);
		tell_lines(out, '-', fresh[object], now);
		tell_lines(out, '+', now, fresh[object]);
		fputc('\n', out);
		free(now);
	}
}

static pid_t run_program(const struct mode *mode, int socket, char *row)
{
	char *const empty[] = {NULL};
	/* The library enters after the kernel has changed. */
	char *arguments[24] = {(char *)(uintptr_t)(BUILD_DIR "/tests/kernels/prog_fake_kernel"),
			       (char *)(uintptr_t)mode->kernel, (char *)(uintptr_t) "/usr/bin/env"};
	char **environment = arguments + 3, log[PATH_MAX];
	unsigned count = 0;
	pid_t pid;

	snprintf(log, sizeof log, "PRECLUDE_LOG=" BUILD_DIR "/tests/shim/wrap/transparent.%s.jsonl", mode->name);
	unlink(strchr(log, '=') + 1);
	environment[count++] = (char *)(uintptr_t) "PATH=/usr/bin:/bin";
	environment[count++] = (char *)(uintptr_t) "LC_ALL=C";
	if (mode->variables[0]) {
		environment[count++] = (char *)(uintptr_t)("LD_PRELOAD=" BUILD_DIR "/libpreclude.so");
		environment[count++] = (char *)(uintptr_t)("PRECLUDE_ROOTS=" PLACE "/root");
		environment[count++] = (char *)(uintptr_t)("PRECLUDE_WRITE=" PLACE "/granted:/dev/shm:/tmp");
		environment[count++] = (char *)(uintptr_t)("PRECLUDE_EXEC=" PLACE "/granted");
		environment[count++] = log;
		for (unsigned i = 0; mode->variables[i]; i++)
			environment[count++] = (char *)(uintptr_t)mode->variables[i];
	}
	environment[count++] = (char *)(uintptr_t)(BUILD_DIR "/tests/shim/wrap/prog_transparent");
	environment[count++] = row;
	pid = fork();
	if (pid == 0) {
		dup2(socket, TEST);
		for (int fd = 3; fd < TEST; fd++)
			close(fd);
		dup2(open("/dev/null", O_RDWR), 0);
		dup2(open(BUILD_DIR "/tests/shim/wrap/transparent.said", O_WRONLY | O_CREAT | O_APPEND, 0600), 1);
		dup2(1, 2);
		for (int fd = 3; fd < TEST; fd++)
			close(fd);
		if (mode->kernel)
			execve(arguments[0], arguments, empty);
		else
			execve(arguments[2], arguments + 2, empty);
		_exit(127);
	}
	return pid;
}

/* One run, in a process of its own. */
static void one_run(const struct mode *mode, int transcript, char *row)
{
	int pair[2], status;
	FILE *out = fdopen(transcript, "w");
	pid_t pid, sleeper;

	umask(022);
	strcpy(tree_top, PLACE);
	make_places();
	pid = fork();
	if (pid == 0)
		pause(); /* the first process of a name space; the others end with it */
	sleeper = fork();
	if (sleeper == 0)
		execl(PLACE "/running", "running", "1000", NULL);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "socketpair");
	pid_t program = run_program(mode, pair[1], row);
	close(pair[1]);
	serve(pair[0], out);
	waitpid(program, &status, 0);
	fclose(out);
	kill(sleeper, SIGKILL);
	kill(pid, SIGKILL);
	if (status)
		fprintf(stderr, "%s: prog_transparent ended with status %x\n", mode->name, status);
	_exit(status != 0);
}

static char *only; /* the one row that is asked for */

static int run_all(void **state)
{
	pid_t pids[MODES];
	int files[MODES], status, failed = 0;

	(void)state;
	mkdir(PLACE, 0755);
	fflush(NULL);
	for (unsigned i = 0; i < modes_wanted; i++) {
		files[i] = memfd_create(modes[i].name, 0);
		pids[i] = fork();
		if (pids[i] == 0)
			one_run(&modes[i], files[i], only);
	}
	for (unsigned i = 0; i < modes_wanted; i++) {
		off_t size;

		waitpid(pids[i], &status, 0);
		failed |= status;
		size = lseek(files[i], 0, SEEK_END);
		transcripts[i] = calloc(1, (size_t)size + 1);
		if (!transcripts[i] || pread(files[i], transcripts[i], (size_t)size, 0) != size)
			return -1;
		close(files[i]);
	}
	rmdir(PLACE);
	return failed ? -1 : 0;
}

static size_t compared, refusals;
static int failures;

/* Whether the domain, not the call, said no: to what no policy permits, mount and its kin. */
static bool never_permitted(const char *row, int wall, const char *enforced)
{
	int error = 0;

	if (wall != EPERM && strcmp(row, "acct") && strncmp(row, "mq_", 3) && strncmp(row, "__mq_", 5))
		return false;
	sscanf(enforced, "%*d errno %d", &error);
	return error == (wall == EPERM ? EPERM : EACCES);
}

/* From the word on where they differ. */
static void tell_difference(const char *row, const char *situation, const char *mode, const char *bare,
			    const char *line)
{
	size_t from = 0;

	for (size_t i = 0; bare[i] == line[i] && bare[i] != '\n'; i++)
		if (bare[i] == ' ')
			from = i + 1;
	if (++failures <= 20)
		printf("# %s, %s: not the same in %s: %.*s | bare %.*s | here %.*s\n", row, situation, mode,
		       (int)strcspn(bare, "p\n"), bare, (int)strcspn(bare + from, "\n"), bare + from,
		       (int)strcspn(line + from, "\n"), line + from);
}

static bool changed_nothing(const char *line)
{
	return !memchr(line, '|', strcspn(line, "\n"));
}

/* Refused, and nothing that was there has changed. What returns nothing, and what sets no errno, says no more. */
static bool is_refused(const char *row, const char *line)
{
	int result, error = 0;

	return sscanf(line, "%d errno %d", &result, &error) == 2 && changed_nothing(line) &&
	       ((result < 0 && (error == EACCES || !strncmp(row, "dl", 2))) || !strncmp(row, "updwtmp", 7) ||
		(result == 1 && !strncmp(row, "glob", 4)));
}

/* What fails by itself may do so first, and so may what does nothing (utimensat(2) with UTIME_OMIT twice). */
static bool failed_itself(const char *bare)
{
	return (!strncmp(bare, "-1 ", 3) || !strncmp(bare, "0 ", 2) || !strncmp(bare, "died", 4)) &&
	       changed_nothing(bare);
}

/* What is known to be otherwise on what is held. */
static bool known_to_differ(const struct mode *mode, const char *row, const char *situation)
{
	static const struct {
		const char *row, *situation;
	} rows[] = {
	    {"pathconf", "a name that is none"}, /* two errors at once: the other one */
	    {"inotify_add_watch", "no inotify"}, /* the same */
	    {"fanotify_mark", "as nobody"},      /* the same */
	    /* Who may not look above a directory cannot tell where it lies: what is unknown is refused. */
	    {"fchmod", "odd bits, a descriptor, as nobody"},
	    {"fopen", "a charset"},               /* fdopen(3) knows none */
	    {"realpath", "a path of 4096 bytes"}, /* libc walks it name by name */
	    {"__realpath_chk", "a path of 4096 bytes"},
	    {"canonicalize_file_name", "a path of 4096 bytes"},
	};

	/* Name by name there is no telling what lies in a directory that must not be searched. */
	if (strstr(mode->name, "before") && !strcmp(situation, "as nobody, a private directory"))
		return true;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(row, rows[i].row) && !strncmp(situation, rows[i].situation, strlen(rows[i].situation)))
			return true;
	return false;
}

static void compare(const char *row, const char *const *lines)
{
	int permitted, wall, metadata, outside, escapes;
	const char *behind = lines[BARE];
	char situation[200] = "";
	ptrdiff_t start;

	sscanf(lines[BARE], "%*[^\t]\t%199[^\t]\t%d\t%d\t%d\t%d\t%d", situation, &permitted, &wall, &metadata, &outside,
	       &escapes);
	for (unsigned i = 0; i < 7; i++)
		behind = strchr(behind, '\t') + 1;
	start = behind - lines[BARE];
	for (unsigned i = OBSERVE; i < modes_wanted; i++) {
		const struct mode *mode = &modes[i];
		const char *bare = lines[i > BARE_PAST ? BARE_PAST : BARE] + start, *line = lines[i] + start;
		const size_t length = strcspn(bare, "\n") + 1;
		const bool same = !strncmp(bare, line, length);

		if (i == BARE_PAST)
			continue;
		if (!strcmp(row, "syscall") && escapes)
			continue; /* getpid(2) */
		if (mode->enforced && metadata && outside && !permitted)
			continue; /* there is no descriptor to begin with */
		if ((mode->confined && metadata && outside) || (mode->anchored && escapes)) {
			refusals++;
			if (!is_refused(row, line) && !(same && failed_itself(bare)) && strncmp(bare, "missing", 7) &&
			    strcmp(row, "sendmmsg"))
				tell_difference(row, situation, mode->name, "must be refused", line);
			continue;
		}
		if (mode->enforced && (!permitted || never_permitted(row, wall, line)))
			continue;
		compared++;
		if (!same && !(mode->confined && known_to_differ(mode, row, situation)) &&
		    (strncmp(bare, "missing", 7) || strncmp(line, "-1 errno 38 ", 12)))
			tell_difference(row, situation, mode->name, bare, line);
	}
}

static void row_is_transparent(void **state)
{
	const char *row = *state;
	size_t length = strlen(row), found = 0;
	const char *at[MODES];

	failures = 0;
	for (unsigned i = 0; i < modes_wanted; i++)
		at[i] = transcripts[i];
	while (*at[BARE]) {
		size_t lengths[MODES];
		bool ours = !strncmp(at[BARE], row, length) && at[BARE][length] == '\t';

		for (unsigned i = 0; i < modes_wanted; i++) {
			lengths[i] = strcspn(at[i], "\n");
			if (!lengths[i])
				fail_msg("%s, %s: the transcript ends early", row, modes[i].name);
		}
		if (ours) {
			found++;
			compare(row, at);
		}
		for (unsigned i = 0; i < modes_wanted; i++)
			at[i] += lengths[i] + 1;
	}
	if (!found && !dlsym(RTLD_DEFAULT, row))
		SKIP("this libc has no such function");
	if (!found)
		fail_msg("%s has no row in tests/shim/wrap/rows.def", row);
	assert_int_equal(failures, 0);
}

static int count(void **state)
{
	(void)state;
	print_message("# %zu calls compared with the same without the library, %zu refused\n", compared, refusals);
	return 0;
}

#define TEST_ROW(row) {row, row_is_transparent, NULL, NULL, (void *)(uintptr_t)(row)},
static const struct CMUnitTest tests[] = {
#define FUNCTION(ret, name, ...) TEST_ROW(#name)
#define BY_HAND                  FUNCTION
#define HAND                     FUNCTION
#include "shim/libc/functions.def"
};

int main(int argc, char **argv)
{
	if (geteuid())
		return puts("1..0 # SKIP needs root: to mount file systems and to compare as other users"), 0;
	if (getenv("PRECLUDE_TRANSPARENT"))
		modes_wanted = MODES;
	if (argc == 2)
		cmocka_set_test_filter(only = argv[1]);
	return cmocka_run_group_tests_name("transparent", tests, run_all, count);
}
