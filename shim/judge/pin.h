/* SPDX-License-Identifier: ISC */
/*
 * What PRECLUDE_CONFINE and PRECLUDE_ANCHOR enforce inside the process: a call is carried out on a descriptor that was
 * judged, never on a name that was.
 *
 * The kernel resolves the path once: beneath the root that it starts from (openat2), or one held descriptor after the
 * other where it leaves that, has an absolute link in it, or the kernel is older than 5.6. What a call follows is held
 * itself; what it makes, removes or renames is an entry of a directory that is held. Where the library cannot hold it,
 * the call fails with EACCES.
 */
#ifndef PRECLUDE_SHIM_JUDGE_PIN_H
#define PRECLUDE_SHIM_JUDGE_PIN_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#include "shim/judge/watch.h"

/* What roots that may be written and write grants give, on a directory and on a file, and nothing else does. */
#define HELD_WRITABLE FS(TRUNCATE)

/* Whether what a path leads to is held, for what this call does. */
bool pin_wanted(const struct watch *watch, const struct watch_path *at);

/* Whether the library refuses, or in observe mode would refuse, what leads to `location`. */
bool pin_against(const struct watch *watch, const struct watch_path *at, enum where where, uint64_t rights);

/*
 * Holds what `at` leads to: at->pinned, and at->entry when it is a directory's entry. A path that is held already by
 * being one name below a held directory is left as it is. Sets watch->error to what the call fails with instead, and
 * watch->confined where that is the library's own word.
 */
void pin_find(struct watch *watch, struct watch_path *at);
void pin_put(struct watch_path *at);

/* Makes room: what the program opens next has the lowest number that it can see. */
void pin_move(struct watch_path *at);

/* "PREFIX7/ENTRY", the entry cut off where the kernel says that it is too long. `room` holds HELD_TEXT bytes. */
const char *pin_beside(const struct watch_path *at, const char *prefix, char *room);

/* How far a path can be walked at all is no secret of what lies outside. */
static inline bool pin_by_text_alone(int error)
{
	return error == ELOOP || error == ENAMETOOLONG || error == EBADF;
}

/* Opens what watch->at names, held; pin_how gives what open(2) means. The descriptor, or -1 with errno. */
struct open_how_v0 pin_how(int flags, mode_t mode);
int pin_open(struct watch *watch, struct open_how_v0 how);

/*
 * What openat2(2) is asked: 0, or -errno where the kernel does not understand it, whatever the path.
 * pin_openat2: as pin_open, and resolved as asked, where that is not beneath the directory that it starts from.
 * pin_resolved: the kernel resolved beneath that directory, which is not inside, and gave `fd`, or -1 with errno; the
 * result is the call's.
 */
long pin_asked(const void *how, size_t size, struct open_how_v0 *asked);
int pin_openat2(struct watch *watch, const struct open_how_v0 *asked);
int pin_resolved(struct watch *watch, int fd);

/*
 * How the *at functions name what is held: followed, the name means the object itself. A path that is not held is given
 * as it was. `room` holds HELD_NAME bytes.
 */
#define HELD_NAME 40
int pin_dir(const struct watch_path *at);
const char *pin_name(const struct watch_path *at, char *room);
#define DIR(at)  pin_dir(&(at))
#define NAME(at) pin_name(&(at), (char[HELD_NAME]){0})

/*
 * For functions that know nothing but absolute paths. Needs /proc where the process can see it: without it, a process
 * whose root is inside is given the path as it was (there is no way out of it); for any other watch->error is EACCES,
 * and shim/judge/pin_xattr.h may help. `room` holds HELD_TEXT bytes, HELD_NAME suffice where the object itself is held.
 */
#define HELD_TEXT (HELD_NAME + 256)
const char *pin_text(struct watch *watch, const struct watch_path *at, char *room);
#define TEXT pin_text(&watch, &watch.at, (char[HELD_NAME]){0})

#define NOTHING (-1) /* no descriptor at all */

/* Makes the call fail: on no descriptor at all, for the errors that come before the path is looked at. */
void pin_void(struct watch *watch);

#endif
