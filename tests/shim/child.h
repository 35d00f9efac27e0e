/* SPDX-License-Identifier: ISC */
/*
 * For tests of what a process does with its descriptors, signals and limits: each situation gets a process of its own,
 * a directory of its own and, where it needs one, a syslogd of its own.
 */
#ifndef PRECLUDE_TESTS_SHIM_CHILD_H
#define PRECLUDE_TESTS_SHIM_CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/base/process.h"
#include "shim/log/log.h"
#include "tests/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* In a child process: says on cmocka's own standard error, kept as descriptor 100, what was expected. */
#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			dprintf(100, "# %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                         \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)

#define CANNOT 77 /* exit status of a child whose situation cannot be made here */

/* In a child: the situation is skipped unless the user is root. */
#define CHILD_NEEDS_ROOT(purpose)                                                                                      \
	do {                                                                                                           \
		if (geteuid()) {                                                                                       \
			dprintf(101, "# SKIP needs root: " purpose "\n");                                              \
			_exit(CANNOT);                                                                                 \
		}                                                                                                      \
	} while (0)

/* For root a tmpfs of its own over `name`, which nobody else sees and which ends with the child. */
static inline void own_file_system(const char *name)
{
	if (geteuid() == 0 && (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			       mount("tmpfs", name, "tmpfs", 0, "size=16m,mode=0755"))) {
		dprintf(101, "# SKIP no file systems can be mounted here\n");
		_exit(CANNOT);
	}
	CHECK(chdir(name) == 0);
}

/* nftw(3)'s function. */
static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

/* Runs `situation` in a child, its working directory empty and its own. */
static inline void in_child(void (*situation)(void))
{
	char name[] = "/tmp/preclude-test-XXXXXX";
	int status;
	pid_t child;

	umask(022); /* whatever the caller's is */
	assert_non_null(mkdtemp(name));
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(2, 100);
		fcntl(100, F_SETFD, FD_CLOEXEC);
		dup2(1, 101);
		fcntl(101, F_SETFD, FD_CLOEXEC);
		alarm(patience(60));
		own_file_system(name);
		process_init();
		log_identify("tested");
		situation();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	nftw(name, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A policy that is nothing but a log. */
static inline struct policy logging(enum log_sink kind, const char *path, int fd, enum log_format format)
{
	return (struct policy){.log = kind, .log_path = path, .log_fd = fd, .format = format, .frames = 6};
}

static inline void open_log(enum log_sink kind, const char *path, int fd, enum log_format format)
{
	struct policy policy = logging(kind, path, fd, format);
	struct refusal why = {.text = ""};
	int rule;

	if (log_open(&policy, true, &rule, &why) < 0)
		dprintf(100, "# %s\n", why.text);
	CHECK(why.text[0] == '\0');
}

static inline void log_path_call(const char *path)
{
	struct call_event call = {.func = "open",
				  .path = path,
				  .resolved = path,
				  .where = WHERE_OUTSIDE,
				  .from = FROM_ELSEWHERE,
				  .does = DOES_OPEN,
				  .effect = EFFECT_DENIED,
				  .by = BY_LANDLOCK,
				  .error = EACCES};

	log_call(&call);
}

/* Everything that a file holds, as a string. */
static inline const char *contents(const char *path)
{
	static char text[1 << 23];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0, more = 0;

	CHECK(fd >= 0);
	while ((more = read(fd, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += more;
	CHECK(more == 0);
	close(fd);
	text[length] = '\0';
	return text;
}

/* Counts the events of one kind in JSON lines, each of which must parse; NULL counts all. */
static inline size_t events(const char *text, const char *kind)
{
	size_t count = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		json_t *event = json_loadb(text, length, 0, NULL);

		CHECK(text[length] == '\n');
		CHECK(event != NULL);
		count += !kind || !strcmp(json_string_value(json_object_get(event, "event")), kind);
		json_decref(event);
		text += length + 1;
	}
	return count;
}

/* A syslogd at /dev/log, in a /dev that only this child sees. Returns its socket, above what programs look at. */
static inline int fake_syslogd(void)
{
	struct sockaddr_un name = {AF_UNIX, "/dev/log"};
	int low = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int fd = fcntl(low, F_DUPFD_CLOEXEC, 110);

	CHILD_NEEDS_ROOT("to mount a /dev with a syslogd of its own");
	close(low);
	if (access("/dev/null", F_OK) == 0 && access("/dev/.ours", F_OK) != 0) {
		CHECK(mount("tmpfs", "/dev", "tmpfs", 0, "size=64k,mode=0755") == 0);
		CHECK(mknod("/dev/.ours", S_IFREG | 0600, 0) == 0);
		CHECK(mknod("/dev/null", S_IFCHR | 0666, (1 << 8) | 3) == 0);
	}
	unlink("/dev/log"); /* of the one before, in the /dev that was mounted here */
	CHECK(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
	return fd;
}

/* The next message, or NULL. */
static inline const char *message(int syslogd)
{
	static char text[8192];
	ssize_t length = recv(syslogd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[length < 0 ? 0 : length] = '\0';
	return length < 0 ? NULL : text;
}

static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
