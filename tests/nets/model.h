/* SPDX-License-Identifier: ISC */
/*
 * What may come of a call, by the policy and by where the kernel says its paths lead:
 *
 *   COMPARE   permitted: it must do exactly what it does without the library
 *   REFUSE    it must fail, and change nothing
 *   LEAVE     neither can be said; the call is not made
 */
#ifndef PRECLUDE_TESTS_NETS_MODEL_H
#define PRECLUDE_TESTS_NETS_MODEL_H

#include "outsider.h"

enum verdict { COMPARE, REFUSE, LEAVE };

static const struct setting {
	const char *name;
	const char *variables[6];
	bool outside; /* the policy has an outside */
	bool looks;   /* looks are judged, too */
	bool anchored, alone;
} settings[] = {
    {"everything", {"PRECLUDE_ROOTS=/,dev"}, .outside = false},
    {"everything-judged", {"PRECLUDE_ROOTS=/,dev", "PRECLUDE_CONFINE=all", "PRECLUDE_ANCHOR=on"}, .outside = false},
    {"observe", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r", "PRECLUDE_MODE=observe", "PRECLUDE_FLAG=all"}, .outside = false},
    {"enforce", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r"}, .outside = true},
    {"all", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r", "PRECLUDE_CONFINE=all"}, .outside = true, .looks = true},
    {"anchor", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r", "PRECLUDE_ANCHOR=on"}, .outside = true, .anchored = true},
    {"alone",
     {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r", "PRECLUDE_ANCHOR=on", "PRECLUDE_REQUIRE=nothing"},
     .outside = true,
     .anchored = true,
     .alone = true},
    {"raw", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r", "PRECLUDE_RAW=on", "PRECLUDE_CONFINE_RAW=on"}, .outside = true},
    {"narrow", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r", "PRECLUDE_NARROW=on"}, .outside = true},
    {"read-only", {"PRECLUDE_ROOTS=one=/w/in:two=/w/.r,ro"}, .outside = true},
};

/* What a process is, as far as the model must know: shared, since children change it for their parents. */
static struct shared {
	unsigned step, until;
	bool top_inside, chrooted, narrowed;
} * shared;

static const struct setting *setting;

/* One path of a call. */
struct lead {
	enum place where, from;
	int error; /* of the walk */
	bool exists, is_fifo, absolute;
};

static enum place place_of_cwd(void)
{
	int here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);
	enum place found = here < 0 ? UNKNOWN : climb(here, shared->top_inside);

	sys(SYS_close, here);
	return found;
}

static enum place place_of_dir(int dir)
{
	return dir == AT_FDCWD ? place_of_cwd() : climb(dir, shared->top_inside);
}

/* `entry`: the call acts on the name itself, whether or not something has it. */
static inline struct lead lead_of(int dir, const char *path, bool follow, bool entry)
{
	struct lead lead = {.where = UNKNOWN, .absolute = path[0] == '/'};
	int reached, holder;
	struct stat at;

	lead.from = lead.absolute ? UNKNOWN : place_of_dir(dir);
	lead.error = walk(dir, path, follow, entry, &reached, &holder);
	if (reached >= 0 && sys(SYS_newfstatat, reached, "", &at, AT_EMPTY_PATH) == 0) {
		lead.exists = lead.error == 0;
		lead.is_fifo = S_ISFIFO(at.st_mode);
		if (S_ISDIR(at.st_mode) && !((entry || lead.error) && holder >= 0))
			lead.where = climb(reached, shared->top_inside);
		else if (holder >= 0)
			lead.where = climb(holder, shared->top_inside);
	}
	drop(reached);
	drop(holder);
	return lead;
}

/* A descriptor. What is no directory and was opened outside can only be one that the process was started with. */
static inline struct lead lead_of_fd(int fd)
{
	struct lead lead = {.where = UNKNOWN, .from = UNKNOWN};
	struct stat at;

	lead.error = sys(SYS_newfstatat, fd, "", &at, AT_EMPTY_PATH) < 0 ? EBADF : 0;
	if (lead.error)
		return lead;
	lead.exists = true;
	if (S_ISDIR(at.st_mode))
		lead.where = climb(fd, shared->top_inside);
	else
		lead.where = (enum place)ask((struct errand){WHERE, (int)sys(SYS_gettid), fd, "", ""});
	return lead;
}

/* "/", "/w": whoever may enter a root may look at what leads there. */
static bool may_be_looked_at(const struct lead *lead)
{
	return lead->where != OUTSIDE || !lead->exists || lead->absolute;
}

static enum verdict verdict_on_look(const struct lead *lead)
{
	if (lead->where == INSIDE || !(setting->looks || setting->anchored))
		return COMPARE;
	if (may_be_looked_at(lead))
		return LEAVE;
	/* From a root to what does not lie in it; what starts elsewhere is not confined by anchoring. */
	if (setting->anchored && lead->from == INSIDE && !shared->chrooted)
		return REFUSE;
	return LEAVE;
}

static enum verdict verdict_on_change(const struct lead *lead, bool metadata)
{
	if (lead->where == GRANTED)
		return metadata ? REFUSE : LEAVE;
	/* Without the kernel's sandbox, what starts outside may go on there. */
	if (setting->alone && !metadata && lead->where == OUTSIDE && lead->from != INSIDE)
		return LEAVE;
	return lead->where == INSIDE ? COMPARE : lead->where == OUTSIDE ? REFUSE : LEAVE;
}

static bool only_looks(const struct way *way)
{
	return !strcmp(way->does, "look") || !strcmp(way->does, "enter") || !strcmp(way->does, "connect");
}

/* Why a row is not called at all; NULL when it is. */
static inline const char *excluded(const struct way *way)
{
	static const char *const reasons_[][2] = {
	    {"swapon", "changes the machine"},
	    {"swapoff", "changes the machine"},
	    {"acct", "changes the machine"},
	    {"syscall(swapon)", "changes the machine"},
	    {"syscall(swapoff)", "changes the machine"},
	    {"syscall(acct)", "changes the machine"},
	    {"mount_setattr", "what it does to a mount is not described"},
	    {"syscall(mount_setattr)", "what it does to a mount is not described"},
	    {"syscall", "has no path of its own: the rows by number are its calls"},
	    {"dlmopen", "makes a namespace of the loader, of which there are sixteen"},
	    {"pivot_root", "a domain denies it anywhere"},
	};

	for (size_t i = 0; i < COUNT(reasons_); i++)
		if (!strcmp(reasons_[i][0], way->name))
			return reasons_[i][1];
	if (way->wall == EPERM)
		return "a domain denies it anywhere";
	if (!strcmp(way->does, "run") && way->shape == NAMED)
		return "starts a shell; compared by the tests of single functions";
	return way->number < 0 ? "a call that this machine does not have" : NULL;
}

static inline enum verdict verdict(const struct way *way, const struct lead *leads, unsigned count)
{
	enum verdict worst = COMPARE, one;

	for (unsigned i = 0; i < count; i++)
		if (leads[i].is_fifo && !strcmp(way->does, "open"))
			return LEAVE; /* it would wait for a writer */
	if (!setting->outside)
		return COMPARE;
	/* What libc does beneath, or where it makes the path itself, is denied without its result telling so. */
	if (way->shape == NAMED || way->wall == HIDDEN)
		return LEAVE;
	for (unsigned i = 0; i < count; i++) {
		one = only_looks(way) ? verdict_on_look(&leads[i])
				      : verdict_on_change(&leads[i], !strcmp(way->does, "metadata"));
		if (one == LEAVE)
			return LEAVE;
		if (one > worst)
			worst = one;
	}
	return worst;
}

#endif
