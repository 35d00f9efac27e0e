/* SPDX-License-Identifier: ISC */
/*
 * net_faults LIBRARY [DIRECTORY [NAME]]: ways out that need more than calls and sharing, one scenario each: what
 * somebody else sends or removes, calls without a path, environments, domains and filters that were there before. Each
 * runs on a machine of its own, under the library; a scenario holds when what it does is refused and nothing outside
 * changes.
 *
 * Prints "NAME/KIND<tab>details" for each that does not hold; KIND: passed, outside, silent, died. Exit status: 0, 1
 * after one, 77 when no machine of its own can be made here.
 */
#include "faults.h"

static int within(const char *name)
{
	xattr.value = (uintptr_t) "x";
	if (!strcmp(name, "change_outside"))
		return change_outside();
	for (size_t i = 0; i < COUNT(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return scenarios[i].run();
	return CANNOT;
}

/* Descriptors that somebody opened where /w/in is /w/out. */
static void forge(void)
{
	int pid, ready[2], go[2];
	char byte;

	must(pipe(ready) == 0 && pipe(go) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		must(unshare(CLONE_NEWNS) == 0 && mount("/w/out", "/w/in", NULL, MS_BIND, NULL) == 0, "bind");
		dup2(open("/w/in/f", O_RDWR), RECEIVED);
		dup2(open("/w/in", O_RDONLY | O_DIRECTORY), RECEIVED_DIR);
		close(go[1]);
		(void)!write(ready[1], "r", 1);
		(void)!read(go[0], &byte, 1);
		_exit(0);
	}
	(void)!read(ready[0], &byte, 1);
	/* As if it had been sent: opened by another, in his name space. */
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int fd = RECEIVED; fd <= RECEIVED_DIR; fd++)
		dup2((int)syscall(SYS_pidfd_getfd, pidfd, fd, 0), fd);
	close(go[0]); /* it ends with this process: without it, its mounts would be gone, and the name with them */
}

static void make_files(void)
{
	static const char *const files[] = {"/w/out/victim", "/w/out/f",      "/w/out/memfd:x",
					    "/w/in/f",       "/w/in/removed", "/w/.r/keep"};

	umask(022);
	mkdir("/w/in", 0755), mkdir("/w/.r", 0755), mkdir("/w/out", 0755), mkdir("/w/in/d", 0755);
	mkdir("/w/in/d/f", 0755), mkdir("/w/in/e", 0755);
	for (unsigned i = 0; i < COUNT(files); i++) {
		close(open(files[i], O_WRONLY | O_CREAT, 0600));
		setxattr(files[i], "user.old", "old", 3, 0);
		utimensat(AT_FDCWD, files[i], (const struct timespec[2]){{1000, 0}, {1000, 0}}, 0);
	}
	must(symlink("/w/out", "/w/in/links") == 0 && symlink("../../out/victim", "/w/in/e/up") == 0 &&
		 link("/w/in/removed", "/w/out/left") == 0,
	     "make links");
	dup2(open("/w/in/removed", O_RDWR), REMOVED);
	must(unlink("/w/in/removed") == 0, "unlink");
	dup2(open("/w/out/victim", O_RDWR), VICTIM);
	dup2(open("/w/out", O_RDONLY | O_DIRECTORY), OUT_DIR);
	forge();
}

/* Somebody who makes /disk/out/new, or removes it, whenever he is asked. */
static void start_friend(void)
{
	int ends[2];
	char byte;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	if (fork() == 0) {
		close(ends[1]);
		while (read(ends[0], &byte, 1) == 1) {
			if (unlink("/disk/out/new") < 0)
				close(open("/disk/out/new", O_WRONLY | O_CREAT, 0644));
			(void)!write(ends[0], &byte, 1);
		}
		_exit(0);
	}
	dup2(ends[1], FRIEND);
	close(ends[0]), close(ends[1]);
}

/* `disk`, a directory on one, at /disk. */
static void put_disk(int disk)
{
	must(mkdir("/disk", 0755) == 0 && move_mount(disk, "", AT_FDCWD, "/disk", MOVE_MOUNT_F_EMPTY_PATH) == 0,
	     "/disk");
	close(disk);
	mkdir("/disk/in", 0755), mkdir("/disk/out", 0755);
	start_friend();
}

static char *outside(void)
{
	char *text_;
	size_t size;
	FILE *out = open_memstream(&text_, &size);

	describe(out, "/w/out");
	fclose(out);
	return text_;
}

static bool logged(const char *what)
{
	static char log_[1 << 16];
	int fd = open("/log/events", O_RDONLY);
	ssize_t length = read(fd, log_, sizeof log_ - 1);

	close(fd);
	return length > 0 && strstr(log_, what);
}

static int machine(const struct scenario *s, const char *library, const char *disk)
{
	char *before;
	int status, pid, code;
	const int tree = disk ? open_tree(AT_FDCWD, disk, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) : -1;

	new_root(library);
	make_files();
	if (tree >= 0)
		put_disk(tree);
	else if (s->run == inode_again)
		return printf("# not met: %s/passed\n", s->name), 0;
	before = outside();
	pid = fork();
	if (pid == 0) {
		close_range(3, RECEIVED - 1, 0), close_range(FRIEND + 1, 200, 0);
		setting = find_setting("enforce");
		under_library();
		for (unsigned i = 0; i < COUNT(s->variables) && s->variables[i]; i++)
			putenv((char *)s->variables[i]);
		if (s->before)
			s->before();
		must(chdir("/w/in") == 0, "chdir");
		if (!strstr(s->variables[0] ? s->variables[0] : "", "observe"))
			dup2(open("/dev/null", O_RDWR), 2);
		else
			must(chdir("/w") == 0, "chdir");
		execl("/self", "net_faults", "child", s->name, NULL);
		_exit(CANNOT);
	}
	waitpid(pid, &status, 0);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (WIFSIGNALED(status))
		printf("%s/died\tsignal %d\n", s->name, WTERMSIG(status));
	else if (code == CANNOT)
		return CANNOT;
	else if (code == NOT_MET)
		return printf("# not met: %s/passed\n", s->name), 0;
	else if (s->may_be_warned && logged("\"event\":\"warning\""))
		return 0;
	else if (code && !(code == 125 && s->may_be_refused))
		printf("%s/passed\tcall %d\n", s->name, code);
	else if (strcmp(before, outside()))
		printf("%s/outside\twas changed\n", s->name);
	else if (s->logged && !logged(s->logged))
		printf("%s/silent\tno %s in the log\n", s->name, s->logged);
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	int status, found = 0, pid;

	if (argc == 3 && !strcmp(argv[1], "child"))
		return within(argv[2]);
	if (argc < 2)
		return CANNOT;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < COUNT(scenarios); i++) {
		if (argc > 3 && strcmp(argv[3], scenarios[i].name))
			continue;
		pid = fork();
		if (pid == 0)
			exit(machine(&scenarios[i], argv[1], argc > 2 ? argv[2] : NULL));
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) == CANNOT)
			return CANNOT;
		found |= WEXITSTATUS(status);
	}
	return found;
}
