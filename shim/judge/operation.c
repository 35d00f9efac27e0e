/* SPDX-License-Identifier: ISC */
/* What a call asks for: the rows of functions.def, and what arguments decide. */
#include "shim/judge/operation.h"

#include <string.h>

#include "shim/base/readable.h"
#include "shim/judge/pin_xattr.h"
#include "shim/libc/rights_of.h"

#define RESULT_OF(ret) _Generic((ret)0, int : RESULT_INT, long : RESULT_LONG, default : RESULT_POINTER)

#define CALLEE(name) F_##name

static const struct row rows[] = {
#define FUNCTION(ret, name, params, args, libc, what, paths, follows, held)                                            \
	{.callee = F_##name,                                                                                           \
	 .operation = OPERATION_##what,                                                                                \
	 .result = __extension__ RESULT_OF(ret),                                                                       \
	 ROW_##paths,                                                                                                  \
	 ROW_FOLLOW_##follows,                                                                                         \
	 ROW_HELD_##held},
#define BY_HAND(ret, name, params, ...) FUNCTION(ret, name, params, (), __VA_ARGS__)
#define HAND(ret, name, ...)            {.callee = F_##name},
#include "shim/libc/functions.def"
};

const struct row *operation_of(enum function function)
{
	return &rows[function];
}

static const struct {
	uint8_t does, decided;
	uint64_t right;
} operations[] = {
#define OPERATION(name, does, right, decided) {does, decided, right},
#include "shim/judge/operations.def"
};

/* With AT_EMPTY_PATH no path at all is an empty one (Linux 6.11), of the working directory, too. */
static bool may_be_empty(const struct row *row, const long *arg)
{
	return row->dir != NO && (row->follow == FOLLOW_UNLESS || row->follow == FOLLOW_WHEN) &&
	       arg[(int)row->flags] & EMPTY_PATH;
}

const char *operation_path(const struct row *row, const long *arg)
{
	static const char shell[] = "/bin/sh", temporary[] = "/tmp/";

	if (row->text == TEXT_TMPFILE)
		return temporary;
	if (row->path == NO)
		return NULL;
	if (!arg[(int)row->path] && may_be_empty(row, arg))
		return "";
	return row->text == TEXT_SHELL && arg[(int)row->path] ? shell : (const char *)arg[(int)row->path];
}

/* fopen(3): "r", "w", "a", each with "+"; "x" is O_EXCL, which is only heard together with O_CREAT. */
static bool mode_has(const char *mode, char wanted)
{
	for (; *mode && *mode != ','; mode++)
		if (*mode == wanted)
			return true;
	return false;
}

static int mode_flags(const char *mode)
{
	int flags;

	/* fopen(3) refuses it before it looks at the path. */
	if (!text_readable(mode) || !*mode || !strchr("rwa", *mode))
		return -1;
	flags = mode_has(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
	if (*mode != 'r')
		flags |= O_CREAT | (*mode == 'w' ? O_TRUNC : O_APPEND) | (mode_has(mode, 'x') ? O_EXCL : 0);
	return flags | (mode_has(mode, 'e') ? O_CLOEXEC : 0);
}

static bool follows(const struct row *row, const long *arg)
{
	switch ((enum follow)row->follow) {
	case FOLLOW_UNLESS:
		return !(arg[(int)row->flags] & row->flag);
	case FOLLOW_WHEN:
		return arg[(int)row->flags] & row->flag;
	case FOLLOW_NEVER:
		return false;
	default:
		return true;
	}
}

struct asked operation_asks(const struct row *row, const long *arg)
{
	const uint8_t decided = operations[row->operation].decided;
	const long *const behind = arg + row->path + 1; /* the argument that decides */
	struct asked asked = {
	    .does = operations[row->operation].does,
	    .right = operations[row->operation].right,
	    .follow = follows(row, arg),
	};

	if (decided <= NEW_FILE)
		return asked;
	switch ((enum decided)decided) {
	case BY_FLAGS:
		asked.flags = (int)behind[0] | row->value;
		asked.mode = (mode_t)behind[1];
		break;
	case BY_CREAT:
		asked.flags = O_CREAT | O_WRONLY | O_TRUNC | row->value;
		asked.mode = (mode_t)behind[0];
		break;
	case BY_MODE:
		asked.flags = mode_flags((const char *)behind[0]);
		asked.invalid = asked.flags < 0;
		asked.flags = asked.invalid ? O_RDONLY : asked.flags | row->value;
		asked.mode = 0666;
		break;
	case BY_TYPE:
		asked.right = node_right((mode_t)behind[0]);
		return asked;
	case BY_REMOVEDIR:
		asked.right = behind[0] & REMOVEDIR ? FS(REMOVE_DIR) : FS(REMOVE_FILE);
		return asked;
	default:
		return asked;
	}
	asked.opens = true;
	asked.does = open_does(asked.flags);
	asked.right = open_right(asked.flags);
	asked.follow = open_follows(asked.flags);
	return asked;
}
