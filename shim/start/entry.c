/* SPDX-License-Identifier: ISC */
/*
 * The way in. glibc runs the constructors of libraries, ours last, then __libc_start_main, then the program's own
 * constructors and main; musl calls __libc_start_main before every constructor. Both doors lead to the same idempotent
 * start, whichever opens first; a program that never calls __libc_start_main (Go, own entry) has the constructor alone.
 *
 * One unversioned __libc_start_main serves programs that ask for GLIBC_2.2.5 and for GLIBC_2.34 alike. A version node
 * would be skipped by the older ones, without a word: they would run unconfined.
 */
#include <unistd.h>

#include "sandbox/sys.h"
#include "shim/base/context.h"
#include "shim/libc/real.h"
#include "shim/start/exports.h"
#include "shim/syscall/dispatch.h"

typedef int main_function(int argc, char **argv, char **envp);

#ifdef __GLIBC__
__attribute__((constructor)) static void enter(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)envp;
	shim_start(argv, environ);
	raw_start();
}
#else
__attribute__((constructor)) static void enter(void)
{
	shim_start(NULL, environ);
	raw_start();
}
#endif

static main_function *program_main;

/* musl sets environ from the stack after we have changed it: give main the one that carries PRECLUDE_APPLIED. */
static int call_main(int argc, char **argv, char **envp)
{
	char **changed = exports_environment();

	if (changed && envp != changed && environ == envp)
		environ = changed;
	return program_main(argc, argv, environ);
}

WRAPPER(int, __libc_start_main,
	(main_function * main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
	 void *stack_end))
{
	shim_start(argv, argv + argc + 1);
	raw_start();
	program_main = main;
	if (!REAL(__libc_start_main))
		return 127; /* as the loader, when it lacks a name */
	return real.__libc_start_main(call_main, argc, argv, init, fini, rtld_fini, stack_end);
}
