/* SPDX-License-Identifier: ISC */
/*
 * Calls every row of shim/libc/functions.def in every situation that its shape allows, each in a child of its own, and
 * says for each all that a program could notice: result, errno, memory written, descriptors, signals, umask.
 * test_transparent.c runs it with and without the library and compares, and looks at the files.
 *
 * How a row is called stands in rows.def; further ways in variants.def. prog_rows.c has what those need.
 */
#define main prog_rows_main
#include "prog_rows.c"
#undef main

#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "../../tap.h"
#include "transparent.h"

/* What a call gave, kept to be looked at. */
static void *got;
#undef GOT
#define GOT(call) ((got = (void *)(uintptr_t)(call)) ? 0L : -1L)

static char *unmapped, *forbidden, *edge; /* pages: none, PROT_NONE, and the last bytes before one */

static void *wild(void)
{
	return unmapped;
}

static struct open_how *how(uint64_t flags, uint64_t mode, uint64_t resolve)
{
	static struct open_how asked;

	asked = (struct open_how){flags, mode, resolve};
	return &asked;
}

static const char *long_key(void)
{
	static char key[300] = "user.";

	memset(key + 5, 'k', sizeof key - 6);
	return key;
}

static int chosen(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char told[1 << 15];
static size_t told_length;
static void tell(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	told_length += (size_t)vsnprintf(told + told_length, sizeof told - told_length, format, list);
	if (told_length >= sizeof told)
		told_length = sizeof told - 1;
	va_end(list);
}

static int visited(const char *path, const struct stat *entry, int type)
{
	tell(" %s:%o:%d", path, entry->st_mode, type);
	return 0;
}
#define visit visited

#undef FILL
#undef RAW_FILL
/* The calls, once more as functions, with our GOT and visit. */
#define FILL(name, shape, object, follow, does, wall, call_)                                                           \
	static long way_##name(const struct call *call)                                                                \
	{                                                                                                              \
		row_##name f = (row_##name)function;                                                                   \
		BODY(call_)                                                                                            \
	}
#define RAW_FILL(...)
#include "rows.def"
#undef FILL
#define PASTE(a, b)    a##b
#define NUMBERED(a, b) PASTE(a, b)
#define VARIANT(name, label, shape, object, call_)                                                                     \
	static long NUMBERED(variant_, __LINE__)(const struct call *call)                                              \
	{                                                                                                              \
		row_##name f = (row_##name)function;                                                                   \
		BODY(call_)                                                                                            \
	}
#include "variants.def"
#undef VARIANT

enum shape { PATH = 1, AT = 2, TWO = 4, TWO_AT = 8, FD = 16, NAMED = 32 };
enum wall { PASS, HIDDEN = -1, SILENT = -2 };

static const struct way {
	const char *name, *label;
	enum shape shape;
	enum object object;
	bool follow;
	const char *does;
	int wall;
	const char *text;
	long (*call)(const struct call *call);
} ways[] = {
#define FILL(name, shape, object, follow, does, wall, call)                                                            \
	{#name, "", shape, object, follow, #does, wall, #call, way_##name},
#include "rows.def"
#undef FILL
#define VARIANT(name, label, shape, object, call)                                                                      \
	{#name, #label, shape, object, true, NULL, -3, #call, NUMBERED(variant_, __LINE__)},
#include "variants.def"
};

/* A variant does what its row does. */
static const struct way *row_of(const struct way *way)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(ways[i].name, way->name) && ways[i].wall != -3)
			return &ways[i];
	return way;
}

static int wall_of(const struct way *way)
{
	return row_of(way)->wall;
}

/* ESCAPES: from the root to what does not lie in it. LINKED: by its last name alone, if that is followed. */
enum {
	OUTSIDE = 1,
	NOBODY = 2,
	SIGNALS = 4,
	ROWS = 8, /* not for variants */
	ESCAPES = 16,
	LINKED = 32,
};

/* "%" is the object: "obj", or a template. Before a "!" stands a pointer that is no path. */
static const struct situation {
	const char *name;
	unsigned shapes;
	const char *path;
	int dir, dir2;
	const char *path2;
	unsigned flags;
} situations[] = {
#define ONE(name, path, ...)                                                                                           \
	{                                                                                                              \
		name, PATH | AT, path, HERE, HERE, "new", ##__VA_ARGS__                                                \
	}
    ONE("a name", "%"),
    ONE("two names", "sub/%"),
    ONE("an absolute path", "@/root/%"),
    ONE("dots", "./sub/.././/%", ROWS),
    ONE("through a link", "inlink/%"),
    ONE("a grant through a link", "glink/%", ROWS | ESCAPES),
    ONE("a grant", "@/granted/%"),
    ONE("a grant by dots", "../granted/%", ROWS | ESCAPES),
    ONE("outside", "@/out/%", OUTSIDE),
    ONE("outside through a link", "link/%", OUTSIDE | ROWS | ESCAPES),
    ONE("a link to outside", "olink", OUTSIDE | ROWS | ESCAPES | LINKED),
    ONE("a link to inside", "ilink"),
    ONE("a trailing slash", "%/"),
    ONE("two trailing slashes and a dot", "%//.", ROWS),
    ONE("empty", ""),
    ONE("the directory itself", ".", OUTSIDE | ROWS),
    ONE("its parent", "..", OUTSIDE | ROWS | ESCAPES),
    ONE("missing", "missing", ROWS),
    ONE("missing, with a slash", "missing/", ROWS),
    ONE("in a missing directory", "missing/%", ROWS),
    ONE("a dangling link", "dangling"),
    ONE("a dangling link, with a slash", "dangling/", ROWS),
    ONE("below a dangling link", "dangling/%", ROWS),
    ONE("below a file", "file/%", ROWS),
    ONE("a file", "file"),
    ONE("a file, with a slash", "file/", ROWS),
    ONE("a directory", "dir"),
    ONE("a directory that is not empty", "full", ROWS),
    ONE("a FIFO", "fifo", SIGNALS),
    ONE("a socket", "socket", ROWS),
    ONE("a loop", "loop", ROWS),
    ONE("below a loop", "loop/%", ROWS),
    ONE("a mount point", "mnt", ROWS),
    ONE("on another file system", "mnt/%", ROWS),
    ONE("on a read-only file system", "ro/obj"),
    ONE("new on a read-only file system", "ro/new", ROWS),
    ONE("a running program", "running", ROWS),
    ONE("as nobody", "%", NOBODY),
    ONE("as nobody, a private directory", "private/%", NOBODY | ROWS),
    ONE("as nobody, a directory of his", "his/%", NOBODY | ROWS),
    ONE("as nobody, a new name", "his/new", NOBODY | ROWS),
    ONE("a name of 255 bytes", "!255", ROWS),
    ONE("a name of 256 bytes", "!256", ROWS),
    ONE("a path of 4095 bytes", "!4095", ROWS),
    ONE("a path of 4096 bytes", "!4096", ROWS),
    ONE("an absolute path of 5000 bytes", "!/5000", ROWS),
    ONE("control bytes and no UTF-8", "\x01\xff\n%", ROWS),
    ONE("NULL", "!null"),
    ONE("1", "!one", ROWS),
    ONE("an unmapped page", "!unmapped", ROWS),
    ONE("a forbidden page", "!forbidden", ROWS),
    ONE("a text that runs into a forbidden page", "!edge"),
    ONE("the kernel's memory", "!kernel", ROWS),
    ONE("not canonical", "!wild", ROWS),
#undef ONE
#define BELOW(name, dir, path, ...)                                                                                    \
	{                                                                                                              \
		name, AT, path, dir, HERE, "new", ##__VA_ARGS__                                                        \
	}
    BELOW("below a descriptor", ROOT, "%"),
    BELOW("below a descriptor, two names", ROOT, "sub/%"),
    BELOW("below a descriptor, through a link", ROOT, "glink/%", ESCAPES),
    BELOW("below a descriptor outside", OUT, "%", OUTSIDE),
    BELOW("below a descriptor, missing", ROOT, "missing/%"),
    BELOW("below a descriptor, empty", ROOT, ""),
    BELOW("below a descriptor, NULL", ROOT, "!null"),
    BELOW("below a descriptor, unmapped", ROOT, "!unmapped"),
    BELOW("below a descriptor, an absolute path", OUT, "@/root/%"),
    BELOW("below a file", PLAIN, "%"),
    BELOW("a file, empty", PLAIN, ""),
    BELOW("a held object, empty", HELD, ""),
    BELOW("no descriptor", -1, "%"),
    BELOW("no descriptor, empty", -1, ""),
    BELOW("no descriptor, an absolute path", -1, "@/root/%"),
    BELOW("an unused descriptor", UNUSED, "sub/%"),
    BELOW("an unused descriptor, NULL", UNUSED, "!null"),
#undef BELOW
#define FIRST(name, path, ...)                                                                                         \
	{                                                                                                              \
		"first: " name, TWO | TWO_AT, path, HERE, HERE, "new", ##__VA_ARGS__                                   \
	}
#define SECOND(name, path, ...)                                                                                        \
	{                                                                                                              \
		"second: " name, TWO | TWO_AT, "obj", HERE, HERE, path, ##__VA_ARGS__                                  \
	}
#define BOTH(name, path, ...) FIRST(name, path, ##__VA_ARGS__), SECOND(name, path, ##__VA_ARGS__)
    FIRST("one name", "%"),
    BOTH("an absolute path", "@/root/sub/%"),
    BOTH("a directory below", "sub/fresh"),
    BOTH("through a link", "inlink/fresh"),
    BOTH("a grant", "@/granted/fresh"),
    BOTH("a grant through a link", "glink/%", ESCAPES),
    BOTH("outside", "@/out/%", OUTSIDE),
    BOTH("outside through a link", "link/fresh", OUTSIDE | ESCAPES),
    BOTH("the same", "obj"),
    BOTH("a trailing slash", "obj/"),
    FIRST("empty", "", OUTSIDE), /* the root itself, with AT_EMPTY_PATH: it lies outside the root */
    SECOND("empty", ""),
    FIRST("dots", ".", OUTSIDE),
    SECOND("dots", "."),
    BOTH("missing", "missing/new"),
    BOTH("a dangling link", "dangling"),
    BOTH("below a file", "file/new"),
    BOTH("a file", "file"),
    BOTH("a directory", "dir"),
    BOTH("a directory that is not empty", "full"),
    BOTH("below a directory of its own", "obj/new"),
    BOTH("a loop", "loop/new"),
    BOTH("a mount point", "mnt"),
    BOTH("another file system", "mnt/obj"),
    BOTH("a new name on another file system", "mnt/new"),
    BOTH("a read-only file system", "ro/obj"),
    BOTH("as nobody", "obj", NOBODY),
    BOTH("as nobody, his own", "his/obj", NOBODY),
    BOTH("too long", "!256"),
    BOTH("far too long", "!4096"),
    BOTH("NULL", "!null"),
    BOTH("1", "!one"),
    BOTH("an unmapped page", "!unmapped"),
    BOTH("a text that runs into a forbidden page", "!edge"),
#define TWO_BELOW(name, dir, path, dir2, path2, ...)                                                                   \
	{                                                                                                              \
		name, TWO_AT, path, dir, dir2, path2, ##__VA_ARGS__                                                    \
	}
    TWO_BELOW("below descriptors", ROOT, "obj", ROOT, "new"),
    TWO_BELOW("below one descriptor", ROOT, "sub/obj", HERE, "new"),
    TWO_BELOW("below a descriptor outside", OUT, "obj", ROOT, "new", OUTSIDE),
    TWO_BELOW("an unused descriptor", UNUSED, "obj", ROOT, "new"),
    TWO_BELOW("an unused second descriptor", ROOT, "obj", UNUSED, "new"),
    TWO_BELOW("a file for a directory", PLAIN, "obj", ROOT, "new"),
    TWO_BELOW("a held object, empty", HELD, "", ROOT, "new"),
    TWO_BELOW("no descriptor, absolute paths", -1, "@/root/obj", -1, "@/root/new"),
#define HOLD(name, path, dir, ...)                                                                                     \
	{                                                                                                              \
		name, FD, path, dir, HERE, "", ##__VA_ARGS__                                                           \
	}
    HOLD("a descriptor", "@/root/obj", HELD),
    HOLD("a descriptor of a grant", "@/granted/obj", HELD),
    HOLD("a descriptor outside", "@/out/obj", HELD, OUTSIDE),
    HOLD("a descriptor that only names", "!path", HELD),
    HOLD("a descriptor of what was removed", "!removed", HELD),
    HOLD("a descriptor of a read-only file system", "@/root/ro/obj", HELD),
    HOLD("a descriptor, as nobody", "@/root/obj", HELD, NOBODY),
    HOLD("a directory", "@/root/dir", HELD),
    HOLD("a pipe", "!pipe", HELD),
    HOLD("a socket", "!socket", HELD),
    HOLD("a memfd", "!memfd", HELD),
    HOLD("an unused descriptor", "", UNUSED),
    HOLD("no descriptor", "", -1),
    HOLD("AT_FDCWD", "", AT_FDCWD),
    HOLD("no descriptor that there could be", "", INT_MAX),
#define NAME(name, path, ...)                                                                                          \
	{                                                                                                              \
		name, NAMED, path, HERE, HERE, "", ##__VA_ARGS__                                                       \
	}
    NAME("a name that is there", "/preclude-rows"),
    NAME("a name that is missing", "/preclude-missing"),
    NAME("a name without a slash", "preclude-rows"),
    NAME("two slashes", "//preclude-rows"),
    NAME("two names", "/preclude/rows"),
    NAME("empty", ""),
    NAME("a slash", "/"),
    NAME("too long", "!/5000"),
    NAME("255 bytes", "!255"),
    NAME("NULL", "!null"),
    NAME("1", "!one"),
    NAME("as nobody", "/preclude-rows", NOBODY),
};

/* A path as a situation writes it. Writable, as templates must be. */
static char *path_of(const struct way *way, const char *text, char *room_for)
{
	size_t length = 0, wanted = (size_t)atoi(text + 1 + (text[0] == '!' && text[1] == '/'));
	const char *object = way->object == TEMPLATE ? "tmplXXXXXX" : "obj";

	if (text[0] == '!' && wanted) {
		/* One name, or as many as it takes. */
		for (size_t i = 0; i < wanted; i++)
			room_for[i] = wanted <= 256 ? 'n' : i % 2 ? '/' : '.';
		if (text[1] == '/')
			room_for[0] = '/';
		if (wanted > 256)
			memcpy(room_for + wanted - 4, "/obj", 4);
		room_for[wanted] = '\0';
		return room_for;
	}
	if (text[0] == '!')
		return !strcmp(text, "!null")        ? NULL
		       : !strcmp(text, "!one")       ? (char *)1
		       : !strcmp(text, "!unmapped")  ? unmapped
		       : !strcmp(text, "!forbidden") ? forbidden
		       : !strcmp(text, "!edge")      ? edge
		       : !strcmp(text, "!kernel")    ? (char *)(UINTPTR_MAX - 100)
						     : (char *)(UINTPTR_MAX / 2 + 5000);
	for (; *text; text++) {
		const char *piece = *text == '@' ? PLACE : *text == '%' ? object : NULL;

		if (piece)
			length += (size_t)sprintf(room_for + length, "%s", piece);
		else
			room_for[length++] = *text;
	}
	room_for[length] = '\0';
	return room_for;
}

static int hold(const char *path)
{
	static char place[PATH_MAX];
	int pair[2];

	if (!strcmp(path, "!pipe"))
		return pipe(pair), dup2(pair[0], HELD);
	if (!strcmp(path, "!socket"))
		return dup2(socket(AF_UNIX, SOCK_STREAM, 0), HELD);
	if (!strcmp(path, "!memfd"))
		return dup2(memfd_create("held", 0), HELD);
	if (!strcmp(path, "!removed")) {
		int fd = dup2(open(PLACE "/root/obj", O_RDONLY), HELD);

		return remove(PLACE "/root/obj"), fd;
	}
	snprintf(place, sizeof place, "%s%s", path[0] == '@' ? PLACE : "", path + (path[0] == '@'));
	return dup2(open(path[0] == '@' ? place : PLACE "/root/obj", path[0] == '@' ? O_RDONLY : O_PATH), HELD);
}

static void noticed(int number)
{
	(void)number;
}

/* Where the call is made. */
static void enter(const struct way *way, const struct situation *s)
{
	if (chdir(PLACE "/root") || dup2(open(PLACE "/root", O_PATH), ROOT) < 0 ||
	    dup2(open(PLACE "/out", O_PATH), OUT) < 0 || dup2(open(PLACE "/root/file", O_RDONLY), PLAIN) < 0)
		_exit(90);
	if (s->shapes == FD && s->dir == HELD)
		hold(s->path);
	else if (s->dir == HELD)
		hold("!held");
	for (int fd = 3; fd < ROOT; fd++)
		close(fd);
	umask(027);
	/* A mount is undone with its name space. */
	if (wall_of(way) == EPERM && unshare(CLONE_NEWNS))
		_exit(91);
	if (s->flags & NOBODY && (setgid(65534) || setuid(65534)))
		_exit(92);
	if (s->flags & SIGNALS) {
		struct itimerval timer = {{0, 20000}, {0, 20000}};

		sigaction(SIGALRM, &(struct sigaction){.sa_handler = noticed}, NULL);
		setitimer(ITIMER_REAL, &timer, NULL);
	}
	memset(&st, 0xa5, sizeof st);
	memset(&stx, 0xa5, sizeof stx);
	memset(text, 0xa5, sizeof text);
	memset(room, 0, sizeof room);
}

static bool is(const struct way *way, const char *prefix)
{
	return !strncmp(way->name, prefix, strlen(prefix));
}

/*
 * Which object it is: what is made for each call lies at the same distance from `file`, which descriptor PLAIN holds;
 * what was there from the start has a small number.
 */
static ino_t which(ino_t inode)
{
	struct stat file;

	return inode < 64 || fstat(PLAIN, &file) ? inode : inode - file.st_ino;
}

/* What differs between two runs of anything: devices, mounts, the present. */
static void mask(const struct way *way, char *path)
{
	const time_t recent = 1000000;
	const mode_t untouched = 0xa5a5a5a5;

	if (st.st_mode != untouched)
		st.st_ino = strstr(path ? path : "", "mnt") ? 0 : which(st.st_ino);
	if (stx.stx_mode != (uint16_t)untouched)
		stx.stx_ino = strstr(path ? path : "", "mnt") ? 0 : which(stx.stx_ino);
	st.st_dev = 0;
	if (st.st_atime > recent)
		st.st_atim = (struct timespec){0};
	if (st.st_mtime > recent)
		st.st_mtim = (struct timespec){0};
	if (st.st_ctime > recent)
		st.st_ctim = (struct timespec){0};
	stx.stx_dev_major = stx.stx_dev_minor = 0;
	memset((char *)&stx + 0x90, 0, 8); /* stx_mnt_id */
	for (struct statx_timestamp *time = &stx.stx_atime; time <= &stx.stx_mtime; time++)
		if (time->tv_sec > recent)
			*time = (struct statx_timestamp){0};
	if (is(way, "statvfs"))
		memset(room + offsetof(struct statvfs, f_fsid), 0, 8);
	else if (is(way, "statfs") || is(way, "__statfs"))
		memset(room + offsetof(struct statfs, f_fsid), 0, 8);
	else if (is(way, "name_to_handle"))
		memset(room + offsetof(struct file_handle, f_handle), 0, 16);
	else if (is(way, "glob"))
		memset(room, 0, sizeof room); /* pointers; told by name */
	if (way->object == TEMPLATE && path && strstr(path, "tmpl"))
		strcpy(strstr(path, "tmpl"), "tmpl");
	/* realpath(3) leaves what it likes where it fails. */
	if (is(way, "fts") || (is(way, "realpath") && !got) || (is(way, "__realpath") && !got))
		memset(text, 0, sizeof text);
}

static uint64_t digest(const void *memory, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const unsigned char *)memory)[i]) * 0x100000001b3;
	return hash;
}

