/* SPDX-License-Identifier: ISC */
/* The one way of a call through the shim. */
#include "shim/judge/perform.h"

#include <errno.h>
#include <stdarg.h>

#include "shim/judge/act.h"
#include "shim/judge/ancestors.h"
#include "shim/judge/fast_path.h"
#include "shim/libc/rights_of.h"
#include "shim/locate/holdings.h"
#include "shim/locate/narrowed.h"

/* A call on its way. */
struct call {
	const struct row *row;
	const long *arg;
	struct called by;
	struct asked asked;
	const char *path, *path2;
	int dir, dir2;
};

/* Metadata asks for a right that the kernel knows nothing of. */
static uint64_t metadata_right(const struct call *call)
{
	return call->asked.does == DOES_METADATA ? shim.metadata : 0;
}

/* Whether nothing is to be found out, by what is known already. No system call, but one for a descriptor. */
static bool is_plain(const struct call *call)
{
	const struct row *row = call->row;
	const uint64_t right = call->asked.right | metadata_right(call);

	if (row->path == NO && !row->text)
		return shim.quiet && created_holds(call->dir);
	return unresolved(call->asked.does, call->asked.right) ||
	       (plain(call->dir, call->path, call->asked.follow, right) &&
		(row->path2 == NO || plain(call->dir2, call->path2, false, right)));
}

static bool is_quick(const struct call *call)
{
	if (call->row->path2 != NO || call->asked.opens)
		return false;
	return call->asked.does == DOES_METADATA ? form_on_object(call->row->form)
						 : call->asked.does == DOES_LOOK && !call->asked.right;
}

/* The errors that come before the path is looked at win: EBADF and ENOENT are what a call on nothing says of that. */
static bool is_of_no_path(int error)
{
	return error == EBADF || error == ENOENT;
}

/* What the short ways need of a path: where it leads is not known yet, and not asked for. */
static void start(struct watch_path *at, const struct call *call)
{
	at->path = call->path;
	at->dir = call->dir;
	at->follow = call->asked.follow;
	at->placed = at->dir_known = false;
	at->pinned = -1;
	at->entry = NULL;
}

/* The short way, where there is one and it gets there. */
static bool go_quick(const struct call *call, long *result)
{
	const struct row *row = call->row;
	struct watch watch;
	int reason;

	watch.two = watch.confined = false;
	watch.error = 0;
	watch.does = call->asked.does;
	start(&watch.at, call);
	switch (fast_find(&watch.at, metadata_right(call), call->asked.does == DOES_LOOK, form_on_object(row->form),
			  &reason)) {
	case FAST_AS_IS:
		*result = act_as_given(row, call->asked.does, call->arg);
		return true;
	case FAST_FAILED:
		*result = row->sure ? act_failure(row) : act_on_held(&watch, row, call->arg);
		if (row->sure || is_of_no_path(errno))
			errno = reason;
		return true;
	case FAST_HELD:
		*result = act_on_held(&watch, row, call->arg);
		sys(SYS_close, watch.at.pinned);
		return true;
	case FAST_NOT:
		break;
	}
	return false;
}

static enum act what_it_can(const struct row *row)
{
	return row->form == FORM_NONE      ? ACT_BY_PATH
	       : row->form >= FORM_OPENED  ? ACT_OPEN
	       : form_on_object(row->form) ? ACT_STAT
					   : ACT_HELD;
}

/* Refused, or in vain: made on nothing, for the errors that come first. */
static long go_nowhere(struct watch *watch, const struct call *call, enum act act)
{
	const struct row *row = call->row;
	const bool try = (act == ACT_HELD || act == ACT_STAT) && !row->sure;
	struct watch nothing = *watch;
	long result = act_failure(row);

	pin_void(&nothing);
	if (try)
		result = act_on_held(&nothing, row, call->arg);
	if (try && !act_failed(row, result)) /* nothing was asked for */
		watch->confined = false;
	else if (!try || is_of_no_path(errno))
		errno = watch->error;
	else
		watch->confined = false;
	/* An empty path is missing, wherever it starts. */
	if (row->dir == NO && !watch->two && watch->at.path && !*watch->at.path) {
		watch->confined = false;
		errno = ENOENT;
	}
	return result;
}

