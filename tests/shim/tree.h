/* SPDX-License-Identifier: ISC */
/*
 * The files that the tests of single functions act on, made afresh for each call:
 *
 *   @/root      the root: obj, sub/obj, dir, and links: link -> @/out, inlink -> @/root/sub, glink -> @/granted,
 *               olink -> @/out/obj
 *   @/out       obj, dir; in no grant        @/granted   the same, in a grant
 */
#ifndef PRECLUDE_TESTS_SHIM_TREE_H
#define PRECLUDE_TESTS_SHIM_TREE_H

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <link.h>
#include <mqueue.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What obj is. */
enum object { FILE_, DIR_, NONE, LINK, TEMPLATE, MOUNT, SOCKET, PROGRAM, LIBRARY, SHM, SEM, MQ, TMP, SH };

/* On disk: a tmpfs may know no extended attributes. Short enough for the path of a socket. */
static char tree_top[64] = "/var/tmp/rows.XXXXXX";

/* A few at a time. */
static inline const char *tree_path(const char *path)
{
	static char texts[8][PATH_MAX];
	static unsigned next;
	char *text = texts[next++ % 8];

	snprintf(text, PATH_MAX, "%s%s", path[0] == '@' ? tree_top : "", path + (path[0] == '@'));
	return text;
}

static int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)at;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static const char *const tree_places[] = {"@/root", "@/root/sub", "@/out", "@/granted"};

static inline void tree_remove(void)
{
	for (unsigned i = 0; i < 4; i++) {
		char text[PATH_MAX];

		snprintf(text, sizeof text, "%s/obj", tree_path(tree_places[i]));
		while (umount2(text, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			;
		snprintf(text, sizeof text, "%s/dir", tree_path(tree_places[i]));
		while (umount2(text, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			;
	}
	for (unsigned i = 0; i < 4; i++)
		nftw(tree_path(tree_places[i]), tree_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	shm_unlink("/preclude-rows");
	sem_unlink("/preclude-rows");
	mq_unlink("/preclude-rows");
}

static inline void tree_put(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write(fd, "text", 4) != 4 || close(fd))
		abort();
	setxattr(path, "user.old", "old", 3, 0);
}

static inline void tree_put_object(const char *path, enum object object)
{
	static const struct timespec then[2] = {{1000, 0}, {1000, 0}};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	switch (object) {
	case FILE_:
		tree_put(path, 0640);
		break;
	case DIR_:
	case MOUNT:
		mkdir(path, 0750);
		if (object == MOUNT && mount("none", path, "tmpfs", 0, NULL))
			abort();
		break;
	case LINK:
		if (symlink("target", path))
			abort();
		break;
	case SOCKET:
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		snprintf(address.sun_path, sizeof address.sun_path, "%.100s", path);
		if (bind(fd, (struct sockaddr *)&address, sizeof address))
			abort();
		/* It stays bound: the last ones of each kind are kept open. */
		static int kept[4];
		static unsigned next;
		if (kept[next])
			close(kept[next]);
		kept[next++ % 4] = fd;
		next %= 4;
		break;
	case PROGRAM:
	case LIBRARY:
		if (link(tree_path(object == PROGRAM ? "@/program" : "@/library"), path))
			abort();
		break;
	default:
		return;
	}
	utimensat(AT_FDCWD, path, then, AT_SYMLINK_NOFOLLOW);
}

static inline void tree_fill(enum object object)
{
	for (unsigned i = 0; i < 4; i++) {
		char text[PATH_MAX];

		mkdir(tree_path(tree_places[i]), 0755);
		snprintf(text, sizeof text, "%s/obj", tree_path(tree_places[i]));
		tree_put_object(text, object);
		snprintf(text, sizeof text, "%s/dir", tree_path(tree_places[i]));
		mkdir(text, 0755);
	}
	if (symlink(tree_path("@/out"), tree_path("@/root/link")) ||
	    symlink(tree_path("@/root/sub"), tree_path("@/root/inlink")) ||
	    symlink(tree_path("@/granted"), tree_path("@/root/glink")) ||
	    symlink(tree_path("@/out/obj"), tree_path("@/root/olink")))
		abort();
	if (object == SHM)
		close(shm_open("/preclude-rows", O_RDWR | O_CREAT, 0600));
	if (object == SEM)
		sem_close(sem_open("/preclude-rows", O_CREAT, 0600, 1));
	if (object == MQ)
		mq_close(mq_open("/preclude-rows", O_RDWR | O_CREAT, 0600, NULL));
}

static inline void tree_make(enum object object)
{
	tree_remove();
	tree_fill(object);
}

/* One line a file: all that a call may have changed. Times are told only when somebody set them. */
static inline void tree_describe_one(FILE *out, const char *path)
{
	char text[PATH_MAX], names[512];
	struct stat st;
	ssize_t count;
	struct dirent **entries;

	if (lstat(path, &st))
		return;
	/* Temporary names differ from run to run. */
	const char *name = strstr(path, "/tmpl") ? "tmpl*" : path;
	fprintf(out, "%s %o %d:%d %ld", name, st.st_mode, (int)st.st_uid, (int)st.st_gid, (long)st.st_nlink);
	if (!S_ISDIR(st.st_mode))
		fprintf(out, " %ld", (long)st.st_size);
	if (st.st_mtime < 1000000)
		fprintf(out, " %ld", (long)st.st_mtime);
	count = S_ISLNK(st.st_mode) ? readlink(path, text, sizeof text - 1) : 0;
	if (count > 0)
		fprintf(out, " -> %.*s", (int)count, text);
	count = llistxattr(path, names, sizeof names);
	for (char *at = names; count > 0 && at < names + count; at += strlen(at) + 1) {
		char value[256];
		ssize_t length = lgetxattr(path, at, value, sizeof value);

		fprintf(out, " %s=%zd", at, length);
	}
	fputc('\n', out);
	if (!S_ISDIR(st.st_mode))
		return;
	int found = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < found; i++) {
		if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..")) {
			snprintf(text, sizeof text, "%s/%s", path, entries[i]->d_name);
			tree_describe_one(out, text);
		}
		free(entries[i]);
	}
	if (found >= 0)
		free(entries);
}

static inline char *tree_describe(void)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	tree_describe_one(out, tree_path("@/root"));
	tree_describe_one(out, tree_path("@/out"));
	tree_describe_one(out, tree_path("@/granted"));
	tree_describe_one(out, "/dev/shm/preclude-rows");
	tree_describe_one(out, "/dev/shm/sem.preclude-rows");
	fclose(out);
	return text;
}

static inline void tree_copy(const char *from, const char *to)
{
	char command[2 * PATH_MAX];

	snprintf(command, sizeof command, "cp -L '%s' '%s'", from, to);
	if (system(command))
		abort();
}

/* Mounts are made and moved, and shared memory is named, where nobody else sees it. Needs root. */
static inline int own_shared_memory(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWIPC) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("none", "/dev/shm", "tmpfs", 0, NULL);
}

static inline int tree_begin(void **state)
{
	struct link_map *map;
	void *library = dlopen("libutil.so.1", RTLD_NOW);

	(void)state;
	umask(022);
	if (!mkdtemp(tree_top) || chmod(tree_top, 0755))
		return -1;
	tree_copy("/bin/true", tree_path("@/program"));
	if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map))
		return -1;
	tree_copy(map->l_name, tree_path("@/library"));
	return 0;
}

static inline int tree_end(void **state)
{
	(void)state;
	tree_remove();
	unlink(tree_path("@/program"));
	unlink(tree_path("@/library"));
	unlink(tree_path("@/log"));
	return rmdir(tree_top);
}

#endif
