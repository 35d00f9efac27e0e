/* SPDX-License-Identifier: ISC */
/* The call itself, as it was given or on what is held. */
#include "shim/judge/act.h"

#include <errno.h>
#include <string.h>

#include "shim/judge/pin_xattr.h"
#include "shim/libc/gate_call.h"

/* struct timespec as this libc's own utimensat has it. */
#if defined(SYS_utimensat_time64) && !defined(__GLIBC__)
#define SYS_UTIMENSAT SYS_utimensat_time64
#else
#define SYS_UTIMENSAT SYS_utimensat
#endif

void *open_stream(int fd, const char *mode) __asm__("fdopen"); /* <stdio.h> and <dirent.h> declare what is wrapped */
void *open_directory(int fd) __asm__("fdopendir");

static long call(const struct row *row, int callee, enum does does, const long *arg)
{
	long result;

	if (!row->number) {
		result = function_call((enum function)callee, arg);
		return row->result == RESULT_INT ? (int)result : result;
	}
	if (!shim.gate || does != DOES_METADATA)
		return real.syscall(callee, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	result = gate_call(callee, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	return result < 0 ? (errno = (int)-result, -1) : result;
}

long act_as_given(const struct row *row, enum does does, const long *arg)
{
	return call(row, row->callee, does, arg);
}

/* Room for the names of what is held. */
struct names {
	char at[HELD_TEXT], to[HELD_TEXT];
};

/* What is held, in the words of the call itself: as directory and name, or where it takes no directory, as text. */
static void put(struct watch *watch, const struct watch_path *at, int dir, int path, long *arg, char *room)
{
	if (dir != NO) {
		arg[dir] = pin_dir(at);
		arg[path] = (long)pin_name(at, room);
	} else if (at->pinned >= 0) {
		arg[path] = (long)pin_text(watch, at, room);
	} else if (at->dir == NOTHING) {
		arg[path] = (long)"";
	}
}

/* By the library's own /proc, where the process sees none. */
struct unseen {
	const struct row *row;
	int callee;
	enum does does;
	long *arg;
};

static long call_beside(void *given)
{
	const struct unseen *this = given;

	/* No result of such a call is less than -1. */
	return call(this->row, this->callee, this->does, this->arg);
}

static long from_own_proc(struct watch *watch, const struct row *row, int callee, long *arg)
{
	struct names room;
	long result;

	if (row->dir == NO && watch->at.pinned >= 0)
		arg[(int)row->path] = (long)pin_beside(&watch->at, "thread-self/fd/", room.at);
	if (watch->two && row->dir2 == NO && watch->to.pinned >= 0)
		arg[(int)row->path2] = (long)pin_beside(&watch->to, "thread-self/fd/", room.to);
	result = beside_proc(call_beside, &(struct unseen){row, callee, watch->does, arg});
	if (result == -ECHILD)
		return errno = watch->error, act_failure(row);
	watch->error = 0;
	watch->confined = false;
	return result;
}

/* The same of a call that asks for the name itself: by the one that the kernel has for it, if that leads to it. */
static long by_own_name(struct watch *watch, const struct row *row, long *arg)
{
	struct scratch *scratch = scratch_map();
	struct identity held, there;
	long result = act_failure(row);

	if (scratch)
		place_name(watch->at.pinned, scratch->resolved);
	if (scratch && sys_identity(watch->at.pinned, &held) == 0 &&
	    sys_identity_at(AT_FDCWD, scratch->resolved, SYMLINK_NOFOLLOW, &there) == 0 &&
	    identity_same(&held, &there)) {
		arg[(int)row->path] = (long)scratch->resolved;
		result = call(row, row->callee, watch->does, arg);
		watch->error = 0;
		watch->confined = false;
	} else {
		errno = watch->error;
	}
	scratch_unmap(scratch);
	return result;
}

static long same(struct watch *watch, const struct row *row, int callee, const long *given)
{
	const int error = watch->error;
	struct names room;
	long arg[WORDS];

	memcpy(arg, given, sizeof arg);
	put(watch, &watch->at, row->dir, row->path, arg, room.at);
	if (watch->two)
		put(watch, &watch->to, row->dir2, row->path2, arg, room.to);
	/* The name of an object itself must be followed, however it was found. */
	if (watch->at.pinned >= 0 && !watch->at.entry && row->follow == FOLLOW_UNLESS)
		arg[(int)row->flags] &= ~(long)row->flag;
	else if (watch->at.pinned >= 0 && !watch->at.entry && row->follow == FOLLOW_WHEN)
		arg[(int)row->flags] |= row->flag;
	if (watch->error != error && row->form == FORM_XATTR)
		return xattr_unseen(watch, row, given);
	if (watch->error != error && row->result == RESULT_POINTER && row->form == FORM_SAME)
		return by_own_name(watch, row, arg);
	if (watch->error != error)
		return from_own_proc(watch, row, callee, arg);
	return call(row, callee, watch->does, arg);
}

/* By a function that takes a directory before each path. */
static long by_at(const struct watch *watch, const struct row *row, const long *given)
{
	struct names room;
	long arg[WORDS + 2];
	unsigned words = 0;

	for (int i = 0; words < WORDS; i++) {
		const struct watch_path *at = i == row->path ? &watch->at : i == row->path2 ? &watch->to : NULL;

		if (at)
			arg[words++] = pin_dir(at);
		arg[words++] = at ? (long)pin_name(at, at == &watch->at ? room.at : room.to) : given[i];
	}
	if (row->position)
		arg[(int)row->position] = row->value;
	return call(row, row->other, watch->does, arg);
}

/* A stat by path, of the descriptor. */
static long on_object(const struct watch *watch, const struct row *row, const long *given)
{
	const int path = row->path;
	long arg[WORDS] = {0};

	memcpy(arg, given, (size_t)path * sizeof *arg);
	arg[path] = watch->at.pinned;
	arg[path + 1] = (long)"";
	arg[path + 2] = given[path + 1];
	arg[path + 3] = EMPTY_PATH;
	return call(row, row->other, watch->does, arg);
}

/* On a descriptor the kernel lets flags pass that it refuses with a path (Linux 6.18, seen): then the path it is. */
static long on_object_at(struct watch *watch, const struct row *row, const long *given)
{
	const int flags = (int)given[(int)row->position];
	long arg[WORDS];

	if (flags & ~(SYMLINK_NOFOLLOW | NO_AUTOMOUNT | EMPTY_PATH | row->value))
		return same(watch, row, row->callee, given);
	memcpy(arg, given, sizeof arg);
	arg[(int)row->dir] = watch->at.pinned;
	arg[(int)row->path] = (long)"";
	arg[(int)row->position] = (flags & ~SYMLINK_NOFOLLOW) | EMPTY_PATH;
	return call(row, row->callee, watch->does, arg);
}

/*
 * On a descriptor the kernel says ENOENT of what is not a symlink (namei.c, readlinkat(2)). What _FORTIFY_SOURCE ends
 * the program for, its own function is asked about.
 */
static long read_link(const struct watch *watch, const struct row *row, const long *given)
{
	const long *const behind = given + row->path + 1;
	const size_t size = (size_t)behind[1];
	ssize_t length;

	if (row->value && size > (size_t)behind[2])
		return call(row, row->callee, watch->does, given);
	length = real.readlinkat(watch->at.pinned, "", (char *)behind[0], size);
	if (length < 0 && errno == ENOENT)
		errno = EINVAL;
	return length;
}

static int answer(long result)
{
	if (result >= 0)
		return 0;
	errno = (int)-result;
	return -1;
}

/*
 * fchmodat2(2) with AT_EMPTY_PATH (Linux 6.6) is three times cheaper than the way through /proc; a sandbox that does
 * not know it may say EPERM. Another library behind us is to see the call, and flags are for libc to judge.
 */
static int change_mode(const struct watch_path *at, mode_t mode, int flags)
{
	if (real_is_libc && !(flags & ~SYMLINK_NOFOLLOW)) {
		long result = gate_sys(SYS_fchmodat2, at->pinned, "", mode, EMPTY_PATH);

		if (result != -ENOSYS && result != -EPERM)
			return answer(result);
	}
	return real.fchmodat(DIR(*at), NAME(*at), mode, flags & ~SYMLINK_NOFOLLOW);
}

static int change_owner(const struct watch_path *at, uid_t uid, gid_t gid, int flags)
{
	if (real_is_libc)
		return real.fchownat(at->pinned, "", uid, gid, (flags & ~SYMLINK_NOFOLLOW) | EMPTY_PATH);
	return real.fchownat(DIR(*at), NAME(*at), uid, gid, flags & ~SYMLINK_NOFOLLOW);
}

/* On a descriptor from Linux 5.8 on; before, and for times that are none, it is EINVAL. */
static int set_times(const struct watch_path *at, const struct timespec *times, int flags)
{
	if (real_is_libc && !(flags & ~SYMLINK_NOFOLLOW)) {
		long result = gate_sys(SYS_UTIMENSAT, at->pinned, "", times, EMPTY_PATH);

		if (result != -EINVAL)
			return answer(result);
	}
	return real.utimensat(DIR(*at), NAME(*at), times, flags & ~SYMLINK_NOFOLLOW);
}

/* struct utimbuf is two time_t, read here as libc reads them: what cannot be read ends the program, there as here. */
static int set_times_seconds(const struct watch_path *at, const struct utimbuf *times)
{
	const long *seconds = (const long *)times;
	long pairs[4] = {0};

	if (!times)
		return real.futimesat(DIR(*at), NAME(*at), NULL);
	pairs[0] = seconds[0];
	pairs[2] = seconds[1];
	return real.futimesat(DIR(*at), NAME(*at), (const struct timeval *)pairs);
}

#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
static int set_times_64(const struct watch_path *at, const void *times)
{
	const int64_t *seconds = times;
	int64_t pairs[4] = {0};

	if (!times)
		return real.__futimesat64(DIR(*at), NAME(*at), NULL);
	pairs[0] = seconds[0];
	pairs[2] = seconds[1];
	return real.__futimesat64(DIR(*at), NAME(*at), pairs);
}
#endif

/* remove(3) */
static int remove_entry(const struct watch_path *at)
{
	if (real.unlinkat(DIR(*at), NAME(*at), 0) == 0)
		return 0;
	return errno == EISDIR ? real.unlinkat(DIR(*at), NAME(*at), REMOVEDIR) : -1;
}

/* As mkstemp(3): 62 letters, 6 places, and as often as glibc tries (TMP_MAX is 62^3). */
static int make_temporary(struct watch_path *at, char *template, int suffix, int flags, bool directory)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const size_t length = strlen(template);
	char *places = template + length - 6 - (size_t)(suffix < 0 ? 0 : suffix);

	if (suffix < 0 || length < 6 + (size_t)suffix || memcmp(places, "XXXXXX", 6) != 0)
		return errno = EINVAL, -1;
	if (at->pinned >= 0)
		pin_move(at);
	for (unsigned tries = 0; tries < 62 * 62 * 62; tries++) {
		uint64_t dice = 0;
		int result;

		sys(SYS_getrandom, &dice, sizeof dice, 1 /* GRND_NONBLOCK: early in the boot it stays 0 */);
		dice += tries;
		for (unsigned i = 0; i < 6; i++, dice /= 62)
			places[i] = letters[dice % 62];
		result = directory
			     ? real.mkdirat(DIR(*at), NAME(*at), 0700)
			     : real.openat(DIR(*at), NAME(*at), (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
		if (result >= 0 || errno != EEXIST)
			return result;
	}
	return -1;
}

static long temporary(struct watch *watch, const struct row *row, const long *given)
{
	const long *behind = given + row->path + 1;
	char *const template = (char *)given[(int)row->path];
	const int suffix = row->value & HAS_SUFFIX ? (int)*behind++ : 0;
	const int flags = row->value & HAS_FLAGS ? (int)*behind : 0;
	const int result =
	    make_temporary(&watch->at, template, suffix, flags | (row->value & O_LARGEFILE), row->value & IS_DIRECTORY);

	return !(row->value & IS_DIRECTORY) ? result : result < 0 ? 0 : (long)template;
}

long act_on_held(struct watch *watch, const struct row *row, const long *given)
{
	const struct watch_path *const at = &watch->at;
	const long *const behind = given + row->path + 1;
	const bool takes_flags = row->follow == FOLLOW_UNLESS;

	switch ((enum form)row->form) {
	case FORM_OPENS:
		pin_move(&watch->at);
		return same(watch, row, row->callee, given);
	case FORM_BY_AT:
		return by_at(watch, row, given);
	case FORM_BY_TEXT:
	case FORM_XATTR:
		return same(watch, row, row->other, given);
	case FORM_OBJECT:
		return on_object(watch, row, given);
	case FORM_OBJECT_AT:
		return on_object_at(watch, row, given);
	case FORM_CHMOD:
		return change_mode(at, (mode_t)behind[0], takes_flags ? (int)behind[1] : 0);
	case FORM_CHOWN:
		return change_owner(at, (uid_t)behind[0], (gid_t)behind[1], takes_flags ? (int)behind[2] : 0);
	case FORM_UTIME:
		return set_times_seconds(at, (const struct utimbuf *)behind[0]);
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4
	case FORM_UTIME64:
		return set_times_64(at, (const void *)behind[0]);
#endif
	case FORM_UTIMENS:
		return set_times(at, (const struct timespec *)behind[0], (int)behind[1]);
	case FORM_READLINK:
		return read_link(watch, row, given);
	case FORM_REMOVE:
		return remove_entry(at);
	case FORM_TEMPORARY:
		return temporary(watch, row, given);
	default:
		return same(watch, row, row->callee, given);
	}
}

long act_opened(struct watch *watch, const struct row *row, const struct asked *asked, const long *given)
{
	const int flags = row->form == FORM_DIRECTORY ? O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC : asked->flags;
	struct watch_path *const at = &watch->at;
	long result;

	if (asked->invalid)
		watch->error = EINVAL;
	else
		at->pinned = pin_open(watch, pin_how(flags, asked->mode));
	if (row->form == FORM_REOPENED) {
		/* In vain where that failed: freopen(3) closes its stream all the same. */
		const int error = watch->error, dir = at->dir;

		if (error)
			at->dir = NOTHING;
		else
			pin_move(at);
		result = same(watch, row, row->callee, given);
		at->dir = dir;
		if (error)
			errno = error;
		return result;
	}
	if (at->pinned < 0)
		return errno = watch->error, act_failure(row);
	result = row->form == FORM_STREAM      ? (long)open_stream(at->pinned, (const char *)given[row->path + 1])
		 : row->form == FORM_DIRECTORY ? (long)open_directory(at->pinned)
					       : at->pinned;
	if (!act_failed(row, result))
		at->pinned = -1; /* it is the program's now */
	return result;
}
