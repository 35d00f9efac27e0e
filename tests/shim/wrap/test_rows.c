/* SPDX-License-Identifier: ISC */
/*
 * One test a row of shim/libc/functions.def and shim/syscall/syscalls.def: the function is called under the real
 * preload in every situation that its shape allows. What is permitted must do exactly what it does without the library;
 * what is not must fail and change nothing; and the log must say where each call led and how, or nothing at all.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/shim/preloaded.h"
#include "tests/shim/tree.h"
#include "tests/shim/wrap/calls.h"
#include "tests/tap.h"

enum shape { PATH = 1, AT = 2, TWO = 4, TWO_AT = 8, FD = 16, NAMED = 32 };
enum wall { PASS, HIDDEN = -1, SILENT = -2 };

struct fill {
	const char *name;
	enum shape shape;
	enum object object;
	bool follow;
	const char *does;
	int wall;
};

static const struct fill fills[] = {
#define FILL(name, shape, object, follow, does, wall, call) {#name, shape, object, follow, #does, wall},
#define RAW_FILL(name, shape, object, follow, does, wall, call)                                                        \
	{"syscall(" #name ")", shape, object, follow, #does, wall},
#include "tests/shim/wrap/rows.def"
};

/* Descriptors that the program inherits; "@" in a path is the scratch directory. */
enum { HERE = AT_FDCWD, ROOT = 20, OUT, OBJECT };

struct situation {
	const char *name;
	unsigned shapes;
	const char *cwd;
	int dir;
	const char *path;
	int dir2;
	const char *path2;
	const char *where;
	bool from_root;
	const char *resolved;
	bool last_is_link;
	bool grants;
};

static const struct situation situations[] = {
    {"one name inside", PATH | AT, "root", HERE, "obj", .where = "inside"},
    {"two names inside", PATH | AT, "root", HERE, "sub/obj", .where = "inside"},
    {"an absolute path inside", PATH | AT, "out", HERE, "@/root/obj", .where = "inside"},
    {"a link that stays inside", PATH | AT, "root", HERE, "inlink/obj", .where = "inside"},
    {"outside", PATH | AT, "out", HERE, "@/out/obj", .where = "outside", .resolved = "@/out/obj"},
    {"a name outside", PATH | AT, "out", HERE, "obj", .where = "outside", .resolved = "@/out/obj"},
    {"a planted link", PATH | AT, "root", HERE, "link/obj", .where = "outside", .from_root = true,
     .resolved = "@/out/obj"},
    {"a planted link, absolute", PATH | AT, "out", HERE, "@/root/link/obj", .where = "outside", .from_root = true,
     .resolved = "@/out/obj"},
    {"dots", PATH | AT, "root", HERE, "../out/obj", .where = "outside", .from_root = true, .resolved = "@/out/obj"},
    {"a planted link as last name", PATH | AT, "root", HERE, "olink", .where = "outside", .from_root = true,
     .resolved = "@/out/obj", .last_is_link = true},
    {"a link into a grant", PATH | AT, "root", HERE, "glink/obj", .where = "granted", .from_root = true,
     .resolved = "@/granted/obj", .grants = true},
    {"a grant", PATH | AT, "out", HERE, "@/granted/obj", .where = "granted", .resolved = "@/granted/obj",
     .grants = true},

    {"a directory inside", AT, "out", ROOT, "obj", .where = "inside"},
    {"a directory outside", AT, "root", OUT, "obj", .where = "outside", .resolved = "@/out/obj"},
    {"a planted link below a directory", AT, "out", ROOT, "link/obj", .where = "outside", .from_root = true,
     .resolved = "@/out/obj"},
    {"dots below a directory", AT, "out", ROOT, "../out/obj", .where = "outside", .from_root = true,
     .resolved = "@/out/obj"},

    {"both inside", TWO | TWO_AT, "root", HERE, "obj", HERE, "new", .where = "inside"},
    {"both inside, elsewhere", TWO | TWO_AT, "root", HERE, "obj", HERE, "sub/new", .where = "inside"},
    {"both outside", TWO | TWO_AT, "out", HERE, "obj", HERE, "@/out/new", .where = "outside", .resolved = "@/out/obj"},
    {"the first outside", TWO | TWO_AT, "root", HERE, "@/out/obj", HERE, "new", .where = "outside",
     .resolved = "@/out/obj"},
    {"the second outside", TWO | TWO_AT, "root", HERE, "obj", HERE, "@/out/new", .where = "outside",
     .resolved = "@/out/new"},
    {"the first through a planted link", TWO | TWO_AT, "root", HERE, "link/obj", HERE, "new", .where = "outside",
     .from_root = true, .resolved = "@/out/obj"},
    {"the second through a planted link", TWO | TWO_AT, "root", HERE, "obj", HERE, "link/new", .where = "outside",
     .from_root = true, .resolved = "@/out/new"},
    {"the second into a grant", TWO | TWO_AT, "root", HERE, "obj", HERE, "glink/new", .where = "granted",
     .from_root = true, .resolved = "@/granted/new", .grants = true},
    {"directories inside", TWO_AT, "out", ROOT, "obj", ROOT, "new", .where = "inside"},
    {"the first directory outside", TWO_AT, "root", OUT, "obj", ROOT, "new", .where = "outside",
     .resolved = "@/out/obj"},
    {"the second directory outside", TWO_AT, "root", ROOT, "obj", OUT, "new", .where = "outside",
     .resolved = "@/out/new"},

    {"a descriptor inside", FD, "out", OBJECT, "@/root/obj", .where = "inside"},
    {"a descriptor outside", FD, "root", OBJECT, "@/out/obj", .where = "outside", .resolved = "@/out/obj"},
    {"a descriptor of a grant", FD, "root", OBJECT, "@/granted/obj", .where = "granted", .grants = true},
};

