/* SPDX-License-Identifier: ISC */
/*
 * prog_swaps SETTING CALLS LIBRARY FAKE: somebody swaps directories and files for symlinks to outside, as fast as can
 * be, while another process calls every function of rows.def through them, CALLS times each.
 *
 * SETTING: "bare", without the library: until each has got out once; "metadata": PRECLUDE_CONFINE alone, and only what
 * changes metadata; "both": PRECLUDE_ANCHOR and Landlock; "anchor": without Landlock; "past": the same on a kernel
 * without openat2, fchmodat2.
 *
 * Prints "ROW escaped N of M" a row, "ROW cannot be told" where no result shows which object it was, "ROW by path" for
 * what is judged before it is called by its path, "swaps N", and "outside as it was" or "outside changed". The names,
 * at each of whose depths there is a swap:
 *
 *   /W/root/a/b/c/obj     a file that is one inside and one outside; itself swapped for a symlink
 *   /W/root/a/b/c/secret  one for each kind of object, none inside: who finds it is outside
 *   /W/root/a/b/c/new     is made
 */
#define main prog_rows_main
#include "../wrap/prog_rows.c"
#undef main

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "../tree.h"
#include "../unseen.h"

#define WORLD "/mnt"
#define IN    WORLD "/root/a/b/c"
#define OUT   WORLD "/out/a/b/c"

enum shape { PATH = 1, AT = 2, TWO = 4, TWO_AT = 8, FD = 16, NAMED = 32 };
enum wall { PASS, HIDDEN = -1, SILENT = -2 };

/* Whether the column `held` leaves a row to act by path. */
static bool by_path(const char *name)
{
	static const struct {
		const char *name, *paths, *held;
	} rows[] = {
#undef FUNCTION
#undef BY_HAND
#undef HAND
#define FUNCTION(ret, name, params, args, libc, operation, paths, follow, held) {#name, #paths, #held},
#define BY_HAND(...)
#define HAND(...)
#include "../../../shim/libc/functions.def"
	};
	static const char *const rows_by_path[] = {
	    "glob",
	    "glob64",
	    "chroot",
	    "pivot_root",
	    "nftw",
	    "nftw64",
	    "fts_open",
	    "fts64_open",
	    "execve",
	    "execv",
	    "execvp",
	    "execvpe",
	    "execl",
	    "execlp",
	    "execle",
	    "execveat",
	    "posix_spawn",
	    "posix_spawnp",
	    "popen",
	    "_IO_popen",
	    "system",
	    "pidfd_spawn",
	    "pidfd_spawnp",
	    "dlopen",
	    "dlmopen",
	    "bind",
	    "connect",
	    "__connect",
	    "sendto",
	    "sendmsg",
	    "sendmmsg",
	    "updwtmp",
	    "updwtmpx",
	    "shm_open",
	    "shm_unlink",
	    "sem_open",
	    "sem_unlink",
	    /* where there is a path: one of these by number */
	    "syscall(bind)",
	    "syscall(connect)",
	    "syscall(sendto)",
	    "syscall(sendmsg)",
	    "syscall(sendmmsg)",
	    "syscall(mount)",
	    "syscall(umount2)",
	    "syscall(move_mount)",
	    "syscall(swapon)",
	    "syscall(swapoff)",
	    "syscall(acct)",
	    "syscall(quotactl)",
	    "syscall(bind)",
	    "syscall(connect)",
	    "syscall(sendto)",
	    "syscall(sendmsg)",
	    "syscall(sendmmsg)",
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].name, name) && strncmp(name, "acl_", 4))
			return !strcmp(rows[i].held, "NONE") && strncmp(rows[i].paths, "FD", 2);
	/* libacl calls the functions for attributes, which are held. */
	for (size_t i = 0; strncmp(name, "acl_", 4) && i < sizeof rows_by_path / sizeof *rows_by_path; i++)
		if (!strcmp(rows_by_path[i], name))
			return true;
	return false;
}

