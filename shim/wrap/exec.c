/* SPDX-License-Identifier: ISC */
/*
 * Running programs. A call that succeeds does not return, so what must be said (counts, the loss of the library, in
 * observe mode the verdict) is said before it; what fails is judged after, like any other call.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/judge/perform.h"
#include "shim/judge/watch.h"
#include "shim/libc/real.h"
#include "shim/log/log.h"
#include "shim/log/sites.h"
#include "shim/stack/cfi_cache.h"
#include "shim/start/exports.h"
#include "shim/syscall/by_number.h"

/* execvp's search: the first of PATH's directories that has the file, written to `found` (PATH_MAX bytes). */
static bool search(const char *file, char *found)
{
	const char *path = getenv("PATH");
	size_t length = strlen(file);

	if (!path)
		path = "/bin:/usr/bin"; /* execvp(3): confstr(_CS_PATH) */
	for (const char *end;; path = end + 1) {
		size_t part;

		end = strchrnul(path, ':');
		part = (size_t)(end - path);
		if (part + length + 2 <= PATH_MAX) {
			memcpy(found, path, part);
			if (part)
				found[part++] = '/';
			memcpy(found + part, file, length + 1);
			if (sys(SYS_faccessat, AT_FDCWD, found, X_OK) == 0)
				return true;
		}
		if (!*end)
			return false;
	}
}

/* Warns of a program whose environment lacks the library, or changes its policy. */
static void say_changed(const char *func, const char *what, char *const *environment)
{
	size_t length;
	const char *changed = !environment || memory_readable(environment, sizeof *environment)
				  ? exports_changed(environment, &length)
				  : NULL;

	if (changed && !strncmp(changed, "LD_PRELOAD", length))
		log_warning("%s of %s drops the library, since LD_PRELOAD in its environment does not have it: the "
			    "domain stays, but what the program does is not logged%s",
			    func, what, shim.gate ? ", and it can change no metadata (EPERM)" : "");
	else if (changed)
		log_warning("%s of %s changes the policy, since %.*s in its environment is missing, different or new: "
			    "the domain stays, and the library applies the policy of that environment, if there is one",
			    func, what, (int)length, changed);
}

/* Before: resolves, warns about a lost library, flushes counts, and where a success would have to be said, says it. */
static void exec_judge(struct watch *watch, char *const *environment, bool replaces)
{
	const char *path = watch->at.path;

	watch_before(watch, ACT_BY_PATH);
	if (watch->silent || watch->error)
		return;
	say_changed(watch->func, path ? path : "a descriptor", environment);
	if (replaces) {
		/* From a root it has been judged, and may be an escape into what is granted. */
		if ((!shim.enforced || !watch->ignore || watch->at.placed) && !watch_refused(watch) &&
		    (!path || sys(SYS_faccessat, watch->at.dir, watch->at.path, X_OK) == 0))
			watch_foretell(watch);
		sites_flush(log_call);
	}
}

/*
 * The page that a found file's name is written to is given back before the call: a vfork child that becomes another
 * program would leave it mapped in its parent.
 */
static struct scratch *find_file(struct watch *watch, bool searches)
{
	const char *file = watch->at.path;
	struct scratch *scratch;

	if (!searches || !file || !text_readable(file) || strchr(file, '/'))
		return NULL;
	scratch = scratch_map();
	if (scratch && search(file, scratch->path))
		watch->at.path = scratch->path;
	return scratch;
}

static void exec_before(struct watch *watch, char *const *environment, bool searches, bool replaces)
{
	const char *file = watch->at.path;
	struct scratch *scratch;

	if (!shim.active)
		return;
	scratch = find_file(watch, searches);
	exec_judge(watch, environment, replaces);
	watch->at.path = file;
	scratch_unmap(scratch);
}

static int exec_after(struct watch *watch, bool searches, int result)
{
	int error = errno;
	struct scratch *scratch = shim.active ? find_file(watch, searches) : NULL;

	watch_after_error(watch, error);
	scratch_unmap(scratch);
	errno = error;
	return result;
}

#define EXEC(name, searches, by, dir, path, environment, call)                                                         \
	do {                                                                                                           \
		struct watch watch = WATCH_AS(by, dir, path, true, DOES_RUN, FS(EXECUTE));                             \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, -1;                                                                     \
		exec_before(&watch, environment, searches, true);                                                      \
		return exec_after(&watch, searches, watch.error ? (errno = watch.error, -1) : call);                   \
	} while (0)

int call_execve(struct called by, const char *path, char *const *argv, char *const *envp)
{
	EXEC(execve, false, by, CWD, path, envp, real.execve(path, argv, envp));
}

WRAPPER(int, execve, (const char *path, char *const *argv, char *const *envp))
{
	return call_execve(CALLED("execve"), path, argv, envp);
}

WRAPPER(int, execv, (const char *path, char *const *argv))
{
	EXEC(execv, false, CALLED("execv"), CWD, path, environ, real.execv(path, argv));
}

WRAPPER(int, execvp, (const char *path, char *const *argv))
{
	EXEC(execvp, true, CALLED("execvp"), CWD, path, environ, real.execvp(path, argv));
}

WRAPPER(int, execvpe, (const char *path, char *const *argv, char *const *envp))
{
	EXEC(execvpe, true, CALLED("execvpe"), CWD, path, envp, real.execvpe(path, argv, envp));
}

