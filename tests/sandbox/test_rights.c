/* SPDX-License-Identifier: ISC */
/*
 * Each class of grant allows exactly what libpreclude(7) says, as the kernel sees it: one row an operation, one
 * column a class. And the names and releases that people read.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "tests/sandbox/fixture.h"

static const char *at(const char *name)
{
	return text("%s/in/%s", scratch, name);
}

static int opened(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int read_file(void)
{
	return opened(open(at("file"), O_RDONLY));
}
static int list(void)
{
	return opened(open(at("full"), O_RDONLY | O_DIRECTORY));
}
static int write_file(void)
{
	return opened(open(at("file"), O_WRONLY));
}
static int truncate_file(void)
{
	return truncate(at("file"), 0);
}
static int create(void)
{
	return touch(at("new"));
}
static int make_directory(void)
{
	return mkdir(at("newdir"), 0755);
}
static int make_symlink(void)
{
	return symlink("file", at("newlink"));
}
static int make_fifo(void)
{
	return mkfifo(at("newfifo"), 0644);
}
static int make_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int result;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("newsock"));
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	if (result == 0)
		close(fd);
	return result;
}
static int make_block(void)
{
	return mknod(at("newblock"), S_IFBLK | 0600, makedev(7, 250));
}
static int make_char(void)
{
	return mknod(at("newchar"), S_IFCHR | 0600, makedev(1, 3));
}
static int remove_file(void)
{
	return unlink(at("victim"));
}
static int remove_directory(void)
{
	return rmdir(at("empty"));
}
static int rename_across(void)
{
	return rename(at("full/a"), at("other/a"));
}
static int link_across(void)
{
	return link(at("full/b"), at("other/b"));
}
static int execute(void)
{
	const pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execl(at("program"), "program", (char *)NULL);
		_exit(errno == EACCES ? 100 : 101);
	}
	waitpid(pid, &status, 0);
	errno = WEXITSTATUS(status) == 100 ? EACCES : EIO;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
/* The terminal's ioctl on a device that is none: ENOTTY says that Landlock let it through. */
static int device_ioctl(void)
{
	char buffer[256];
	const int fd = open(at("device"), O_RDONLY);
	const int result = ioctl(fd, TCGETS, buffer);

	if (fd >= 0 && result < 0 && errno == ENOTTY)
		return close(fd);
	return -1;
}

enum { ROOT = 1 << ACCESS_ROOT, DEV = 1 << ACCESS_ROOT_DEV, RO = 1 << ACCESS_ROOT_RO };
enum { READ = 1 << ACCESS_READ, WRITE = 1 << ACCESS_WRITE, EXEC = 1 << ACCESS_EXEC };
#define EVERY   (ROOT | DEV | RO | READ | WRITE | EXEC)
#define WRITING (ROOT | DEV | WRITE)

static const struct {
	const char *name;
	int (*run)(void);
	unsigned allowed; /* classes */
	bool devices;     /* which only root can make */
} operations[] = {
    {"read a file", read_file, EVERY, false},
    {"list a directory", list, EVERY, false},
    {"write a file", write_file, WRITING, false},
    {"truncate a file", truncate_file, WRITING, false},
    {"create a file", create, WRITING, false},
    {"make a directory", make_directory, WRITING, false},
    {"make a symlink", make_symlink, WRITING, false},
    {"make a fifo", make_fifo, WRITING, false},
    {"bind a socket", make_socket, WRITING, false},
    {"make a block device", make_block, DEV, true},
    {"make a character device", make_char, DEV, true},
    {"remove a file", remove_file, WRITING, false},
    {"remove a directory", remove_directory, WRITING, false},
    {"rename between directories", rename_across, WRITING, false},
    {"link between directories", link_across, WRITING, false},
    {"execute a program", execute, ROOT | DEV | RO | EXEC, false},
    {"ioctl on a device", device_ioctl, DEV, true},
};

static const struct class
{
	enum access access;
	const char *variable, *flags;
} classes[] = {
    {ACCESS_ROOT, "PRECLUDE_ROOTS=", ""},       {ACCESS_ROOT_DEV, "PRECLUDE_ROOTS=", ",dev"},
    {ACCESS_ROOT_RO, "PRECLUDE_ROOTS=", ",ro"}, {ACCESS_READ, "PRECLUDE_READ=", ""},
    {ACCESS_WRITE, "PRECLUDE_WRITE=", ""},      {ACCESS_EXEC, "PRECLUDE_EXEC=", ""},
};

static int copy_program(void)
{
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), "cp /bin/true '%s'", at("program"));
	return system(command);
}

static int try_operations(const struct class *class, bool devices)
{
	struct sandboxed s;
	int wrong = 0;

	CHECK(touch(at("file")) == 0 && touch(at("victim")) == 0);
	CHECK(mkdir(at("full"), 0755) == 0 && mkdir(at("other"), 0755) == 0 && mkdir(at("empty"), 0755) == 0);
	CHECK(touch(at("full/a")) == 0 && touch(at("full/b")) == 0 && copy_program() == 0);
	CHECK(!devices || mknod(at("device"), S_IFCHR | 0600, makedev(1, 3)) == 0);
	CHECK(apply_request(&s, ENVIRONMENT(text("%s%s/in%s", class->variable, scratch, class->flags)),
			    (struct sandbox_request){0}) == 0);
	CHECK(s.out.kind == OUTCOME_ENFORCED && s.out.status == STATUS_FULL && s.out.layers == 1);

	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		const bool allowed = operations[i].allowed >> class->access & 1;
		int result;

		if (operations[i].devices != devices)
			continue;
		errno = 0;
		result = operations[i].run();
		/* A link across directories that may not be made is EXDEV: the kernel hides which of them is denied. */
		if (allowed ? result == 0
			    : result == -1 && (errno == EACCES || (errno == EXDEV && operations[i].run == link_across)))
			continue;
		fprintf(stderr, "# %s%s: %s: %s\n", class->variable, class->flags, operations[i].name,
			result ? strerror(errno) : "allowed");
		wrong = 1;
	}
	return wrong;
}