static const char *base_name(enum object object, const char *path)
{
	static char text[PATH_MAX];
	size_t length = strlen(path);

	if (object != TEMPLATE || length < 3 || strcmp(path + length - 3, "obj"))
		return path;
	snprintf(text, sizeof text, "%.*stmplXXXXXX", (int)length - 3, path);
	return text;
}

/* Where the program runs: the directory, and the descriptors that it inherits. */
static void enter_situation(const void *context)
{
	const struct situation *s = context;
	int fd;

	if (dup2(open(tree_path("@/root"), O_PATH), ROOT) < 0 || dup2(open(tree_path("@/out"), O_PATH), OUT) < 0 ||
	    chdir(tree_path(s->cwd[0] == '/'   ? s->cwd
			    : s->cwd[0] == 'r' ? "@/root"
					       : "@/out")))
		_exit(90);
	if (s->shapes == FD) {
		fd = open(tree_path(s->path), O_RDONLY);
		if (dup2(fd, OBJECT) < 0)
			_exit(91);
		close(fd);
	}
}

static void call(const struct fill *fill, const struct situation *s, bool preload, struct preloaded *run)
{
	char dir[16], dir2[16], path[PATH_MAX], path2[PATH_MAX];
	const char *arguments[] = {BUILD_DIR "/tests/shim/wrap/prog_rows", fill->name, dir, path, dir2, path2, NULL};
	const char *new = s->path2 ? s->path2 : "";
	size_t length = strlen(new);

	snprintf(dir, sizeof dir, "%d", s->dir);
	snprintf(dir2, sizeof dir2, "%d", s->dir2);
	strcpy(path, tree_path(base_name(fill->object, s->path)));
	strcpy(path2, tree_path(new));
	/* A mount is moved onto a directory. */
	if (fill->object == MOUNT && length)
		strcpy(strstr(path2, "new"), "dir");
	*run = (struct preloaded){.arguments = arguments,
				  .before = enter_situation,
				  .context = s,
				  .preload = preload,
				  .more = {preload ? "PRECLUDE_FLAG=outside:looks" : NULL}};
	strcpy(run->roots, tree_path("@/root"));
	if (s->grants)
		strcpy(run->granted, tree_path("@/granted"));
	preloaded_run(run);
}

