/* SPDX-License-Identifier: ISC */
/*
 * net_pairs SETTING LIBRARY: every alias beside its original, and every system call by number beside its function
 * (pairs.def), in every situation that their shape allows, each on fresh files (tree.h): result, errno, what was said,
 * the files, and the facts of the log line must be the same.
 *
 * Prints "SETTING/NAME/SITUATION/KIND<tab>both" for each that is not; KIND: result, errno, said, files, log. Exit
 * status: 0, 1 after a difference, 77 when no machine of its own can be made here.
 */
#include "machine.h"

enum { LOG = 62, HELD = 20, IN_DIR, OUT_DIR, OPATH, INHERITED_OBJECT = 30, CLOSED = 59 };

/* What `f` is in the calls of pairs.def. */
#define ALIAS(name, original)
#define NO_PAIR(name, reason)
#define ONE_NAME(name, reason)
#define ALIAS_CALL(name, original, call_)                                                                              \
	static long alias_##name(const struct call *call)                                                              \
	{                                                                                                              \
		row_##name f = (row_##name)function;                                                                   \
		BODY(call_)                                                                                            \
	}
#define NUMBER(name, row, call_)                                                                                       \
	static long number_##name(const struct call *call)                                                             \
	{                                                                                                              \
		row_##row f = (row_##row)function;                                                                     \
		BODY(call_)                                                                                            \
	}
#include "pairs.def"
#undef ALIAS
#undef ALIAS_CALL
#undef NUMBER
#undef NO_PAIR
#undef ONE_NAME

/* One side is the row `row`, called by `symbol`; the other is `call`, or the same row, by `other_symbol`. */
static const struct pair {
	const char *name, *row, *symbol, *other_symbol;
	long (*call)(const struct call *call);
} pairs[] = {
#define ALIAS(name, original)             {#name, #original, #original, #name, NULL},
#define ALIAS_CALL(name, original, call_) {#name, #original, #original, #name, alias_##name},
#define NUMBER(name, row, call_)          {"syscall(" #name ")", "syscall(" #name ")", "syscall", #row, number_##name},
#define NO_PAIR(name, reason)
#define ONE_NAME(name, reason)
#include "pairs.def"
#undef ALIAS
#undef ALIAS_CALL
#undef NUMBER
#undef NO_PAIR
#undef ONE_NAME
};

