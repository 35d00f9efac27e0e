/* SPDX-License-Identifier: ISC */
/*
 * One step of net_fuzz.c, by its number: what is done depends on the seed and the number alone, so that any steps can
 * be left out and the others stay what they were. Each writes one line.
 */
#ifndef PRECLUDE_TESTS_NETS_FUZZ_STEPS_H
#define PRECLUDE_TESTS_NETS_FUZZ_STEPS_H

#include <stdarg.h>

#include "model.h"

/* What disturbs the calls of a sequence: chosen by the seed, so that a known fault of one kind hides no other. */
enum disturbance { CALM, MOVES, SHARING, UNSEEN, MIXED, DISTURBANCES };
static const char *const disturbances[] = {"calm", "moves", "sharing", "unseen", "mixed"};

static uint64_t seed;
static struct chance with; /* of this step */
static unsigned char *left_out;

/* What the calls of loose.def are given. */
static int open_flags, at_flags;
static unsigned bits, how_resolve;

#define AT_FOLLOW    (!(at_flags & AT_SYMLINK_NOFOLLOW))
#define OPEN_ENTRY   ((open_flags & O_CREAT) && (open_flags & O_EXCL))
#define OPEN_FOLLOWS (!(open_flags & O_NOFOLLOW) && !OPEN_ENTRY)
#define OPEN_DOES    (open_flags & O_PATH ? "look" : open_flags & O_CREAT ? "create" : "open")

static long open_with_how(int dir, const char *path)
{
	open_how.flags = (uint64_t)open_flags;
	open_how.mode = open_flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? 0640 : 0;
	open_how.resolve = how_resolve;
	long result = syscall(SYS_openat2, dir, path, &open_how, sizeof open_how);

	open_how.flags = O_RDONLY;
	open_how.mode = open_how.resolve = 0;
	return result;
}

static long loose_call(unsigned row, const struct call *call)
{
	const char *path = call->path, *path2 = call->path2;
	int dir = call->dir, dir2 = call->dir2;
	unsigned at = 0;

#define LOOSE(name, shape, does, follow, entry, call_)                                                                 \
	if (at++ == row)                                                                                               \
		return call_;
#include "loose.def"
#undef LOOSE
	return -1;
}

static unsigned loose_rows(void)
{
	unsigned count = 0;

#define LOOSE(...) count++;
#include "loose.def"
#undef LOOSE
	return count;
}

static struct way loose_way(unsigned row, bool *entry)
{
	unsigned at = 0;

#define LOOSE(name_, shape_, does_, follow_, entry_, call_)                                                            \
	if (at++ == row) {                                                                                             \
		*entry = entry_;                                                                                       \
		return (struct way){.name = #name_, .shape = shape_, .does = does_, .follow = follow_};                \
	}
#include "loose.def"
#undef LOOSE
	return (struct way){.name = NULL};
}

static char line[8192];
static size_t line_length;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
	va_list list_;

	va_start(list_, format);
	line_length += (size_t)vsnprintf(line + line_length, sizeof line - line_length, format, list_);
	va_end(list_);
	if (line_length >= sizeof line)
		line_length = sizeof line - 1;
}

/* NUMBER \t VERDICT \t WHAT \t RESULT \t ERRNO \t SAID \t DESCRIPTORS \t CONTENT \t DIGEST */
static void write_line(void)
{
	for (size_t i = 0; i < line_length; i++)
		if (line[i] == '\n')
			line[i] = '|';
	tell("\t%016lx\n", ask((struct errand){DIGEST, 0, 0, "", ""}));
	sys(SYS_write, TRANSCRIPT, line, line_length);
	line_length = 0;
}

/* The process's own descriptors: slots that hold something, and below them what a call may give. */
enum { FIRST_SLOT = 20, SLOTS = 12, INHERITED = 32 };

static int pick_slot(void)
{
	return (int)(FIRST_SLOT + chance(&with, SLOTS + 2));
}

static int pick_dir(void)
{
	return once_in(&with, 3) ? AT_FDCWD : pick_slot();
}