/* What hides behind a pointer that the call gave. */
static void tell_got(const struct way *way, long result)
{
	struct dirent *entry;
	char line[100];

	if (is(way, "scandir") && result >= 0)
		for (long i = 0; i < result; i++)
			tell(" %s", ((struct dirent **)list)[i]->d_name);
	else if (is(way, "opendir") && got)
		while ((entry = readdir(got)))
			tell(" %s:%d", entry->d_name, entry->d_type);
	else if (strstr(way->name, "mntent") || strstr(way->name, "open64") || strstr(way->name, "fopen") ||
		 strstr(way->name, "popen") || is(way, "freopen") || is(way, "tmpfile")) {
		if (got)
			tell(" fd %d said %s", fileno(got), fgets(line, sizeof line, got) ? line : "nothing");
	} else if (strstr(way->name, "realpath") || is(way, "canonicalize"))
		tell(" %s", got ? (char *)got : "");
	else if (is(way, "glob") && result == 0)
		for (size_t i = 0; i < ((glob_t *)room)->gl_pathc; i++)
			tell(" %s", ((glob_t *)room)->gl_pathv[i]);
	else if (is(way, "fts") && got)
		for (FTSENT *found; (found = fts_read(got));)
			tell(" %s:%d", found->fts_path, found->fts_info);
}

