/* SPDX-License-Identifier: ISC */
/* The scenarios of net_faults.c: what a program does under the library, and what was there before. */
#ifndef PRECLUDE_TESTS_NETS_FAULTS_H
#define PRECLUDE_TESTS_NETS_FAULTS_H

#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <sys/ioctl.h>

#include "machine.h"

enum { RECEIVED = 30, RECEIVED_DIR, REMOVED, VICTIM, OUT_DIR, FRIEND };

/* Exit status where chance did not make what the scenario needs. */
enum { NOT_MET = 78 };

/* The result of a call that must fail; the first one that does not is told by the exit status. */
static int held(long result, int which)
{
	return result < 0 ? 0 : which;
}

static int first(const int *results, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (results[i])
			return results[i];
	return 0;
}
#define FIRST(...) first((const int[]){__VA_ARGS__}, COUNT(((const int[]){__VA_ARGS__})))

/* Somebody bound another directory over the root's name in a mount namespace of his own, and sent descriptors from
 * there. */
static int forged_name(void)
{
	return FIRST(held(fchmod(RECEIVED, 0777), 1), held(fchown(RECEIVED, 7, 7), 2),
		     held(fchmodat(RECEIVED_DIR, "f", 0777, 0), 3), held(fsetxattr(RECEIVED, "user.net", "x", 1, 0), 4),
		     held(fchownat(RECEIVED_DIR, "f", 7, 7, AT_SYMLINK_NOFOLLOW), 5),
		     held(fchmod(RECEIVED_DIR, 0700), 6), held(fchownat(RECEIVED_DIR, "", 7, 7, AT_EMPTY_PATH), 7),
		     held(utimensat(RECEIVED_DIR, "victim", timespecs, AT_SYMLINK_NOFOLLOW), 8),
		     held(fchdir(RECEIVED_DIR) + lchown("f", 7, 7), 9));
}

/* A file whose name is that of a memfd. */
static int memfd_name(void)
{
	int fd;

	must(chroot("/w/out") == 0 && (fd = open("/memfd:x", O_RDONLY)) >= 0, "open /memfd:x");
	return FIRST(held(fchmod(fd, 0777), 1), held(fchown(fd, 7, 7), 2));
}

/* A descriptor of a file whose name inside was removed, while one outside is left; it was inherited. */
static int removed_name(void)
{
	return FIRST(held(fchmod(REMOVED, 0777), 1), held(fchown(REMOVED, 7, 7), 2));
}

/* No path at all, on a working directory outside. */
static int no_path(void)
{
	must(chdir("/w/out") == 0, "chdir");
	return FIRST(held(syscall(SYS_setxattrat, AT_FDCWD, NULL, AT_EMPTY_PATH, "user.net", &xattr, sizeof xattr), 1),
		     held(syscall(SYS_file_setattr, AT_FDCWD, NULL, file_attr, sizeof file_attr, AT_EMPTY_PATH), 2),
		     held(syscall(SYS_fchownat, AT_FDCWD, NULL, 7, 7, AT_EMPTY_PATH), 3),
		     held(syscall(SYS_fchownat, AT_FDCWD, "", 7, 7, AT_EMPTY_PATH), 4),
		     held(syscall(SYS_removexattrat, AT_FDCWD, NULL, AT_EMPTY_PATH, "user.old"), 5));
}

/* Looks by numbers that are new, where looks are confined. */
static int new_numbers(void)
{
	static char room_[4096];
	uint64_t value[2] = {(uintptr_t)room_, 64};

	return FIRST(
	    held(syscall(464 /* getxattrat */, AT_FDCWD, "../out/victim", 0, "user.old", value, sizeof value), 1),
	    held(syscall(465 /* listxattrat */, AT_FDCWD, "../out/victim", 0, room_, sizeof room_), 2),
	    held(syscall(468 /* file_getattr */, AT_FDCWD, "../out/victim", room_, 24, 0), 3),
	    held(syscall(467 /* open_tree_attr */, AT_FDCWD, "../out/victim", 0, NULL, 0), 4));
}

