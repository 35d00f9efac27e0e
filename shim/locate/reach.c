/* SPDX-License-Identifier: ISC */
/*
 * Where a path leads: one held descriptor after the other, as the kernel walks. Nothing is asked of a name twice: what
 * was judged is what is held.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "shim/base/path_text.h"
#include "shim/locate/place.h"

#define LINKS_MAX  40   /* as the kernel, path_resolution(7) */
#define STEPS_MAX  4096 /* a path of PATH_MAX bytes holds no more names */
#define HOLD_DIR   (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define HOLD_NAME  (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define PROC_MAGIC 0x9fa0 /* statfs(2) */

/* A walk on its way: `base` is what the text in scratch->path is relative to, owned unless it is the caller's. */
struct way {
	int start;
	int base;
	bool follow;
	bool entry;
	bool slash; /* what is followed must be a directory */
	int error;  /* where the kernel stops */
	unsigned links;
	struct location *out;
	struct scratch *scratch;
	struct reached *reached;
};

void reached_put(const struct reached *reached)
{
	sys_put(reached->object);
	sys_put(reached->parent);
}

static void rebase(struct way *way, int base)
{
	if (way->base != way->start)
		sys_put(way->base);
	way->base = base;
}

static bool move_text(char *path, const char *from, size_t length)
{
	if (length >= PATH_MAX)
		return false;
	memmove(path, from, length);
	path[length] = '\0';
	return true;
}

/*
 * The kernel cannot go so far: the place where it stops is judged instead, found by leaving off the name at `last`.
 * Returns whether anything is left to walk.
 */
static bool stop_before(struct way *way, char *last, int error)
{
	if (!way->error)
		way->error = error;
	*last = '\0';
	way->follow = true;
	way->entry = way->slash = false;
	if (way->scratch->path[0])
		return true;
	/* It cannot even start: the descriptor is no directory, or none at all. */
	place_of_fd(way->base, way->out, way->scratch->resolved);
	return false;
}

/* The object is a directory that `path` names as a whole ("", ".", "a/..", "/"). */
static bool end_at_directory(struct way *way, char *path, char *last)
{
	int fd = (int)sys(SYS_openat, way->base, *path ? path : ".", O_PATH | O_CLOEXEC, 0);

	if (fd < 0)
		return stop_before(way, last, fd);
	place_judge(fd, way->out, way->scratch->resolved);
	place_name(fd, way->scratch->resolved);
	way->reached->object = fd;
	return false;
}

static void append_name(char *text, const char *name, size_t length)
{
	size_t at = strlen(text);

	if (!at || at + length + 2 > PATH_MAX)
		return;
	if (text[at - 1] != '/')
		text[at++] = '/';
	memcpy(text + at, name, length);
	text[at + length] = '\0';
}

/* The object is the entry `name` of the held directory `parent`; `fd` stands for it, or is negative when missing. */
static void end_at_entry(struct way *way, int parent, int fd, const char *name, size_t length)
{
	struct location *out = way->out;

	place_blank(out);
	if (fd >= 0 && sys_identity(fd, &out->id) == 0) {
		out->exists = true;
		out->directory = S_ISDIR(out->id.mode);
		if (!way->entry)
			place_unite(out, &out->id);
	} else {
		sys_identity(parent, &out->id);
		out->id.mode = 0;
	}
	place_climb(parent, out, PLACE_ALL);
	place_name(parent, way->scratch->resolved);
	append_name(way->scratch->resolved, name, length);
	if (fd >= 0 && way->slash && !way->entry && !out->directory) {
		sys_put(fd);
		fd = -ENOTDIR;
	}
	*way->reached = (struct reached){fd, parent, name};
}

/* The object is what a magic link in /proc stands for, whose text is not where it leads. */
static void end_at_magic(struct way *way, int parent, const char *name)
{
	int fd = (int)sys(SYS_openat, parent, name, O_PATH | O_CLOEXEC, 0);

	place_judge(fd, way->out, way->scratch->resolved);
	if (fd >= 0 && way->out->directory)
		place_name(fd, way->scratch->resolved);
	*way->reached = (struct reached){fd, parent, name};
}

static bool is_proc(int fd)
{
	long buffer[32] = {0}; /* struct statfs: its first member, of the width of a long, is f_type */

	return sys(SYS_fstatfs, fd, buffer) == 0 && buffer[0] == PROC_MAGIC;
}

