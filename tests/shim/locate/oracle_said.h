/* SPDX-License-Identifier: ISC */
/* What the library said of a call, read back from its log, and what the kernel says to that. */
#ifndef PRECLUDE_TESTS_ORACLE_SAID_H
#define PRECLUDE_TESTS_ORACLE_SAID_H

#include "oracle_calls.h"

/* What the library said of the call. */
struct said {
	bool anything;
	enum place where;
	bool from_root, escape, denied, confined;
	int error;
	char line[16384];
};

static bool word(const char *line, const char *key, const char *value)
{
	char wanted[64];
	const char *found;

	snprintf(wanted, sizeof wanted, "\"%s\":\"%s\"", key, value);
	found = strstr(line, wanted);
	return found && found[-1] == ',';
}

static void hear(const char *func, struct said *said)
{
	static char text[1 << 18];
	static const char *const wheres[] = {"inside", "granted", "outside", "unknown"};
	long length = sys(SYS_pread64, log_fd, text, sizeof text - 1, log_at);

	said->anything = false;
	if (length <= 0)
		return;
	text[length] = '\0';
	log_at += length;
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (!word(line, "event", "call") || !word(line, "func", func))
			continue;
		said->anything = true;
		snprintf(said->line, sizeof said->line, "%.16000s", line);
		for (int i = 0; i < 4; i++)
			if (word(line, "where", wheres[i]))
				said->where = (enum place)i;
		said->from_root = word(line, "from", "root");
		said->escape = strstr(line, ",\"escape\":true") != NULL;
		said->denied = word(line, "effect", "denied");
		said->confined = word(line, "by", "confine");
		said->error = atoi(strstr(line, ",\"errno\":") + 9);
	}
}

/* Comparing */

static const char *const wheres[] = {"inside", "granted", "outside", "unknown"};

static void show(const char *text)
{
	if (!text || (uintptr_t)text < 4096) {
		printf(" %p", (const void *)text);
		return;
	}
	printf(" \"");
	for (unsigned i = 0; text[i] && i < 300; i++)
		printf(text[i] < 32 || text[i] == 127 || text[i] == '"' ? "\\%03o" : "%c", (unsigned char)text[i]);
	printf("\"");
}

static void show_fd(const char *label, int fd)
{
	char link[32], text[PATH_MAX];
	long length;

	if (fd == AT_FDCWD)
		strcpy(link, "self/cwd");
	else
		snprintf(link, sizeof link, "self/fd/%d", fd);
	length = sys(SYS_readlinkat, proc_fd, link, text, sizeof text - 1);
	text[length > 0 ? length : 0] = '\0';
	printf(" %s %d", label, fd);
	show(text);
}

static bool failed;

static void fail(const char *what, const struct attempt *a, const struct truth *truth, const struct said *said)
{
	failed = true;
	printf("failure seed %llu case %lu%s: %s: %s(", (unsigned long long)seed, total->cases,
	       changed_root ? " in a chroot" : "", what, a->func);
	if (a->shape == FD) {
		show_fd("fd", a->fd);
	} else {
		show_fd("in", a->path && a->path[0] == '/' ? AT_FDCWD : a->dir);
		show(a->path);
		if (a->shape == TWO || a->shape == TWO_AT) {
			show_fd("to", a->dir2);
			show(a->path2);
		}
	}
	if (!strncmp(a->func, "open", 4))
		printf(", flags 0%o", (unsigned)open_flags);
	printf(") = %ld, errno %d; truth: %s%s%s, walk's error %d", a->result, a->error, wheres[truth->where],
	       truth->exists ? ", exists" : "", truth->gone ? ", removed" : "", truth->error);
	printf("; said: %s\n", said->anything ? said->line : "nothing");
}

static void count_unknown(const struct truth *truth)
{
	enum { REMOVED, LOOP, LONG, CLOSED, FROM_BEFORE, OTHER } reason = OTHER;

	if (truth->gone)
		reason = REMOVED;
	else if (truth->error == ELOOP)
		reason = LOOP;
	else if (truth->error == ENAMETOOLONG)
		reason = LONG;
	else if (truth->error == EBADF || truth->error == ENOWHERE)
		reason = CLOSED;
	else if (changed_root)
		reason = FROM_BEFORE;
	total->unknowns[reason]++;
}

