/* SPDX-License-Identifier: ISC */
/*
 * Runs a command as if on another kernel: prog_fake_kernel KERNEL COMMAND…
 *
 *   abi:N          Landlock as of ABI N, which this kernel must have: the version query answers N, and bits, attribute
 *                  sizes, rule types and flags that N does not know get the EINVAL or E2BIG that it would give
 *   abi:N,says:M   the same, but the version query answers M: the kernels whose version number lies
 *   enosys         not built in; eopnotsupp: built in, not enabled; eperm: forbidden, as some containers do
 *   lacks:CALL…    older than these system calls, which get ENOSYS: landlock, openat2, fchmodat2, statx, xattrat; late:
 * all that came after Linux 5.0
 *
 * For the whole process tree, by a seccomp filter. The errors need nothing else. The ABIs are answered by a supervisor
 * through seccomp's user notifications, which lets what passes go on to the real kernel; it is a grandchild with no
 * descriptor of the command's, and ends with the tree. Without root the command gets no_new_privs, and the ABIs cannot
 * be faked where a process may not read the memory of another (Yama).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };

struct kernel {
	int abi;
	int says;
};

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* The bits of a member of struct landlock_ruleset_attr that an ABI knows. */
enum { FS, NET, SCOPE, MEMBERS };

static uint64_t known_bits(int abi, int member)
{
	static const struct {
		int member, bit, abi;
	} rights[] = {
#define RIGHT(group, bit, name, abi, on_file) {group, bit, abi},
#include "../../sandbox/rights.def"
#undef RIGHT
	};
	uint64_t bits = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (rights[i].member == member && rights[i].abi <= abi)
			bits |= UINT64_C(1) << rights[i].bit;
	return bits;
}

static size_t attr_size(int abi)
{
	return abi >= 10 ? 48 : abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static uint64_t known_restrict_flags(int abi)
{
	return (abi >= 7 ? 7u : 0) | (abi >= 8 ? 8u : 0) | (abi >= 11 ? 16u : 0);
}

/* What create_ruleset does before it makes one: an error, 0 for "go on", or a version. */
static int64_t create_ruleset(const struct kernel *kernel, pid_t pid, const __u64 *args)
{
	unsigned char attr[4096] = {0};
	uint64_t members[MEMBERS];
	struct iovec here = {attr, args[1]}, there = {(void *)(uintptr_t)args[0], args[1]};

	if (args[2]) {
		if (args[0] || args[1])
			return -EINVAL;
		if (args[2] == 1)
			return kernel->says;
		return args[2] == 2 && kernel->abi >= 7 ? 0 : -EINVAL;
	}
	if (args[1] < 8)
		return -EINVAL;
	if (args[1] > sizeof(attr))
		return -E2BIG;
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != (ssize_t)args[1])
		return -EFAULT;
	for (size_t i = attr_size(kernel->abi); i < args[1]; i++)
		if (attr[i])
			return -E2BIG;
	memcpy(members, attr, sizeof(members));
	for (int i = 0; i < MEMBERS; i++)
		if (members[i] & ~known_bits(kernel->abi, i))
			return -EINVAL;
	return 0;
}

static int64_t answer(const struct kernel *kernel, const struct seccomp_notif *call)
{
	const __u64 *args = call->data.args;

	switch (call->data.nr) {
	case CREATE_RULESET:
		return create_ruleset(kernel, (pid_t)call->pid, args);
	case ADD_RULE:
		if ((args[3] && kernel->abi < 10) || args[1] > (kernel->abi >= 4 ? 2 : 1))
			return -EINVAL;
		return 0;
	default:
		return args[1] & ~known_restrict_flags(kernel->abi) ? -EINVAL : 0;
	}
}