static const struct way {
	const char *name, *symbol;
	enum shape shape;
	enum object object;
	bool follow;
	const char *does;
	int wall;
	long (*call)(const struct call *call);
} ways[] = {
#undef FILL
#undef RAW_FILL
#define FILL(name, shape, object, follow, does, wall, call)                                                            \
	{#name, #name, shape, object, follow, #does, wall, fill_##name},
#define RAW_FILL(name, shape, object, follow, does, wall, call)                                                        \
	{"syscall(" #name ")", "syscall", shape, object, follow, #does, wall, raw_##name},
#include "../wrap/rows.def"
};

static volatile unsigned long *swaps;
enum { ROOT = 40, OUTC, INC, OUTOBJ, SECRET };

static void must(bool done, const char *what)
{
	if (!done) {
		fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
		exit(77);
	}
}

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd >= 0 && write(fd, text, strlen(text)) > 0 && close(fd) == 0, path);
	setxattr(path, "user.old", text, strlen(text), 0);
}

static void make_world(void)
{
	static const char *const names[] = {"", "/a", "/a/b", "/a/b/c"};
	char path[PATH_MAX], target[PATH_MAX];

	must(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "unshare");
	must(mount("tmpfs", WORLD, "tmpfs", 0, "mode=0755") == 0, "mount");
	for (unsigned i = 0; i < 4; i++) {
		snprintf(path, sizeof path, WORLD "/root%s", names[i]);
		must(mkdir(path, 0755) == 0, path);
		snprintf(path, sizeof path, WORLD "/out%s", names[i]);
		must(mkdir(path, 0755) == 0, path);
	}
	for (unsigned i = 1; i < 5; i++) {
		const char *name = (const char *[]){"", "a", "b", "c", "obj"}[i];

		snprintf(path, sizeof path, WORLD "/root%s/.%s", names[i - 1], name);
		snprintf(target, sizeof target, WORLD "/out%s/%s", names[i - 1], name);
		must(symlink(target, path) == 0, path);
	}
	put_text(IN "/obj", "inside");
	put_text(OUT "/obj", "outside!");
	put_text(WORLD "/root/keep", "inside");
}

static long swap(int dir, const char *one, const char *two)
{
	return syscall(SYS_renameat2, dir, one, dir, two, 2 /* RENAME_EXCHANGE */);
}

/* One name at a time: the others lead where they should, so that calls get far enough. */
static void attack(void)
{
	static const char *const places[] = {WORLD "/root", WORLD "/root/a", WORLD "/root/a/b", IN};
	static const char *const names[][2] = {{"a", ".a"}, {"b", ".b"}, {"c", ".c"}, {"obj", ".obj"}};
	int dirs[4];

	for (unsigned i = 0; i < 4; i++)
		must((dirs[i] = open(places[i], O_PATH)) >= 0, places[i]);
	for (unsigned i = 0;; i++) {
		unsigned depth = (i >> 4) % 4;

		swap(dirs[depth], names[depth][0], names[depth][1]);
		++*swaps;
		/* An odd number of times would leave it swapped. */
		if ((i & 15) == 15 && (i & 16)) {
			struct stat now;

			if (fstatat(dirs[depth], names[depth][0], &now, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISLNK(now.st_mode))
				swap(dirs[depth], names[depth][0], names[depth][1]);
		}
	}
}

/* What outside looks like, by system calls of our own. */
static uint64_t outside(void)
{
	static const int held[] = {OUTC, OUTOBJ, SECRET};
	struct stat now[3] = {0};
	uint64_t hash = 0;

	for (int i = 0; i < 3; i++)
		sys(SYS_newfstatat, held[i], "", &now[i], AT_EMPTY_PATH);
	for (unsigned i = 0; i < 3; i++)
		hash = hash * 1000003 + (uint64_t)now[i].st_ctim.tv_sec * 1000000000 +
		       (uint64_t)now[i].st_ctim.tv_nsec + now[i].st_mode * 7 + (uint64_t)now[i].st_size * 31 +
		       now[i].st_nlink;
	return hash;
}

/* All of it, as text. */
static char *describe(void)
{
	char *said_of_it;
	size_t size;
	FILE *out = open_memstream(&said_of_it, &size);

	tree_describe_one(out, WORLD "/out");
	fclose(out);
	return said_of_it;
}

static ino_t out_inode, secret_inode;

static bool lies_outside(ino_t inode)
{
	return inode == out_inode || inode == secret_inode;
}

/* What lies outside was given: its numbers, its text, or a descriptor of it. */
static bool was_given(void)
{
	if (lies_outside(st.st_ino) || lies_outside(stx.stx_ino) || strstr(text, "outside!"))
		return true;
	for (int fd = 3; fd < 12; fd++) {
		struct stat opened;

		if (sys(SYS_newfstatat, fd, "", &opened, AT_EMPTY_PATH) == 0 && lies_outside(opened.st_ino))
			return true;
	}
	return false;
}

static const char *secret(const struct way *way)
{
	static char name[16];

	snprintf(name, sizeof name, "secret%d", way->object);
	return name;
}

/* Made before anybody is confined; without the library, made again. */
static void put_outside(const struct way *way)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, OUT "/%s", secret(way));
	if (remove(path) && errno != ENOENT)
		abort();
	if (way->object == FILE_ || way->object == DIR_ || way->object == LINK || way->object == SOCKET)
		tree_put_object(path, way->object);
}

