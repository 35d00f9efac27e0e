/* SPDX-License-Identifier: ISC */
/*
 * The process outside: it makes the tree, listens where deeds.def connects, and does with descriptors what it is told.
 *
 * One packet a question, one an answer: a letter with perhaps a descriptor, and an errno with perhaps one.
 */
#ifndef PRECLUDE_TESTS_KERNELS_BROKER_H
#define PRECLUDE_TESTS_KERNELS_BROKER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BROKER_FD 30

enum question { RESET = 'r', OPEN = 'o', CUT = 'c', LENGTH = 'l' };

static int send_packet(int to, int word, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = {0};
	struct iovec data = {&word, sizeof(word)};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *header;

		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		*header = (struct cmsghdr){CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(to, &message, 0) < 0 ? -1 : 0;
}

static int receive_packet(int from, int *word, int *fd)
{
	char control[CMSG_SPACE(sizeof(*fd))];
	struct iovec data = {word, sizeof(*word)};
	struct msghdr message = {
	    .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};

	*fd = -1;
	if (recvmsg(from, &message, 0) != sizeof(*word))
		return -1;
	if (CMSG_FIRSTHDR(&message))
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*fd));
	return 0;
}

/* What the broker answers: 0, or -1 with errno. *received may be NULL. */
static int ask(enum question question, int fd, int *received)
{
	int error, got;

	if (send_packet(BROKER_FD, question, fd) < 0 || receive_packet(BROKER_FD, &error, &got) < 0)
		return -1;
	if (received)
		*received = got;
	errno = error;
	return error ? -1 : 0;
}

/* How much has been logged. */
static int log_length(void)
{
	int length, none;

	return send_packet(BROKER_FD, LENGTH, -1) < 0 || receive_packet(BROKER_FD, &length, &none) < 0 ? -1 : length;
}

static int file_length(const char *path)
{
	struct stat status;

	return stat(path, &status) ? -1 : (int)status.st_size;
}

static socklen_t unix_address(struct sockaddr_un *address, const char *name)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	strncpy(address->sun_path, name, sizeof(address->sun_path) - 1);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (name[0] != '@'));
}

static int listen_unix(const char *name)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	const socklen_t length = unix_address(&address, name);

	if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 64)) {
		perror(name);
		exit(2);
	}
	return fd;
}

static void listen_inet(int type, uint16_t port)
{
	const struct sockaddr_in address = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) || (type == SOCK_STREAM && listen(fd, 64))) {
		perror("listen");
		exit(2);
	}
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	/* The directories that the policy names stay what they are. */
	return walk->level < 1 ? 0 : type == FTW_DP ? rmdir(path) : unlink(path);
}

static void put_file(const char *path, mode_t mode)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, path, strlen(path)) < 0 || fchmod(fd, mode))
		perror(path);
	close(fd);
}

/* Makes the tree of deeds.def anew, in the working directory. */
static int make_tree(void)
{
	static const char *const tops[] = {"in", "ro", "out", "one", "two"};
	static const char *const directories[] = {"in/a", "in/b", "out/empty", "out/mounted", "one/a", "one/b"};
	static const char *const files[] = {"in/a/file", "ro/file", "out/file", "one/a/file", "two/file"};
	static int sockets[3] = {-1, -1, -1};
	static const char *const socket_names[] = {"in/socket", "ro/socket", "out/socket"};
	char here[4096], absolute[4200];

	while (umount2("in/b", MNT_DETACH) == 0 || umount2("out/mounted", MNT_DETACH) == 0) {
	}
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++) {
		mkdir(tops[i], 0777);
		nftw(tops[i], remove_entry, 16, FTW_PHYS | FTW_DEPTH);
	}
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		if (mkdir(directories[i], 0777))
			return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		put_file(files[i], 0666);
	for (size_t i = 0; i < 3; i++) {
		close(sockets[i]);
		sockets[i] = listen_unix(socket_names[i]);
	}
	snprintf(absolute, sizeof(absolute), "%s/in/a", getcwd(here, sizeof(here)));
	return symlink("../out/file", "in/planted") || symlink("../out", "in/leads") || symlink("a", "in/stays") ||
	       symlink(absolute, "in/stays-absolute") || link("run", "out/run") ||
	       mount("tmpfs", "out/mounted", "tmpfs", 0, NULL);
}

/* Answers until the other side is gone. */
__attribute__((noreturn)) static void broker_serve(int fd)
{
	int question, passed;

	listen_unix("@preclude-matrix");
	listen_inet(SOCK_STREAM, 7001);
	listen_inet(SOCK_STREAM, 7002);
	listen_inet(SOCK_DGRAM, 7001);
	listen_inet(SOCK_DGRAM, 7002);
	while (receive_packet(fd, &question, &passed) == 0) {
		int answer = -1, result = -1;

		errno = EINVAL;
		if (question == RESET)
			result = make_tree();
		else if (question == OPEN)
			result = answer = open("out/file", O_RDWR | O_CLOEXEC);
		else if (question == CUT && passed >= 0)
			result = ftruncate(passed, lseek(passed, 0, SEEK_END));
		send_packet(fd, question == LENGTH ? file_length("log") : result < 0 ? errno : 0, answer);
		close(answer);
		close(passed);
	}
	exit(0);
}

#endif
