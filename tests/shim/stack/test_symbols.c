/* SPDX-License-Identifier: ISC */
/* Names are found where the loader finds them, in the version that it would choose. */
#include "shim/stack/symbols.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Those of the first two lines have several versions in glibc. */
static const char *const names[] = {
    "realpath",
    "nftw",
    "glob",
    "posix_spawn",
    "pthread_create",
    "regexec",
    "fmemopen",
    "sched_setaffinity",
    "dlsym",
    "memcpy",
    "pthread_join",
    "sem_open",
    "dlopen",
    "fopen",
    "fclose",
    "timer_create",
    "open",
    "open64",
    "openat",
    "stat",
    "lstat",
    "unlink",
    "rename",
    "chmod",
    "__xstat",
    "__open_2",
    "getaddrinfo",
    "strlen",
    "cmocka_no_such",
    "_cm_skip",
    "_cmocka_run_group_tests",
    "",
};
#define NAMES (sizeof names / sizeof *names)

static unsigned compared, objects;

static int compare(struct dl_phdr_info *object, size_t size, void *context)
{
	void *const handle = dlopen(object->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
	struct symbols symbols;

	(void)size;
	(void)context;
	if (!object->dlpi_name[0] || !handle || !symbols_of(object, &symbols))
		return 0;
	objects++;
	for (size_t i = 0; i < NAMES; i++) {
		const ElfW(Sym) *found = symbols_find(&symbols, names[i], symbols_hash(names[i]));
		void *expected = dlsym(handle, names[i]);
		Dl_info where;

		/* A handle stands for what it depends on, too. */
		if (expected && (!dladdr(expected, &where) || where.dli_fbase != (void *)object->dlpi_addr))
			expected = NULL;
		assert_int_equal(found != NULL, expected != NULL);
		if (found && ELF32_ST_TYPE(found->st_info) == STT_FUNC) {
			assert_ptr_equal(symbols.bias + found->st_value, expected);
			compared++;
		}
	}
	dlclose(handle);
	return 0;
}

static void test_as_the_loader_has_it(void **state)
{
	(void)state;
	dl_iterate_phdr(compare, NULL);
	assert_in_range(objects, 3, 16);
	assert_in_range(compared, 25, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_loader_has_it)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
