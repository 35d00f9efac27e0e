/* SPDX-License-Identifier: ISC */
/*
 * Steps of net_fuzz.c that change what later calls mean: what a process holds, who shares it, and what somebody else
 * does to the names.
 */
#ifndef PRECLUDE_TESTS_NETS_FUZZ_STATE_H
#define PRECLUDE_TESTS_NETS_FUZZ_STATE_H

#include <pthread.h>

#include "fuzz_steps.h"

static void run_steps(void);

static void told_only(const char *what, long result)
{
	tell("compare\t%s\t%ld\t0\t\t\t", what, result);
}

/* Opens something and keeps it in a slot. Made by the same rules as any other call. */
static void step_hold(void)
{
	static char path[512];
	struct call call = {.path = path, .dir = AT_FDCWD, .path2 = path};
	struct way way = {.name = "open to hold", .shape = PATH, .follow = true};
	int slot = (int)(FIRST_SLOT + chance(&with, SLOTS)), fd = -1;
	struct lead lead;
	enum verdict found;

	if (once_in(&with, 2))
		make_path(&with, path);
	else
		snprintf(path, sizeof path, "%s/%s", tops[chance(&with, COUNT(tops))],
			 once_in(&with, 2) ? "." : pick_name(&with));
	open_flags = (int[]){O_RDONLY, O_RDONLY, O_PATH, O_RDWR}[chance(&with, 4)] | O_NONBLOCK | O_CLOEXEC;
	way.does = open_flags & O_PATH ? "look" : "open";
	lead = lead_of(AT_FDCWD, path, true, false);
	found = verdict(&way, &lead, 1);
	if (found == COMPARE)
		fd = open(path, open_flags);
	tell("%s\thold(%d, \"%s\", 0%o)\t%d\t%d\t\t\t", verdict_names[found], slot, path, open_flags,
	     fd < 0            ? -1
	     : found == REFUSE ? -1
			       : fd,
	     fd < 0 && found == COMPARE ? errno : 0);
	if (fd >= 0 && fd != slot) {
		dup2(fd, slot);
		close(fd);
	}
	(void)call;
}

/* Every way in which a number becomes free, or another object's. */
static void step_release(void)
{
	int slot = (int)(FIRST_SLOT + chance(&with, SLOTS)), other = (int)(FIRST_SLOT + chance(&with, SLOTS));
	unsigned how = chance(&with, 13);
	const bool unseen = how == 3 || how == 4 || how == 5 || how == 11;
	FILE *file;
	DIR *dir;
	long result = 0;

	if (unseen && !disturbed_by(UNSEEN))
		how = 0;
	switch (how) {
	case 0 ... 1:
		result = close(slot);
		break;
	case 2:
		result = syscall(SYS_close, slot);
		break;
	case 3:
		result = sys(SYS_close, slot) < 0 ? -1 : 0;
		break;
	case 4:
		file = fdopen(slot, "r");
		result = file ? fclose(file) : -1;
		break;
	case 5:
		dir = fdopendir(slot);
		result = dir ? closedir(dir) : -1;
		break;
	case 6:
		result = dup2(other, slot);
		break;
	case 7:
		result = syscall(SYS_dup3, other, slot, O_CLOEXEC);
		break;
	case 8:
		result = close_range((unsigned)slot, (unsigned)slot, 0);
		break;
	case 9:
		result = close_range((unsigned)slot, (unsigned)slot, CLOSE_RANGE_CLOEXEC);
		break;
	case 10:
		result = close_range((unsigned)slot, (unsigned)slot, CLOSE_RANGE_UNSHARE);
		break;
	case 11:
		file = fdopen(slot, "r");
		result = file && freopen("/dev/null", "r", file) ? fclose(file) : -1;
		break;
	case 12:
		result = close(slot), result += fcntl(other, F_DUPFD, slot) == slot;
		for (int fd = FIRST_SLOT + SLOTS + 4; fd < 56; fd++)
			close(fd);
		break;
	}
	tell("compare\trelease(way %u, %d, %d)\t%ld\t0\t\t\t", how, slot, other, result);
}