#define SAME(event, field, want)                                                                                       \
	do {                                                                                                           \
		const char *said_ = json_string_value(json_object_get(event, field));                                  \
		const char *want_ = (want);                                                                            \
		if ((said_ != NULL) != (want_ != NULL) || (said_ && strcmp(said_, want_)))                             \
			fail_msg("%s, %s: %s is %s, not %s\n%.400s", fill->name, s->name, field,                       \
				 said_ ? said_ : "null", want_ ? want_ : "null", json_dumps(event, 0));                \
	} while (0)

static bool one_name(const char *path)
{
	return path[0] && !strchr(path, '/');
}

/* What the log must say of the call. */
static void check_event(const struct fill *fill, const struct situation *s, const char *where, const char *by,
			const struct preloaded *run)
{
	json_t *event = run->calls[0];
	bool inside = !strcmp(where, "inside"), by_fd = s->shapes == FD, named = s->shapes == NAMED;
	bool escape = s->from_root && !inside;
	bool anchored = by_fd || (!fill->follow && one_name(s->path) && (!s->path2 || one_name(s->path2)));
	const char *path = json_string_value(json_object_get(event, "path"));
	const char *resolved = json_string_value(json_object_get(event, "resolved"));

	SAME(event, "func", fill->name);
	SAME(event, "where", where);
	SAME(event, "from", s->from_root || inside ? "root" : "elsewhere");
	SAME(event, "does", fill->does);
	SAME(event, "how", anchored ? "anchored" : "unanchored");
	SAME(event, "effect", by ? "denied" : run->error ? "failed" : "passed");
	SAME(event, "by", by);
	SAME(event, "module", escape || inside ? tree_path("@/root") : NULL);
	if (json_is_true(json_object_get(event, "escape")) != escape)
		fail_msg("%s, %s: escape", fill->name, s->name);
	if (json_integer_value(json_object_get(event, "errno")) != run->error && fill->object != LIBRARY)
		fail_msg("%s, %s: errno %lld, not %d", fill->name, s->name,
			 json_integer_value(json_object_get(event, "errno")), run->error);
	if (!preloaded_frame(event, "/prog_rows"))
		fail_msg("%s, %s: no frame in the program", fill->name, s->name);
	if (by_fd ? path != NULL : !path)
		fail_msg("%s, %s: path %s", fill->name, s->name, path);
	/* A template is only complete after the call. */
	if (path && strncmp(path, tree_path(s->path), strlen(tree_path(s->path)) - (fill->object == TEMPLATE ? 3 : 0)))
		fail_msg("%s, %s: path %s, not %s", fill->name, s->name, path, s->path);
	if (s->resolved && fill->object == TEMPLATE) {
		size_t length = strlen(tree_path(s->resolved)) - 3;

		if (!resolved || strncmp(resolved, tree_path(s->resolved), length) ||
		    strncmp(resolved + length, "tmpl", 4))
			fail_msg("%s, %s: resolved %s", fill->name, s->name, resolved);
	} else if (s->resolved && fill->object != MOUNT) {
		SAME(event, "resolved", tree_path(s->resolved));
	}
	if (!by_fd && !named)
		SAME(event, "dir",
		     s->path[0] == '@'                                        ? NULL
		     : s->dir == ROOT || (s->dir == HERE && s->cwd[0] == 'r') ? tree_path("@/root")
									      : tree_path("@/out"));
}

/* The message that cmocka shows is short. */
static const char *first_call(const char *log)
{
	const char *call = strstr(log, "\"event\":\"call\"");

	return call ? call : "";
}