/* Whether the row can be called with this target, so that an escape shows. */
static bool fits(const struct way *way, unsigned target)
{
	const bool makes = way->object == NONE || way->object == TEMPLATE;

	if (target == 1)
		return way->object == FILE_ && way->follow && !(way->shape & (TWO | TWO_AT));
	return target == 2 ? makes || (way->shape & (TWO | TWO_AT)) : !makes;
}

/* Takes back what a call has done inside, and outside when there is no library. */
static void undo(bool bare, const struct way *way)
{
	for (unsigned i = 0; i < 2; i++) {
		const char *name = i ? secret(way) : "new";

		if (sys(SYS_unlinkat, INC, name, 0) < 0)
			sys(SYS_unlinkat, INC, name, AT_REMOVEDIR);
	}
	if (way->shape & (TWO | TWO_AT)) {
		int fd = (int)sys(SYS_openat, ROOT, "keep", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		sys(SYS_close, fd);
	}
	if (bare) {
		unlinkat(OUTC, "new", 0);
		unlinkat(OUTC, "new", AT_REMOVEDIR);
	}
	if (way->object == TEMPLATE) {
		DIR *dir = fdopendir(openat(INC, ".", O_RDONLY | O_DIRECTORY));

		for (struct dirent *entry; dir && (entry = readdir(dir));)
			if (!strncmp(entry->d_name, "tmpl", 4)) {
				sys(SYS_unlinkat, INC, entry->d_name, 0);
				sys(SYS_unlinkat, INC, entry->d_name, AT_REMOVEDIR);
			}
		if (dir)
			closedir(dir);
	}
	close_range(3, 19, 0);
}

static bool one_call(const struct way *way, unsigned round, unsigned target)
{
	static char path[PATH_MAX], path2[PATH_MAX];
	struct call call = {.path = path, .path2 = path2, .dir = AT_FDCWD, .dir2 = AT_FDCWD};
	const bool at = way->shape & (AT | TWO_AT), two = way->shape & (TWO | TWO_AT);
	const char *name = target == 1 ? "obj" : way->object == TEMPLATE ? "tmplXXXXXX" : target ? "new" : secret(way);
	const uint64_t before = outside();
	long result;

	snprintf(path, sizeof path, "%sa/b/c/%s", round % 3 == 1 ? WORLD "/root/" : "", name);
	strcpy(path2, round % 3 == 1 ? WORLD "/root/a/b/c/new" : "a/b/c/new");
	if (two && target == 2)
		strcpy(path, "keep");
	if (at && round % 3 == 2)
		call.dir = call.dir2 = ROOT;
	st.st_ino = stx.stx_ino = 0;
	text[0] = '\0';
	result = way->call(&call);
	if (result >= 0 && !strcmp(way->name, "chdir"))
		fchdir(ROOT);
	if (outside() != before)
		return true;
	return result >= 0 && ((target == 0 && strcmp(way->does, "create")) || was_given());
}

/* mktemp and the like give a name, whatever is there. */
static bool can_be_told(const struct way *way)
{
	/* What 64-bit machines never had ends prog_rows. */
	if (sizeof(long) == 8 && !strcmp(way->symbol, "syscall") && strstr(way->name, "64)"))
		return false;
	return strcmp(way->name, "syscall") && strcmp(way->name, "chroot") && strcmp(way->name, "pivot_root") &&
	       !(way->shape & (FD | NAMED)) && way->wall != EPERM;
}

static void attacked(const struct way *way, bool bare, unsigned calls)
{
	unsigned escaped = 0, made = 0;
	struct stat found;

	function = dlsym(RTLD_DEFAULT, way->symbol);
	if (!function)
		return;
	if (bare)
		put_outside(way);
	sys(SYS_dup3, sys(SYS_openat, OUTC, secret(way), O_PATH | O_NOFOLLOW, 0), SECRET, 0);
	secret_inode = sys(SYS_newfstatat, SECRET, "", &found, AT_EMPTY_PATH) == 0 ? found.st_ino : out_inode;
	close_range(3, 19, 0);
	for (unsigned round = 0; made < calls && !(escaped && bare); round++) {
		unsigned target = round / 3 % 3;

		if (!fits(way, target))
			continue;
		made++;
		escaped += one_call(way, round, target);
		undo(bare, way);
	}
	printf("%s escaped %u of %u\n", way->name, escaped, made);
	fflush(stdout);
}

static int victim(const char *setting, unsigned calls)
{
	const bool bare = !strcmp(setting, "bare"), metadata = !strcmp(setting, "metadata");
	struct stat found;

	umask(022);
	must(chdir(WORLD "/root") == 0, "chdir");
	must(dup2(open(".", O_PATH), ROOT) == ROOT, "root");
	fstat(OUTOBJ, &found);
	out_inode = found.st_ino;
	xattr.value = (uintptr_t) "v";
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const struct way *way = &ways[i];

		if (metadata && (strcmp(way->does, "metadata") || way->wall != PASS))
			continue;
		if (by_path(way->name))
			printf("%s by path\n", way->name);
		else if (!can_be_told(way))
			printf("%s cannot be told\n", way->name);
		else
			attacked(way, bare, calls);
	}
	return 0;
}

