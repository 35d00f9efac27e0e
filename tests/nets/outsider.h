/* SPDX-License-Identifier: ISC */
/*
 * Somebody else on the machine: a process that no policy confines, which describes the files, says where a descriptor
 * of the process under test lies, and moves names under its feet. It answers one request at a time.
 */
#ifndef PRECLUDE_TESTS_NETS_OUTSIDER_H
#define PRECLUDE_TESTS_NETS_OUTSIDER_H

#include <sys/wait.h>

#include "../shim/locate/oracle_walk.h"
#include "world.h"

enum { OUTSIDER = 61, TRANSCRIPT = 60 };

/* FRESH: the files of tree.h, with object `fd`. MOVE and SWAP: of `from`, or of the directory that descriptor `fd` of
 * process `pid` is (AT_FDCWD: its working directory). */
struct errand {
	enum { DIGEST, TELL, WHERE, FRESH, MOVE, SWAP } kind;
	int pid, fd;
	char from[256], to[256];
};

/* What the roots are, whatever they are called by now; where a process has been narrowed, the first alone. */
static struct id root_ids[2];
static unsigned roots_that_count = COUNT(root_ids);
static bool second_is_read_only; /* then it counts as GRANTED */

static inline void know_roots(void)
{
	mode_t mode;
	int fd;

	for (unsigned i = 0; i < 2; i++) {
		fd = (int)sys(SYS_openat, AT_FDCWD, tops[i], O_PATH | O_CLOEXEC, 0);
		if (fd < 0)
			continue; /* a net with other files */
		must(id_of(fd, &root_ids[i], &mode), tops[i]);
		sys(SYS_close, fd);
	}
}

static bool is_own_root(const struct stat *at)
{
	struct stat root;

	return sys(SYS_newfstatat, AT_FDCWD, "/", &root, 0) == 0 && root.st_dev == at->st_dev &&
	       root.st_ino == at->st_ino;
}

/*
 * Where a directory lies: upwards, by "..", until a root or the top. `top_inside`: the root of this process is a
 * directory inside. UNKNOWN for a directory that was removed.
 */
static enum place climb(int dir, bool top_inside)
{
	int at = (int)sys(SYS_fcntl, dir, F_DUPFD_CLOEXEC, 200), up;
	enum place found = UNKNOWN;
	struct stat one, two;

	while (at >= 0 && found == UNKNOWN && sys(SYS_newfstatat, at, "", &one, AT_EMPTY_PATH) == 0 && one.st_nlink) {
		for (unsigned i = 0; i < roots_that_count; i++)
			if (root_ids[i].dev == one.st_dev && root_ids[i].ino == one.st_ino)
				found = i && second_is_read_only ? GRANTED : INSIDE;
		up = (int)sys(SYS_openat, at, "..", O_PATH | O_CLOEXEC, 0);
		if (up < 0 || sys(SYS_newfstatat, up, "", &two, AT_EMPTY_PATH) < 0)
			break;
		if (found == UNKNOWN && one.st_dev == two.st_dev && one.st_ino == two.st_ino)
			found = top_inside && is_own_root(&one) ? INSIDE : OUTSIDE;
		sys(SYS_close, at);
		at = up;
	}
	if (at >= 0)
		sys(SYS_close, at);
	return found;
}

/* The place of what descriptor `fd` of process or thread `pid` is, if it is no directory: by the name it has now. */
static enum place where_is(int pid, int fd)
{
	char link[64], path[PATH_MAX];
	struct stat object, named;
	enum place found;
	ssize_t length;
	int dir;

	snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, fd);
	length = readlink(link, path, sizeof path - 1);
	if (length <= 0 || path[0] != '/' || stat(link, &object))
		return UNKNOWN;
	path[length] = '\0';
	if (lstat(path, &named) || named.st_dev != object.st_dev || named.st_ino != object.st_ino)
		return UNKNOWN;
	*strrchr(path, '/') = '\0';
	dir = open(path, O_PATH | O_CLOEXEC);
	found = climb(dir, false);
	close(dir);
	return found;
}

