/* SPDX-License-Identifier: ISC */
/*
 * prog_moving INSIDE OUTSIDE: makes calls by a path that begins in the working directory, which is INSIDE at first, and
 * becomes OUTSIDE after some instructions of the call, of the next one after some more: as another thread may change it
 * at any time. Prints whether it was changed, and whether OUTSIDE/d/file was.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <ucontext.h>
#include <unistd.h>

/* Instructions: before the first nothing is judged, and after the last it is held. */
#define FIRST 100
#define LAST  500

static const char *inside, *outside;
static volatile long left; /* instructions until it goes */
static volatile bool gone;

/* The trap flag, which raises SIGTRAP after each instruction, is cleared where the handler returns to. */
static void on_step(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info;
	if (gone || --left)
		return;
	gone = true;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
	if (chdir(outside))
		abort();
}

#define STEPPED(call)                                                                                                  \
	({                                                                                                             \
		__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");                         \
		long result_ = (call);                                                                                 \
		__asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");                       \
		result_;                                                                                               \
	})

static long by_chmod(void)
{
	return STEPPED(chmod("d/file", 0600));
}

static long by_setxattr(void)
{
	return STEPPED(setxattr("d/file", "user.moving", "x", 1, 0));
}

static bool is_changed(int there)
{
	struct stat st;

	return fstat(there, &st) || (st.st_mode & 07777) != 0644 || fgetxattr(there, "user.moving", NULL, 0) >= 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		long (*call)(void);
	} ways[] = {{"chmod", by_chmod}, {"setxattr", by_setxattr}};
	struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
	int there;

	if (argc != 3)
		return 2;
	inside = argv[1];
	outside = argv[2];
	there = openat(AT_FDCWD, outside, O_RDONLY | O_DIRECTORY);
	there = openat(there, "d/file", O_RDONLY);
	if (there < 0 || sigaction(SIGTRAP, &action, NULL))
		return 2;
	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
		unsigned moved = 0;

		for (long step = FIRST; step < LAST && !is_changed(there); step += 7) {
			if (chdir(inside))
				return 2;
			gone = false;
			left = step;
			ways[i].call();
			moved += gone;
		}
		printf("%s:%s%s\n", ways[i].name, moved ? " moved" : "", is_changed(there) ? " changed outside" : "");
		if (chdir(inside))
			return 2;
	}
	return 0;
}
