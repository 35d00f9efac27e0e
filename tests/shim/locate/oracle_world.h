/* SPDX-License-Identifier: ISC */
/*
 * A world for prog_oracle.c, made of chance: a root directory of its own with trees that hold symlinks in and out,
 * absolute and relative, chains, loops and dangling ones, bind mounts, and names that no person would give.
 */
#ifndef PRECLUDE_TESTS_ORACLE_WORLD_H
#define PRECLUDE_TESTS_ORACLE_WORLD_H

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../own_root.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define CANNOT       77 /* exit status where no such world can be made */

/* Chance: splitmix64. */
static uint64_t state;

static unsigned chance(unsigned below)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) % below);
}

static bool once_in(unsigned n)
{
	return chance(n) == 0;
}

static const char *const names[] = {"a", "b", "c d", "\001\n\033[31m", "\377\376\200", "x (deleted)", "...", "d"};
static const char *const tops[] = {"/w/r1",  "/w/r2", "/w/r3", "/w/r1/n",  "/w/grant", "/w/read",
				   "/w/out", "/w",    "/x",    "/w/link3", "/w/alias"};
/* Roots, too, by names that are easily mistaken: for ".", "..", a list of two, text. */
static const char *const odd_tops[] = {"/w/.r", "/w/..r", "/w/r.", "/w/xy", "/w/s p", "/w/c:n", "/w/\377r"};
static const char *const dots[] = {".", "..", "..", "../..", "./.", "../../.."};

static const char *pick_top(void)
{
	return once_in(4) ? odd_tops[chance(COUNT(odd_tops))] : tops[chance(COUNT(tops))];
}

static void put(char *path, size_t size, const char *more)
{
	strncat(path, more, size - strlen(path) - 1);
}

/* Some path; it need not lead anywhere. */
static void make_path(char *path, size_t size)
{
	unsigned parts = chance(5);
	char number[32];

	*path = '\0';
	if (once_in(3)) {
		put(path, size, pick_top());
		put(path, size, once_in(12) ? "//" : "/");
	} else if (once_in(40)) {
		static const char *const magic[] = {"/proc/self/cwd/", "/proc/self/root/", "/proc/thread-self/cwd/"};

		put(path, size, magic[chance(COUNT(magic))]);
	} else if (once_in(60)) {
		snprintf(number, sizeof number, "/proc/self/fd/%u%s", 20 + chance(16), once_in(2) ? "/" : "");
		put(path, size, number);
		if (number[strlen(number) - 1] != '/')
			return;
	} else if (once_in(30)) {
		put(path, size, "/");
	} else {
		parts++;
	}
	while (parts--) {
		put(path, size, once_in(5) ? dots[chance(COUNT(dots))] : names[chance(COUNT(names))]);
		if (parts)
			put(path, size, once_in(20) ? "//" : "/");
	}
	if (once_in(10))
		put(path, size, once_in(4) ? "/." : "/");
}

static void make_tree(const char *path, unsigned depth)
{
	char child[PATH_MAX], target[PATH_MAX];

	mkdir(path, 0755);
	for (unsigned i = 0; i < COUNT(names); i++) {
		snprintf(child, sizeof child, "%s/%s", path, names[i]);
		switch (chance(10)) {
		case 0 ... 2:
			if (depth)
				make_tree(child, depth - 1);
			break;
		case 3 ... 4:
			mknod(child, S_IFREG | 0644, 0);
			break;
		case 5:
			mknod(child, S_IFIFO | 0644, 0);
			break;
		case 6 ... 8:
			make_path(target, sizeof target);
			symlink(target, child);
			break;
		}
	}
}

/* Most symlinks that lead round in circles are taken away again: chance makes more of them than people do. */
static void break_loops(const char *path)
{
	char child[PATH_MAX];
	struct stat st;

	for (unsigned i = 0; i < COUNT(names); i++) {
		snprintf(child, sizeof child, "%s/%s", path, names[i]);
		if (stat(child, &st) < 0 && errno == ELOOP && !once_in(60))
			unlink(child);
		else if (lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
			break_loops(child);
	}
}

static bool bind_over(const char *from, const char *to)
{
	struct stat st;

	return lstat(to, &st) == 0 && !S_ISLNK(st.st_mode) && mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* An empty root of our own, with what a program needs to be executed, read-only. */
static void new_root(const char *library, const char *self)
{
	static const char *const needed[] = {"usr", "lib", "lib64", "bin", "etc", "proc", "dev"};
	char from[PATH_MAX], to[PATH_MAX];

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/mnt", "tmpfs", 0, "mode=0755") < 0)
		exit(CANNOT);
	for (unsigned i = 0; i < COUNT(needed); i++) {
		snprintf(from, sizeof from, "/%s", needed[i]);
		snprintf(to, sizeof to, "/mnt/%s", needed[i]);
		mkdir(to, 0755);
		bind_over(from, to);
		if (i < 5)
			mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
	}
	mknod("/mnt/library", S_IFREG | 0644, 0);
	mknod("/mnt/self", S_IFREG | 0644, 0);
	if (!bind_over(library, "/mnt/library") || !bind_over(self, "/mnt/self") || !become_root("/mnt", "/usr"))
		exit(CANNOT);
}

static void make_world(void)
{
	char from[256], to[256];

	mkdir("/w", 0755);
	mkdir("/log", 0755);
	for (unsigned i = 0; i < 7; i++)
		make_tree(tops[i], i == 3 ? 1 : 2);
	for (unsigned i = 0; i < COUNT(odd_tops); i++)
		make_tree(odd_tops[i], 1);
	make_tree("/x", 1);
	for (unsigned i = 0; i < 7; i++)
		break_loops(tops[i]);
	for (unsigned i = 0; i < COUNT(odd_tops); i++)
		break_loops(odd_tops[i]);
	break_loops("/x");
	symlink("r3", "/w/link3");
	symlink("/w/r1", "/w/alias");
	for (unsigned i = chance(4); i--;) {
		snprintf(from, sizeof from, "%s/%s", tops[chance(7)], names[chance(COUNT(names))]);
		snprintf(to, sizeof to, "%s/%s", tops[chance(7)], names[chance(COUNT(names))]);
		bind_over(from, to);
	}
}

#endif
