/* SPDX-License-Identifier: ISC */
/* A kernel that was built without Landlock, as far as this process and its children can tell. */
#ifndef PRECLUDE_TESTS_SHIM_WITHOUT_LANDLOCK_H
#define PRECLUDE_TESTS_SHIM_WITHOUT_LANDLOCK_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Installs a seccomp filter: landlock_create_ruleset(2) fails with ENOSYS. Needs root, or no_new_privs. 0, or -1. */
static inline int without_landlock(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444 /* landlock_create_ruleset */, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

#endif