/* Every descriptor that the program can see, with its flags. */
static void tell_descriptors(void)
{
	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);
		struct stat found;

		if (flags < 0 || fd == TEST)
			continue;
		fstat(fd, &found);
		/* O_NOFOLLOW tells how it was opened: the library may have had to open it otherwise. */
		tell(" %d:%d:%x:%o", fd, flags, fcntl(fd, F_GETFL) & ~O_NOFOLLOW, found.st_mode);
		if (S_ISREG(found.st_mode) && fd >= 3 && fd != PLAIN)
			tell(":%ld", (long)found.st_size);
	}
}

static void tell_process(void)
{
	sigset_t blocked;
	struct sigaction action;
	char cwd[PATH_MAX] = "";

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	tell(" umask %o blocked %016lx handlers", umask(0), *(unsigned long *)&blocked);
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			tell(" %d:%x", number, action.sa_flags);
	tell(" cwd %s", getcwd(cwd, sizeof cwd) ? cwd : "none");
}

static void make_call(const struct way *way, const struct situation *s)
{
	static char path[8192], path2[8192];
	static char given[8192];
	struct call call = {.dir = s->dir, .dir2 = s->dir2};
	long result;
	int error;

	call.path = path_of(way, s->path, path);
	call.path2 = path_of(way, s->path2, path2);
	if (!strncmp(way->name, "acl_", 4))
		acl();
	function = dlsym(RTLD_DEFAULT, way->name);
	enter(way, s);
	if (call.path == path)
		memcpy(given, path, sizeof path);
	if (!function) {
		tell("missing");
	} else {
		errno = 4242;
		result = way->call(&call);
		error = errno;
		/* ftok(3) makes its key of device and inode; syscall(2) is asked for the process. */
		tell("%ld errno %d %s", (is(way, "ftok") || is(way, "syscall")) && result > 0 ? 1 : result,
		     result < 0 || (error != 4242 && !strstr(way->name, "realpath") && !is(way, "canonicalize")) ? error
														 : 0,
		     said);
		tell_got(way, result);
		mask(way, call.path == path ? path : NULL);
		if (way->object != TEMPLATE && memcmp(given, path, sizeof path))
			tell(" the path was changed");
		tell(" path %s memory %lx %lx %lx %lx descriptors",
		     call.path == path && way->object == TEMPLATE ? path : "", digest(&st, sizeof st),
		     digest(&stx, sizeof stx), digest(text, sizeof text), digest(room, sizeof room));
		tell_descriptors();
		tell_process();
	}
	send(TEST, told, told_length, 0);
	_exit(0);
}

