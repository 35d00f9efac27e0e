/* SPDX-License-Identifier: ISC */
/* Files of events, line by line, through one buffer. */
#include "tools/events/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* The library's longest line has 4 KiB; a collector may wrap it. What is longer than this is nobody's event. */
#define ROOM ((size_t)1 << 20)

struct events_stream {
	events_visit *visit;
	void *context;
	struct events_tally *tally;
	size_t kept;   /* bytes of a line that is not yet whole */
	bool skipping; /* the rest of a line that did not fit */
	char buffer[ROOM + 1];
};

static void one_line(struct events_stream *stream, char *line, char *end)
{
	struct logged event;

	stream->tally->lines++;
	*end = '\0';
	switch (events_parse(line, end, &event)) {
	case EVENTS_EVENT:
		stream->tally->events[event.kind]++;
		stream->tally->read++;
		stream->visit(stream->context, &event);
		break;
	case EVENTS_TORN:
		stream->tally->torn++;
		break;
	case EVENTS_FOREIGN:
		stream->tally->foreign++;
		break;
	case EVENTS_EMPTY:
		break;
	}
}

/* `got` more bytes are behind what was kept: visits whole lines, and keeps what is left of an unfinished one. */
static void lines(struct events_stream *stream, size_t got)
{
	char *at = stream->buffer;
	char *end = at + stream->kept + got;
	char *newline;

	stream->tally->bytes += got;
	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		if (!stream->skipping)
			one_line(stream, at, newline);
		stream->skipping = false;
		at = newline + 1;
	}
	if (at == stream->buffer && end == at + ROOM && !stream->skipping) {
		stream->tally->lines++;
		stream->tally->torn++;
		stream->skipping = true;
	}
	stream->kept = stream->skipping ? 0 : (size_t)(end - at);
	memmove(stream->buffer, at, stream->kept);
}

struct events_stream *events_begin(events_visit *visit, void *context, struct events_tally *tally)
{
	struct events_stream *stream = malloc(sizeof(*stream));

	if (stream) {
		stream->visit = visit;
		stream->context = context;
		stream->tally = tally;
		stream->kept = 0;
		stream->skipping = false;
	}
	return stream;
}

int events_more(struct events_stream *stream, int fd)
{
	for (;;) {
		ssize_t got = read(fd, stream->buffer + stream->kept, ROOM - stream->kept);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		lines(stream, (size_t)got);
	}
}

void events_end(struct events_stream *stream)
{
	/* A last line without its newline was cut off, or not: the object itself tells. */
	if (stream->kept)
		one_line(stream, stream->buffer, stream->buffer + stream->kept);
	free(stream);
}

static int read_file(struct events_stream *stream, gzFile file)
{
	int error;
	int got;

	while ((got = gzread(file, stream->buffer + stream->kept, (unsigned)(ROOM - stream->kept))) > 0)
		lines(stream, (size_t)got);
	gzerror(file, &error);
	if (got < 0)
		return error == Z_ERRNO ? -errno : -EBADMSG;
	/* The end of a compressed file is missing, just behind a whole line: what followed is lost as well. */
	if (error == Z_BUF_ERROR && !stream->kept) {
		stream->tally->lines++;
		stream->tally->torn++;
	}
	return 0;
}

int events_read(const char *path, events_visit *visit, void *context, struct events_tally *tally)
{
	struct events_stream *stream = events_begin(visit, context, tally);
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : dup(STDIN_FILENO);
	gzFile file = fd < 0 || !stream ? NULL : gzdopen(fd, "r");
	int result = -errno;

	if (file) {
		gzbuffer(file, 1 << 17);
		result = read_file(stream, file);
		gzclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	if (stream)
		events_end(stream);
	return result;
}
