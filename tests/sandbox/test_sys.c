/* SPDX-License-Identifier: ISC */
/* The kernel's word, and its struct stat as this architecture has it. */
#include <sys/sysmacros.h>

#include "tests/sandbox/fixture.h"

static void same_as_libc(const struct identity *id, const struct stat *st)
{
	assert_int_equal(id->dev, st->st_dev);
	assert_int_equal(id->ino, st->st_ino);
	assert_int_equal(id->mode, st->st_mode);
}

static void test_identity_is_what_libc_says(void **state)
{
	static const char *const paths[] = {"/", "/dev/null", "/proc/self/status", "/etc/passwd"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const int fd = open(paths[i], O_RDONLY);
		struct identity id;
		struct stat st;

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(sys_identity(fd, &id), 0);
		same_as_libc(&id, &st);
		assert_int_equal(sys_identity_at(AT_FDCWD, paths[i], 0, &id), 0);
		same_as_libc(&id, &st);
		assert_int_equal(sys_identity_at(fd, "", AT_EMPTY_PATH, &id), 0);
		same_as_libc(&id, &st);
		close(fd);
	}
}

static void test_symlinks_are_followed_unless_told(void **state)
{
	struct identity link, target;

	(void)state;
	assert_int_equal(sys_identity_at(AT_FDCWD, "/proc/self", 0, &target), 0);
	assert_int_equal(sys_identity_at(AT_FDCWD, "/proc/self", AT_SYMLINK_NOFOLLOW, &link), 0);
	assert_true(S_ISDIR(target.mode) && S_ISLNK(link.mode));
	assert_false(identity_same(&link, &target));
}

static void test_errors_are_returned_and_errno_kept(void **state)
{
	struct identity id = {.ino = 7};

	(void)state;
	errno = ENOTTY;
	assert_int_equal(sys_identity(-1, &id), -EBADF);
	assert_int_equal(sys_identity_at(AT_FDCWD, "/nowhere", 0, &id), -ENOENT);
	assert_int_equal(sys(SYS_openat, AT_FDCWD, "/nowhere", O_RDONLY), -ENOENT);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(id.ino, 7);
}

/* All six, the last of which is passed in an odd way on some architectures. */
static void test_six_arguments(void **state)
{
	const int fd = open("/proc/self/exe", O_RDONLY);
	char expected[4096], *mapped;

	(void)state;
	assert_int_equal(pread(fd, expected, sizeof(expected), 4096), sizeof(expected));
#ifdef SYS_mmap2
	mapped = (char *)sys(SYS_mmap2, 0, 4096, 1 /* PROT_READ */, 2 /* MAP_PRIVATE */, fd, 1);
#else
	mapped = (char *)sys(SYS_mmap, 0, 4096, 1 /* PROT_READ */, 2 /* MAP_PRIVATE */, fd, 4096);
#endif
	assert_true((long)mapped > 0);
	assert_memory_equal(mapped, expected, sizeof(expected));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identity_is_what_libc_says),
	    cmocka_unit_test(test_symlinks_are_followed_unless_told),
	    cmocka_unit_test(test_errors_are_returned_and_errno_kept),
	    cmocka_unit_test(test_six_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