static inline char *description(void)
{
	char *text_;
	size_t size;
	FILE *out = open_memstream(&text_, &size);

	describe(out, "/w");
	describe(out, "/tmp");
	describe(out, "/dev/shm");
	fclose(out);
	return text_;
}

static bool path_of_directory(int pid, int fd, char *path, size_t size)
{
	char link[64];
	struct stat at;
	ssize_t length;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof link, "/proc/%d/cwd", pid);
	else
		snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, fd);
	length = readlink(link, path, size - 1);
	if (length <= 0)
		return false;
	path[length] = '\0';
	/* A root stays where it is, so that there is always one. */
	return !strncmp(path, "/w/", 3) && strchr(path + 3, '/') && lstat(path, &at) == 0 && S_ISDIR(at.st_mode);
}

static int empty_one(const char *path, const struct stat *entry, int type, struct FTW *at)
{
	(void)type;
	if (at->level)
		(void)(S_ISDIR(entry->st_mode) ? rmdir(path) : unlink(path));
	return 0;
}

/* The files of tree.h, and more links. A root stays the directory that it was when the policy was read. */
static inline long fresh_files(enum object object)
{
	static const char *const places[] = {"/w/root", "/w/out", "/w/granted"};
	static const struct timespec then[2] = {{1000, 0}, {1000, 0}};

	for (unsigned i = 0; i < COUNT(places); i++) {
		nftw(places[i], empty_one, 8, FTW_DEPTH | FTW_PHYS);
		removexattr(places[i], "user.new"), removexattr(places[i], "system.posix_acl_default");
		removexattr(places[i], "system.posix_acl_access"), removexattr(places[i], "user.old");
		lchown(places[i], 0, 0), chmod(places[i], 0755);
	}
	tree_put("/w/victim", 0644), chmod("/w/victim", 0644), lchown("/w/victim", 0, 0);
	removexattr("/w/victim", "user.new"), removexattr("/w/victim", "system.posix_acl_access");
	shm_unlink("/preclude-rows"), sem_unlink("/preclude-rows"), mq_unlink("/preclude-rows");
	tree_fill(object);
	must(symlink("/w/out/new", "/w/root/newlink") == 0 && symlink("nothing", "/w/root/dangling") == 0 &&
		 symlink("loop", "/w/root/loop") == 0,
	     "make links");
	for (unsigned i = 0; i < COUNT(places); i++)
		utimensat(AT_FDCWD, places[i], then, 0);
	return 0;
}

/* What FRESH does, where a net has other files. */
static void (*reset_files)(void);

static long answer(struct errand *errand, int socket_)
{
	uint64_t hash = 0xcbf29ce484222325;
	char *text_;

	switch (errand->kind) {
	case DIGEST:
		text_ = description();
		for (char *at = text_; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
		free(text_);
		return (long)hash;
	case TELL:
		text_ = description();
		send(socket_, text_, strlen(text_), 0);
		free(text_);
		return 0;
	case WHERE:
		return where_is(errand->pid, errand->fd);
	case FRESH:
		if (reset_files)
			return reset_files(), 0;
		return fresh_files((enum object)errand->fd);
	case MOVE:
		if (errand->pid && !path_of_directory(errand->pid, errand->fd, errand->from, sizeof errand->from))
			return -1;
		return renameat2(AT_FDCWD, errand->from, AT_FDCWD, errand->to, RENAME_NOREPLACE);
	case SWAP:
		if (errand->pid && !path_of_directory(errand->pid, errand->fd, errand->from, sizeof errand->from))
			return -1;
		return renameat2(AT_FDCWD, errand->from, AT_FDCWD, errand->to, RENAME_EXCHANGE);
	}
	return 0;
}

/* Serves until the other end is closed. */
static inline void outsider(int socket_)
{
	struct errand errand;
	long result;

	know_roots();
	while (recv(socket_, &errand, sizeof errand, 0) == sizeof errand) {
		result = answer(&errand, socket_);
		if (send(socket_, &result, sizeof result, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static inline long ask(struct errand errand)
{
	long result = -1;

	sys(SYS_write, OUTSIDER, &errand, sizeof errand);
	sys(SYS_read, OUTSIDER, &result, sizeof result);
	return result;
}

#endif