/* A name in /proc/thread-self/fd of a descriptor that is only there because of this walk: to the program it is missing.
 */
static bool names_own(const struct way *way, int parent, const char *name)
{
	const char *suffix;
	int number = 0;

	for (; *name >= '0' && *name <= '9' && number < 1 << 24; name++)
		number = number * 10 + *name - '0';
	if (*name || (number != parent && (number != way->base || way->base == way->start)))
		return false;
	place_name(parent, way->scratch->link);
	suffix = strrchr(way->scratch->link, '/');
	return suffix && !strcmp(suffix, "/fd") && is_proc(parent);
}

/* The link `fd`, an entry of `parent`: its text takes its place. False where the walk ends. */
static bool follow_link(struct way *way, int parent, int fd, const char *name)
{
	struct scratch *scratch = way->scratch;
	long count = sys(SYS_readlinkat, fd, "", scratch->link, PATH_MAX - 1);

	sys_put(fd);
	if (is_proc(parent)) {
		end_at_magic(way, parent, name);
		return false;
	}
	if (++way->links > LINKS_MAX || count <= 0 || !move_text(scratch->path, scratch->link, (size_t)count)) {
		way->out->where = WHERE_UNKNOWN;
		way->error = way->links > LINKS_MAX ? -ELOOP : -ENAMETOOLONG;
		sys_put(parent);
		return false;
	}
	rebase(way, parent);
	return true;
}

/* One name of the walk. Returns true when the text was replaced and the walk goes on. */
static bool step(struct way *way)
{
	char *path = way->scratch->path;
	size_t length;
	char *last, held;
	int parent, fd;

	if (path[0] == '/') {
		int top = (int)sys(SYS_openat, AT_FDCWD, "/", HOLD_DIR, 0);

		if (top < 0) {
			way->out->where = WHERE_UNKNOWN;
			way->error = top;
			return false;
		}
		rebase(way, top);
		move_text(path, text_skip(path), strlen(text_skip(path)));
	}
	last = (char *)(uintptr_t)text_last(path, &length);
	if (!length || text_is_dots(last, length))
		return end_at_directory(way, path, last);
	if (last[length]) {
		way->slash = true;
		way->follow = !way->entry; /* a trailing slash: followed, but never what is removed or made */
		last[length] = '\0';
	}
	held = *last;
	*last = '\0';
	parent = (int)sys(SYS_openat, way->base, path[0] ? path : ".", HOLD_DIR, 0);
	if (parent < 0)
		return stop_before(way, last, parent);
	*last = held;
	fd = names_own(way, parent, last) ? -ENOENT : (int)sys(SYS_openat, parent, last, HOLD_NAME, 0);
	if (fd >= 0 && way->follow && sys_identity(fd, &way->out->id) == 0 && S_ISLNK(way->out->id.mode))
		return follow_link(way, parent, fd, last);
	end_at_entry(way, parent, fd, last, length);
	return false;
}

void place_reach(int dir, const char *path, bool follow, bool entry, struct location *out, struct scratch *scratch,
		 struct reached *reached)
{
	struct way way = {.start = dir,
			  .base = dir,
			  .follow = follow,
			  .entry = entry,
			  .out = out,
			  .scratch = scratch,
			  .reached = reached};
	unsigned steps = 0;

	*reached = (struct reached){-ENAMETOOLONG, -1, NULL};
	place_blank(out);
	scratch->resolved[0] = '\0';
	if (!move_text(scratch->path, path, strlen(path))) {
		out->where = WHERE_UNKNOWN;
		return;
	}
	while (step(&way))
		if (steps++ > LINKS_MAX + STEPS_MAX) {
			out->where = WHERE_UNKNOWN;
			way.error = -ELOOP;
			break;
		}
	rebase(&way, dir);
	if (way.error) {
		reached_put(reached);
		*reached = (struct reached){way.error, -1, NULL};
	}
	place_finish(out);
}

void place_find(int dir, const char *path, bool follow, bool entry, struct location *out, struct scratch *scratch)
{
	struct reached reached;

	place_reach(dir, path, follow, entry, out, scratch, &reached);
	reached_put(&reached);
}
