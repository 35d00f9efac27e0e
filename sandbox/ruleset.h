/* SPDX-License-Identifier: ISC */
/* The three system calls of Landlock, each with the downgrades that older kernels need. Results are >= 0 or -errno. */
#ifndef PRECLUDE_SANDBOX_RULESET_H
#define PRECLUDE_SANDBOX_RULESET_H

#include "sandbox/rights.h"

/* The ABI as the kernel names it, or -errno: ENOSYS when it was not built, EOPNOTSUPP when it is not enabled. */
int ruleset_abi(void);

/* Which of `wanted` the kernel knows, each one tried by itself. 0, or -errno when it could not be found out. */
int ruleset_probe(struct rights wanted, struct rights *known);

/* A ruleset that handles `wanted`, or as much of it as the kernel knows; *handled says what. A descriptor or -errno. */
int ruleset_create(struct rights wanted, struct rights *handled);

/* Allows `fs` beneath what `fd` stands for. `fs` is not empty and already fits the ruleset and the object. */
int ruleset_allow(int ruleset, int fd, uint64_t fs);

/* The same, also of a pipe or a socket, which lies in no file system: Landlock does not restrict its use. */
int ruleset_allow_held(int ruleset, int fd, uint64_t fs);

/* Allows `net` on a port. */
int ruleset_allow_port(int ruleset, uint64_t net, uint16_t port);

/*
 * Reading or writing the file that `fd` stands for is expected to be denied: from ABI 10 on the kernel keeps no record
 * of that. It is still denied, and where the kernel knows no such rule nothing is lost: so there is no result.
 */
void ruleset_quiet(int ruleset, int fd);

/*
 * Restricts the calling thread, or with LL_RESTRICT_TSYNC every thread. `audit`: where the kernel keeps records of what
 * it denies (ABI 7, and only while auditing is on), also of what programs are denied that are executed later.
 *
 * Sets no_new_privs too when *no_new_privs asks for it or the kernel needs it, and says in it whether it did; from ABI
 * 11 on only together with the domain, and so on all threads or none.
 */
int ruleset_restrict(int ruleset, unsigned flags, bool audit, bool *no_new_privs);

#endif
