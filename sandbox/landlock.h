/* SPDX-License-Identifier: ISC */
/*
 * Landlock's system calls as of ABI 11 (Linux 7.3), defined here because the headers of a build machine are older than
 * the kernels that the library meets: Debian 12's stop at ABI 2.
 *
 * Only what the sandbox uses. Rights are the rows of rights.def.
 */
#ifndef PRECLUDE_SANDBOX_LANDLOCK_H
#define PRECLUDE_SANDBOX_LANDLOCK_H

#include <stdint.h>

/* The same on every architecture. */
#define LL_SYS_CREATE_RULESET 444
#define LL_SYS_ADD_RULE       445
#define LL_SYS_RESTRICT_SELF  446

/*
 * create_ruleset takes the size that the caller knows, and grew three times. A kernel refuses a longer one than its own
 * only when the tail is not zero, so the shortest that holds what is asked for serves every kernel.
 */
struct ll_ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* ABI 4 */
	uint64_t scoped;             /* ABI 6 */
	uint64_t quiet_access_fs;    /* ABI 10 */
	uint64_t quiet_access_net;   /* ABI 10 */
	uint64_t quiet_scoped;       /* ABI 10 */
};

#define LL_CREATE_VERSION (1u << 0)
#define LL_CREATE_ERRATA  (1u << 1) /* ABI 7 */

#define LL_RULE_PATH_BENEATH 1
#define LL_RULE_NET_PORT     2 /* ABI 4 */

#define LL_ADD_RULE_QUIET (1u << 0) /* ABI 10 */

struct ll_path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

struct ll_net_port_attr {
	uint64_t allowed_access;
	uint64_t port; /* host byte order */
};

#define LL_RESTRICT_LOG_SAME_EXEC_OFF  (1u << 0) /* ABI 7 */
#define LL_RESTRICT_LOG_NEW_EXEC_ON    (1u << 1) /* ABI 7 */
#define LL_RESTRICT_LOG_SUBDOMAINS_OFF (1u << 2) /* ABI 7 */
#define LL_RESTRICT_TSYNC              (1u << 3) /* ABI 8 */
#define LL_RESTRICT_NO_NEW_PRIVS       (1u << 4) /* ABI 11 */
#define LL_RESTRICT_FLAGS              5         /* how many there are */

/* Layers that a thread can stack; one more is E2BIG. */
#define LL_LAYERS_MAX 16

#endif