/* Calls on a descriptor that change what chattr and its kin do; what does not know them must not be asked. */
static int descriptor_ioctls(void)
{
	static const unsigned long requests[] = {
	    FS_IOC_SETFLAGS,           FS_IOC32_SETFLAGS,        FS_IOC_FSSETXATTR,    FS_IOC_SETVERSION,
	    FS_IOC32_SETVERSION,       _IOW('f', 4, long), /* EXT4_IOC_SETVERSION */
	    _IOW('f', 4, int),         FAT_IOCTL_SET_ATTRIBUTES, FS_IOC_ENABLE_VERITY, FS_IOC_SET_ENCRYPTION_POLICY,
	    BTRFS_IOC_SUBVOL_SETFLAGS, _IOW(0xf5, 13, int) /* F2FS_IOC_SET_PIN_FILE */};
	static char room_[4096];

	for (unsigned i = 0; i < COUNT(requests); i++)
		if (ioctl(VICTIM, requests[i], room_) >= 0 || (errno != EACCES && errno != EPERM))
			return 1 + (int)i;
	return 0;
}

static int change_outside(void)
{
	return FIRST(held(chmod("/w/out/victim", 0777), 1), held(open("/w/out/victim", O_RDWR), 2));
}

/* What is executed with this variable added changes something outside. */
static int executed_with(const char *variable)
{
	int status, pid = fork();

	if (pid == 0) {
		putenv((char *)variable);
		execl("/self", "net_faults", "child", "change_outside", NULL);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 10;
}

static int mode_off(void)
{
	return executed_with("PRECLUDE_MODE=off");
}

static int wider_roots(void)
{
	return executed_with("PRECLUDE_ROOTS=/w");
}

static int confine_off(void)
{
	return executed_with("PRECLUDE_CONFINE=off");
}

static int writes_elsewhere(void)
{
	must(chdir("/w/in") == 0, "enter the module");
	close(open("/w/.r/keep", O_WRONLY | O_APPEND));
	return 0;
}

/*
 * A directory inside that is held while the root of the process moves below it: what is opened there later lies above
 * the new root, which closes no way upwards.
 */
static int held_above(void)
{
	int dir, below;

	must(chroot("/w/in") == 0 && chdir("/") == 0, "chroot to /w/in");
	dir = open("/", O_RDONLY | O_DIRECTORY);
	must(fchmodat(dir, "f", 0600, 0) == 0 && chroot("/d") == 0, "chroot to /w/in/d");
	must(fchmodat(dir, "f", 0600, 0) == 0, "change /w/in/f from there");
	below = openat(dir, "e", O_RDONLY | O_DIRECTORY);
	must(below >= 0 && fchmodat(below, ".", 0700, 0) == 0, "open /w/in/e");
	return FIRST(
	    held(fchmodat(dir, "../out/victim", 0777, 0), 1), held(fchmodat(below, "../../out/victim", 0777, 0), 2),
	    held(fchownat(below, "../../out/victim", 7, 7, AT_SYMLINK_NOFOLLOW), 3),
	    held(fchmodat(below, "up", 0777, 0), 4), held(syscall(SYS_fchmodat, below, "../../out/victim", 0777), 5),
	    held(openat(below, "up", O_RDWR), 6), held(openat(below, "../../out/victim", O_RDWR), 7),
	    held(fchdir(below) + chmod("../../out/victim", 0777), 8), held(chmod("up", 0777), 9));
}

static int nothing(void)
{
	return 0;
}

/* A file made inside is removed, and somebody makes one outside that gets its inode number, on a disk. */
static int inode_again(void)
{
	char path[64], byte = 'x';
	struct stat made, other;
	int met = NOT_MET;

	for (unsigned i = 0; i < 30; i++) {
		FILE *file;
		int fd;

		strcpy(path, "/disk/in/tmplXXXXXX");
		fd = mkstemp(path);
		must(fd >= 0 && fchmod(fd, 0600) == 0 && fstat(fd, &made) == 0, "make a file");
		file = fdopen(fd, "w");
		fclose(file), unlink(path);
		(void)!write(FRIEND, &byte, 1);
		(void)!read(FRIEND, &byte, 1);
		fd = open("/disk/out/new", O_RDONLY);
		must(fd >= 0 && fstat(fd, &other) == 0, "open /disk/out/new");
		if (made.st_ino == other.st_ino)
			met = 0;
		if (fchmod(fd, 04777) == 0)
			return 1;
		close(fd);
		(void)!write(FRIEND, &byte, 1);
		(void)!read(FRIEND, &byte, 1);
	}
	return met;
}

/* What is there before the library is. */

/* A filter that answers `value` to system call `number`. */
static void filter(unsigned number, unsigned value)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | value),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {COUNT(code), code};

	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "install a filter");
}