int main(int argc, char **argv)
{
	pid_t attacker, child;
	char *before;
	int status;

	if (argc == 4 && !strcmp(argv[1], "victim"))
		return victim(argv[2], (unsigned)atoi(argv[3]));
	if (argc != 5)
		return 77;
	const bool metadata = !strcmp(argv[1], "metadata"), bare = !strcmp(argv[1], "bare");
	const bool real_kernel = metadata || bare || !strcmp(argv[1], "both");
	char preload[PATH_MAX + 16], self[PATH_MAX] = "";

	must(readlink("/proc/self/exe", self, sizeof self - 1) > 0, "find myself");
	make_world();
	snprintf(preload, sizeof preload, "LD_PRELOAD=%s", argv[3]);
	swaps = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Held before anything is swapped. */
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		put_outside(&ways[i]);
	dup2(open(OUT, O_PATH), OUTC), dup2(open(IN, O_PATH), INC), dup2(open(OUT "/obj", O_PATH), OUTOBJ);
	before = describe();
	attacker = fork();
	if (attacker == 0)
		attack();
	child = fork();
	if (child == 0) {
		char *kernel = (char *)(!strcmp(argv[1], "past") ? "lacks:landlock:openat2:fchmodat2" : "enosys");
		char *command[] = {argv[4],
				   kernel,
				   (char *)"/usr/bin/env",
				   (char *)(bare ? "A=b" : preload),
				   (char *)"PRECLUDE_ROOTS=" WORLD "/root",
				   (char *)"PRECLUDE_LOG=off",
				   (char *)(metadata ? "PRECLUDE_CONFINE=metadata" : "PRECLUDE_ANCHOR=on"),
				   (char *)(real_kernel ? "PRECLUDE_REQUIRE=landlock" : "PRECLUDE_REQUIRE=nothing"),
				   self,
				   (char *)"victim",
				   argv[1],
				   argv[2],
				   NULL};

		execv(real_kernel ? command[2] : command[0], real_kernel ? command + 2 : command);
		_exit(77);
	}
	waitpid(child, &status, 0);
	kill(attacker, SIGKILL);
	waitpid(attacker, NULL, 0);
	printf("swaps %lu\n", *swaps);
	puts(strcmp(before, describe()) ? "outside changed" : "outside as it was");
	return status ? 1 : 0;
}