static void ask(const struct way *way, const struct situation *s)
{
	struct request request = {.kind = REQUEST, .object = way->object, .wall = wall_of(way)};
	char answer;
	int status;
	pid_t pid;

	snprintf(request.row, sizeof request.row, "%s", way->name);
	snprintf(request.situation, sizeof request.situation, "%s%s%s", way->label, way->label[0] ? ", " : "", s->name);
	/* Outside the roots a domain has its own word on whatever it mediates: opening a descriptor, too. */
	request.compare_enforced = !(s->flags & OUTSIDE) || (request.wall == PASS && s->shapes != FD);
	request.metadata = request.wall == PASS && !strcmp(row_of(way)->does, "metadata");
	request.outside = (s->flags & OUTSIDE) && strcmp(s->path, ".") && (!(s->flags & LINKED) || way->follow);
	request.escapes = (s->flags & ESCAPES) && (!(s->flags & LINKED) || way->follow);
	if (send(TEST, &request, sizeof request, 0) < 0 || recv(TEST, &answer, 1, 0) != 1)
		exit(3);
	pid = fork();
	if (pid == 0) {
		alarm(patience(60));
		make_call(way, s);
	}
	waitpid(pid, &status, 0);
	if (status) {
		tell("died, status %x", status);
		send(TEST, told, told_length, 0);
		told_length = 0;
	}
}

/* Which situations make sense: a child's program is no FIFO, and names of shared memory only where there are some. */
static bool fits(const struct way *way, const struct situation *s)
{
	if (!(s->shapes & way->shape) || (way->label[0] && (s->flags & ROWS)))
		return false;
	if (way->shape == NAMED && (way->object == SH || way->object == TMP))
		return !strcmp(s->name, "a name that is there");
	if (s->flags & SIGNALS && (strstr(way->text, "CHILD") || strstr(way->text, "SPAWN")))
		return false;
	/* A random name is known by what stands before it. */
	return way->object != TEMPLATE || s->path[0] != '\x01';
}

int main(int argc, char **argv)
{
	long size = sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 4 * (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	xattr.value = (uintptr_t) "v";
	forbidden = pages + size;
	edge = forbidden - 5;
	memset(edge, 'e', 5);
	unmapped = pages + 3 * size;
	mprotect(forbidden, (size_t)size, PROT_NONE);
	munmap(unmapped, (size_t)size);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		for (size_t k = 0; k < sizeof situations / sizeof *situations; k++)
			if (fits(&ways[i], &situations[k]) && (argc < 2 || !strcmp(argv[1], ways[i].name)))
				ask(&ways[i], &situations[k]);
	return 0;
}
