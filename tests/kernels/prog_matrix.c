/* SPDX-License-Identifier: ISC */
/*
 * Holds the kernel that runs it to outcomes.def and deeds.def: prog_matrix LIBRARY STATE
 *
 * STATE is what its Landlock must be: an ABI, not-built or not-enabled. Speaks TAP. Needs root, and keeps what it does
 * to mounts and the network to itself. For each policy it runs itself under the library; that process then does the
 * deeds.
 */
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>

#include "../tap.h"
#include "deeds.h"
#include "matrix.h"

#define OK 0

static const struct deed {
	const char *policy;
	int since, none, lacking, having;
	const char *what, *call;
} deeds[] = {
#define DEED(policy, needs, none, lacking, having, what, call)                                                         \
	{#policy, SINCE_##needs, none, lacking, having, what, #call},
#include "deeds.def"
#undef DEED
};

static int do_deed(size_t number)
{
	size_t row = 0;

#define DEED(policy, needs, none, lacking, having, what, call)                                                         \
	if (row++ == number)                                                                                           \
		return (call);
#include "deeds.def"
#undef DEED
	return -1;
}

/* In a process of its own; a fork would leave the early thread behind. */
static int do_apart(size_t number)
{
	int status;
	pid_t pid;

	if (deeds[number].since == SINCE_TSYNC && !strcmp(deeds[number].policy, "threaded"))
		return do_deed(number) < 0 ? errno : 0;
	pid = fork();
	if (pid == 0) {
		alarm(patience(300));
		_exit(do_deed(number) < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Under the policy: each of its deeds in a fresh tree. Prints "NUMBER ERRNO FROM TO", where in the log it is told. */
static int do_deeds(const char *policy)
{
	for (size_t i = 0; i < COUNT(deeds); i++) {
		int from, error;

		if (strcmp(deeds[i].policy, policy))
			continue;
		if (ask(RESET, -1, NULL))
			return 3;
		from = log_length();
		error = do_apart(i);
		printf("%zu %d %d %d\n", i, error, from, log_length());
		fflush(stdout);
	}
	return 0;
}

static int planned, failures, state;
static const char *library;

static void result(int passed, const char *policy, const char *what)
{
	failures += !passed;
	printf("%sok %d - %s: %s\n", passed ? "" : "not ", ++planned, policy, what);
}

static char *contents(const char *path)
{
	static char text[1 << 20];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0, more;

	while (fd >= 0 && (more = read(fd, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += more;
	text[length] = '\0';
	close(fd);
	return text;
}

static int expected(const struct deed *deed)
{
	return state < 1 ? deed->none : state < deed->since ? deed->lacking : deed->having;
}

/* Whether a member of the log's line has that value; members may come between those that are known here. */
static int has_member(const char *line, const char *format, ...)
{
	char member[1024];
	va_list arguments;
	const char *at;

	va_start(arguments, format);
	vsnprintf(member, sizeof(member), format, arguments);
	va_end(arguments);
	at = strstr(line, member);
	if (at && strchr(",}", at[strlen(member)]))
		return 1;
	printf("#   wanted %s\n", member);
	return 0;
}

static const char *dropped(const struct policy *policy)
{
	static char text[1024];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COUNT(rights); i++) {
		if (is_asked(&rights[i], policy->asks) && rights[i].abi > state)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s\"%s\"", length ? "," : "",
						   rights[i].name);
	}
	return text;
}

static int is_logged(char *line, const struct policy *policy, const struct outcome *outcome)
{
	int right;

	if (!line)
		return 0;
	line[strcspn(line, "\n")] = '\0';
	right = has_member(line, "\"outcome\":\"%s\"", outcome->outcome);
	right &= has_member(line, "\"status\":\"%s\"", outcome->status);
	right &= has_member(line, "\"abi\":%d", state < 0 ? 0 : state);
	right &= has_member(line, "\"dropped\":[%s]", dropped(policy));
	right &= has_member(line, "\"layers\":%d", !strcmp(outcome->outcome, "enforced"));
	right &= has_member(line, "\"no_new_privs\":%s",
			    policy->how == NOBODY && !strcmp(outcome->outcome, "enforced") ? "true" : "false");
	right &= has_member(line, "\"errno\":%d", state == NOT_BUILT ? ENOSYS : state == NOT_ENABLED ? EOPNOTSUPP : 0);
	if (!right)
		printf("#   got %s\n", line);
	return right;
}

static void check_outcome(const struct policy *policy, const struct outcome *outcome, int status)
{
	const int ended = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	const int said = strstr(contents("log"), outcome->said) || strstr(contents("stderr"), outcome->said);
	char exit_words[64];

	snprintf(exit_words, sizeof(exit_words), "ends with %d", outcome->exit);
	result(ended == outcome->exit, policy->name, exit_words);
	if (ended != outcome->exit)
		printf("#   got %d\n", ended);
	if (*outcome->said)
		result(said, policy->name, outcome->said);
	if (!said)
		printf("#   got %s\n", contents("stderr"));
	result(is_logged(strstr(contents("log"), "\"event\":\"sandbox\""), policy, outcome), policy->name,
	       "the log says outcome, status, ABI and what is dropped");
}

/* Whether the log, which is cut to what the deed left there, tells of a denial. What is anchored, either may deny. */
static int is_told(const struct deed *deed, const char *log)
{
	const char *call = strstr(log, "\"event\":\"call\""), *by;

	if (!call || !strstr(call, "\"effect\":\"denied\"") || !(by = strstr(call, "\"by\":\"")))
		return 0;
	if (!strcmp(deed->policy, "anchored"))
		return 1;
	return !strncmp(by + 6, deed->since == SINCE_LIBRARY ? "confine" : "landlock", 7);
}

/* Calls by path are logged when they are denied; others are not wrapped, and a refused entry is a warning. */
static int is_by_path(const struct deed *deed)
{
	return strchr(deed->call, '"') && strncmp(deed->call, "entropy", 7) && strncmp(deed->call, "with_thread", 11);
}

static void check_deed(const struct deed *deed, int error, int from, int to)
{
	const int wanted = expected(deed);
	char what[160], *log;

	snprintf(what, sizeof(what), "%s: %s", deed->what, wanted ? strerrorname_np(wanted) : "done");
	result(error == wanted, deed->policy, what);
	if (error != wanted)
		printf("#   got %d %s\n", error, strerror(error));
	if (wanted != EACCES || !is_by_path(deed))
		return;
	log = contents("log");
	log[to] = '\0';
	result(is_told(deed, log + from), deed->policy, "and the log tells of it");
}

static void check_deeds(const struct policy *policy)
{
	FILE *done = fopen("stdout", "r");

	for (size_t i = 0; i < COUNT(deeds); i++) {
		int error, from, to;
		size_t number;

		if (strcmp(deeds[i].policy, policy->name))
			continue;
		if (fscanf(done, "%zu %d %d %d", &number, &error, &from, &to) != 4 || number != i)
			error = 255, from = to = 0;
		check_deed(&deeds[i], error, from, to);
	}
	fclose(done);
}

/* In the tree, with the broker at its descriptor: becomes this program under the policy. */
__attribute__((noreturn)) static void become(const struct policy *policy)
{
	char here[2048], variables[12][4096], pid[16];
	char *environment[16] = {NULL};
	char *threaded = policy->how == THREADED ? "threaded" : NULL;
	char *arguments[] = {"run", "--deeds", (char *)(uintptr_t)policy->name, pid, threaded, NULL};
	size_t count = 0;

	snprintf(pid, sizeof(pid), "%d", (int)broker);
	if (!getcwd(here, sizeof(here)))
		_exit(2);
	snprintf(variables[count++], 4096, "LD_PRELOAD=%s", library);
	snprintf(variables[count++], 4096, "PRECLUDE_LOG=%s/log", here);
	for (size_t i = 0; policy->variables[i]; i++)
		snprintf(variables[count++], 4096, policy->variables[i], here, here);
	for (size_t i = 0; i < count; i++)
		environment[i] = variables[i];
	if (dup2(open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0644), 1) < 0 ||
	    dup2(open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0644), 2) < 0)
		_exit(2);
	if (policy->how == NOBODY && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
		_exit(2);
	execve("run", arguments, environment);
	_exit(2);
}

static void check_policy(const struct policy *policy)
{
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return;
	unlink("log");
	fflush(stdout);
	if ((broker = fork()) == 0) {
		close(pair[0]);
		broker_serve(pair[1]);
	}
	close(pair[1]);
	dup2(pair[0], BROKER_FD);
	close(pair[0]);
	/* It listens when it answers. */
	if (ask(RESET, -1, NULL))
		perror("reset");
	if ((pid = fork()) == 0)
		become(policy);
	waitpid(pid, &status, 0);
	close(BROKER_FD);
	waitpid(broker, NULL, 0);
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		const struct outcome *outcome = &outcomes[i];

		if (strcmp(outcome->policy, policy->name) || state < outcome->from || state > outcome->to)
			continue;
		check_outcome(policy, outcome, status);
		if (outcome->exit == 0)
			check_deeds(policy);
	}
}

/* Mounts and network of its own: the ports of the table are free there. */
static int isolate(void)
{
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	const int fd = unshare(CLONE_NEWNS | CLONE_NEWNET) ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const int failed =
	    fd < 0 || ioctl(fd, SIOCSIFFLAGS, &up) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);

	close(fd);
	return failed;
}

static int remove_all(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)walk;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

/* Never made anew: what lies beneath an overlay must not change. */
static int mount_overlay(void)
{
	static const char *const directories[] = {"lower", "lower/a", "upper", "work", "merged"};
	static const char *const files[] = {"lower/file", "lower/other", "lower/name"};

	for (size_t i = 0; i < COUNT(directories); i++)
		mkdir(directories[i], 0777);
	for (size_t i = 0; i < COUNT(files); i++)
		put_file(files[i], 0666);
	return mount("overlay", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work");
}

/* A copy of this program, which may run from a directory that the policy does not know. */
static int copy_self(void)
{
	static char data[1 << 20];
	const int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int out = open("run", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	const ssize_t length = read(in, data, sizeof(data));
	const int failed = length <= 0 || write(out, data, (size_t)length) != length;

	close(in);
	return close(out) || failed;
}

int main(int argc, char **argv)
{
	int has_overlay;
	char world[] = "/var/tmp/preclude-matrix.XXXXXX";

	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		return 0;
	if (argc >= 4 && !strcmp(argv[1], "--deeds")) {
		broker = atoi(argv[3]);
		return do_deeds(argv[2]);
	}
	if (argc != 3) {
		fprintf(stderr, "usage: prog_matrix LIBRARY ABI|not-built|not-enabled\n");
		return 2;
	}
	library = argv[1];
	state = !strcmp(argv[2], "not-built")     ? NOT_BUILT
		: !strcmp(argv[2], "not-enabled") ? NOT_ENABLED
						  : atoi(argv[2]);
	umask(0);
	if (isolate() || !mkdtemp(world) || chmod(world, 0777) || chdir(world) || copy_self()) {
		perror("prog_matrix");
		return 2;
	}
	has_overlay = !mount_overlay();
	for (size_t i = 0; i < COUNT(policies); i++) {
		if (policies[i].how != OVERLAY || has_overlay)
			check_policy(&policies[i]);
		else
			printf("# %s: this kernel has no overlay file system\n", policies[i].name);
	}
	printf("1..%d\n", planned);
	fflush(stdout);
	while (umount2("in/b", MNT_DETACH) == 0 || umount2("out/mounted", MNT_DETACH) == 0 ||
	       umount2("merged", MNT_DETACH) == 0) {
	}
	nftw(world, remove_all, 16, FTW_PHYS | FTW_DEPTH);
	return failures != 0;
}
