/* SPDX-License-Identifier: ISC */
/* PRECLUDE_ANCESTORS: the directories above roots and grants, by device and inode, and the open that is made again. */
#include "shim/judge/ancestors.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "shim/base/shared.h"
#include "shim/base/signals.h"
#include "shim/libc/rights_of.h"
#include "shim/log/log.h"

/* faccessat2(2): the kernel's own, libc's headers have them only for some. */
#define EFFECTIVE_IDS 0x200
#define EMPTY_PATH    0x1000

#define BUCKETS 1024

struct ancestor {
	uint64_t dev, ino;
	const struct ancestor *next;
};

static LARGE const struct ancestor *buckets[BUCKETS];
static atomic_bool *said; /* shared by all processes of a daemon: what one has said is said */

static const struct ancestor **bucket_of(const struct identity *id)
{
	return &buckets[(id->ino ^ id->dev) * UINT64_C(0x9e3779b97f4a7c15) >> 54];
}

bool ancestors_has(const struct identity *id)
{
	for (const struct ancestor *at = *bucket_of(id); at; at = at->next)
		if (at->ino == id->ino && at->dev == id->dev)
			return true;
	return false;
}

static int add(const char *path, struct arena *arena)
{
	struct ancestor *new;
	struct identity id;

	if (sys_identity_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &id) < 0 || ancestors_has(&id))
		return 0;
	new = arena_alloc(arena, sizeof *new);
	if (!new)
		return -1;
	*new = (struct ancestor){id.dev, id.ino, *bucket_of(&id)};
	*bucket_of(&id) = new;
	return 0;
}

/* How much of two paths is the same. */
static size_t in_common(const char *a, const char *b)
{
	size_t length = 0;

	while (a[length] && a[length] == b[length])
		length++;
	return length;
}

/* The directories above `path`, which is cut to pieces; those within its first `done` bytes are known already. */
static int add_above(char *path, size_t done, struct arena *arena)
{
	char *slash;

	while ((slash = strrchr(path, '/')) && slash != path && (size_t)(slash - path) >= done) {
		*slash = '\0';
		if (add(path, arena))
			return -1;
	}
	return 0;
}

/* What leads to a grant by the name that it was given: links, too. */
static int add_as_written(const char *name, char *path, struct arena *arena)
{
	if (name[0] != '/' || strlen(name) >= PATH_MAX)
		return 0;
	strcpy(path, name);
	return add(path, arena) || add_above(path, 0, arena);
}

int ancestors_init(const struct policy *policy, const struct place *places, struct arena *arena)
{
	static LARGE char path[PATH_MAX];
	const char *before = "";

	said = shared_take(sizeof *said);
	if (!said)
		return -1;
	/* Base comes last, and nobody has to walk to it; but look at. */
	for (size_t i = 0; i < policy->grant_count; i++) {
		if (policy->confine != CONFINE_ALL && strcmp(policy->grants[i].variable, "PRECLUDE_BASE") == 0)
			break;
		const char *canonical = places[i].canonical;

		/* Nothing is above "/". */
		if (!places[i].present || !canonical || !canonical[1] || strlen(canonical) >= sizeof path)
			continue;
		strcpy(path, canonical);
		if ((!*before && add("/", arena)) || add_above(path, in_common(before, canonical), arena))
			return -1;
		before = canonical;
		if (policy->confine == CONFINE_ALL && add_as_written(policy->grants[i].path, path, arena))
			return -1;
	}
	return 0;
}

/* File permissions allow it, so that it was Landlock that did not. */
static bool permitted(int fd)
{
	return sys(SYS_faccessat2, fd, "", R_OK, EFFECTIVE_IDS | EMPTY_PATH) == 0;
}

int ancestors_open(struct watch *watch, int flags)
{
	const int again = O_PATH | O_DIRECTORY | (flags & (O_NOFOLLOW | O_CLOEXEC));
	struct identity id;
	uint64_t mask;
	int fd;

	/* Nothing but reading a directory was asked for. */
	if (watch->silent || open_right(flags) != FS(READ_DIR))
		return -1;
	mask = signals_hold();
	fd = (int)sys(SYS_openat, watch->at.dir, watch->at.path, again, 0);
	if (fd >= 0 && (sys_identity(fd, &id) < 0 || !ancestors_has(&id) || !permitted(fd))) {
		sys(SYS_close, fd);
		fd = -1;
	}
	if (fd >= 0) {
		watch->does = open_does(again);
		watch->right = open_right(again);
		if (!atomic_exchange(said, true))
			log_warning(
			    "%s of \"%s\", a directory above a root or grant: the policy does not allow reading it, "
			    "so it was opened with O_PATH, and can be walked through but not listed (said once for all "
			    "such directories)",
			    watch->func, watch->at.path);
	}
	signals_release(mask);
	return fd < 0 ? -1 : fd;
}
