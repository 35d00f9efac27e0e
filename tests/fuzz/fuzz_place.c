/* SPDX-License-Identifier: ISC */
/*
 * Any path, from any directory of a small real tree, asked of place_find() and of the kernel: where the kernel's own
 * openat2 arrives, by device, inode and name, is where the verdict must say that it leads. Bytes of the input below 32
 * stand for names of the tree, so that paths which lead somewhere are common; the rest is taken as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/arena.h"
#include "shim/base/path_text.h"
#include "shim/base/private_fd.h"
#include "shim/base/process.h"
#include "shim/locate/holdings.h"
#include "shim/locate/place.h"
#include "shim/locate/roots.h"
#include "tests/fuzz/fuzz.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char top[PATH_MAX]; /* holds in (a root), out, and granted */
static size_t top_length;
static int dir_cache_held[8];

static const char *const words[] = {
    "",
    "/",
    "..",
    ".",
    "/../",
    "/./",
    "//",
    "in",
    "out",
    "granted",
    "sub",
    "sub/deep",
    "file",
    "f",
    "leave",
    "enter",
    "self",
    "loop",
    "one",
    "two",
    "dangling",
    "absolute",
    "\n\xff",
    "missing",
    "../out",
    "../in",
    "leave/",
    "up",
    "/proc/self/cwd",
    "/proc/self/fd/",
    "/etc",
};

static const struct {
	const char *path;
	const char *leads; /* of a symlink; NULL: a directory, "": a file */
} entries[] = {
    {"in", NULL},
    {"out", NULL},
    {"granted", NULL},
    {"in/sub", NULL},
    {"in/sub/deep", NULL},
    {"out/sub", NULL},
    {"granted/sub", NULL},
    {"in/file", ""},
    {"in/sub/f", ""},
    {"out/file", ""},
    {"out/sub/f", ""},
    {"granted/f", ""},
    {"in/\n\xff", ""},
    {"in/leave", "../out"},
    {"in/sub/leave", "../../out/sub/"},
    {"in/up", ".."},
    {"in/self", "."},
    {"in/loop", "loop"},
    {"in/one", "two"},
    {"in/two", "sub/leave/file"},
    {"in/dangling", "../out/missing"},
    {"out/dangling", "../in/missing"},
    {"out/enter", "../in/sub"},
    {"out/leave", "enter/../../.."},
    {"out/one", "../in/one"},
    {"granted/enter", "../in"},
    {"granted/leave", "../out/file"},
};

static char *beneath_top(const char *path)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text), "%.2000s/%.2000s", top, path);
	return text;
}

static void remove_tree(void)
{
	char link[PATH_MAX + 16];

	snprintf(link, sizeof(link), "rm -rf '%s'", top);
	if (chdir("/") || system(link))
		perror(top);
}

static void make_tree(void)
{
	const char *temporary = getenv("TMPDIR");
	char target[2 * PATH_MAX];
	int fd;

	snprintf(target, sizeof(target), "%s/preclude-fuzz-XXXXXX", temporary ? temporary : "/tmp");
	/* As the kernel will call it. */
	HOLDS(mkdtemp(target) && realpath(target, top));
	top_length = strlen(top);
	atexit(remove_tree);
	for (size_t i = 0; i < COUNT(entries); i++) {
		const char *path = beneath_top(entries[i].path), *leads = entries[i].leads;

		if (!leads) {
			HOLDS(mkdir(path, 0700) == 0);
		} else if (*leads) {
			HOLDS(symlink(leads, path) == 0);
		} else {
			fd = open(path, O_CREAT | O_WRONLY, 0600);
			HOLDS(fd >= 0 && close(fd) == 0);
		}
	}
	snprintf(target, sizeof(target), "%s/out/file", top);
	HOLDS(symlink(target, beneath_top("in/absolute")) == 0);
}

static int hold(const char *path)
{
	int fd = open(beneath_top(path), O_PATH);

	HOLDS(fd >= 0);
	return fd;
}