int call_execveat(struct called by, int dir, const char *path, char *const *argv, char *const *envp, int flags)
{
	EXEC(execveat, false, by, dir, path, envp, real.execveat(dir, path, argv, envp, flags));
}

WRAPPER(int, execveat, (int dir, const char *path, char *const *argv, char *const *envp, int flags))
{
	return call_execveat(CALLED("execveat"), dir, path, argv, envp, flags);
}

WRAPPER(int, fexecve, (int fd, char *const *argv, char *const *envp))
{
	EXEC(fexecve, false, CALLED("fexecve"), fd, NULL, envp, real.fexecve(fd, argv, envp));
}

/*
 * The lists become arrays on the stack, as libc does: there is no allocation that a vfork child may make. The wrappers
 * are named for the function that the program called.
 */
#define EXEC_LIST(name, real_name, searches, with_environment)                                                         \
	WRAPPER(int, name, (const char *path, const char *arg, ...))                                                   \
	{                                                                                                              \
		va_list list;                                                                                          \
		size_t count = 1;                                                                                      \
		char **argv;                                                                                           \
		char *const *envp = environ;                                                                           \
                                                                                                                       \
		va_start(list, arg);                                                                                   \
		while (arg && va_arg(list, const char *))                                                              \
			count++;                                                                                       \
		va_end(list);                                                                                          \
		argv = __builtin_alloca((count + 1) * sizeof *argv);                                                   \
		argv[0] = (char *)(uintptr_t)arg;                                                                      \
		va_start(list, arg);                                                                                   \
		for (size_t i = 1; i <= count && arg; i++)                                                             \
			argv[i] = va_arg(list, char *);                                                                \
		if (with_environment)                                                                                  \
			envp = va_arg(list, char *const *);                                                            \
		va_end(list);                                                                                          \
		EXEC(name, searches, CALLED(#name), CWD, path, envp, real.real_name(path, argv, envp));                \
	}

EXEC_LIST(execl, execve, false, false)
EXEC_LIST(execle, execve, false, true)
EXEC_LIST(execlp, execvpe, true, false)

#define SPAWN(name, searches)                                                                                          \
	WRAPPER(int, name,                                                                                             \
		(pid_t * pid, const char *path, const void *actions, const void *attributes, char *const *argv,        \
		 char *const *envp))                                                                                   \
	{                                                                                                              \
		struct watch watch = WATCH(#name, CWD, path, true, DOES_RUN, FS(EXECUTE));                             \
		struct scratch *scratch;                                                                               \
		int error;                                                                                             \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return ENOSYS;                                                                                 \
		exec_before(&watch, envp, searches, false);                                                            \
		error = watch.error ? watch.error : real.name(pid, path, actions, attributes, argv, envp);             \
		scratch = shim.active ? find_file(&watch, searches) : NULL;                                            \
		watch_after_error(&watch, error);                                                                      \
		scratch_unmap(scratch);                                                                                \
		return error;                                                                                          \
	}

SPAWN(posix_spawn, false)
SPAWN(posix_spawnp, true)
SPAWN(pidfd_spawn, false)
SPAWN(pidfd_spawnp, true)

/* libc executes a shell, with the environment of this process. */
#define SHELL(ret, name, params, ...)                                                                                  \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		if (shim.active && command)                                                                            \
			say_changed(#name, "/bin/sh", environ);                                                        \
		return (ret)PERFORM(F_##name, CALLER, __VA_ARGS__);                                                    \
	}

SHELL(int, system, (const char *command), command)
SHELL(void *, popen, (const char *command, const char *mode), command, mode)
#ifdef __GLIBC__
SHELL(void *, _IO_popen, (const char *command, const char *mode), command, mode)
#endif

/*
 * dlopen looks at its return address to find the caller's RUNPATH, so it must be reached by a jump: everything is
 * judged before, and what the domain will refuse is foretold.
 */
static bool dlopen_before(const char *func, uintptr_t caller, const char *path)
{
	struct watch watch = WATCH(func, CWD, path, true, DOES_OPEN, FS(READ_FILE));

	/* Without a slash it is a search in the system's directories, which only the kernel sees. */
	if (!shim.active || !path || !text_readable(path) || !strchr(path, '/'))
		return true;
	watch.caller = caller;
	watch_before(&watch, ACT_BY_PATH);
	if (watch.error)
		watch_after_error(&watch, watch.error);
	else if (!watch.silent)
		watch_foretell(&watch);
	return !watch.error;
}

/* What nothing can be called; dlerror(3) says it to the program. */
#define REFUSED "/dev/null/refused by preclude"

WRAPPER(void *, dlopen, (const char *path, int flags))
{
	if (!REAL(dlopen))
		return NULL;
	if (!dlopen_before("dlopen", (uintptr_t)__builtin_return_address(0), path))
		path = REFUSED;
	return real.dlopen(path, flags);
}

WRAPPER(void *, dlmopen, (long namespace, const char *path, int flags))
{
	if (!REAL(dlmopen))
		return NULL;
	if (!dlopen_before("dlmopen", (uintptr_t)__builtin_return_address(0), path))
		path = REFUSED;
	return real.dlmopen(namespace, path, flags);
}

/* What is unloaded may be followed by other code at the same address. */
WRAPPER(int, dlclose, (void *object))
{
	int result;

	if (!REAL(dlclose))
		return -1;
	cfi_cache_unloading();
	result = real.dlclose(object);
	cfi_cache_unloaded();
	return result;
}
