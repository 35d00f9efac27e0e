/* SPDX-License-Identifier: ISC */
/*
 * openat2(2) in every shape, a line each: prog_openat2 TOP WAY PLACE
 *
 *   WAY     number: syscall(2). name: libc's function, where it has one. raw: an instruction of the program's own
 *   PLACE   outside: started in TOP/root. inside: after chroot into it
 *
 * Each line is FROM LEADS CALL = RESULT, with tabs between. FROM: "root" where the path starts in TOP/root, else
 * "elsewhere". LEADS: "out" where, with no RESOLVE flag, it leads out of TOP/root, else "in". RESULT: an error, or
 * which object of TOP was opened, how, and under which number. What was made is removed again.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *top;
static int top_fd;
static int (*by_name)(int, const char *, struct open_how *, size_t);
static bool raw;

static const struct {
	const char *path; /* "T": TOP is put before it */
	const char *leads;
} paths[] = {
    {"file", "in"},
    {"./file", "in"},
    {"sub/file", "in"},
    {"sub/deep/er/file", "in"},
    {"sub/../file", "in"},
    {"sub/deep/../../sub/file", "in"},
    {"../root/file", "in"},
    {"../root/sub/deep/new", "in"},
    {"link", "in"},
    {"dirlink/file", "in"},
    {"dirlink/../file", "in"},
    {"abslink", "in"},
    {"absdir/file", "in"},
    {"absdir/new", "in"},
    {"dangling", "in"},
    {"rootlink", "out"},
    {"loop", "in"},
    {"mnt", "in"},
    {"mnt/file", "in"},
    {"mnt/../file", "in"},
    {"magic", "in"},
    {"magicdir/sub/file", "in"},
    {"fifo", "in"},
    {"..", "out"},
    {".", "in"},
    {"", "in"},
    {"sub", "in"},
    {"sub/", "in"},
    {"file/", "in"},
    {"link/", "in"},
    {"file/x", "in"},
    {"missing/x", "in"},
    {"new", "in"},
    {"new/", "in"},
    {"sub/new", "in"},
    {"../granted/file", "out"},
    {"../granted/new", "out"},
    {"sub/../../granted/file", "out"},
    {"../out/file", "out"},
    {"../out/missing", "out"},
    {"outlink", "out"},
    {"outdir/file", "out"},
    {"outdir/new", "out"},
    {"outdangling", "out"},
    {"farlink", "out"},
    {"magicout", "out"},
    {"/", "out"},
    {"/file", "out"},
    {"/sub/../../file", "out"},
    {"/proc/version", "out"},
    {"/proc/self/cwd/file", "in"},
    {"T/root", "in"},
    {"T/root/file", "in"},
    {"T/root/sub/../file", "in"},
    {"T/root/link", "in"},
    {"T/root/new", "in"},
    {"T/root/outlink", "out"},
    {"T/root/../granted/file", "out"},
    {"T/granted/file", "out"},
    {"T/out/file", "out"},
};

static const struct {
	const char *name;
	uint64_t flags, mode;
} asks[] = {
    /* The first ten with every path and RESOLVE flag. */
    {"RDONLY", O_RDONLY | O_NONBLOCK, 0},
    {"RDWR", O_RDWR | O_NONBLOCK, 0},
    {"DIRECTORY", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0},
    {"NOFOLLOW", O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0},
    {"PATH", O_PATH, 0},
    {"PATH NOFOLLOW", O_PATH | O_NOFOLLOW | O_CLOEXEC, 0},
    {"TRUNC", O_WRONLY | O_TRUNC | O_NONBLOCK, 0},
    {"CREAT", O_RDWR | O_CREAT | O_NONBLOCK, 0640},
    {"CREAT EXCL", O_WRONLY | O_CREAT | O_EXCL, 0600},
    {"TMPFILE", O_RDWR | O_TMPFILE, 0600},
    /* The rest with some: mostly what the kernel refuses whatever the path. */
    {"CREAT NOFOLLOW", O_WRONLY | O_CREAT | O_NOFOLLOW | O_APPEND | O_NONBLOCK, 04711},
    {"CREAT DIRECTORY", O_RDONLY | O_CREAT | O_DIRECTORY, 0600},
    {"RDONLY 0600", O_RDONLY, 0600},
    {"CREAT -1", O_RDWR | O_CREAT, ~(uint64_t)0},
    {"CREAT 010000", O_RDWR | O_CREAT, 010000},
    {"PATH RDWR", O_PATH | O_RDWR, 0},
    {"1<<40", UINT64_C(1) << 40, 0},
    {"1<<31", UINT64_C(1) << 31, 0},
};