/* Whether an absolute path starts in a root by its text: up to its first "..". */
static bool text_in_root(const char *path)
{
	char plain[PATH_MAX] = "";

	for (const char *at = path; *at;) {
		size_t length;

		at += strspn(at, "/");
		length = strcspn(at, "/");
		if (length == 2 && at[0] == '.' && at[1] == '.')
			break;
		if (length && !(length == 1 && at[0] == '.')) {
			if (strlen(plain) + length + 2 > sizeof plain)
				break;
			strcat(plain, "/");
			strncat(plain, at, length);
			for (unsigned i = 0; i < policy_count; i++)
				if (policy[i].place == INSIDE &&
				    (!strcmp(plain, policy[i].path) || !strcmp(plain, policy[i].canonical)))
					return true;
		}
		at += length;
	}
	return false;
}

static bool readable(const char *path)
{
	return !path || (uintptr_t)path >= 4096;
}

/* Where the directory of a path lies. */
static enum place start_of(int dir, const char *path, bool *directory)
{
	struct id id;
	mode_t mode = 0;
	bool gone;

	*directory = true;
	if (!readable(path))
		return UNKNOWN;
	if (path && path[0] == '/')
		return changed_root ? root_place : text_in_root(path) ? INSIDE : OUTSIDE;
	if (dir == AT_FDCWD)
		return cwd_place;
	if (!id_of(dir, &id, &mode))
		*directory = false;
	else if (path && *path)
		*directory = S_ISDIR(mode);
	return place_of_fd(dir, &gone);
}

static bool changes_metadata(const struct attempt *a)
{
	static const char *const parts[] = {"chmod", "chown", "utime", "futimens", "setxattr", "removexattr"};
	bool found = false;

	for (unsigned i = 0; i < COUNT(parts); i++)
		found |= strstr(a->func, parts[i]) != NULL;
	return found;
}

/* They know nothing but absolute paths, and from outside the root that was left there is none to what is held. */
static bool needs_text(const struct attempt *a)
{
	static const char *const names_[] = {"statfs",   "statvfs",           "pathconf",
					     "truncate", "inotify_add_watch", "realpath"};
	bool found = strstr(a->func, "xattr") != NULL;

	for (unsigned i = 0; i < COUNT(names_); i++)
		found |= !strcmp(a->func, names_[i]);
	return found;
}

/* What the library itself enforces: nothing gets out, and what stays inside is not refused. */
static void compare_enforced(const struct attempt *a, const struct truth *truth, enum place start, bool start_known,
			     const struct said *said)
{
	const bool escape = start == INSIDE && start_known && truth->where != INSIDE;

	if (truth->where == UNKNOWN || truth->loose)
		return;
	if (a->result >= 0 && truth->where == OUTSIDE && changes_metadata(a))
		fail("metadata changed outside", a, truth, said);
	else if (anchoring && a->result >= 0 && escape)
		fail("got out", a, truth, said);
	else if (said->anything && said->confined && truth->where == INSIDE && said->where != UNKNOWN &&
		 !(changed_root && root_place != INSIDE && needs_text(a)))
		fail("refused inside", a, truth, said);
}

static void compare(const struct attempt *a, const struct truth *truth, enum place start, bool start_known,
		    const struct said *said)
{
	bool from_root = start == INSIDE;
	bool finds_nothing = !from_root && a->result < 0 && (a->error == ENOENT || a->error == ENOTDIR);
	enum place where = truth->where;

	if (enforcing)
		compare_enforced(a, truth, start, start_known, said);
	/* open(2) with O_CREAT tells by the last slash alone that it cannot: nothing was looked for. */
	if (a->result < 0 && a->error == EISDIR && a->path && *a->path && a->path[strlen(a->path) - 1] == '/')
		return;
	if (!said->anything) {
		/* Flags that are none are refused before the path is looked at. */
		if (a->result < 0 && a->error == EINVAL && !strncmp(a->func, "open", 4))
			return;
		if (!readable(a->path) || !readable(a->path2) || (!a->path && a->dir == AT_FDCWD))
			return;
		if (all)
			fail("no word", a, truth, said);
		else if (where == OUTSIDE && !truth->loose && !finds_nothing)
			fail("nothing said of an outside call", a, truth, said);
		else if (where != INSIDE && where != UNKNOWN && from_root && start_known && !truth->loose)
			fail("nothing said of an escape", a, truth, said);
		return;
	}
	if (said->where == UNKNOWN) {
		count_unknown(truth);
		return;
	}
	if (truth->where == UNKNOWN && said->where != INSIDE)
		return;
	if (said->where != where) {
		char what[64];

		snprintf(what, sizeof what, "%s called %s", wheres[where], wheres[said->where]);
		fail(what, a, truth, said);
	} else if (start_known && said->from_root != from_root) {
		fail("starts elsewhere", a, truth, said);
	} else if (said->error != (a->result < 0 ? a->error : 0)) {
		fail("another errno", a, truth, said);
	}
}

#endif