static long go_watched(const struct call *call)
{
	const struct row *row = call->row;
	const enum act act = what_it_can(row);
	struct watch watch =
	    WATCH_AS(call->by, call->dir, call->path, call->asked.follow, call->asked.does, call->asked.right);
	long result;

	watch.two = row->path2 != NO;
	watch.nameless = open_nameless(call->asked.flags);
	watch.to.dir = call->dir2;
	watch.to.path = call->path2;
	if (row->form == FORM_OPENED && open_said(&watch, call->asked.flags, call->asked.mode, &result)) {
		watch_after(&watch, result < 0);
		return result;
	}
	watch_before(&watch, act);
	if (watch.opens) {
		result = act_opened(&watch, row, &call->asked, call->arg);
	} else if (watch.error) {
		result = go_nowhere(&watch, call, act);
	} else if (act != ACT_BY_PATH && (watch.at.pinned >= 0 || watch.to.pinned >= 0)) {
		result = act_on_held(&watch, row, call->arg);
		if (watch.confined)
			errno = EACCES;
	} else {
		result = act_as_given(row, call->asked.does, call->arg);
	}
	if (row->form == FORM_OPENED && !watch.confined)
		result = ancestors_or(&watch, call->asked.flags, (int)result);
	watch_after(&watch, act_failed(row, result));
	return result;
}

static long go(const struct call *call)
{
	struct watch_path at;
	long result;

	if (is_plain(call))
		return act_as_given(call->row, call->asked.does, call->arg);
	if (call->row->form == FORM_OPENED && shim.beneath) {
		start(&at, call);
		if (open_beneath(&at, call->asked.flags, call->asked.mode, &result))
			return result;
	}
	if (is_quick(call) && go_quick(call, &result))
		return result;
	return go_watched(call);
}

/* What a descriptor's number stands for is noted, where that is known best. */
static long go_noting(const struct call *call)
{
	const int flags = call->asked.flags, dir = call->dir;
	const bool makes = call->row->form == FORM_TEMPORARY
			       ? call->asked.right & FS(WRITE_FILE)
			       : (flags & (O_CREAT | O_EXCL | O_PATH)) == (O_CREAT | O_EXCL);
	const uint32_t narrow = makes ? narrow_root() : 0;
	const uint64_t sealed = call->asked.opens && opens_directory(flags) ? dir_cache_sealed(dir) : DIR_MOVING;
	const long result = go(call);

	if (makes)
		created_keep((int)result, narrow);
	else
		dir_cache_fd_opened((int)result, dir, sealed);
	return result;
}

long perform_row(const struct row *row, struct called by, const long *arg)
{
	const struct call call = {
	    .row = row,
	    .arg = arg,
	    .by = by,
	    .asked = operation_asks(row, arg),
	    .dir = row->dir == NO ? CWD : (int)arg[(int)row->dir],
	    .path = operation_path(row, arg),
	    .dir2 = row->dir2 == NO ? CWD : (int)arg[(int)row->dir2],
	    .path2 = row->path2 == NO ? NULL : (const char *)arg[(int)row->path2],
	};

	return row->form == FORM_OPENED || row->form == FORM_TEMPORARY ? go_noting(&call) : go(&call);
}

long perform(enum function function, uintptr_t caller, ...)
{
	const struct row *row = operation_of(function);
	long arg[WORDS];
	va_list list;

	if (!function_find(function))
		return errno = ENOSYS, act_failure(row);
	/* As syscall(2) reads its own: what the function does not take is not used. */
	va_start(list, caller);
	for (unsigned i = 0; i < WORDS; i++)
		arg[i] = va_arg(list, long);
	va_end(list);
	return perform_row(row, (struct called){function_name(function), caller}, arg);
}