#define CACHED 0x20 /* RESOLVE_CACHED: of Linux 5.12 */
static const uint64_t resolves[] = {
    0,
    RESOLVE_NO_XDEV,
    RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_SYMLINKS,
    RESOLVE_BENEATH,
    RESOLVE_IN_ROOT,
    CACHED,
    RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
    RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
    RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH,
    RESOLVE_NO_XDEV | RESOLVE_BENEATH,
    RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT,
    RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT,
    CACHED | RESOLVE_BENEATH,
    CACHED | RESOLVE_IN_ROOT,
    CACHED | RESOLVE_NO_SYMLINKS,
    RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | CACHED,
    /* The kernel knows none of these, up to Linux 7.3. */
    RESOLVE_BENEATH | RESOLVE_IN_ROOT,
    0x40,
    UINT64_C(1) << 40,
};
#define EVERY_ASK     10
#define EVERY_RESOLVE 18

/* What is tried with everything else. Of the rest, every seventh path; and of the last directories, every fourth. */
static bool wanted(size_t dir, size_t path, size_t ask, size_t resolve)
{
	return (dir < 5 || path % 4 == 0) && ((ask < EVERY_ASK && resolve < EVERY_RESOLVE) || path % 7 == 0);
}

static struct object {
	dev_t dev;
	ino_t ino;
	char name[128];
} objects[256];
static size_t object_count;

/* The names come by descriptor 31, since the policy hides some: device, inode and name of each. */
static void read_objects(void)
{
	FILE *list = fdopen(31, "r");
	unsigned long dev, ino;

	while (object_count < COUNT(objects) &&
	       fscanf(list, "%lu %lu %127s", &dev, &ino, objects[object_count].name) == 3) {
		objects[object_count].dev = dev;
		objects[object_count++].ino = ino;
	}
	fclose(list);
}

static long openat2_call(int dir, const char *path, const void *how, size_t size)
{
	long result;

	if (by_name)
		return by_name(dir, path, (struct open_how *)(uintptr_t)how, size);
	if (!raw)
		return syscall(SYS_openat2, dir, path, how, size);
#ifdef __x86_64__
	register long fourth __asm__("r10") = (long)size;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_openat2), "D"((long)dir), "S"(path), "d"(how), "r"(fourth)
			 : "rcx", "r11", "memory");
#else
	result = -ENOSYS;
#endif
	return result < 0 ? (errno = (int)-result, -1) : result;
}

