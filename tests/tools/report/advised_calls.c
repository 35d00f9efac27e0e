/* SPDX-License-Identifier: ISC */
/*
 * Makes one call of advice_tries.def, as it was or as advised: advised_calls FUNCTION original|plain|linked. The name
 * is "object", in the working directory; what an attacker wants reached lies in ../outside. Prints what the call
 * answered. advised.h, made of what `preclude report` says, has PLAIN_FUNCTION and LINKED_FUNCTION.
 */
#define _GNU_SOURCE
#include <acl/libacl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/acl.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utmp.h>

/* The advice has a variable of the name of this function. */
static int fd_of(DIR *dir)
{
	return dirfd(dir);
}
#define dirfd directory

#include "advised.h"

/* What this libc has no function for yet, by number. */
struct xattr_value {
	uint64_t value;
	uint32_t size, flags;
};
struct file_attributes {
	uint64_t xflags;
	uint32_t extsize, nextents, projid, cowextsize;
};
#define openat2(...)        syscall(437, __VA_ARGS__)
#define quotactl_fd(...)    syscall(443, __VA_ARGS__)
#define setxattrat(...)     syscall(463, __VA_ARGS__)
#define getxattrat(...)     syscall(464, __VA_ARGS__)
#define listxattrat(...)    syscall(465, __VA_ARGS__)
#define removexattrat(...)  syscall(466, __VA_ARGS__)
#define open_tree_attr(...) syscall(467, __VA_ARGS__)
#define file_getattr(...)   syscall(468, __VA_ARGS__)
#define file_setattr(...)   syscall(469, __VA_ARGS__)
#define pivot_root(...)     syscall(SYS_pivot_root, __VA_ARGS__)
#ifdef __GLIBC__
#define renameat2(...) syscall(SYS_renameat2, __VA_ARGS__)
#endif

static const char *const path = "object", *const name = "object";
static char fdpath[64], buffer[256];
static char *const argv[] = {"program", "ran", NULL}, *const envp[] = {NULL};
static struct stat st, inside, outside[4];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static struct {
	struct file_handle head;
	unsigned char bytes[128];
} handles[3];
static struct file_handle *const handle = &handles[0].head;
static int dirfd, watch;
static fsblkcnt_t *blocks;

static int walk(const char *at, const struct stat *found, int kind)
{
	return 0;
}

static int new_tree(void)
{
	int fs = fsopen("tmpfs", 0);

	fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return fsmount(fs, 0, 0);
}

