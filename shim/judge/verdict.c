/* SPDX-License-Identifier: ISC */
/* From facts to words: what is said of a call, and whether it is said. */
#include "shim/judge/verdict.h"

#include <errno.h>

#include "shim/base/context.h" /* FS() and the RIGHT_* bits */

/* What the call really asks of what is there: reading a directory is another right, and only what is missing is made.
 */
static uint64_t asked(const struct verdict *verdict, uint64_t right)
{
	if (verdict->directory && (right & FS(READ_FILE)))
		right = (right & ~FS(READ_FILE)) | FS(READ_DIR);
	if (verdict->exists && !verdict->directory)
		right &= ~FS(READ_DIR);
	if (verdict->exists && (right & (FS(READ_FILE) | FS(WRITE_FILE))))
		right &= ~FS(MAKE_REG);
	if (verdict->exists && !verdict->regular)
		right &= ~FS(TRUNCATE);
	return right & (verdict->in_force | RIGHT_NEVER);
}

static bool domain_error(const struct verdict *verdict, uint64_t right, int error)
{
	return error == EACCES || (error == EXDEV && verdict->two) || (error == EPERM && (right & RIGHT_NEVER));
}

void verdict_judge(struct verdict *verdict, uint64_t right, int error)
{
	uint64_t asks = asked(verdict, right);
	uint64_t lacking = asks & ~verdict->rights;

	verdict->asks = asks & RIGHTS_MASK;
	verdict->by = BY_NONE;
	verdict->effect = error ? EFFECT_FAILED : EFFECT_PASSED;
	if (verdict->confined) {
		verdict->effect = EFFECT_DENIED;
		verdict->by = BY_CONFINE;
	} else if (verdict->enforced && lacking) {
		/* What libc makes of a hidden refusal (popen: ENOMEM) says nothing. */
		if (domain_error(verdict, right, error) || (verdict->exists && (right & RIGHT_HIDDEN))) {
			verdict->effect = EFFECT_DENIED;
			verdict->by = BY_LANDLOCK;
		} else if (!error && !(lacking & RIGHT_NEVER)) {
			/* The kernel let pass what the explanation says it must not: somebody moved something. */
			verdict->where = WHERE_UNKNOWN;
		}
	} else if (!verdict->enforced && (lacking || verdict->against) && !error) {
		verdict->effect = EFFECT_WOULD_DENY;
	}
	verdict->doubtful = verdict->enforced && error == EACCES && !lacking && !verdict->confined &&
			    (right & verdict->in_force) && verdict->where <= WHERE_GRANTED;
	verdict->escape = verdict->from_root && verdict->where != WHERE_INSIDE;
}

void verdict_doubt(struct verdict *verdict)
{
	verdict->where = WHERE_UNKNOWN;
	verdict->escape = verdict->from_root;
}

bool verdict_objects(const struct call_event *event, unsigned flags)
{
	bool denied = event->effect == EFFECT_DENIED || event->effect == EFFECT_WOULD_DENY;

	return (flags & FLAG_OBJECTS) && (event->asks || event->does == DOES_METADATA) &&
	       (event->where != WHERE_INSIDE || denied);
}

/* A path from elsewhere that leads to nothing, as of the .popt of a daemon's HOME, is nobody's business. */
static bool finds_nothing(const struct call_event *event)
{
	return event->from == FROM_ELSEWHERE && (event->error == ENOENT || event->error == ENOTDIR);
}

bool verdict_flagged(const struct call_event *event, unsigned flags)
{
	bool looks = does_look(event->does);
	bool astray = (event->where == WHERE_OUTSIDE || event->where == WHERE_UNKNOWN) && !finds_nothing(event);

	if (flags & FLAG_ALL)
		return true;
	if ((flags & FLAG_UNANCHORED) && event->how == HOW_UNANCHORED)
		return true;
	if ((flags & FLAG_LOOKS) && looks && (astray || event->escape))
		return true;
	if (verdict_objects(event, flags))
		return true;
	return (flags & FLAG_OUTSIDE) && (event->effect == EFFECT_DENIED || event->effect == EFFECT_WOULD_DENY ||
					  ((astray || event->escape) && !looks));
}
