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
#include <sys/prctl.h>

#include "sandbox/landlock.h"
#include "sandbox/sys.h"

/* What may be denied without a record of it, on what ruleset_quiet() marks. */
#define QUIET_RIGHTS (RIGHT_MASK(FS, READ_FILE) | RIGHT_MASK(FS, WRITE_FILE))

int ruleset_abi(void)
{
	return (int)sys(LL_SYS_CREATE_RULESET, 0, 0, LL_CREATE_VERSION);
}

static int create(struct rights handled, uint64_t quiet_fs)
{
	const struct ll_ruleset_attr attr = {
	    .handled_access_fs = handled.fs,
	    .handled_access_net = handled.net,
	    .scoped = handled.scope,
	    .quiet_access_fs = quiet_fs,
	};
	const size_t size = quiet_fs ? sizeof(attr) : handled.scope ? 24 : handled.net ? 16 : 8;

	return (int)sys(LL_SYS_CREATE_RULESET, &attr, size, 0);
}

/* How a kernel says that it does not know a bit, or the member that it stands in. */
static bool is_unknown(int result)
{
	return result == -EINVAL || result == -E2BIG;
}

static int create_quietly(struct rights handled)
{
	const uint64_t quiet = handled.fs & QUIET_RIGHTS;
	const int fd = quiet ? create(handled, quiet) : -E2BIG;

	return is_unknown(fd) ? create(handled, 0) : fd;
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
		fd = create(one, 0);
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
	int fd = create_quietly(wanted);
	int result;

	*handled = wanted;
	if (!is_unknown(fd))
		return fd;
	result = ruleset_probe(wanted, handled);
	return result < 0 ? result : create_quietly(*handled);
}

int ruleset_allow(int ruleset, int fd, uint64_t fs)
{
	const struct ll_path_beneath_attr attr = {.allowed_access = fs, .parent_fd = fd};

	return (int)sys(LL_SYS_ADD_RULE, ruleset, LL_RULE_PATH_BENEATH, &attr, 0);
}

int ruleset_allow_held(int ruleset, int fd, uint64_t fs)
{
	const int result = ruleset_allow(ruleset, fd, fs);

	return result == -EBADFD ? 0 : result;
}

int ruleset_allow_port(int ruleset, uint64_t net, uint16_t port)
{
	const struct ll_net_port_attr attr = {.allowed_access = net, .port = port};

	return (int)sys(LL_SYS_ADD_RULE, ruleset, LL_RULE_NET_PORT, &attr, 0);
}

void ruleset_quiet(int ruleset, int fd)
{
	const struct ll_path_beneath_attr attr = {.allowed_access = 0, .parent_fd = fd};

	sys(LL_SYS_ADD_RULE, ruleset, LL_RULE_PATH_BENEATH, &attr, LL_ADD_RULE_QUIET);
}

static int restrict_self(int ruleset, unsigned flags, bool audit)
{
	int result = -EINVAL;

	if (audit)
		result = (int)sys(LL_SYS_RESTRICT_SELF, ruleset, flags | LL_RESTRICT_LOG_NEW_EXEC_ON);
	/* Before ABI 7 the kernel keeps no such records. */
	return result == -EINVAL ? (int)sys(LL_SYS_RESTRICT_SELF, ruleset, flags) : result;
}

int ruleset_restrict(int ruleset, unsigned flags, bool audit, bool *no_new_privs)
{
	int result;

	if (!*no_new_privs) {
		result = restrict_self(ruleset, flags, audit);
		if (result != -EPERM)
			return result;
	}
	result = restrict_self(ruleset, flags | LL_RESTRICT_NO_NEW_PRIVS, audit);
	*no_new_privs = result == 0;
	/* Before ABI 11. Which complaint comes first depends on the kernel: that of privilege, or that of the flag. */
	if (result != -EPERM && result != -EINVAL)
		return result;
	result = (int)sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (result < 0)
		return result;
	*no_new_privs = true;
	return restrict_self(ruleset, flags, audit);
}
