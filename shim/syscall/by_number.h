/* SPDX-License-Identifier: ISC */
/*
 * System calls by number, whoever makes them: a caller of syscall(2), or an instruction of the program's own.
 */
#ifndef PRECLUDE_SHIM_SYSCALL_BY_NUMBER_H
#define PRECLUDE_SHIM_SYSCALL_BY_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/judge/watch.h"

struct open_how;
struct sockaddr;
struct msghdr;
struct mmsghdr;

enum rawcall { RAWCALL_SYSCALL, RAWCALL_RAW };

/* Whether the number is one of those that rawcall() has something to do for. */
bool rawcall_watched(long number);

/* Judges, carries out and logs; `arg` has six. The result is syscall(2)'s: -1, with errno set, when the call failed. */
long rawcall(enum rawcall how, uintptr_t caller, long number, const long *arg);

/* The functions that some of these calls are, under the name of whatever was called. */
int call_chdir(struct called by, const char *path);
int call_fchdir(struct called by, int fd);
int call_chroot(struct called by, const char *path);
int call_pivot_root(struct called by, const char *path, const char *old);
int call_execve(struct called by, const char *path, char *const *argv, char *const *envp);
int call_execveat(struct called by, int dir, const char *path, char *const *argv, char *const *envp, int flags);
int call_openat2(struct called by, int (*call)(int, const char *, struct open_how *, size_t), int dir, const char *path,
		 const void *how, size_t size);
int call_bind(struct called by, int fd, const struct sockaddr *address, unsigned length);
int call_connect(struct called by, int fd, const struct sockaddr *address, unsigned length);
ssize_t call_sendto(struct called by, int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
		    unsigned length);
ssize_t call_sendmsg(struct called by, int fd, const struct msghdr *message, int flags);
int call_sendmmsg(struct called by, int fd, struct mmsghdr *messages, unsigned count, int flags);
int call_ioctl(struct called by, int (*call)(int, unsigned long, ...), int fd, unsigned long request, void *argument);

#endif