static const struct situation {
	const char *name;
	unsigned shapes;
	int dir;
	const char *path;
	int dir2;
	const char *path2;
} situations[] = {
#define ONE(name, path)                                                                                                \
	{                                                                                                              \
		name, PATH | AT, AT_FDCWD, path, AT_FDCWD, ""                                                          \
	}
    ONE("a name", "%"),
    ONE("two names", "sub/%"),
    ONE("absolute", "/w/root/%"),
    ONE("a link inside", "inlink/%"),
    ONE("a link out", "link/%"),
    ONE("a last link out", "olink"),
    ONE("dots out", "../out/%"),
    ONE("outside", "/w/out/%"),
    ONE("missing", "missing"),
    ONE("missing outside", "link/missing"),
    ONE("missing between", "missing/%"),
    ONE("a trailing slash", "%/"),
    ONE("a trailing slash, a link inside", "inlink/"),
    ONE("a trailing slash, a link out", "link/"),
    ONE("a dot", "."),
    ONE("a last dot", "sub/."),
    ONE("the parent", ".."),
    ONE("the parent of the parent", "sub/../.."),
    ONE("a last parent inside", "sub/.."),
    ONE("below a file", "%/x"),
    ONE("a loop", "loop"),
    ONE("a dangling link", "dangling"),
    ONE("a dangling link out", "newlink"),
    ONE("empty", ""),
    ONE("a long name", "!"),
#define BELOW(name, dir, path)                                                                                         \
	{                                                                                                              \
		name, AT, dir, path, AT_FDCWD, ""                                                                      \
	}
    BELOW("below a directory", IN_DIR, "%"),
    BELOW("below a directory, dots", IN_DIR, "../out/%"),
    BELOW("below a directory, the parent", IN_DIR, ".."),
    BELOW("below a directory outside", OUT_DIR, "%"),
    BELOW("below a file", HELD, "%"),
    BELOW("below nothing", CLOSED, "%"),
    BELOW("absolute, below nothing", CLOSED, "/w/root/%"),
#define BOTH(name, path, path2)                                                                                        \
	{                                                                                                              \
		name, TWO | TWO_AT, AT_FDCWD, path, AT_FDCWD, path2                                                    \
	}
    BOTH("both inside", "%", "new"),
    BOTH("both inside, elsewhere", "sub/%", "inlink/new"),
    BOTH("the first out", "link/%", "new"),
    BOTH("the second out", "%", "link/new"),
    BOTH("both out", "/w/out/%", "/w/out/new"),
    BOTH("the second there", "%", "sub/obj"),
    BOTH("the first missing", "missing", "new"),
    BOTH("the second a dangling link", "%", "newlink"),
    BOTH("the second with a slash", "%", "new/"),
    BOTH("the second a parent", "%", "sub/.."),
    BOTH("the first a parent", "sub/..", "new"),
    {"below directories", TWO_AT, IN_DIR, "%", OUT_DIR, "new"},
    {"below nothing", TWO_AT, IN_DIR, "%", CLOSED, "new"},
    {"held", FD, HELD, "", AT_FDCWD, ""},
    {"held outside", FD, INHERITED_OBJECT, "", AT_FDCWD, ""},
    {"held, a directory", FD, IN_DIR, "", AT_FDCWD, ""},
    {"held, a directory outside", FD, OUT_DIR, "", AT_FDCWD, ""},
    {"only named", FD, OPATH, "", AT_FDCWD, ""},
    {"closed", FD, CLOSED, "", AT_FDCWD, ""},
    {"a name of libc's", NAMED, AT_FDCWD, "/preclude-rows", AT_FDCWD, ""},
    {"a missing name of libc's", NAMED, AT_FDCWD, "/preclude-none", AT_FDCWD, ""},
};

/* What came of a call: shared with the child that makes it. */
static struct outcome {
	bool done;
	long result;
	int error;
	char said[sizeof said], log[4096];
	unsigned char code[1 << 21];
	unsigned used;
} * outcome;

/* Machine code that calls `target`, at an address that is used once: each call is a call site of its own in the log. */
static void *from_elsewhere(void *target)
{
#ifdef __x86_64__
	unsigned char code[] = {0x48, 0x83, 0xec, 8,    0x49, 0xbb, 0,    0,    0,    0, 0,
				0,    0,    0,    0x41, 0xff, 0xd3, 0x48, 0x83, 0xc4, 8, 0xc3};
	unsigned char *at = outcome->code + 32 * outcome->used++;

	if (outcome->used > sizeof outcome->code / 32)
		exit(CANNOT);
	memcpy(code + 6, &target, sizeof target);
	return memcpy(at, code, sizeof code);
#else
	return target;
#endif
}

/* The facts of each call that was logged, in the order of the log. */
static void read_facts(long from, char *facts, size_t size)
{
	static const char *const keys[] = {"path",   "path2", "dir", "resolved", "where", "from",
					   "escape", "does",  "how", "effect",   "by",    "errno"};
	static char log_[1 << 16];
	long length = sys(SYS_pread64, LOG, log_, sizeof log_ - 1, from);

	*facts = '\0';
	log_[length > 0 ? length : 0] = '\0';
	for (char *line_ = strtok(log_, "\n"); line_; line_ = strtok(NULL, "\n")) {
		if (!strstr(line_, "\"event\":\"call\""))
			continue;
		for (size_t i = 0; i < COUNT(keys); i++) {
			char key[32];
			const char *at;

			snprintf(key, sizeof key, ",\"%s\":", keys[i]);
			at = strstr(line_, key);
			if (at && strlen(facts) + 300 < size)
				strncat(facts, at, strcspn(at + 1, ",") + 1);
		}
		strcat(facts, " ");
	}
	/* Names that are chance. */
	for (char *at = facts; (at = strstr(at, "tmpl")); at += 4)
		memset(at + 4, 'X', strcspn(at + 4, "\""));
}

