/* SPDX-License-Identifier: ISC */
/*
 * Programs that start in unusual ways: built with -nostartfiles by test_programs.sh.
 *
 * OLD_GLIBC: imports __libc_start_main@GLIBC_2.2.5, as every x86-64 binary did that was linked before glibc 2.34.
 * Without it: an entry of its own, that never calls __libc_start_main at all.
 * Either creates the file that its first argument names and exits with 0, or with errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int create(const char *file)
{
	return open(file, O_WRONLY | O_CREAT, 0600) < 0 ? errno : 0;
}

#ifdef OLD_GLIBC
__asm__(".symver __libc_start_main, __libc_start_main@GLIBC_2.2.5");
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end);

static int old_main(int argc, char **argv, char **envp)
{
	(void)envp;
	return argc == 2 ? create(argv[1]) : 200;
}
#endif

__attribute__((used)) void start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
#ifdef OLD_GLIBC
	__libc_start_main(old_main, argc, argv, NULL, NULL, NULL, stack);
#else
	_exit(argc == 2 ? create(argv[1]) : 200);
#endif
}

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call start\n"
	"	hlt\n");
