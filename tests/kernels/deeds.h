/* SPDX-License-Identifier: ISC */
/* What deeds.def calls beyond libc: each returns a negative number and errno where the kernel refuses it. */
#ifndef PRECLUDE_TESTS_KERNELS_DEEDS_H
#define PRECLUDE_TESTS_KERNELS_DEEDS_H

#include <linux/random.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "broker.h"

static pid_t broker; /* a process outside */

static int open_once(const char *path, int flags)
{
	const int fd = open(path, flags | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int look(const char *path)
{
	struct stat status;

	return stat(path, &status);
}

/* The program says whether it ran. */
static int run(const char *path)
{
	int status;
	const pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, "--nothing", NULL);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static int cut_received(void)
{
	int fd;

	return ask(OPEN, -1, &fd) ? -1 : ftruncate(fd, 0);
}

/* The log is the one thing that may be written and not truncated. */
static int cut_sent(void)
{
	const int fd = open("log", O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : ask(CUT, fd, NULL);
}

static int entropy(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int count;

	return fd < 0 ? -1 : ioctl(fd, RNDGETENTCNT, &count);
}

static int send_one(int fd, const struct sockaddr *address, socklen_t length)
{
	return sendto(fd, "x", 1, 0, address, length) == 1 ? 0 : -1;
}

static int inet(int type, int (*call)(int, const struct sockaddr *, socklen_t), uint16_t port)
{
	const struct sockaddr_in address = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : call(fd, (const struct sockaddr *)&address, sizeof(address));
}

static int unix_call(const char *name, int (*call)(int, const struct sockaddr *, socklen_t))
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	const socklen_t length = unix_address(&address, name);

	return fd < 0 ? -1 : call(fd, (const struct sockaddr *)&address, length);
}

static int unix_bind(const char *name)
{
	return unix_call(name, bind);
}

static int unix_connect(const char *name)
{
	return unix_call(name, connect);
}

static int own_abstract(void)
{
	const int fd = listen_unix("@preclude-matrix-own");

	return fd < 0 ? -1 : unix_connect("@preclude-matrix-own");
}

static int signal_child(void)
{
	const pid_t pid = fork();
	int result;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	result = kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return result;
}

static int peek(void)
{
	char byte;
	const struct iovec here = {&byte, 1}, there = {NULL, 1};

	return (int)process_vm_readv(broker, &here, 1, &there, 1, 0);
}

#define entered(module, call) (chdir(module) ? -1 : (call))

struct second {
	const char *path; /* to write to */
	int error;
	pthread_mutex_t lock;
};

static void *second_thread(void *argument)
{
	struct second *second = argument;

	pthread_mutex_lock(&second->lock);
	second->error = second->path && open_once(second->path, O_WRONLY) ? errno : 0;
	return NULL;
}

/* Enters one/ while there is a second thread, which then writes to `path`. */
static int with_thread(const char *path)
{
	struct second second = {.path = path, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t thread;
	int result, error;

	pthread_mutex_lock(&second.lock);
	if (pthread_create(&thread, NULL, second_thread, &second))
		return -1;
	result = chdir("one");
	error = errno;
	pthread_mutex_unlock(&second.lock);
	pthread_join(thread, NULL);
	errno = result ? error : second.error;
	return errno ? -1 : 0;
}

static int has_no_new_privs(void)
{
	errno = EPERM;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : -1;
}

/* Fails to enter a module, as an unprivileged process with all layers in use. */
static int unsealed(void)
{
	const uint64_t handled = 1 << 6;
	const int ruleset = (int)syscall(444, &handled, sizeof(handled), 0);

	for (int layer = 1; layer < 16 && ruleset >= 0; layer++)
		if (syscall(446, ruleset, 0))
			return -1;
	if (setresuid(65534, 65534, 65534) || (chdir("one") == 0) != (ruleset < 0)) {
		errno = ESTALE;
		return -1;
	}
	errno = EPERM;
	return has_no_new_privs() ? 0 : -1;
}

/* The thread that was there before the library. */
static struct second early_second = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_t early_thread;

/* Before the constructors of libraries: only a program has such a place. */
static void start_early(int argc, char **argv)
{
	if (argc < 5 || strcmp(argv[4], "threaded"))
		return;
	pthread_mutex_lock(&early_second.lock);
	pthread_create(&early_thread, NULL, second_thread, &early_second);
}
__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **) = start_early;

static int early(const char *path)
{
	early_second.path = path;
	pthread_mutex_unlock(&early_second.lock);
	pthread_join(early_thread, NULL);
	errno = early_second.error;
	return errno ? -1 : 0;
}

#endif
