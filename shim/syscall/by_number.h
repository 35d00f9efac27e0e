/* SPDX-License-Identifier: ISC */
/*
 * System calls by number, whoever makes them: a caller of syscall(2), or an instruction of the program's own.
 */
#ifndef PRECLUDE_SHIM_SYSCALL_BY_NUMBER_H
#define PRECLUDE_SHIM_SYSCALL_BY_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/judge/watch.h"

struct open_how;

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
int call_ioctl(struct called by, int (*call)(int, unsigned long, ...), int fd, unsigned long request, void *argument);

#endif
