/* SPDX-License-Identifier: ISC */
/*
 * prog_children HOW FILE: creates FILE, by itself or in a child made in the way that HOW names, and prints what came of
 * it: "created" or the name of the error.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *file;

static int attempt(void)
{
	int fd = open(file, O_WRONLY | O_CREAT, 0600);
	if (fd >= 0) {
		puts("created");
		close(fd);
	} else {
		puts(errno == EACCES ? "EACCES" : errno == EPERM ? "EPERM" : strerror(errno));
	}
	return fflush(stdout);
}

static void *attempt_in_thread(void *unused)
{
	attempt();
	return unused;
}

static int await(pid_t pid)
{
	int status = 0;
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("child");
		return 1;
	}
	return status != 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	const char *how = argv[1];
	file = argv[2];
	char *again[] = {argv[0], "self", argv[2], NULL};

	if (!strcmp(how, "self"))
		return attempt();
	if (!strcmp(how, "thread")) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, attempt_in_thread, NULL))
			return 1;
		return pthread_join(thread, NULL);
	}
	if (!strcmp(how, "fork")) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(attempt());
		return await(pid);
	}
	if (!strcmp(how, "vfork")) {
		pid_t pid = vfork();
		if (pid == 0) {
			execv(argv[0], again);
			_exit(126);
		}
		return await(pid);
	}
	if (!strcmp(how, "exec")) {
		execv(argv[0], again);
		return 126;
	}
	if (!strcmp(how, "execlp")) {
		execlp(argv[0], argv[0], "self", argv[2], (char *)NULL);
		return 126;
	}
	if (!strcmp(how, "posix_spawn")) {
		pid_t pid = -1;
		int error = posix_spawn(&pid, argv[0], NULL, NULL, again, environ);
		if (error) {
			fprintf(stderr, "posix_spawn: %s\n", strerror(error));
			return 1;
		}
		return await(pid);
	}

	char command[8192];
	snprintf(command, sizeof(command), "'%s' self '%s'", argv[0], argv[2]);
	if (!strcmp(how, "system"))
		return system(command) != 0;
	if (!strcmp(how, "popen")) {
		FILE *pipe = popen(command, "r");
		char line[256];
		if (!pipe || !fgets(line, sizeof(line), pipe))
			return 1;
		fputs(line, stdout);
		return pclose(pipe) != 0;
	}
	return 2;
}