/* What was made just now: its name, and it is removed. */
static const char *made(const struct stat *st)
{
	static const char *const places[] = {"root", "root/sub", "root/sub/deep", "granted", "granted/deep",
					     "out",  "."};
	static const char *const names[] = {"new",         "nothing",  "missing", "file",     "link",    "dirlink",
					    "abslink",     "sub",      "mnt",     "magic",    "fifo",    "outlink",
					    "outdangling", "dangling", "loop",    "rootlink", "farlink", "magicout"};
	static char name[64];
	struct stat there;

	for (size_t i = 0; st->st_nlink && i < COUNT(places) * COUNT(names); i++) {
		snprintf(name, sizeof name, "%s/%s", places[i / COUNT(names)], names[i % COUNT(names)]);
		if (fstatat(top_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == st->st_ino &&
		    there.st_dev == st->st_dev)
			return unlinkat(top_fd, name, 0) == 0 ? name : "what cannot be removed";
	}
	return st->st_nlink ? "other" : "without a name";
}

static const char *what(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return "no fstat";
	for (size_t i = 0; i < object_count; i++)
		if (objects[i].dev == st.st_dev && objects[i].ino == st.st_ino)
			return objects[i].name;
	return made(&st);
}

static void say(int fd)
{
	struct stat st;
	const char *name;

	if (fd < 0) {
		printf("%s\n", strerrorname_np(errno));
		return;
	}
	fstat(fd, &st);
	name = what(fd);
	/* A descriptor that was reopened does not remember O_NOFOLLOW, which does nothing any more. */
	printf("%s %o fd %d %x %x\n", name, st.st_nlink ? st.st_mode : 0, fd,
	       (unsigned)fcntl(fd, F_GETFL) & ~(unsigned)O_NOFOLLOW, (unsigned)fcntl(fd, F_GETFD));
	close(fd);
}

/*
 * RESOLVE_CACHED finds only names that the kernel holds in memory. The kernel may drop them at any time: this reads
 * them again. False: no RESOLVE_CACHED was asked for.
 */
static bool look(int dir, const char *path, const void *how, size_t size)
{
	struct open_how looking = {0};
	bool cached;
	long fd;

	memcpy(&looking, how, size < sizeof looking ? size : sizeof looking);
	cached = looking.resolve & CACHED;
	looking.flags = O_PATH | (looking.flags & O_NOFOLLOW);
	looking.mode = 0;
	looking.resolve &= ~(uint64_t)CACHED;
	fd = openat2_call(dir, path, &looking, sizeof looking);
	if (fd >= 0)
		close((int)fd);
	return cached;
}

static void call(const char *from, const char *leads, const char *label, int dir, const char *path, const void *how,
		 size_t size)
{
	int fd = -1;

	errno = 0;
	/* With "..", a rename anywhere in the system is a reason to fail with EAGAIN. */
	for (int tries = 0, most = 1000; tries < most && (!tries || (fd < 0 && errno == EAGAIN)); tries++) {
		/* What writes is EAGAIN with RESOLVE_CACHED each time. */
		if (tries && look(dir, path, how, size))
			most = 20;
		fd = (int)openat2_call(dir, path, how, size);
	}
	printf("%s\t%s\t%s\t", from, leads, label);
	say(fd);
}

/* Where the structure lies, and how long it is said to be: the kernel's answer, whatever the path. */
static void sizes(const char *from, const char *leads, const char *path)
{
	static const size_t lengths[] = {0, 1, 8, 16, 23, 24, 25, 32, 40, 64, 4096, 4097, 65536, 65537, (size_t)-1};
	static char room[70000] __attribute__((aligned(16)));
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct open_how how = {.flags = O_RDONLY};
	char label[200];

	munmap(pages + 4096, 4096);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		for (int tail = 0; tail < 3; tail++) {
			memset(room, 0, sizeof room);
			memcpy(room, &how, sizeof how);
			/* Just behind, or the last byte. */
			if (tail == 1)
				room[sizeof how] = 1;
			if (tail == 2 && lengths[i] > sizeof how && lengths[i] < sizeof room)
				room[lengths[i] - 1] = 1;
			snprintf(label, sizeof label, "%s, %zu bytes, tail %d", path, lengths[i], tail);
			call(from, leads, label, AT_FDCWD, path, room, lengths[i]);
		}
	}
	memset(room, 0, sizeof room);
	for (int shift = 1; shift < 8; shift += 3) {
		memcpy(room + shift, &how, sizeof how);
		snprintf(label, sizeof label, "%s, misaligned by %d", path, shift);
		call(from, leads, label, AT_FDCWD, path, room + shift, sizeof how);
		memset(room, 0, sizeof room);
	}
	memset(pages, 0, 4096);
	for (size_t size = 24; size <= 32; size += 8) {
		snprintf(label, sizeof label, "%s, %zu bytes before the end of a page", path, size);
		call(from, leads, label, AT_FDCWD, path, pages + 4096 - 24, size);
		snprintf(label, sizeof label, "%s, %zu bytes across the end of a page", path, size);
		call(from, leads, label, AT_FDCWD, path, pages + 4096 - 8, size);
		snprintf(label, sizeof label, "%s, %zu bytes at nothing", path, size);
		call(from, leads, label, AT_FDCWD, path, NULL, size);
		snprintf(label, sizeof label, "%s, %zu bytes in the kernel", path, size);
		call(from, leads, label, AT_FDCWD, path, (void *)(uintptr_t)-4096, size);
	}
}

