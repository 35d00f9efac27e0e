/* SPDX-License-Identifier: ISC */
/* Files of events, line by line, through one buffer. */
#include "tools/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* The library's longest line has 4 KiB; a collector may wrap it. What is longer than this is nobody's event. */
#define ROOM ((size_t)1 << 20)

struct reader {
	events_visit *visit;
	void *context;
	struct events_tally *tally;
	bool skipping; /* the rest of a line that did not fit */
};

static void one_line(struct reader *reader, char *line, char *end)
{
	struct logged event;

	reader->tally->lines++;
	*end = '\0';
	switch (events_parse(line, end, &event)) {
	case EVENTS_EVENT:
		reader->tally->events[event.kind]++;
		reader->visit(reader->context, &event);
		break;
	case EVENTS_TORN:
		reader->tally->torn++;
		break;
	case EVENTS_FOREIGN:
		reader->tally->foreign++;
		break;
	case EVENTS_EMPTY:
		break;
	}
}

/* Whole lines of `buffer`; what is left of an unfinished one moves to its front. Returns how much that is. */
static size_t lines(struct reader *reader, char *buffer, size_t length)
{
	char *at = buffer;
	char *newline;

	while ((newline = memchr(at, '\n', length - (size_t)(at - buffer)))) {
		if (!reader->skipping)
			one_line(reader, at, newline);
		reader->skipping = false;
		at = newline + 1;
	}
	length -= (size_t)(at - buffer);
	if (length == ROOM || reader->skipping) {
		if (!reader->skipping) {
			reader->tally->lines++;
			reader->tally->torn++;
		}
		reader->skipping = true;
		return 0;
	}
	memmove(buffer, at, length);
	return length;
}

static int read_all(struct reader *reader, gzFile file, char *buffer)
{
	size_t kept = 0;
	int error;

	for (;;) {
		int got = gzread(file, buffer + kept, (unsigned)(ROOM - kept));

		if (got < 0) {
			gzerror(file, &error);
			return error == Z_ERRNO ? -errno : -EBADMSG;
		}
		if (got == 0)
			break;
		reader->tally->bytes += (uint64_t)got;
		kept = lines(reader, buffer, kept + (size_t)got);
	}
	/* A last line without its newline was cut off, or not: the object itself tells. */
	if (kept)
		one_line(reader, buffer, buffer + kept);
	return 0;
}

int events_read(const char *path, events_visit *visit, void *context, struct events_tally *tally)
{
	struct reader reader = {.visit = visit, .context = context, .tally = tally};
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : dup(STDIN_FILENO);
	char *buffer = malloc(ROOM + 1);
	gzFile file = fd < 0 ? NULL : gzdopen(fd, "r");
	int result = -errno;

	if (file && buffer) {
		gzbuffer(file, 1 << 17);
		result = read_all(&reader, file, buffer);
	}
	if (file)
		gzclose(file);
	else if (fd >= 0)
		close(fd);
	free(buffer);
	return result;
}
