/* SPDX-License-Identifier: ISC */
/* Who shares, and what changes: the two sides of the matrix of net_sharing.c. */
#ifndef PRECLUDE_TESTS_NETS_SHARING_H
#define PRECLUDE_TESTS_NETS_SHARING_H

#include "machine.h"

enum { IN_HELD = 33, OUT_HELD = 34, FIRST_WATCHED = 40, WATCHED = 7 };
#define DIR 3

/* Sharers */

enum { THREAD = -1, FORK = -2, VFORK = -3, VFORK_AND_THREAD = -4 };

static const struct sharer {
	const char *name;
	int flags; /* of clone, or one of those above */
} sharers[] = {
    {"thread", THREAD},
    {"fork", FORK},
    {"vfork", VFORK},
    {"vfork beside a thread", VFORK_AND_THREAD},
    {"clone VM", CLONE_VM},
    {"clone FS", CLONE_FS},
    {"clone FILES", CLONE_FILES},
    {"clone VM FS", CLONE_VM | CLONE_FS},
    {"clone VM FILES", CLONE_VM | CLONE_FILES},
    {"clone FS FILES", CLONE_FS | CLONE_FILES},
    {"clone VM FS FILES", CLONE_VM | CLONE_FS | CLONE_FILES},
};

/* Changes. `outwards`: from inside to outside. */

static int held(bool outside)
{
	return outside ? OUT_HELD : IN_HELD;
}

static const char *directory(bool outside)
{
	return outside ? "/w/out/d" : "/w/in/d";
}

static bool change_chdir(bool outwards)
{
	return chdir(directory(outwards)) == 0;
}

static bool change_fchdir(bool outwards)
{
	return fchdir(held(outwards)) == 0;
}

static bool change_chroot(bool outwards)
{
	(void)outwards;
	return chroot("/w/in") == 0;
}

static bool change_close(bool outwards)
{
	return close(DIR) == 0 && dup(held(outwards)) == DIR;
}

static bool change_dup2(bool outwards)
{
	return dup2(held(outwards), DIR) == DIR;
}

static bool change_fclose(bool outwards)
{
	FILE *file = fdopen(DIR, "r");

	return file && fclose(file) == 0 && dup(held(outwards)) == DIR;
}

static bool change_unshare_chdir(bool outwards)
{
	return unshare(CLONE_FS) == 0 && change_chdir(outwards);
}

static bool change_unshare_chroot(bool outwards)
{
	return unshare(CLONE_FS) == 0 && change_chroot(outwards);
}

static bool change_unshare_dup2(bool outwards)
{
	return unshare(CLONE_FILES) == 0 && change_dup2(outwards);
}

static const struct change {
	const char *name;
	bool (*make)(bool outwards);
} changes[] = {
    {"chdir", change_chdir},
    {"fchdir", change_fchdir},
    {"chroot", change_chroot},
    {"close", change_close},
    {"dup2", change_dup2},
    {"fclose", change_fclose},
    {"unshare chdir", change_unshare_chdir},
    {"unshare chroot", change_unshare_chroot},
    {"unshare dup2", change_unshare_dup2},
};

#endif