static int in_top(const char *name)
{
	int fd = openat(top_fd, name, O_PATH);

	if (fd < 0)
		exit(fprintf(stderr, "%s: %s\n", name, strerror(errno)));
	return fd;
}

int main(int argc, char **argv)
{
	char path[4096], label[6000];
	struct {
		const char *name, *from;
		int fd;
	} dirs[] = {{"cwd", "root", AT_FDCWD},   {"root", "root", 0},     {"sub", "root", 0},
		    {"granted", "elsewhere", 0}, {"out", "elsewhere", 0}, {"top", "elsewhere", 0},
		    {"/", "elsewhere", 0},       {"a file", "root", 0},   {"none", "elsewhere", -1}};
	bool inside;

	if (argc != 4)
		return 2;
	top = argv[1];
	raw = !strcmp(argv[2], "raw");
	if (!strcmp(argv[2], "name")) {
		*(void **)&by_name = dlsym(RTLD_DEFAULT, "openat2");
		if (!by_name)
			return 77;
	}
	inside = !strcmp(argv[3], "inside");
	top_fd = open(top, O_PATH);
	read_objects();
	dirs[1].fd = in_top("root");
	dirs[2].fd = in_top("root/sub");
	dirs[3].fd = in_top("granted");
	dirs[4].fd = 30; /* handed down: where it is confined, it cannot be opened */
	dirs[5].fd = top_fd;
	dirs[6].fd = open("/", O_PATH);
	dirs[7].fd = in_top("root/file");
	/* What the magic links in root name. */
	dup2(in_top("root/file"), 40);
	dup2(in_top("granted/file"), 41);
	snprintf(path, sizeof path, "%s/root", top);
	if (inside ? chroot(path) || chdir("/") : chdir(path))
		return perror("root"), 1;
	umask(0);
	for (size_t d = 0; d < COUNT(dirs); d++)
		for (size_t p = 0; p < COUNT(paths); p++) {
			const bool whole = paths[p].path[0] == 'T';

			snprintf(path, sizeof path, "%s%s", whole ? top : "", paths[p].path + whole);
			for (size_t a = 0; a < COUNT(asks); a++)
				for (size_t r = 0; r < COUNT(resolves); r++) {
					const struct open_how how = {asks[a].flags, asks[a].mode, resolves[r]};
					const char *from = dirs[d].from;

					if (!wanted(d, p, a, r))
						continue;
					if (path[0] == '/' && !(resolves[r] & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)))
						from = !strncmp(paths[p].path, "T/root", 6) || inside ? "root"
												      : "elsewhere";
					snprintf(label, sizeof label, "%s: %s, %s, %llx", dirs[d].name, paths[p].path,
						 asks[a].name, (unsigned long long)resolves[r]);
					call(from, paths[p].leads, label, dirs[d].fd, path, &how, sizeof how);
				}
		}
	sizes("root", "in", "file");
	sizes("root", "out", "../granted/file");
	return 0;
}
