/* SPDX-License-Identifier: ISC */
/* The walk leads where the kernel would, names it, leaves no descriptor behind, and stops where it must not follow. */
#include <dirent.h>

#include "tests/sandbox/fixture.h"

#include "sandbox/walk.h"

static struct walk walk;

static const char *at(const char *name)
{
	return text("%s/%s", scratch, name);
}

/* d/e/f  file  l -> d  ll -> l/e  abs -> SCRATCH/d  dots -> d/../d//./e  up -> ..  loop -> loop  dead -> none */
static int make(void **state)
{
	return scratch_make(state) || mkdir(at("d"), 0755) || mkdir(at("d/e"), 0755) || touch(at("d/e/f")) ||
	       touch(at("file")) || symlink("d", at("l")) || symlink("l/e", at("ll")) || symlink(at("d"), at("abs")) ||
	       symlink("d/../d//./e", at("dots")) || symlink("..", at("d/up")) || symlink("loop", at("loop")) ||
	       symlink("none", at("dead")) || symlink("/", at("root")) || chdir(scratch);
}

static unsigned descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void test_leads_where_the_kernel_does(void **state)
{
	static const char *const paths[] = {"d/e/f", "l/e/f", "ll/f",     "abs/e",      "dots/f", "d/up/d/up/file",
					    "loop",  "dead",  "none",     "file/x",     "l/none", "d/../file",
					    "l",     "ll",    "abs",      "dots",       "d/up",   "l/up",
					    "root",  ".",     "root/tmp", "d/../../..", "ll/",    "d/e/../../l/../l/e"};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(paths) / sizeof(*paths); i++) {
		const char *path = i % 2 ? at(paths[i / 2]) : paths[i / 2];
		const unsigned before = descriptors();
		char *expected = realpath(path, NULL);
		const int error = errno;
		const int fd = walk_open(&walk, path);

		if (expected) {
			struct identity here, there;

			assert_true(fd >= 0);
			assert_string_equal(walk.canonical, expected);
			assert_int_equal(strlen(walk.canonical), walk.length);
			assert_int_equal(sys_identity(fd, &here), 0);
			assert_int_equal(sys_identity_at(AT_FDCWD, path, 0, &there), 0);
			assert_true(identity_same(&here, &there));
			assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			close(fd);
		} else {
			assert_int_equal(fd, -error);
		}
		assert_int_equal(descriptors(), before);
		free(expected);
	}
}

/* The chain is as long as the kernel's own. */
static void test_forty_links(void **state)
{
	(void)state;
	for (int i = 0; i < 41; i++)
		assert_int_equal(symlink(i ? text("c%d", i - 1) : "d", text("c%d", i)), 0);
	for (int i = 39; i < 41; i++) {
		const int kernel = open(text("c%d", i), O_PATH);
		const int fd = walk_open(&walk, text("c%d", i));

		assert_int_equal(fd >= 0, kernel >= 0);
		close(fd);
		close(kernel);
	}
}

static void test_too_long(void **state)
{
	static char path[3 * PATH_MAX];

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	assert_int_equal(walk_open(&walk, path), -ENAMETOOLONG);
}

static void test_distrusted(void **state)
{
	static const struct {
		const char *distrusted, *path;
		bool followed;
	} rows[] = {
	    {"d", "d/up", false},   {"d", "l/up/file", false},  {"d", "l/e/f", true},
	    {"d", "abs/e/f", true}, {"d/e", "l/up/file", true}, {"d/e", "d/up/l/e/f", true},
	    {".", "l", false},      {"root", "l", false},       {".", "d/e/../../file", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *directory = realpath(rows[i].distrusted, NULL);
		struct arena arena = {0};
		struct pathset set;
		int fd;

		assert_int_equal(pathset_init(&set, 1, &arena), 0);
		pathset_add(&set, directory, 0);
		walk.distrusted = &set;
		fd = walk_open(&walk, at(rows[i].path));
		walk.distrusted = NULL;
		if (rows[i].followed) {
			assert_true(fd >= 0);
			close(fd);
		} else {
			assert_int_equal(fd, -EXDEV);
			assert_string_equal(walk.where->path, directory);
		}
		free(directory);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_leads_where_the_kernel_does),
	    TEST(test_forty_links),
	    TEST(test_too_long),
	    TEST(test_distrusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
