/* SPDX-License-Identifier: ISC */
/* Runs a program under the library, and reads what it said and what the log said. */
#ifndef PRECLUDE_TESTS_SHIM_PRELOADED_H
#define PRECLUDE_TESTS_SHIM_PRELOADED_H

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/shim/tree.h"

#define CALLS_MAX 1024

struct preloaded {
	const char *const *arguments;
	void (*before)(const void *context); /* in the child, before it runs the program */
	const void *context;
	bool preload; /* false: without the library */
	bool no_base;
	char roots[PATH_MAX];
	char granted[PATH_MAX]; /* PRECLUDE_WRITE and PRECLUDE_EXEC, when not empty */
	const char *more[8];    /* NAME=VALUE, further variables */

	char said[8192]; /* on standard output */
	int status;      /* as waitpid(2) has it */
	int error;       /* of "failed ERRNO" */
	char *tree;      /* tree_describe() afterwards */
	char *log;
	json_t *events[CALLS_MAX]; /* all of them */
	unsigned event_count;
	json_t *calls[CALLS_MAX]; /* those that are `call` events, borrowed from `events` */
	unsigned call_count;
};

static char *file_text(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t size = 1 << 20, length = 0;
	char *text = malloc(size);
	ssize_t count;

	while (fd >= 0 && length < size - 1 && (count = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)count;
	if (fd >= 0)
		close(fd);
	text[length] = '\0';
	return text;
}

static inline void preloaded_parse(struct preloaded *run)
{
	run->log = file_text(tree_path("@/log"));
	for (char *line = run->log, *end; (end = strchr(line, '\n')); line = end + 1) {
		json_t *event = json_loadb(line, (size_t)(end - line), 0, NULL);

		if (end == line)
			continue;
		if (!event || run->event_count == CALLS_MAX) {
			fprintf(stderr, "no event, or too many: %.*s\n", (int)(end - line), line);
			abort();
		}
		run->events[run->event_count++] = event;
		if (!strcmp(json_string_value(json_object_get(event, "event")), "call"))
			run->calls[run->call_count++] = event;
	}
}

static inline void preloaded_run(struct preloaded *run)
{
	char roots[PATH_MAX + 32], log[PATH_MAX + 32], write[PATH_MAX + 32], exec[PATH_MAX + 32];
	char *environment[16] = {(char *)(uintptr_t) "PATH="};
	size_t count = 1, length = 0;
	ssize_t more;
	int said[2];
	pid_t pid;

	if (run->preload) {
		snprintf(roots, sizeof roots, "PRECLUDE_ROOTS=%s", run->roots);
		snprintf(log, sizeof log, "PRECLUDE_LOG=%s", tree_path("@/log"));
		snprintf(write, sizeof write, "PRECLUDE_WRITE=%s", run->granted);
		snprintf(exec, sizeof exec, "PRECLUDE_EXEC=%s", run->granted);
		environment[count++] = (char *)(uintptr_t) "LD_PRELOAD=" BUILD_DIR "/libpreclude.so";
		environment[count++] = roots;
		environment[count++] = log;
		if (run->granted[0])
			environment[count++] = write, environment[count++] = exec;
		if (run->no_base)
			environment[count++] = (char *)(uintptr_t) "PRECLUDE_BASE=none";
	}
	for (unsigned i = 0; run->more[i]; i++)
		environment[count++] = (char *)(uintptr_t)run->more[i];
	unlink(tree_path("@/log"));
	if (pipe2(said, O_CLOEXEC))
		abort();
	pid = fork();
	if (pid == 0) {
		dup2(said[1], 1);
		if (run->before)
			run->before(run->context);
		execve(run->arguments[0], (char *const *)(uintptr_t)run->arguments, environment);
		_exit(92);
	}
	close(said[1]);
	while ((more = read(said[0], run->said + length, sizeof run->said - 1 - length)) > 0)
		length += (size_t)more;
	close(said[0]);
	waitpid(pid, &run->status, 0);
	sscanf(run->said, "failed %d", &run->error);
	run->tree = tree_describe();
	if (run->preload)
		preloaded_parse(run);
}

/* Whether a frame of the event lies in an object whose path ends so. */
static inline bool preloaded_frame(json_t *event, const char *end)
{
	json_t *frame;
	size_t i;

	json_array_foreach(json_object_get(event, "frames"), i, frame)
	{
		const char *object = json_string_value(json_object_get(frame, "object"));

		if (object && strlen(object) >= strlen(end) && !strcmp(object + strlen(object) - strlen(end), end))
			return true;
	}
	return false;
}

static inline void preloaded_free(struct preloaded *run)
{
	for (unsigned i = 0; i < run->event_count; i++)
		json_decref(run->events[i]);
	free(run->tree);
	free(run->log);
}

#endif