static int try_class(void *class)
{
	return try_operations(class, false);
}

static int try_devices(void *class)
{
	CHILD_NEEDS_ROOT("to make devices");
	return try_operations(class, true);
}

static void test_class(void **state)
{
	passes_in_child(try_class, *state);
}

static void test_devices(void **state)
{
	passes_in_child(try_devices, *state);
}

/* A rule on a file may carry fewer rights; one too many and the kernel refuses it. */
static int try_file_grants(void *argument)
{
	struct sandboxed s;

	(void)argument;
	CHECK(touch(at("r")) == 0 && touch(at("w")) == 0 && touch(at("neither")) == 0 && copy_program() == 0);
	CHECK(APPLY(&s, text("PRECLUDE_READ=%s", at("r")), text("PRECLUDE_WRITE=%s", at("w")),
		    text("PRECLUDE_EXEC=%s", at("program"))) == 0);
	CHECK(opened(open(at("r"), O_RDONLY)) == 0);
	CHECK_FAILS(opened(open(at("r"), O_WRONLY)), EACCES);
	CHECK(opened(open(at("w"), O_RDWR | O_TRUNC)) == 0);
	CHECK_FAILS(unlink(at("w")), EACCES);
	CHECK(execute() == 0);
	CHECK_FAILS(opened(open(at("neither"), O_RDONLY)), EACCES);
	return 0;
}

static void test_file_grants(void **state)
{
	(void)state;
	assert_int_equal(in_child(try_file_grants, NULL), 0);
}

static void test_every_access_has_rights_on_a_file(void **state)
{
	(void)state;
	for (unsigned access = 0; access < ACCESS_COUNT; access++) {
		assert_int_not_equal(access_rights((enum access)access, false), 0);
		assert_int_equal(access_rights((enum access)access, false) & ~access_rights((enum access)access, true),
				 0);
	}
}

static void test_names_follow_the_table(void **state)
{
	char names[512];

	(void)state;
	rights_names(rights_of_abi(1), names, sizeof(names));
	assert_string_equal(names,
			    "EXECUTE WRITE_FILE READ_FILE READ_DIR REMOVE_DIR REMOVE_FILE MAKE_CHAR MAKE_DIR MAKE_REG "
			    "MAKE_SOCK MAKE_FIFO MAKE_BLOCK MAKE_SYM");
	rights_names(rights_minus(rights_of_abi(6), rights_of_abi(1)), names, sizeof(names));
	assert_string_equal(names, "REFER TRUNCATE BIND_TCP CONNECT_TCP IOCTL_DEV ABSTRACT_UNIX_SOCKET SIGNAL");
	rights_names(rights_of_abi(0), names, sizeof(names));
	assert_string_equal(names, "");
	/* Cut at the buffer, never beyond. */
	names[8] = '#';
	assert_int_equal(rights_names(rights_of_abi(11), names, 8), 7);
	assert_string_equal(names, "EXECUTE");
	assert_int_equal(names[8], '#');
}

static void test_releases(void **state)
{
	(void)state;
	assert_int_equal(rights_abi(rights_of_abi(0)), 0);
	assert_int_equal(rights_abi(rights_of_abi(5)), 5);
	assert_int_equal(rights_abi(rights_of_abi(11)), 10);
	assert_string_equal(abi_linux(1), "5.13");
	assert_string_equal(abi_linux(5), "6.10");
	assert_string_equal(abi_linux(11), "7.3");
	assert_string_equal(abi_linux(12), "a later release");
}

static void test_wanted(void **state)
{
	static const struct {
		struct policy policy;
		const char *beyond; /* the filesystem rights through ABI 5 */
	} rows[] = {
	    {{0}, ""},
	    {{.net_bind = true, .net_connect = true}, "BIND_TCP CONNECT_TCP BIND_UDP CONNECT_SEND_UDP"},
	    {{.net_bind = true, .from_ll = true}, "BIND_TCP"},
	    {{.scope = SCOPE_SIGNAL | SCOPE_ABSTRACT_UNIX}, "ABSTRACT_UNIX_SOCKET SIGNAL"},
	    {{.scope = SCOPE_PATHNAME_UNIX}, "RESOLVE_UNIX"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct rights base = {.fs = rights_of_abi(5).fs};
		const struct rights wanted = rights_wanted(&rows[i].policy);
		char names[512];

		assert_true(rights_none(rights_minus(base, wanted)));
		rights_names(rights_minus(wanted, base), names, sizeof(names));
		assert_string_equal(names, rows[i].beyond);
	}
}

#define CLASS(name, index)                                                                                             \
	{name, test_class, scratch_make, scratch_remove, (void *)(uintptr_t)&classes[index]},                          \
	{                                                                                                              \
		name ", devices", test_devices, scratch_make, scratch_remove, (void *)(uintptr_t)&classes[index]       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CLASS("a root", 0),
	    CLASS("a root with dev", 1),
	    CLASS("a root with ro", 2),
	    CLASS("a READ grant", 3),
	    CLASS("a WRITE grant", 4),
	    CLASS("an EXEC grant", 5),
	    cmocka_unit_test_setup_teardown(test_file_grants, scratch_make, scratch_remove),
	    cmocka_unit_test(test_every_access_has_rights_on_a_file),
	    cmocka_unit_test(test_names_follow_the_table),
	    cmocka_unit_test(test_releases),
	    cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