static char *path_of(const struct way *way, const char *text_, char *room_)
{
	const char *object = way->object == TEMPLATE ? "tmplXXXXXX" : "obj";
	char *out = room_;

	for (; *text_; text_++) {
		if (*text_ == '!')
			memset(out, 'n', 256), out += 256;
		else if (*text_ == '%')
			out = stpcpy(out, object);
		else
			*out++ = *text_;
	}
	*out = '\0';
	return room_;
}

static void take(int fd, int number)
{
	if (fd >= 0)
		dup2(fd, number), close(fd);
}

static void make_call(const struct way *way, const struct situation *s, long (*call_)(const struct call *),
		      void *symbol)
{
	static char path[512], path2[512];
	struct call call = {path_of(way, s->path, path), path_of(way, s->path2, path2), s->dir, s->dir2};
	long from;

	must(chdir("/w/root") == 0, "chdir");
	take(open("/w/root/obj", O_RDONLY | O_NONBLOCK), HELD);
	take(open("/w/root", O_RDONLY | O_DIRECTORY), IN_DIR);
	take(open("/w/out", O_PATH | O_DIRECTORY), OUT_DIR);
	take(open("/w/root/obj", O_PATH | O_NOFOLLOW), OPATH);
	function = from_elsewhere(symbol);
	from = sys(SYS_lseek, LOG, 0, SEEK_END);
	said[0] = text[0] = '\0';
	errno = 0;
	outcome->result = call_(&call);
	outcome->error = outcome->result < 0 ? errno : 0;
	snprintf(outcome->said, sizeof outcome->said, "%s", outcome->result < 0 ? "" : said);
	read_facts(from, outcome->log, sizeof outcome->log);
	if (way->object == TEMPLATE && outcome->result >= 0 && sys(SYS_unlinkat, AT_FDCWD, path, 0) < 0)
		sys(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
	outcome->done = true;
	_exit(0);
}

/* One side, in a child, on fresh files; returns the digest of these. */
static long one_side(const struct way *way, const struct situation *s, long (*call)(const struct call *),
		     const char *symbol)
{
	void *target = dlsym(RTLD_DEFAULT, symbol);
	int pid;

	outcome->done = false;
	outcome->result = -2;
	outcome->said[0] = outcome->log[0] = '\0';
	ask((struct errand){FRESH, 0, (int)way->object, "", ""});
	pid = fork();
	if (pid == 0) {
		alarm(10);
		make_call(way, s, call, target);
	}
	sys(SYS_wait4, pid, 0, 0, 0);
	if (!outcome->done)
		outcome->result = -3;
	return ask((struct errand){DIGEST, 0, 0, "", ""});
}

static unsigned differences;

static void differ(const struct pair *pair, const struct situation *s, const char *kind, const char *one,
		   const char *other)
{
	char line_[9000];

	snprintf(line_, sizeof line_, "%s/%s/%s/%s\t%s | %s\n", setting->name, pair->name, s->name, kind, one, other);
	sys(SYS_write, TRANSCRIPT, line_, strlen(line_));
	differences++;
}

static void compare(const struct pair *pair, const struct way *way, const struct situation *s)
{
	static struct outcome first;
	char one[64], two[64];
	long digests[2];

	digests[0] = one_side(way, s, way->call, pair->symbol);
	memcpy(&first, outcome, offsetof(struct outcome, code));
	digests[1] = one_side(way, s, pair->call ? pair->call : way->call, pair->other_symbol);
	snprintf(one, sizeof one, "%ld %d", first.result, first.error);
	snprintf(two, sizeof two, "%ld %d", outcome->result, outcome->error);
	if (first.result != outcome->result && strcmp(pair->row, "ftok"))
		differ(pair, s, "result", one, two);
	else if (first.error != outcome->error)
		differ(pair, s, "errno", one, two);
	else if (strcmp(first.said, outcome->said))
		differ(pair, s, "said", first.said, outcome->said);
	if (digests[0] != digests[1])
		differ(pair, s, "files", one, two);
	if (strcmp(first.log, outcome->log))
		differ(pair, s, "log", first.log, outcome->log);
}

static const struct way *way_of(const char *name)
{
	for (size_t i = 0; i < COUNT(ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return NULL;
}

/* Every name and every number that the library judges. */
static const char *const judged[] = {
#undef FUNCTION
#undef HAND
#undef BY_HAND
#define FUNCTION(ret, name, ...) #name,
#define BY_HAND                  FUNCTION
#define HAND                     FUNCTION
#define SYSCALL(name, ...)       "syscall(" #name ")",
#include "../../shim/libc/functions.def"
#include "../../shim/syscall/syscalls.def"
#undef FUNCTION
#undef BY_HAND
#undef HAND
#undef SYSCALL
};

/* What pairs.def says of a name: that it is one side of a pair, or that it has none. */
static bool is_paired(const char *name)
{
	static const char *const without[] = {
#define ALIAS(...)
#define ALIAS_CALL(...)
#define NUMBER(...)
#define NO_PAIR(name, reason)  "syscall(" #name ")",
#define ONE_NAME(name, reason) #name,
#include "pairs.def"
	};

	for (size_t i = 0; i < COUNT(pairs); i++)
		if (!strcmp(pairs[i].name, name) || !strcmp(pairs[i].row, name) || !strcmp(pairs[i].other_symbol, name))
			return true;
	for (size_t i = 0; i < COUNT(without); i++)
		if (!strcmp(without[i], name))
			return true;
	return false;
}

/* A row of the library of which pairs.def says nothing. */
static void look_for_missing(void)
{
	char line_[256];

	for (size_t i = 0; i < COUNT(judged); i++) {
		if (is_paired(judged[i]))
			continue;
		snprintf(line_, sizeof line_, "%s/%s/-/missing\tpairs.def has no row for it\n", setting->name,
			 judged[i]);
		sys(SYS_write, TRANSCRIPT, line_, strlen(line_));
		differences++;
	}
}

static int worker(void)
{
	find_symbols();
	outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(outcome != MAP_FAILED, "share memory");
	look_for_missing();
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct way *way = way_of(pairs[i].row), *other = way_of(pairs[i].name);

		must(way && other, pairs[i].name);
		if (excluded(way) || !symbols[way - ways] || !symbols[other - ways] || !strcmp(way->does, "run"))
			continue;
		for (size_t k = 0; k < COUNT(situations); k++)
			if (situations[k].shapes & way->shape)
				compare(&pairs[i], way, &situations[k]);
	}
	return differences ? 1 : 0;
}

/* A machine, and on it this program once more, under the library. */
static void machine(char **argv, int transcript)
{
	void *library = dlopen("libutil.so.1", RTLD_NOW);
	struct link_map *map;

	new_root(argv[2]);
	strcpy(tree_top, "/w");
	tree_copy("/bin/true", "/w/program");
	must(library && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0, "find a library");
	tree_copy(map->l_name, "/w/library");
	dup2(transcript, TRANSCRIPT);
	start_outsider();
	ask((struct errand){FRESH, 0, NONE, "", ""});
	dup2(open("/w/victim", O_RDWR), INHERITED_OBJECT);
	dup2(open("/log/events", O_RDONLY | O_CREAT, 0600), LOG);
	dup2(open("/dev/null", O_RDWR), 0), dup2(0, 1);
	for (int fd = 3; fd < 100; fd++)
		if (fd != INHERITED_OBJECT && fd != TRANSCRIPT && fd != OUTSIDER && fd != LOG)
			close(fd);
	umask(022);
	under_library();
	setenv("PRECLUDE_ROOTS", "/w/root", 1);
	setenv("PRECLUDE_FLAG", "all", 1);
	setenv("PRECLUDE_FRAMES", "1", 1);
	alarm(300);
	execl("/self", "net_pairs", setting->name, NULL);
	must(false, "execute /self");
}

int main(int argc, char **argv)
{
	int status, pid;

	if (argc < 2 || !(setting = find_setting(argv[1])))
		return CANNOT;
	if (argc == 2)
		return worker();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0)
		machine(argv, 1);
	waitpid(pid, &status, 0);
	/* The outsider ends with it. */
	while (wait(NULL) > 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