/* A call that changes metadata, of what lies in `dir`: what is known of a directory decides about it. */
static void call_in(unsigned number, int dir)
{
	static char path[512], path2[512];
	struct call call = {.path = path, .path2 = path2, .dir = dir, .dir2 = dir};
	unsigned row;

	do
		row = chance(&with, COUNT(ways));
	while (strcmp(ways[row].does, "metadata") || excluded(&ways[row]) || !symbols[row] ||
	       !(ways[row].shape & (dir == AT_FDCWD ? PATH | AT : AT)));
	strcpy(path, once_in(&with, 3) ? pick_name(&with) : names[KEEP]);
	make_call(&ways[row], false, &call, row_call, row);
	write_line();
	tell("%u\t", number);
}

/* Somebody moves a directory that is held, or the working directory, out of a root, and back in. */
static void move_held(unsigned number)
{
	struct errand errand = {.kind = once_in(&with, 3) ? SWAP : MOVE, .pid = (int)sys(SYS_gettid)};
	char path[400];
	int fd = -1;

	errand.fd = once_in(&with, 2) ? AT_FDCWD : FIRST_SLOT;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(path, sizeof path, "%s/%s", tops[chance(&with, 2)], pick_name(&with));
		if (lead_of(AT_FDCWD, path, true, false).where != INSIDE)
			continue;
		if (errand.fd == AT_FDCWD ? chdir(path) == 0 : (fd = open(path, O_RDONLY | O_DIRECTORY)) >= 0)
			break;
	}
	if (fd >= 0)
		dup2(fd, errand.fd), close(fd);
	call_in(number, errand.fd);
	snprintf(errand.to, sizeof errand.to, "%s/%s%u", tops[once_in(&with, 3) ? 0 : 2],
		 errand.kind == SWAP ? pick_name(&with) : "moved", number);
	if (errand.kind == SWAP)
		*strpbrk(errand.to + 6, "0123456789") = '\0';
	snprintf(path, sizeof path, "somebody %s the directory %d with %.200s", errand.kind == MOVE ? "moves" : "swaps",
		 errand.fd, errand.to);
	told_only(path, ask(errand));
	write_line();
	tell("%u\t", number);
	for (unsigned i = 0; i < 3; i++)
		call_in(number, errand.fd);
	told_only("and so on", 0);
}

/* A number that was a directory inside becomes one of /w/out, without the library being told. */
static void reuse_number(unsigned number)
{
	int fd = open(tops[chance(&with, 2)], O_RDONLY | O_DIRECTORY), other;
	unsigned how = chance(&with, 5);
	FILE *file;

	if (fd < 0 || setting->looks) { /* there is no such directory in a chroot; or it cannot be opened */
		close(fd);
		return;
	}
	call_in(number, fd);
	if (how == 0) {
		file = fdopen(fd, "r");
		fclose(file);
	} else if (how == 1) {
		closedir(fdopendir(fd));
	} else if (how == 2) {
		file = freopen("/dev/null", "r", fdopen(fd, "r"));
		fclose(file);
	} else if (how == 3) {
		close_range((unsigned)fd, (unsigned)fd, CLOSE_RANGE_UNSHARE);
	} else {
		syscall(SYS_close, fd);
	}
	other = open("/w/out", O_PATH | O_DIRECTORY);
	for (unsigned i = 0; i < 2; i++)
		call_in(number, other);
	close(other);
	tell("compare\treused(way %u)\t%d\t0\t\t\t", how, other == fd);
}

/* Somebody moves names of the trees, or swaps two. */
static void step_outsider(unsigned number)
{
	struct errand errand = {.kind = once_in(&with, 3) ? SWAP : MOVE};
	const char *from = tops[chance(&with, COUNT(tops))];
	char path[400];

	if (once_in(&with, 2)) {
		move_held(number);
		return;
	}
	snprintf(errand.from, sizeof errand.from, "%s/%s", from, pick_name(&with));
	if (once_in(&with, 2))
		snprintf(errand.to, sizeof errand.to, "%s/%s", tops[chance(&with, COUNT(tops))], pick_name(&with));
	else
		snprintf(errand.to, sizeof errand.to, "%s/moved", once_in(&with, 3) ? from : tops[2]);
	snprintf(path, sizeof path, "somebody %s %.100s %.100s", errand.kind == MOVE ? "moves" : "swaps", errand.from,
		 errand.to);
	told_only(path, ask(errand));
}

static void step_umask(void)
{
	static const mode_t masks[] = {0, 022, 027, 077};
	unsigned which = chance(&with, COUNT(masks));

	tell("compare\tumask(0%o)\t%d\t0\t\t\t", masks[which], (int)umask(masks[which]));
}

