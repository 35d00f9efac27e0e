/* SPDX-License-Identifier: ISC */
/*
 * Landlock rulesets.
 *
 * The version number can lie (some enterprise kernels claim an ABI and lack its rights), so what is asked for is asked
 * of the kernel itself: all at once, which is one system call on a kernel that has it all, and only after a refusal
 * right by right.
 */
#include "sandbox/ruleset.h"

#include <errno.h>

#include "sandbox/landlock.h"
#include "sandbox/sys.h"

int ruleset_abi(void)
{
	return (int)sys(LL_SYS_CREATE_RULESET, 0, 0, LL_CREATE_VERSION);
}

static int create(struct rights handled)
{
	const struct ll_ruleset_attr attr = {
	    .handled_access_fs = handled.fs,
	    .handled_access_net = handled.net,
	    .scoped = handled.scope,
	};
	const size_t size = handled.scope ? sizeof(attr) : handled.net ? 16 : 8;

	return (int)sys(LL_SYS_CREATE_RULESET, &attr, size, 0);
}

/* How a kernel says that it does not know a bit, or the member that it stands in. */
static bool is_unknown(int result)
{
	return result == -EINVAL || result == -E2BIG;
}

int ruleset_probe(struct rights wanted, struct rights *known)
{
	unsigned cursor = 0;

	*known = (struct rights){0};
	for (;;) {
		const struct rights one = rights_take(wanted, &cursor);
		int fd;

		if (rights_none(one))
			return 0;
		fd = create(one);
		if (fd >= 0) {
			sys(SYS_close, fd);
			known->fs |= one.fs;
			known->net |= one.net;
			known->scope |= one.scope;
		} else if (!is_unknown(fd)) {
			return fd;
		}
	}
}

int ruleset_create(struct rights wanted, struct rights *handled)
{
	int fd = create(wanted);
	int result;

	*handled = wanted;
	if (!is_unknown(fd))
		return fd;
	result = ruleset_probe(wanted, handled);
	return result < 0 ? result : create(*handled);
}

int ruleset_allow(int ruleset, int fd, uint64_t fs)
{
	const struct ll_path_beneath_attr attr = {.allowed_access = fs, .parent_fd = fd};

	return (int)sys(LL_SYS_ADD_RULE, ruleset, LL_RULE_PATH_BENEATH, &attr, 0);
}

int ruleset_allow_port(int ruleset, uint64_t net, uint16_t port)
{
	const struct ll_net_port_attr attr = {.allowed_access = net, .port = port};

	return (int)sys(LL_SYS_ADD_RULE, ruleset, LL_RULE_NET_PORT, &attr, 0);
}

int ruleset_restrict(int ruleset, unsigned flags, bool audit)
{
	int result = -EINVAL;

	if (audit)
		result = (int)sys(LL_SYS_RESTRICT_SELF, ruleset, flags | LL_RESTRICT_LOG_NEW_EXEC_ON);
	/* Before ABI 7 the kernel keeps no such records. */
	return result == -EINVAL ? (int)sys(LL_SYS_RESTRICT_SELF, ruleset, flags) : result;
}