static unsigned open_numbers(void)
{
	unsigned found = 0;

	for (int fd = 0; fd < FIRST_SLOT; fd++)
		if (sys(SYS_fcntl, fd, F_GETFD, 0) >= 0)
			found |= 1u << fd;
	return found;
}

/* Which numbers a call has taken, and what can be read there; then they are given back. */
static void tell_descriptors(unsigned before)
{
	unsigned taken = open_numbers() & ~before;
	char content[40];
	long length;

	tell("\t");
	for (int fd = 0; fd < FIRST_SLOT; fd++)
		if (taken & (1u << fd))
			tell(" %d", fd);
	tell("\t");
	for (int fd = 0; fd < FIRST_SLOT; fd++) {
		if (!(taken & (1u << fd)))
			continue;
		length = sys(SYS_pread64, fd, content, sizeof content - 1);
		if (length > 0)
			tell(" %.*s", (int)length, content);
		close(fd);
	}
}

static bool acts_on_entry(const struct way *way)
{
	return !strcmp(way->does, "remove") || !strcmp(way->does, "rename") ||
	       (!strcmp(way->does, "create") && !way->follow && strncmp(way->name, "link", 4) &&
		strncmp(way->name, "syscall(link", 12));
}

static unsigned leads_of(const struct way *way, const struct call *call, bool entry, struct lead *leads)
{
	if (way->shape == FD) {
		leads[0] = lead_of_fd(call->dir);
		return 1;
	}
	if (way->shape == NAMED)
		return 0;
	leads[0] = lead_of(call->dir, call->path, way->follow, entry);
	if (!(way->shape & (TWO | TWO_AT)))
		return 1;
	leads[1] = lead_of(call->dir2, call->path2, false, true);
	return 2;
}

static const char *const verdict_names[] = {"compare", "refuse", "leave"};
static bool preloaded;

static bool disturbed_by(enum disturbance kind)
{
	return seed % DISTURBANCES == kind || seed % DISTURBANCES == MIXED;
}

/* Names that are made by chance differ from run to run. */
static void remove_temporary(const struct way *way, struct call *call, long result)
{
	if (way->object != TEMPLATE || result < 0 || !strcmp(way->name, "mktemp"))
		return;
	if (sys(SYS_unlinkat, AT_FDCWD, call->path, 0) < 0)
		sys(SYS_unlinkat, AT_FDCWD, call->path, AT_REMOVEDIR);
}

static void report_call(const struct way *way, const struct call *call, enum verdict found, long result, int error)
{
	if (!strcmp(way->name, "ftok") && result > 0)
		result = 1;
	if (found == REFUSE && !preloaded)
		tell("%ld\t%d\t", -1L, EACCES);
	else
		tell("%ld\t%d\t%s", result, result < 0 ? error : 0, result < 0 ? "" : said);
	(void)call;
}

/* Makes the call, or not, and says what came of it. */
static void make_call(const struct way *way, bool entry, struct call *call, long (*make)(unsigned, const struct call *),
		      unsigned row)
{
	struct lead leads[2] = {{0}, {0}};
	unsigned count = leads_of(way, call, entry, leads);
	enum verdict found = verdict(way, leads, count);
	/* RESOLVE_IN_ROOT leads elsewhere than the path does. */
	if (make == loose_call && how_resolve == 16 && setting->outside && strstr(way->name, "openat2"))
		found = LEAVE;
	long result = -1;
	int error = EACCES;
	const unsigned before = open_numbers();

	tell("%s\t%s(", verdict_names[found], way->name);
	if (way->shape & (AT | TWO_AT | FD))
		tell("%d, ", call->dir);
	tell(way->shape == FD ? "" : "\"%s\"", call->path);
	if (way->shape & (TWO | TWO_AT))
		tell(", %d, \"%s\"", call->dir2, call->path2);
	if (make == loose_call)
		tell("; open 0%o at 0x%x bits %u resolve %u", open_flags, at_flags, bits, how_resolve);
	tell(")\t");
	if (found == COMPARE || (found == REFUSE && preloaded)) {
		said[0] = text[0] = '\0';
		memset(&st, 0, sizeof st), memset(&stx, 0, sizeof stx);
		errno = 0;
		result = make(row, call);
		error = errno;
		remove_temporary(way, call, result);
		if (result >= 0 && !strcmp(way->symbol ? way->symbol : "", "chroot"))
			shared->top_inside = leads[0].where == INSIDE, shared->chrooted = true;
	}
	report_call(way, call, found, result, error);
	tell_descriptors(before);
}