static void step_stdin(void)
{
	if (once_in(&with, 2))
		told_only("close(0)", close(0));
	else
		told_only("open(/dev/null)", open("/dev/null", O_RDONLY));
}

/* Further steps, made by somebody who shares some of what this one is. */

static struct context {
	const char *name;
	int flags; /* of clone; -1: a thread, -2: fork, -3: vfork */
	int unshared;
} contexts[] = {
    {"a thread", -1, 0},
    {"a thread with its own directory", -1, CLONE_FS},
    {"a thread with its own descriptors", -1, CLONE_FILES},
    {"a fork", -2, 0},
    {"a vfork", -3, 0},
    {"a clone(FS)", CLONE_FS, 0},
    {"a clone(FILES)", CLONE_FILES, 0},
    {"a clone(FS FILES)", CLONE_FS | CLONE_FILES, 0},
    {"a clone(VM)", CLONE_VM, 0},
    {"a clone(VM FS)", CLONE_VM | CLONE_FS, 0},
    {"a clone(VM FILES)", CLONE_VM | CLONE_FILES, 0},
    {"a clone(VM FS FILES)", CLONE_VM | CLONE_FS | CLONE_FILES, 0},
    {"a fork that unshares its descriptors", -2, CLONE_FILES},
};

static void *thread_steps(void *context)
{
	if (((struct context *)context)->unshared)
		unshare(((struct context *)context)->unshared);
	run_steps();
	return NULL;
}

static int child_steps(void *context)
{
	thread_steps(context);
	return 0;
}

static void wait_for(int pid)
{
	int status = 0;

	sys(SYS_wait4, pid, &status, (long)(unsigned)0x40000000 /* __WALL */, 0);
	if (status) {
		tell("compare\tthe child died, status %x\t0\t0\t\t\t", status);
		write_line();
	}
}

static void step_context(void)
{
	static char stack[1 << 18] __attribute__((aligned(64)));
	static bool within;
	struct context *context = &contexts[chance(&with, COUNT(contexts))];
	const bool shares = (context->flags > 0 && context->flags & CLONE_FS) ||
			    (context->flags == -1 && !(context->unshared & CLONE_FS));
	const unsigned until = shared->until;
	const struct shared before = *shared;
	pthread_t thread;
	int pid;

	/* One below another would use the same stack. */
	if (within)
		return;
	within = true;
	shared->until = shared->step + 2 + chance(&with, 8) < until ? shared->step + 2 + chance(&with, 8) : until;
	tell("compare\t%s for the next steps, until %u\t0\t0\t\t\t", context->name, shared->until);
	write_line();
	if (context->flags == -1) {
		must(pthread_create(&thread, NULL, thread_steps, context) == 0, "start a thread");
		pthread_join(thread, NULL);
	} else if (context->flags == -2 || context->flags == -3) {
		pid = context->flags == -2 ? fork() : vfork();
		if (pid == 0) {
			thread_steps(context);
			_exit(0);
		}
		wait_for(pid);
	} else {
		pid = clone(child_steps, stack + sizeof stack - 64, context->flags | SIGCHLD, context);
		must(pid > 0, "clone");
		wait_for(pid);
	}
	shared->until = until;
	if (!shares)
		shared->top_inside = before.top_inside, shared->chrooted = before.chrooted;
	within = false;
}

static void one_step(unsigned number)
{
	with.state = seed * UINT64_C(1000003) + number;
	unsigned kind = chance(&with, 100);

	tell("%u\t", number);
	if (kind < 50)
		step_row();
	else if (kind < 68)
		step_loose();
	else if (kind < 78)
		step_hold();
	else if (kind < 87)
		step_release();
	else if (kind < 93 && disturbed_by(MOVES))
		step_outsider(number);
	else if (kind < 93 && disturbed_by(UNSEEN))
		reuse_number(number);
	else if (kind < 97 && disturbed_by(SHARING))
		step_context();
	else if (kind < 98)
		step_stdin();
	else
		step_umask();
	/* Nothing was said but the number. */
	if (line_length <= 6)
		line_length = 0;
	else
		write_line();
}

static void run_steps(void)
{
	while (shared->step < shared->until) {
		unsigned number = shared->step++;

		if (!left_out || !left_out[number])
			one_step(number);
	}
}

#endif
