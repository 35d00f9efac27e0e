/* SPDX-License-Identifier: ISC */
/* A log that the user named on the command line: what cannot be one is refused. */
#include <errno.h>
#include <string.h>

#include "tools/cli/tools.h"
#include "tools/events/events.h"

void events_read_log(const char *path, events_visit *visit, void *context, struct events_tally *tally)
{
	const struct events_tally before = *tally;
	int error = events_read(path, visit, context, tally);

	if (error == -EBADMSG)
		refused("%s: damaged: not a whole gzip file", path);
	if (error)
		refused("%s: %s", path, strerror(-error));
	/* An empty log is a log, and so is one of which only a cut line is left. */
	if (tally->read == before.read && tally->foreign > before.foreign)
		refused(
		    "%s: not a log: none of its %llu line%s is an event; preclude reads logs of PRECLUDE_FORMAT=json",
		    path, (unsigned long long)(tally->lines - before.lines),
		    tally->lines - before.lines == 1 ? "" : "s");
}
