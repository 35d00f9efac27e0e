/* SPDX-License-Identifier: ISC */
/* What to write instead of a call, by tools/report/advice.def and how it was called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/sites/classify.h"

static const struct advice {
	const char *functions;
	const char *instead;
	const char *linked;
} table[] = {
#define ADVICE(functions, instead, linked) {functions, instead, linked},
#include "tools/report/advice.def"
#undef ADVICE
};

/*
 * Those whose dirfd is never AT_FDCWD: they are given one, which the log does not tell from AT_FDCWD, or what is
 * advised needs a real descriptor.
 */
static const char real_dirfd[] =
    "openat openat64 __openat_2 __openat64_2 openat2 scandirat scandirat64 fstatat fstatat64 newfstatat statx "
    "__fxstatat "
    "__fxstatat64 __fstatat64_time64 faccessat faccessat2 readlinkat __readlinkat_chk name_to_handle_at open_tree "
    "open_tree_attr fspick getxattrat listxattrat file_getattr acl_get_file_at acl_set_file_at acl_extended_file_at "
    "acl_delete_def_file_at "
    "fanotify_mark fchmodat fchmodat2 fchownat futimesat utimensat __futimesat64 __utimensat64 setxattrat "
    "removexattrat "
    "file_setattr linkat symlinkat renameat renameat2 unlinkat mkdirat mknodat __xmknodat mkfifoat execveat move_mount "
    "mount_setattr bind umount umount2";

/* Those that never follow their last name, in rows of others that do. */
static const char no_follow[] =
    "lstat lstat64 __lxstat __lxstat64 __lstat64_time64 lchmod lchown lutimes __lutimes64 lgetxattr "
    "llistxattr lsetxattr lremovexattr acl_extended_file_nofollow";

/* Whether `word` is one of the words of `list`. */
static bool among(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length) {
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	}
	return false;
}

/* The name in "syscall(openat)" and "raw(openat)" is the system call's. */
static const char *function_name(const char *func, char *room, size_t size)
{
	const char *open = strchr(func, '(');

	snprintf(room, size, "%.*s", open ? (int)strcspn(open + 1, ")") : (int)size - 1, open ? open + 1 : func);
	return room;
}

static const struct advice *row_of(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (among(table[i].functions, name))
			return &table[i];
	}
	return NULL;
}

const char *advice_instead(const char *func)
{
	char room[64];
	const struct advice *row = row_of(function_name(func, room, sizeof(room)));

	return row ? row->instead : NULL;
}

/* `text` with AT_FDCWD for each dirfd; dirfd2 is another word. */
static const char *at_working_directory(struct report *report, const char *text)
{
	struct text changed;
	FILE *to = text_begin(&changed);
	const char *kept;

	for (const char *at; (at = strstr(text, "dirfd")); text = at + strlen("dirfd"))
		fprintf(to, "%.*s%s", (int)(at - text), text, at[strlen("dirfd")] == '2' ? "dirfd" : "AT_FDCWD");
	fputs(text, to);
	kept = keep_text(report, text_end(&changed));
	free(changed.bytes);
	return kept;
}

/* Whether a symlink that the last name is was followed, or may have been: what has a dirfd may also be told not to. */
static bool follows(const struct site *site, const char *name)
{
	if (site->walked != WALKED_THROUGH)
		return site->walked == WALKED_ELSEWHERE;
	return !among(no_follow, name) && !among(real_dirfd, name);
}

const char *advice_for(struct report *report, const struct site *site)
{
	char room[64];
	const char *name = function_name(site->func, room, sizeof(room));
	const struct advice *row = row_of(name);

	/* What is anchored is written well: that it led outside is where it started, or what it was told to do. */
	if (!row || !row->instead || site->how == HOW_ANCHORED)
		return NULL;
	if (row->linked && follows(site, name))
		return row->linked;
	/* Of calls that were only counted nobody knows the path. */
	if (site->names == site->count && !among(real_dirfd, name))
		return at_working_directory(report, row->instead);
	return row->instead;
}