static long row_call(unsigned row, const struct call *call)
{
	function = symbols[row];
	return ways[row].call(call);
}

static void choose_paths(const struct way *way, struct call *call)
{
	if (once_in(&with, 4))
		strcpy(call->path, pick_name(&with));
	else
		make_path(&with, call->path);
	if (way->object == TEMPLATE) {
		if (strrchr(call->path, '/'))
			strrchr(call->path, '/')[1] = '\0';
		else
			*call->path = '\0';
		strcat(call->path, "tmplXXXXXX");
	}
	if (way->shape == NAMED)
		snprintf(call->path, 32, "/name%u", chance(&with, 3));
	make_path(&with, call->path2);
	call->dir = way->shape == FD ? pick_slot() : way->shape & (AT | TWO_AT) ? pick_dir() : AT_FDCWD;
	call->dir2 = way->shape == TWO_AT ? pick_dir() : AT_FDCWD;
	if (way->shape == FD && once_in(&with, 3))
		call->dir = INHERITED + (int)chance(&with, 2);
}

static void step_row(void)
{
	static char path[512], path2[512];
	struct call call = {.path = path, .path2 = path2};
	unsigned row = chance(&with, COUNT(ways));

	/* What the library alone confines is tried most where something disturbs it. */
	for (unsigned i = 0; i < 3 && !disturbed_by(CALM) && strcmp(ways[row].does, "metadata"); i++)
		row = chance(&with, COUNT(ways));
	choose_paths(&ways[row], &call);
	if (excluded(&ways[row]) || !symbols[row])
		return;
	/* Its stream is a duplicate of standard input. */
	if (!strncmp(ways[row].name, "freopen", 7) && sys(SYS_fcntl, 0, F_GETFD, 0) < 0)
		return;
	/* A changed root stays: seldom, or nothing else would be tried. */
	if (strstr(ways[row].name, "chroot") && !once_in(&with, 6))
		return;
	make_call(&ways[row], acts_on_entry(&ways[row]), &call, row_call, row);
}

static void step_loose(void)
{
	static const int one_of[] = {0, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_APPEND, O_TMPFILE};
	static const int at_bits[] = {0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_SYMLINK_FOLLOW, AT_REMOVEDIR};
	static const unsigned resolves[] = {0, 0, 1, 2, 4, 8, 16};
	static char path[512], path2[512];
	struct call call = {.path = path, .path2 = path2};
	unsigned row = chance(&with, loose_rows());
	bool entry = false;

	open_flags = (int[]){O_RDONLY, O_WRONLY, O_RDWR}[chance(&with, 3)] | O_NONBLOCK;
	for (unsigned i = 0; i < 3; i++)
		open_flags |= one_of[chance(&with, COUNT(one_of))];
	at_flags = at_bits[chance(&with, COUNT(at_bits))] | at_bits[chance(&with, 2)];
	bits = chance(&with, 8);
	how_resolve = resolves[chance(&with, COUNT(resolves))];
	struct way way = loose_way(row, &entry);
	choose_paths(&way, &call);
	if (at_flags & AT_EMPTY_PATH && once_in(&with, 2) && way.shape == AT)
		*path = '\0';
	/* A name that cannot be told in advance. */
	if (!*path && strncmp(way.name, "open", 4)) {
		way.shape = FD;
		if (call.dir == AT_FDCWD)
			call.dir = pick_slot();
	}
	make_call(&way, entry, &call, loose_call, row);
}

#endif
