/* SPDX-License-Identifier: ISC */
/*
 * What a call asks for: a row of functions.def or syscalls.def with its arguments, read by operations.def. Functions
 * and system calls are the same from here on: a callee, and up to six words.
 */
#ifndef PRECLUDE_SHIM_JUDGE_OPERATION_H
#define PRECLUDE_SHIM_JUDGE_OPERATION_H

#include "sandbox/sys.h"
#include "shim/base/call.h"
#include "shim/base/context.h"
#include "shim/libc/real.h"

#define WORDS 6

/* Flags by value: the headers that name them declare what is wrapped here. All are the kernel's, on every machine. */
#define SYMLINK_NOFOLLOW  0x100      /* AT_SYMLINK_NOFOLLOW */
#define REMOVEDIR         0x200      /* AT_REMOVEDIR */
#define EACCESS           0x200      /* AT_EACCESS */
#define SYMLINK_FOLLOW    0x400      /* AT_SYMLINK_FOLLOW */
#define NO_AUTOMOUNT      0x800      /* AT_NO_AUTOMOUNT */
#define EMPTY_PATH        0x1000     /* AT_EMPTY_PATH */
#define STATX_SYNC        0x6000     /* AT_STATX_SYNC_TYPE */
#define WATCH_DONT_FOLLOW 0x02000000 /* IN_DONT_FOLLOW */
#define MARK_DONT_FOLLOW  4          /* FAN_MARK_DONT_FOLLOW */
#define UNMOUNT_NOFOLLOW  8          /* UMOUNT_NOFOLLOW */

#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

/* Where arguments decide, in operations.def. */
enum decided { ROW, NEW_FILE, BY_FLAGS, BY_CREAT, BY_MODE, BY_TYPE, BY_REMOVEDIR };

/* does_OPERATION, right_OPERATION, decided_OPERATION: constants. */
enum operation {
#define OPERATION(name, ...) OPERATION_##name,
#include "shim/judge/operations.def"
#undef OPERATION
};
#define CONSTANT __attribute__((unused)) static const
#define OPERATION(name, word, asks, where)                                                                             \
	CONSTANT enum does does_##name = (word);                                                                       \
	CONSTANT uint64_t right_##name = (asks);                                                                       \
	CONSTANT enum decided decided_##name = (where);
#include "shim/judge/operations.def"
#undef OPERATION

/* How a call is made on what is held; shim/judge/act.c has one function for each. */
enum form {
	FORM_NONE,
	FORM_SAME,
	FORM_OPENS,
	FORM_BY_AT,
	FORM_BY_TEXT,
	FORM_XATTR,
	FORM_REMOVE,
	FORM_TEMPORARY,
	FORM_OBJECT, /* from here on: on a descriptor of the object itself */
	FORM_OBJECT_AT,
	FORM_CHMOD,
	FORM_CHOWN,
	FORM_UTIME,
	FORM_UTIME64,
	FORM_UTIMENS,
	FORM_READLINK,
	FORM_OPENED, /* from here on: opened, and not by the real function */
	FORM_STREAM,
	FORM_DIRECTORY,
	FORM_REOPENED,
};
static inline bool form_on_object(enum form form)
{
	return form >= FORM_OBJECT && form <= FORM_READLINK;
}

enum follow { FOLLOW_NEVER, FOLLOW_ALWAYS, FOLLOW_UNLESS, FOLLOW_WHEN, FOLLOW_DECIDED };
enum result { RESULT_INT, RESULT_LONG, RESULT_POINTER };
enum text { TEXT_NONE, TEXT_TMPFILE, TEXT_SHELL };

struct row {
	int16_t callee; /* enum function, or the number of a system call */
	int16_t other;  /* the callee of `held`, if it is another */
	bool number;
	bool sure;
	uint8_t operation, follow, form, result, text;
	int8_t dir, path, dir2, path2; /* argument numbers, or NO */
	int8_t flags;                  /* that `flag` is in */
	int8_t position;               /* of `value` behind a path that has a directory now; 0: none */
	int32_t flag;
	int32_t value;
};
#define NO (-1)