#define TRY(func, answer, cases, variables, original)                                                                  \
	static long original_##func(void)                                                                              \
	{                                                                                                              \
		variables;                                                                                             \
		return (long)(original);                                                                               \
	}                                                                                                              \
	static long plain_##func(void)                                                                                 \
	{                                                                                                              \
		variables;                                                                                             \
		return (long)(PLAIN_##func);                                                                           \
	}                                                                                                              \
	static long linked_##func(void)                                                                                \
	{                                                                                                              \
		variables;                                                                                             \
		return (long)(LINKED_##func);                                                                          \
	}
#include "advice_tries.def"
#undef TRY

/* Which of the known objects this is. */
static const char *identity(const struct stat *of)
{
	static const char *const names[] = {"outside/file", "outside/dir", "outside/program", "outside/fifo"};

	for (int i = 0; i < 4; i++)
		if (outside[i].st_ino && of->st_ino == outside[i].st_ino && of->st_dev == outside[i].st_dev)
			return names[i];
	return of->st_ino == inside.st_ino && of->st_dev == inside.st_dev ? "the object" : "another";
}

static void answer_zero(long result)
{
	puts(result ? "fails" : "done");
}
static void answer_number(long result)
{
	puts(result == -1 ? "fails" : "done");
}
static void answer_pointer(long result)
{
	puts(result ? "done" : "fails");
}
static void answer_runs(long result)
{
	puts("fails");
}
static void answer_nothing(long result)
{
}

static void answer_held(long fd)
{
	if (fd < 0 || fstat((int)fd, &st))
		puts("fails");
	else
		printf("%s, type %o\n", identity(&st), st.st_mode & S_IFMT);
}

static void answer_fd(long fd)
{
	answer_held(fd);
	if (fd >= 0 && fcntl((int)fd, F_GETFL) >= 0 && (fcntl((int)fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		printf("%zd written\n", write((int)fd, "w", 1));
}

static void answer_file(long stream)
{
	answer_fd(stream ? fileno((FILE *)stream) : -1);
}

static void answer_dir(long dir)
{
	unsigned count = 0;

	answer_held(dir ? fd_of((DIR *)dir) : -1);
	while (dir && readdir((DIR *)dir))
		count++;
	printf("%u entries\n", count);
}

static void answer_stat(long result)
{
	puts(result ? "fails" : identity(&st));
}

static void answer_bytes(long length)
{
	printf("%ld bytes: %.*s\n", length < 0 ? -1L : length, length < 0 ? 0 : (int)length, buffer);
}

static void answer_acl(long acl)
{
	puts(acl ? acl_to_text((acl_t)acl, NULL) : "fails");
}
static void answer_blocks(long result)
{
	puts(result ? "fails" : *blocks ? "a disk" : "proc");
}

static void answer_handle(long result)
{
	int mount_id;

	handles[1].head.handle_bytes = handles[2].head.handle_bytes = sizeof(handles[1].bytes);
	name_to_handle_at(AT_FDCWD, "../outside/file", &handles[1].head, &mount_id, 0);
	name_to_handle_at(AT_FDCWD, "../outside/dir", &handles[2].head, &mount_id, 0);
	for (int i = 1; i < 3 && !result; i++)
		if (!memcmp(handles[0].bytes, handles[i].bytes, handles[0].head.handle_bytes)) {
			puts("outside");
			return;
		}
	puts(result ? "fails" : "another");
}

/* The inodes that are watched, as the kernel lists them. */
static void answer_watch(long result)
{
	char line[256];
	FILE *list;

	snprintf(fdpath, sizeof(fdpath), "/proc/self/fdinfo/%d", watch);
	list = fopen(fdpath, "r");
	while (result >= 0 && list && fgets(line, sizeof(line), list)) {
		char *at = strstr(line, " ino:");

		for (int i = 0; at && i < 4; i++)
			if (outside[i].st_ino && strtoull(at + 5, NULL, 16) == outside[i].st_ino)
				puts("outside is watched");
	}
	puts(result < 0 ? "fails" : "done");
}

static void answer_here(long result)
{
	stat(".", &st);
	puts(result ? "fails" : identity(&st));
}

static void answer_root(long result)
{
	stat("/", &st);
	puts(result ? "fails" : identity(&st));
}

static void answer_mounts(long result)
{
	static const char *const places[] = {"object", "../outside/dir"};
	const struct stat *const before[] = {&inside, &outside[1]};
	struct statvfs fs;

	puts(result ? "fails" : "done");
	for (int i = 0; i < 2; i++) {
		fchdir(dirfd);
		if (stat(places[i], &st) || statvfs(places[i], &fs))
			continue;
		if (st.st_ino != before[i]->st_ino || st.st_dev != before[i]->st_dev)
			printf("%s is another now\n", places[i]);
		if (fs.f_flag & ST_RDONLY && S_ISDIR(st.st_mode))
			printf("%s is read-only\n", places[i]);
	}
}

/* A process that ends writes a record. */
static void answer_accounting(long result)
{
	static const char *const places[] = {"object", "../outside/file"};
	const off_t before[] = {inside.st_size, outside[0].st_size};

	puts(result ? "fails" : "done");
	if (!fork())
		_exit(0);
	wait(NULL);
	acct(NULL);
	for (int i = 0; i < 2; i++)
		if (!stat(places[i], &st) && S_ISREG(st.st_mode) && st.st_size != before[i]) {
			printf("%s has a record\n", places[i]);
			truncate(places[i], before[i]);
		}
}

static const struct {
	const char *func, *cases;
	long (*original)(void), (*plain)(void), (*linked)(void);
	void (*answer)(long);
	int has_linked;
} tries[] = {
#define TRY(func, answer, cases, variables, original)                                                                  \
	{#func, cases, original_##func, plain_##func, linked_##func, answer_##answer, HAS_LINKED_##func},
#include "advice_tries.def"
#undef TRY
};

int main(int argc, char **words)
{
	static const char *const targets[] = {"../outside/file", "../outside/dir", "../outside/program",
					      "../outside/fifo"};
	size_t count = sizeof(tries) / sizeof(tries[0]);
	long result;

	if (argc < 3) {
		for (size_t i = 0; i < count; i++)
			printf("%s %s%s\n", tries[i].func, tries[i].cases, tries[i].has_linked ? " linked" : "");
		return 0;
	}
	for (int i = 0; i < 4; i++)
		lstat(targets[i], &outside[i]);
	stat("object", &inside);
	dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	handle->handle_bytes = sizeof(handles[0].bytes);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(tries[i].func, words[1]) != 0)
			continue;
		result = (*words[2] == 'o' ? tries[i].original : *words[2] == 'p' ? tries[i].plain : tries[i].linked)();
		tries[i].answer(result);
		return 0;
	}
	return 2;
}