static void start(void)
{
	static char memory[1 << 16];
	static struct grant grants[2];
	static struct place places[2];
	struct arena arena = {memory, memory + sizeof(memory)};
	struct policy policy = {.grants = grants, .grant_count = 2, .root_count = 1};
	char *gone;

	make_tree();
	process_init();
	dir_cache_start();
	HOLDS(private_fd_take(PRIVATE_PROC, open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0);
	grants[0] = (struct grant){.path = strdup(beneath_top("in")), .access = ACCESS_ROOT};
	grants[1] = (struct grant){.path = strdup(beneath_top("granted")), .access = ACCESS_READ};
	for (unsigned i = 0; i < 2; i++) {
		places[i] = (struct place){.present = true, .directory = true, .canonical = grants[i].path};
		HOLDS(sys_identity_at(AT_FDCWD, grants[i].path, 0, &places[i].id) == 0);
	}
	HOLDS(roots_init(&policy, places, &arena) == 0);

	gone = beneath_top("in/gone");
	HOLDS(mkdir(gone, 0700) == 0);
	dir_cache_held[0] = hold("in/gone");
	HOLDS(rmdir(beneath_top("in/gone")) == 0);
	dir_cache_held[1] = AT_FDCWD;
	dir_cache_held[2] = hold("in");
	dir_cache_held[3] = hold("in/sub/deep");
	dir_cache_held[4] = hold("out/sub");
	dir_cache_held[5] = hold("granted");
	dir_cache_held[6] = hold("in/file");
	dir_cache_held[7] = hold("");
	HOLDS(chdir(beneath_top("in/sub")) == 0);
}

static char *make_path(struct input *in)
{
	static char path[2 * PATH_MAX];
	size_t length = 0;

	path[0] = '\0';
	while (in->at < in->end && length < PATH_MAX + 100) {
		uint8_t byte = input_byte(in);

		if (!byte)
			length += (size_t)snprintf(path + length, sizeof(path) - length, "%s", top);
		else if (byte < COUNT(words))
			length += (size_t)snprintf(path + length, sizeof(path) - length, "%s", words[byte]);
		else
			path[length++] = (char)byte;
		path[length] = '\0';
	}
	return path;
}

/* What the policy says of a name that the kernel gave. */
static enum where where_of(const char *name)
{
	static const struct {
		const char *name;
		enum where where;
	} places[] = {{"/in", WHERE_INSIDE}, {"/granted", WHERE_GRANTED}};

	if (strncmp(name, top, top_length) == 0)
		for (unsigned i = 0; i < COUNT(places); i++) {
			const char *rest = name + top_length;
			size_t length = strlen(places[i].name);

			if (!strncmp(rest, places[i].name, length) && (!rest[length] || rest[length] == '/'))
				return places[i].where;
		}
	return WHERE_OUTSIDE;
}

/* The kernel's answer: a descriptor and its name, or -errno. */
static long kernel_find(int dir, const char *path, bool follow, char *name)
{
	struct open_how_v0 how = {.flags = (uint64_t)(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW))};
	long fd = sys(SYS_openat2, dir, path, &how, sizeof(how));
	char link[32];
	ssize_t length;

	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)fd);
	length = readlink(link, name, PATH_MAX - 1);
	HOLDS(length > 0);
	name[length] = '\0';
	return fd;
}

/* The object is there: everything said of it is the kernel's word. */
static void compare_found(const struct location *location, const struct scratch *scratch, int fd, const char *name)
{
	struct identity id;

	HOLDS(sys_identity(fd, &id) == 0);
	/* A pipe or a socket that the fuzzer inherited lies nowhere. */
	if (name[0] != '/') {
		HOLDS(location->where == WHERE_GRANTED);
		return;
	}
	if (strncmp(name, "/proc/", 6) == 0 || strstr(name, " (deleted)")) {
		HOLDS(location->where != WHERE_GRANTED &&
		      (location->where != WHERE_INSIDE || strstr(name, " (deleted)")));
		return;
	}
	HOLDS(location->exists && identity_same(&location->id, &id));
	HOLDS(location->directory == (S_ISDIR(id.mode) != 0));
	HOLDS(location->where == where_of(name));
	HOLDS(strcmp(scratch->resolved, name) == 0);
}

/* It is missing, but the directory that would hold it is there. */
static void compare_missing(const struct location *location, int dir, const char *path)
{
	static char parent[2 * PATH_MAX], name[PATH_MAX];
	struct stat link;
	const char *last;
	size_t length;
	long fd;

	strcpy(parent, path);
	last = text_last(parent, &length);
	/* A symlink that leads nowhere is there itself, behind slashes too. */
	parent[last - parent + (ptrdiff_t)length] = '\0';
	if (!length || text_is_dots(last, length) || !fstatat(dir, parent, &link, AT_SYMLINK_NOFOLLOW))
		return;
	parent[last - parent] = '\0';
	fd = kernel_find(dir, *parent ? parent : ".", true, name);
	if (fd < 0)
		return;
	HOLDS(!location->exists);
	if (strncmp(name, "/proc/", 6) != 0 && !strstr(name, " (deleted)"))
		HOLDS(location->where == where_of(name));
	close((int)fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scratch scratch;
	static char name[PATH_MAX];
	struct input in = input_of(data, size);
	uint8_t bits = input_byte(&in);
	bool follow = bits & 8, entry = bits & 16;
	struct location location;
	const char *path;
	long fd, free_before, free_after;
	int dir;

	if (!top_length)
		start();
	dir = dir_cache_held[bits & 7];
	path = make_path(&in);
	free_before = sys(SYS_dup, 0);
	sys(SYS_close, free_before);

	place_find(dir, path, follow && !entry, entry, &location, &scratch);

	free_after = sys(SYS_dup, 0);
	sys(SYS_close, free_after);
	HOLDS(free_before == free_after);
	HOLDS(location.where == WHERE_OUTSIDE || location.where == WHERE_UNKNOWN || location.rights);
	HOLDS((location.where == WHERE_INSIDE) == (location.grant == 0) || location.where == WHERE_UNKNOWN);
	HOLDS(memchr(scratch.resolved, '\0', PATH_MAX));

	fd = kernel_find(dir, path, follow && !entry, name);
	if (fd >= 0 && !entry)
		compare_found(&location, &scratch, (int)fd, name);
	else if (fd == -ENOENT && *path)
		compare_missing(&location, dir, path);
	if (fd >= 0)
		close((int)fd);
	return 0;
}