/* The columns of the tables, as members of a row. CALLEE(name) is F_name or SYS_name, as the table has it. */
#define ROW_PATH(p)                   .dir = NO, .path = (p), .dir2 = NO, .path2 = NO
#define ROW_AT(d, p)                  .dir = (d), .path = (p), .dir2 = NO, .path2 = NO
#define ROW_TWO(p, p2)                .dir = NO, .path = (p), .dir2 = NO, .path2 = (p2)
#define ROW_TWO_AT(d, p, d2, p2)      .dir = (d), .path = (p), .dir2 = (d2), .path2 = (p2)
#define ROW_FD(d)                     .dir = (d), .path = NO, .dir2 = NO, .path2 = NO
#define ROW_FIXED(p)                  ROW_PATH(p), .text = (p) == NO ? TEXT_TMPFILE : TEXT_SHELL
#define ROW_FOLLOW_NEVER              .follow = FOLLOW_NEVER
#define ROW_FOLLOW_ALWAYS             .follow = FOLLOW_ALWAYS
#define ROW_FOLLOW_DECIDED            .follow = FOLLOW_DECIDED
#define ROW_FOLLOW_UNLESS(f, bit)     .follow = FOLLOW_UNLESS, .flags = (f), .flag = (bit)
#define ROW_FOLLOW_WHEN(f, bit)       .follow = FOLLOW_WHEN, .flags = (f), .flag = (bit)
#define ROW_HELD_NONE                 .form = FORM_NONE
#define ROW_HELD_SAME                 .form = FORM_SAME
#define ROW_HELD_OPENS                .form = FORM_OPENS
#define ROW_HELD_BY_AT(f, at, v)      .form = FORM_BY_AT, .other = CALLEE(f), .position = (at), .value = (v)
#define ROW_HELD_BY_TEXT(f)           .form = FORM_BY_TEXT, .other = CALLEE(f)
#define ROW_HELD_XATTR(what, f)       .form = FORM_XATTR, .other = CALLEE(f), .value = XATTR_##what
#define ROW_HELD_OBJECT(f)            .form = FORM_OBJECT, .other = CALLEE(f)
#define ROW_HELD_SURE_OBJECT(f)       .form = FORM_OBJECT, .other = CALLEE(f), .sure = true
#define ROW_HELD_OBJECT_AT(f, more)   .form = FORM_OBJECT_AT, .position = (f), .value = (more)
#define ROW_HELD_CHMOD                .form = FORM_CHMOD
#define ROW_HELD_CHOWN                .form = FORM_CHOWN
#define ROW_HELD_UTIME                .form = FORM_UTIME
#define ROW_HELD_UTIME64              .form = FORM_UTIME64
#define ROW_HELD_UTIMENS              .form = FORM_UTIMENS
#define ROW_HELD_READLINK             .form = FORM_READLINK
#define ROW_HELD_READLINK_CHECKED     .form = FORM_READLINK, .value = true
#define ROW_HELD_REMOVE               .form = FORM_REMOVE
#define ROW_HELD_TEMPORARY(what)      .form = FORM_TEMPORARY, .value = (what)
#define ROW_HELD_OPENED(large)        .form = FORM_OPENED, .value = (large)
#define ROW_HELD_STREAM_OPENED(large) .form = FORM_STREAM, .value = (large)
#define ROW_HELD_DIRECTORY_OPENED     .form = FORM_DIRECTORY
#define ROW_HELD_REOPENED             .form = FORM_REOPENED

/* What TEMPORARY's template is followed by, and what it makes. */
#define HAS_SUFFIX   (1 << 24)
#define HAS_FLAGS    (1 << 25)
#define IS_DIRECTORY (1 << 26)

/* A 64-bit argument is two words where a long has 32 bits. */
#define WIDE (sizeof(long) == 4)

/* The row of a function; its words must all be given. */
const struct row *operation_of(enum function function);

/* What these arguments ask for. */
struct asked {
	enum does does;
	uint64_t right;
	bool follow;
	bool opens;   /* `flags` and `mode` are those of the open */
	bool invalid; /* or would be, if its arguments were not wrong in themselves */
	int flags;
	mode_t mode;
};
struct asked operation_asks(const struct row *row, const long *arg);

/* The path argument, the path that libc makes, or an empty one where there may be none. */
const char *operation_path(const struct row *row, const long *arg);

#endif
