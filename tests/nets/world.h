/* SPDX-License-Identifier: ISC */
/*
 * A machine of the net's own: a mount namespace whose root is an empty tmpfs, with what programs need mounted read-only
 * and, in /w, trees made of chance. The same seed makes the same trees, and a tmpfs numbers its inodes from the start,
 * so that two such machines are equal. Nothing in here can reach a file of the machine on which the net runs.
 *
 *   /w/in, /w/.r   roots of the policy      /w/out   outside, as are /w itself and /tmp
 */
#ifndef PRECLUDE_TESTS_NETS_WORLD_H
#define PRECLUDE_TESTS_NETS_WORLD_H

#include <sched.h>

#include "../shim/own_root.h"
#include "rows.h"

struct chance {
	uint64_t state;
};

/* splitmix64 */
static inline unsigned chance(struct chance *chance, unsigned below)
{
	uint64_t z = (chance->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) % below);
}

static inline bool once_in(struct chance *with, unsigned n)
{
	return chance(with, n) == 0;
}

static const char *const tops[] = {"/w/in", "/w/.r", "/w/out"};
static const char *const names[] = {"a", "b", "c", "f", "g", "l", "m", ".r", "x y", "keep"};
enum { KEEP = 9 }; /* a file of this name is in every directory */

static inline const char *pick_name(struct chance *with)
{
	return names[chance(with, COUNT(names))];
}

/* Some path, at most 250 bytes; it need not lead anywhere. */
static inline void make_path(struct chance *with, char *path)
{
	static const char *const dots[] = {".", "..", "..", "../.."};
	unsigned parts = chance(with, 4);

	*path = '\0';
	if (once_in(with, 4))
		strcat(strcpy(path, tops[chance(with, COUNT(tops))]), "/");
	else if (once_in(with, 60))
		strcpy(path, once_in(with, 2) ? "/" : "/w/");
	else
		parts++;
	while (parts--) {
		strcat(path, once_in(with, 6) ? dots[chance(with, COUNT(dots))] : pick_name(with));
		if (parts)
			strcat(path, once_in(with, 20) ? "//" : "/");
	}
	if (once_in(with, 9))
		strcat(path, once_in(with, 3) ? "/." : "/");
}

static inline void must(bool done, const char *what)
{
	if (!done) {
		dprintf(2, "cannot %s: %s\n", what, strerror(errno));
		_exit(CANNOT);
	}
}

static void make_tree(struct chance *with, const char *path, unsigned depth)
{
	static const struct timespec then[2] = {{1000, 0}, {1000, 0}};
	char child[PATH_MAX], target[PATH_MAX];
	int fd;

	mkdir(path, 0755);
	for (unsigned i = 0; i < COUNT(names); i++) {
		snprintf(child, sizeof child, "%s/%s", path, names[i]);
		switch (i == KEEP ? 3 : chance(with, 9)) {
		case 0 ... 2:
			if (depth)
				make_tree(with, child, depth - 1);
			break;
		case 3 ... 5:
			fd = open(child, O_WRONLY | O_CREAT | O_EXCL, 0640);
			dprintf(fd, "this is %s", child);
			close(fd);
			setxattr(child, "user.old", "old", 3, 0);
			break;
		case 6 ... 7:
			make_path(with, target);
			if (symlink(target, child) && errno != EEXIST)
				must(false, child);
			break;
		}
		utimensat(AT_FDCWD, child, then, AT_SYMLINK_NOFOLLOW);
	}
	chmod(path, 0755);
	utimensat(AT_FDCWD, path, then, 0);
}

static inline void bind_into(const char *from, const char *to, bool directory)
{
	if (directory)
		mkdir(to, 0755);
	else
		close(open(to, O_CREAT | O_WRONLY, 0644));
	must(mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0, to);
	mount(NULL, to, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

/* The root of our own; the program and `library` are at /self and /library there. */
static inline void new_root(const char *library)
{
	static const char *const needed[] = {"/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc"};
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
	char to[64], self[PATH_MAX];

	must(realpath("/proc/self/exe", self) != NULL, "find myself");
	must(unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		 mount("tmpfs", "/mnt", "tmpfs", MS_NOATIME, "mode=0755,size=64m") == 0,
	     "make a mount namespace");
	for (unsigned i = 0; i < COUNT(needed); i++) {
		snprintf(to, sizeof to, "/mnt%s", needed[i]);
		if (access(needed[i], F_OK) == 0)
			bind_into(needed[i], to, true);
	}
	must(mkdir("/mnt/dev", 0755) == 0 && mkdir("/mnt/dev/shm", 01777) == 0 && mkdir("/mnt/tmp", 01777) == 0 &&
		 mkdir("/mnt/w", 0755) == 0 && mkdir("/mnt/log", 0755) == 0,
	     "make directories");
	for (unsigned i = 0; i < COUNT(devices); i++) {
		snprintf(to, sizeof to, "/mnt%s", devices[i]);
		bind_into(devices[i], to, false);
	}
	bind_into(self, "/mnt/self", false);
	bind_into(library, "/mnt/library", false);
	must(become_root("/mnt", "/w"), "leave the machine's files behind, as in a plain chroot");
}

static inline void make_world(uint64_t seed)
{
	struct chance with = {seed ^ 0x776f726c64};

	umask(022);
	make_tree(&with, "/w/in", 2);
	make_tree(&with, "/w/.r", 1);
	make_tree(&with, "/w/out", 2);
	must(close(open("/w/out/victim", O_WRONLY | O_CREAT, 0640)) == 0 &&
		 utimensat(AT_FDCWD, "/w/out/victim", (const struct timespec[2]){{1000, 0}, {1000, 0}}, 0) == 0,
	     "/w/out/victim");
}

/*
 * All that a call may have changed, one line a file. A time is told only when somebody set it: the present differs from
 * run to run. Called by who is not confined.
 */
static void describe(FILE *out, const char *path)
{
	char text_[PATH_MAX], keys[512];
	struct dirent **entries;
	struct stat at;
	ssize_t count;

	if (lstat(path, &at))
		return;
	fprintf(out, "%s %o %d:%d %ld", path, at.st_mode, (int)at.st_uid, (int)at.st_gid, (long)at.st_nlink);
	if (!S_ISDIR(at.st_mode))
		fprintf(out, " %ld", (long)at.st_size);
	if (at.st_mtime < 1000000)
		fprintf(out, " %ld", (long)at.st_mtime);
	count = S_ISLNK(at.st_mode) ? readlink(path, text_, sizeof text_ - 1) : 0;
	if (count > 0)
		fprintf(out, " -> %.*s", (int)count, text_);
	count = llistxattr(path, keys, sizeof keys);
	for (char *key = keys; count > 0 && key < keys + count; key += strlen(key) + 1) {
		char value[64];

		fprintf(out, " %s=%zd", key, lgetxattr(path, key, value, sizeof value));
	}
	if (S_ISREG(at.st_mode)) {
		int fd = open(path, O_RDONLY);

		count = fd < 0 ? 0 : read(fd, text_, 60);
		fprintf(out, " \"%.*s\"", (int)(count > 0 ? count : 0), text_);
		close(fd);
	}
	fputc('\n', out);
	if (!S_ISDIR(at.st_mode))
		return;
	int found = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < found; i++) {
		if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..")) {
			snprintf(text_, sizeof text_, "%s/%s", path, entries[i]->d_name);
			describe(out, text_);
		}
		free(entries[i]);
	}
	if (found >= 0)
		free(entries);
}

#endif
