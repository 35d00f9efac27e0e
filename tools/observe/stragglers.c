/* SPDX-License-Identifier: ISC */
/*
 * Who is left is asked without touching the tree: a subreaper would be seen by a daemon that waits until its parent is
 * init, and a pipe that all inherit by whoever looks at its descriptors.
 *
 * Two answers, since each has a gap: a process that is in the middle of execve(2) has the log not open yet, and one
 * that cleared its environment has it open all the same.
 */
#include "tools/observe/stragglers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ENVIRON_ROOM                                                                                                   \
	((size_t)1 << 18) /* ours is put in by setenv(3), near the front or the end; most are far smaller */

/* The kernel grants no read lease on what somebody has open for writing. */
static bool written(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

/* Whether the environment of a process has `entry`, its NUL included. */
static bool has_entry(const char *pid, const char *entry, char *room)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, room, ENVIRON_ROOM);
	close(fd);
	return length > 0 && memmem(room, (size_t)length, entry, strlen(entry) + 1);
}

static bool inherited(const char *log)
{
	DIR *processes = opendir("/proc");
	char *room = malloc(ENVIRON_ROOM);
	struct dirent *process;
	char *entry = NULL;
	bool found = false;

	if (processes && room && asprintf(&entry, "PRECLUDE_LOG=%s", log) > 0) {
		while (!found && (process = readdir(processes))) {
			if (isdigit((unsigned char)process->d_name[0]) && atoi(process->d_name) != getpid())
				found = has_entry(process->d_name, entry, room);
		}
	}
	if (processes)
		closedir(processes);
	free(room);
	free(entry);
	return found;
}

bool stragglers(int fd, const char *path)
{
	const struct timespec moment = {.tv_nsec = 5000000};

	if (written(fd) || inherited(path))
		return true;
	/* Its memory being exchanged, a process has neither. */
	nanosleep(&moment, NULL);
	return written(fd) || inherited(path);
}
