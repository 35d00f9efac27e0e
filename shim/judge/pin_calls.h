/* SPDX-License-Identifier: ISC */
/* Calls on what is held (shim/judge/pin.h), where the real function has no form that takes a descriptor. */
#ifndef PRECLUDE_SHIM_JUDGE_PIN_CALLS_H
#define PRECLUDE_SHIM_JUDGE_PIN_CALLS_H

#include "shim/judge/pin.h"
#include "shim/libc/types.h"

/* Calls on a held object, as the real functions: -1 and errno. */
int held_chmod(const struct watch_path *at, mode_t mode, int flags);
int held_chown(const struct watch_path *at, uid_t uid, gid_t gid, int flags);
int held_utimens(const struct watch_path *at, const struct timespec *times, int flags);
int held_utime(const struct watch_path *at, const struct utimbuf *times);
int held_utime64(const struct watch_path *at, const void *times); /* 32-bit glibc's, with 64-bit time */
ssize_t held_readlink(const struct watch_path *at, char *buffer, size_t size);
int held_remove(const struct watch_path *at);
/* mkstemp(3) and mkdtemp(3): the template's Xs, `suffix` bytes before its end, are filled. */
int held_temporary(struct watch_path *at, char *template, int suffix, int flags, bool directory);

/* A call of setxattr(2) or its kin. */
struct xattr_call {
	enum xattr { XATTR_SET, XATTR_GET, XATTR_LIST, XATTR_REMOVE } does;
	const char *key;
	void *value; /* or the list */
	size_t size;
	int flags;
};
long xattr_held(struct watch *watch, const struct xattr_call *call);
/* The same, where held_text() found no text for it. */
long xattr_unseen(struct watch *watch, const struct xattr_call *call);
#define XATTR_HELD(...) xattr_held(&watch, &(const struct xattr_call){__VA_ARGS__})

#endif