/*
 * acct(2) opens the file on a mount of its own, which no rule can name: newer kernels deny it to every domain
 * (Linux 6.18: EACCES; seen).
 */
static bool denied_inside(const struct fill *fill, const struct preloaded *run)
{
	return strstr(fill->name, "acct") && run->error == EACCES;
}

/*
 * libacl makes its changes through the wrapped xattr calls: they are logged, too, as calls of libacl's. Returns whether
 * one of them was refused by the library: then libacl's own call failed because of it.
 */
static bool drop_libacl(struct preloaded *run)
{
	unsigned kept = 0;
	bool refused = false;

	for (unsigned i = 0; i < run->call_count; i++) {
		const char *by = json_string_value(json_object_get(run->calls[i], "by"));

		if (!strncmp(json_string_value(json_object_get(run->calls[i], "func")), "acl_", 4) ||
		    !preloaded_frame(run->calls[i], "/libacl.so.1"))
			run->calls[kept++] = run->calls[i];
		else
			refused |= by && !strcmp(by, "confine");
	}
	run->call_count = kept;
	return refused;
}

/* Compares a run under the library with one without it. */
static void check(const struct fill *fill, const struct situation *s, const struct preloaded *bare,
		  const struct preloaded *run, const char *where, const char *untouched, bool refused_inside)
{
	bool outside = !strcmp(where, "outside");
	bool itself = s->last_is_link && !fill->follow; /* a link is no mount: refused before the domain is asked */
	/* What the kernel does not mediate, the library refuses: metadata. */
	bool confined = outside && fill->wall == PASS && !strcmp(fill->does, "metadata");
	bool walled =
	    confined || (fill->wall == EPERM && !itself) || (outside && (fill->wall > 0 || fill->wall == HIDDEN));
	int error = confined ? EACCES : fill->wall;
	unsigned events = fill->wall != SILENT && (walled || (s->from_root && strcmp(where, "inside")) || outside);

	if (!strcmp(bare->said, "absent\n"))
		return; /* this machine never had the system call */
	if (!strcmp(bare->said, "missing\n")) {
		assert_string_equal(run->said, "failed 38\n");
		assert_int_equal(run->call_count, 0);
		return;
	}
	if (!walled && denied_inside(fill, run))
		return;
	if (walled && error > 0 && fill->object != LIBRARY &&
	    !(run->error == error || (error == EXDEV && run->error == EACCES))) {
		if (run->error == EPERM && bare->error == EPERM)
			NEEDS_ROOT("to be allowed this call");
		fail_msg("%s, %s: %s, not errno %d", fill->name, s->name, run->said, error);
	}
	if (!walled && strcmp(run->said, bare->said))
		fail_msg("%s, %s: %swithout the library: %s", fill->name, s->name, run->said, bare->said);
	if (strcmp(run->tree, walled ? untouched : bare->tree))
		fail_msg("%s, %s: files differ:\n%.300s\nnot:\n%.300s", fill->name, s->name, run->tree,
			 walled ? untouched : bare->tree);
	if (run->call_count != events)
		fail_msg("%s, %s: %u events, not %u\n%.500s", fill->name, s->name, run->call_count, events,
			 first_call(run->log));
	if (events)
		check_event(fill, s, where,
			    refused_inside ? NULL
			    : confined     ? "confine"
			    : walled       ? "landlock"
					   : NULL,
			    run);
}

static void in_situation(const struct fill *fill, const struct situation *s)
{
	struct preloaded bare, run;
	const char *where = s->last_is_link && !fill->follow ? "inside" : s->where;
	char *untouched;

	/* A template is no link, and a library without a slash is searched for elsewhere. */
	if ((s->last_is_link && fill->object == TEMPLATE) || (one_name(s->path) && fill->object == LIBRARY))
		return;
	tree_make(fill->object);
	untouched = tree_describe();
	call(fill, s, false, &bare);
	tree_make(fill->object);
	call(fill, s, true, &run);
	check(fill, s, &bare, &run, where, untouched, !strncmp(fill->name, "acl_", 4) && drop_libacl(&run));
	preloaded_free(&bare);
	preloaded_free(&run);
	free(untouched);
}