static void supervise(const struct kernel *kernel, int listener)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	struct seccomp_notif_sizes sizes;
	struct seccomp_notif_resp *reply;
	struct seccomp_notif *call;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		die("notification sizes");
	call = malloc(sizes.seccomp_notif);
	reply = malloc(sizes.seccomp_notif_resp);
	/* Hung up on when the last process under the filter is gone. */
	while (poll(&ready, 1, -1) >= 0 && !(ready.revents & POLLHUP)) {
		int64_t result;

		memset(call, 0, sizes.seccomp_notif);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, call))
			continue; /* the caller was killed meanwhile */
		result = answer(kernel, call);
		memset(reply, 0, sizes.seccomp_notif_resp);
		reply->id = call->id;
		if (result < 0)
			reply->error = (int)result;
		else if (result > 0)
			reply->val = result;
		else
			reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, reply);
	}
	_exit(0);
}

static int receive(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int fd;

	if (recvmsg(from, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		_exit(1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void send_to(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) != 1)
		die("sendmsg");
}

/* Does `action` at these calls. The architecture is not checked: Landlock's have one number on all of them. */
static int filter(unsigned action, unsigned flags, unsigned first, unsigned last)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
	    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
	    BPF_STMT(BPF_RET | BPF_K, action),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	long result;

	if (geteuid() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (result < 0)
		die("seccomp filter");
	return (int)result;
}

/* ENOSYS from the calls in a list of names that ':' parts. False when one of them is unknown. */
static int lack(const char *list)
{
	static const struct {
		const char *name;
		unsigned first, last;
	} calls[] = {{"landlock", CREATE_RULESET, RESTRICT_SELF},
		     {"openat2", SYS_openat2, SYS_openat2},
		     {"fchmodat2", 452, 452},
		     {"statx", SYS_statx, SYS_statx},
		     {"xattrat", 463, 466},
		     {"late", SYS_pidfd_send_signal, INT32_MAX}};

	while (*list) {
		const size_t length = strcspn(list, ":");
		size_t i = 0;

		while (i < sizeof(calls) / sizeof(*calls) &&
		       (strlen(calls[i].name) != length || strncmp(calls[i].name, list, length)))
			i++;
		if (i == sizeof(calls) / sizeof(*calls))
			return 0;
		filter(SECCOMP_RET_ERRNO | ENOSYS, 0, calls[i].first, calls[i].last);
		list += length + (list[length] == ':');
	}
	return 1;
}

static void fake(const struct kernel *kernel)
{
	int pair[2], listener;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	pid = fork();
	if (pid == 0) {
		if (fork() > 0)
			_exit(0);
		/* Whoever waits for the end of the command's output must not wait for this process. */
		close(pair[0]);
		listener = receive(pair[1]);
		for (int fd = 0; fd < 64; fd++)
			if (fd != listener)
				close(fd);
		supervise(kernel, listener);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
	listener = filter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER, CREATE_RULESET, RESTRICT_SELF);
	send_to(pair[0], listener);
	close(listener);
	close(pair[0]);
	close(pair[1]);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int error;
	} errors[] = {{"enosys", ENOSYS}, {"eopnotsupp", EOPNOTSUPP}, {"eperm", EPERM}};
	const long host = syscall(CREATE_RULESET, NULL, 0, 1);
	struct kernel kernel = {0, 0};

	if (argc < 3) {
		fprintf(stderr,
			"usage: prog_fake_kernel abi:N[,says:M]|enosys|eopnotsupp|eperm|lacks:CALL... COMMAND...\n");
		return 125;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (strcmp(argv[1], errors[i].name) == 0) {
			filter(SECCOMP_RET_ERRNO | (unsigned)errors[i].error, 0, CREATE_RULESET, RESTRICT_SELF);
			goto run;
		}
	}
	if (strncmp(argv[1], "lacks:", 6) == 0 && lack(argv[1] + 6))
		goto run;
	if (sscanf(argv[1], "abi:%d,says:%d", &kernel.abi, &kernel.says) == 1)
		kernel.says = kernel.abi;
	if (kernel.abi < 1 || kernel.says < 1 || kernel.abi > host) {
		fprintf(stderr, "prog_fake_kernel: %s cannot be faked on a kernel with ABI %ld\n", argv[1], host);
		return 125;
	}
	fake(&kernel);
run:
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
