/* SPDX-License-Identifier: ISC */
/*
 * Where a path leads: the exact, slow answer, one held descriptor after the other, as the kernel walks
 * (shim/locate/reach.c), and where the object lies that it leads to (shim/locate/place.c).
 */
#ifndef PRECLUDE_SHIM_LOCATE_PLACE_H
#define PRECLUDE_SHIM_LOCATE_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "sandbox/sys.h"
#include "shim/base/call.h"

/* Buffers too large for the stacks we run on: mapped when an exact answer is needed, unmapped after. */
struct scratch {
	char path[PATH_MAX];     /* what is still to be resolved */
	char link[PATH_MAX];     /* text of a symlink */
	char resolved[PATH_MAX]; /* the answer, for the log */
	char dir[PATH_MAX];      /* what the directory it started from is called */
	char second[PATH_MAX];   /* the second path's answer */
};
struct scratch *scratch_map(void); /* NULL when out of memory */
void scratch_unmap(struct scratch *scratch);

struct location {
	enum where where;
	uint64_t rights; /* what roots and grants allow here, as Landlock unites them */
	uint64_t narrow; /* of these, what the second layer leaves; only while it is being found out */
	uint32_t grant;  /* innermost root, else a grant, else NO_GRANT */
	bool exists;
	bool directory;
	bool sealed;        /* beneath a root of the process that nothing leads out of */
	struct identity id; /* of the object, or of the directory that would hold it */
};

/*
 * What a path led to, held. `object` is a descriptor for it (O_PATH), or -errno: what the kernel would fail with.
 * `parent` holds it or would hold it, under `name` (in scratch->path, without trailing slashes); -1 where the path
 * names a directory as a whole ("", ".", "a/..", "/"). Both are the caller's.
 */
struct reached {
	int object, parent;
	const char *name;
};

/*
 * Resolves `path` relative to `dir`. With `entry` the object is the directory entry itself (remove, rename, create):
 * it lies where its parent lies. Fills `out`; writes the object's name into scratch->resolved when the kernel can tell
 * it (an empty string otherwise). What cannot be resolved is WHERE_UNKNOWN; where the kernel cannot go further, the
 * place where it stops is judged. Async-signal-safe. At most 40 symlinks, as the kernel (path_resolution(7)).
 */
void place_reach(int dir, const char *path, bool follow, bool entry, struct location *out, struct scratch *scratch,
		 struct reached *reached);
void reached_put(const struct reached *reached);

/* The same, of which only the verdict is wanted. */
void place_find(int dir, const char *path, bool follow, bool entry, struct location *out, struct scratch *scratch);

/* The same of an open descriptor. */
void place_of_fd(int fd, struct location *out, char *resolved);

/* The same, quicker, as place_climb() takes it: false where its name is too long for that. */
bool place_now(int fd, struct location *out, uint64_t enough);

/* The name of what `fd` stands for, from /proc; an empty string when it has none. `text` holds PATH_MAX bytes. */
void place_name(int fd, char *text);

/* The location as a directory verdict (shim/locate/holdings.h). */
uint64_t place_seat(const struct location *location);

/* The steps of the above: nowhere yet; what the policy says of this very object; of the directory `fd` and those above
 * it, as far as it takes to know that these rights are there; of the open object `fd`, by way of its parent; what both
 * layers allow. */
void place_blank(struct location *location);
void place_unite(struct location *location, const struct identity *id);
#define PLACE_ALL UINT64_MAX
void place_climb(int fd, struct location *location, uint64_t enough);
void place_judge(int fd, struct location *location, char *text);
void place_finish(struct location *location);

#endif