/* Where libc makes the path: what it makes, and the root that it may lie in. */
static void by_name(const struct fill *fill)
{
	static const struct {
		enum object object;
		const char *argument, *path, *root, *resolved;
	} names[] = {
	    {TMP, "", "/tmp/", "/tmp", "/tmp"},
	    {SH, "", "/bin/sh", "/usr", NULL},
	    {SHM, "/preclude-rows", "/dev/shm/preclude-rows", "/dev/shm", "/dev/shm/preclude-rows"},
	    {SEM, "/preclude-rows", "/dev/shm/sem.preclude-rows", "/dev/shm", "/dev/shm/sem.preclude-rows"},
	    {MQ, "/preclude-rows", "/dev/mqueue/preclude-rows", NULL, NULL},
	};
	unsigned i = 0;

	while (names[i].object != fill->object)
		i++;
	for (int inside = 0; inside < (names[i].root ? 2 : 1); inside++) {
		struct situation s = {
		    .name = inside ? "a name inside" : "a name outside",
		    .shapes = NAMED,
		    .cwd = "out",
		    .path = names[i].path,
		    .where = inside ? "inside" : "outside",
		    .resolved = names[i].resolved,
		};
		const char *arguments[] = {
		    BUILD_DIR "/tests/shim/wrap/prog_rows", fill->name, "-100", names[i].argument, "-100", "", NULL};
		struct preloaded bare = {.arguments = arguments, .before = enter_situation, .context = &s};
		struct preloaded run = {
		    .arguments = arguments, .before = enter_situation, .context = &s, .preload = true};
		char *untouched;

		strcpy(run.roots, inside ? names[i].root : tree_path("@/root"));
		/* A shell is always granted by the base. */
		run.no_base = fill->object == SH && !inside;
		tree_make(fill->object);
		untouched = tree_describe();
		preloaded_run(&bare);
		tree_make(fill->object);
		preloaded_run(&run);
		check(fill, &s, &bare, &run, s.where, untouched, false);
		preloaded_free(&bare);
		preloaded_free(&run);
		free(untouched);
	}
}

static void row_holds(void **state)
{
	const char *name = *state;
	const struct fill *fill = NULL;

	for (size_t i = 0; i < sizeof fills / sizeof *fills; i++)
		if (!strcmp(fills[i].name, name))
			fill = &fills[i];
	if (!fill && strncmp(name, "syscall(", 8) && !dlsym(RTLD_DEFAULT, name))
		SKIP("this libc has no such function");
	if (!fill)
		fail_msg("%s has no row in tests/shim/wrap/rows.def", name);
	if (fill->object == MOUNT)
		NEEDS_ROOT("to mount file systems");
	if (fill->shape == NAMED)
		by_name(fill);
	for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
		if (situations[i].shapes & fill->shape)
			in_situation(fill, &situations[i]);
}

#define TEST(label, row) {label, row_holds, NULL, NULL, (void *)(uintptr_t)(row)},
static const struct CMUnitTest tests[] = {
#define FUNCTION(ret, name, ...) TEST(#name, #name)
#define BY_HAND                  FUNCTION
#define HAND                     FUNCTION
#include "shim/libc/functions.def"
#define SYSCALL(name, ...) TEST("syscall(" #name ")", "syscall(" #name ")")
#include "shim/syscall/syscalls.def"
};

int main(int argc, char **argv)
{
	if (geteuid() == 0 && own_shared_memory())
		return puts("1..0 # SKIP no file systems can be mounted here"), 0;
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("rows", tests, tree_begin, tree_end);
}