static void lying_filter(void)
{
	filter(446 /* landlock_restrict_self */, 0);
}

/* A domain that denies reading what the library tries to read, and nothing that matters; and a digest from elsewhere.
 */
static void unrelated_domain(void)
{
	static char digest[256];
	unsigned long rights[3] = {1UL << 2 /* READ_FILE */};
	struct {
		unsigned long access;
		int fd;
	} __attribute__((packed)) beneath = {1UL << 2, -1};
	int ruleset = (int)syscall(444, rights, 8, 0), ends[2], length;

	must(ruleset >= 0 && pipe(ends) == 0, "make a ruleset");
	if (fork() == 0) {
		dup2(ends[1], 1);
		execl("/bin/sh", "sh", "-c", "echo $PRECLUDE_APPLIED", NULL);
		_exit(1);
	}
	length = (int)read(ends[0], digest, sizeof digest - 1);
	must(length > 1, "read PRECLUDE_APPLIED");
	digest[length - 1] = '\0';
	setenv("PRECLUDE_APPLIED", digest, 1);
	for (const char *const *path = (const char *const[]){"/usr", "/lib", "/lib64", "/bin", "/etc", "/w", "/dev",
							     "/self", "/library", NULL};
	     *path; path++) {
		beneath.fd = open(*path, O_PATH);
		if (beneath.fd >= 0)
			syscall(445, ruleset, 1, &beneath, 0), close(beneath.fd);
	}
	must(syscall(446, ruleset, 0) == 0, "restrict");
}

static const struct scenario {
	const char *name;
	int (*run)(void);
	const char *variables[4];
	void (*before)(void);
	const char *logged;  /* what the log must say */
	bool may_be_refused; /* at the start */
	bool may_be_warned;  /* of, instead */
} scenarios[] = {
    {"a received descriptor with a forged name", forged_name, {NULL}},
    {"a file called memfd:", memfd_name, {"PRECLUDE_READ=/w/out"}},
    {"an inherited descriptor, its name inside removed", removed_name, {NULL}},
    {"an inode number used again", inode_again, {"PRECLUDE_ROOTS=/disk/in", "PRECLUDE_READ=/disk/out"}},
    {"a directory held above a second root", held_above, {NULL}},
    {"a directory held above a second root, anchored", held_above, {"PRECLUDE_ANCHOR=on"}},
    {"no path, on the working directory", no_path, {NULL}},
    {"looks by new numbers", new_numbers, {"PRECLUDE_CONFINE=all"}},
    {"ioctls that change metadata", descriptor_ioctls, {NULL}},
    {"a child with PRECLUDE_MODE=off", mode_off, {NULL}, .may_be_warned = true},
    {"a child with wider roots", wider_roots, {NULL}, .may_be_warned = true},
    {"a child with PRECLUDE_CONFINE=off", confine_off, {NULL}, .may_be_warned = true},
    {"a filter that lies about the domain", change_outside, {NULL}, lying_filter, NULL, true},
    {"PRECLUDE_APPLIED under an unrelated domain", change_outside, {NULL}, unrelated_domain, NULL, true},
    {"PRECLUDE_LOG through a link", nothing, {"PRECLUDE_LOG=/w/in/links/log"}, NULL, NULL, true},
    {"observing, another module is written",
     writes_elsewhere,
     {"PRECLUDE_MODE=observe", "PRECLUDE_NARROW=on", "PRECLUDE_FLAG=outside"},
     NULL,
     "would-deny"},
};

#endif
