/* SPDX-License-Identifier: ISC */
/*
 * What the library cannot see, or cannot help: prog_blind WHAT INSIDE OUTSIDE. test_blind_spots.sh says what each
 * means.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char path[512];

/* posix_spawn's file actions are carried out inside libc. */
static int spawn_opens(void)
{
	posix_spawn_file_actions_t actions;
	char *const arguments[] = {(char[]){"true"}, NULL};

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT, 0600);
	puts(strerror(posix_spawn(&(pid_t){0}, "/bin/true", &actions, NULL, arguments, environ)));
	return 0;
}

static int names(void)
{
	return !getpwnam("root") || !getgrnam("root");
}

static void *look(void *stop)
{
	struct stat st;

	while (!*(volatile int *)stop)
		stat(path, &st);
	return NULL;
}

/* Descriptors above the three; all of them must be closed by an exec. */
static unsigned extra(void)
{
	unsigned count = 0;

	for (int fd = 3; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			exit(3);
		count += flags >= 0;
	}
	return count;
}

/* How many children of 2,000 got a descriptor that a thread of their parent was just looking through. */
static int fork_in_look(void)
{
	int stop = 0, status, count = 0;
	pthread_t thread;

	pthread_create(&thread, NULL, look, &stop);
	for (unsigned i = 0; i < 2000; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit((int)extra());
		waitpid(child, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
			return 1;
		count += WEXITSTATUS(status) > 0;
	}
	stop = 1;
	pthread_join(thread, NULL);
	return !printf("%d\n", count);
}

static sigjmp_buf back;

static void jump(int number)
{
	siglongjmp(back, number);
}

/* How many descriptors are left behind by handlers that jump out of looks. */
static int jump_in_look(void)
{
	const struct itimerval every = {{0, 97}, {0, 97}};
	volatile unsigned jumps = 0;
	struct stat st;

	signal(SIGALRM, jump);
	if (sigsetjmp(back, 1) == 0)
		setitimer(ITIMER_REAL, &every, NULL);
	else
		jumps++;
	while (jumps < 5000)
		stat(path, &st);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	return !printf("%u\n", extra());
}

/* A filter that kills for what the program itself never calls; then an open. */
static int filtered(void)
{
	struct sock_filter instructions[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {sizeof(instructions) / sizeof(instructions[0]), instructions};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return 1;
	return open(path, O_RDONLY) < 0;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	closefrom(3);
	snprintf(path, sizeof path, "%s/a/b/c", argv[2]);
	if (!strcmp(argv[1], "fork-in-look"))
		return fork_in_look();
	if (!strcmp(argv[1], "jump-in-look"))
		return jump_in_look();
	if (!strcmp(argv[1], "filtered"))
		return filtered();
	snprintf(path, sizeof path, "%s/x", argv[3]);
	if (!strcmp(argv[1], "spawn-opens"))
		return spawn_opens();
	if (!strcmp(argv[1], "names"))
		return names();
	return 2;
}
