/* SPDX-License-Identifier: ISC */
/*
 * What the sandbox's tests share: a policy as a user writes it, a child that is restricted by it, and a directory to
 * try things in. A domain cannot be left, so everything restricted happens in a child, which checks with CHECK and says
 * what went wrong on standard error.
 */
#ifndef PRECLUDE_TESTS_SANDBOX_FIXTURE_H
#define PRECLUDE_TESTS_SANDBOX_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/env.h"
#include "sandbox/sandbox.h"
#include "tests/tap.h"

/* In a child: true, or says where and why not. */
#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "# %s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition,                  \
				strerror(errno));                                                                      \
			return 1;                                                                                      \
		}                                                                                                      \
	} while (0)
#define CHECK_FAILS(call, error) CHECK((call) == -1 && errno == (error))

#define CANNOT 77 /* result of a child that cannot do its part here */

/* In a child: CHILD_NEEDS_ROOT("to change its root") */
#define CHILD_NEEDS_ROOT(purpose)                                                                                      \
	do {                                                                                                           \
		if (geteuid()) {                                                                                       \
			dprintf(1, "# SKIP needs root: " purpose "\n");                                                \
			return CANNOT;                                                                                 \
		}                                                                                                      \
	} while (0)

struct sandboxed {
	struct policy policy;
	struct arena arena;
	struct place *places;
	struct outcome out;
	struct refusal why;
	char warnings[4096];
};

static inline void keep_warning(void *context, const char *text)
{
	struct sandboxed *s = context;
	const size_t length = strlen(s->warnings);

	snprintf(s->warnings + length, sizeof(s->warnings) - length, "%s\n", text);
}

static inline bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* Puts the policy of an environment in force: sandbox_apply()'s word, or -2 when the policy itself is refused. */
static inline int apply_request(struct sandboxed *s, const char *const *environment, struct sandbox_request request)
{
	memset(s, 0, sizeof(*s));
	if (policy_from_env(&s->policy, (char *const *)(uintptr_t)environment, &s->arena, &s->why) != ENV_POLICY) {
		fprintf(stderr, "# the policy is refused: %s\n", s->why.text);
		return -2;
	}
	s->places = arena_alloc(&s->arena, (s->policy.grant_count + 1) * sizeof(*s->places));
	request.policy = &s->policy;
	request.arena = &s->arena;
	request.warn = keep_warning;
	request.context = s;
	request.applied = env_value((char *const *)(uintptr_t)environment, "PRECLUDE_APPLIED");
	return sandbox_apply(&request, s->places, &s->out, &s->why);
}

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})
/* APPLY(&s, "PRECLUDE_ROOTS=/x", …) */
#define APPLY(s, ...) apply_request(s, ENVIRONMENT(__VA_ARGS__), (struct sandbox_request){0})

/* "NAME=" and a path beneath the fixture's directory, kept in one of a few buffers. */
__attribute__((format(printf, 1, 2))) static inline const char *text(const char *format, ...)
{
	static char buffers[16][PATH_MAX];
	static unsigned next;
	char *buffer = buffers[next++ % 16];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, PATH_MAX, format, arguments);
	va_end(arguments);
	return buffer;
}

/* Runs the function in a child: its result, or 128 and the signal that ended it. */
static inline int in_child(int (*function)(void *), void *argument)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(function(argument));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The test is that the function returns 0 in a child. */
static inline void passes_in_child(int (*function)(void *), void *argument)
{
	const int result = in_child(function, argument);

	if (result == CANNOT)
		skip();
	assert_int_equal(result, 0);
}

/* Who is not root is nobody special already. */
static inline int drop_privileges(void)
{
	return geteuid() == 0 && (setgid(65534) || setuid(65534)) ? -1 : 0;
}

/* A fresh directory with in/ and out/, the working directory of no one; its path. */
static char scratch[PATH_MAX];

static inline int scratch_make(void **state)
{
	(void)state;
	umask(022); /* others are to come in, whatever the caller's is */
	strcpy(scratch, "/tmp/preclude-test-XXXXXX");
	if (!mkdtemp(scratch) || mkdir(text("%s/in", scratch), 0755) || mkdir(text("%s/out", scratch), 0755))
		return -1;
	return chmod(scratch, 0755);
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline int scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch, scratch_remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

static inline int touch(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

#endif
