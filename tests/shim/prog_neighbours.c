/* SPDX-License-Identifier: ISC */
/*
 * A program with something of its own: prog_neighbours WHAT FILE
 *
 * It opens FILE for writing and prints created or the name of the error. `malloc` counts the calls of its own malloc
 * that came before main and says how many; `plugin SO`, `deepbind SO` lets a library make the call; `raw` and `fork`
 * make it by the system call itself, and in a child.
 *
 * Compiled with -DPLUGIN it is that library; with -DOWN_MALLOC it defines malloc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int plugin_open(const char *path);

#ifdef PLUGIN
int plugin_open(const char *path)
{
	return open(path, O_WRONLY | O_CREAT, 0600);
}
#else

#ifdef PRIVATE_MALLOC
static unsigned before_main;
static int in_main;
static char heap[1 << 22] __attribute__((aligned(16)));
static size_t used;

void *malloc(size_t size)
{
	size_t *block = (size_t *)(heap + used);

	before_main += !in_main;
	if (getenv("ABORT_BEFORE_MAIN") && !in_main)
		abort();
	used += (size + 31) & ~(size_t)15;
	if (used > sizeof heap)
		return NULL;
	block[1] = size;
	return block + 2;
}

void free(void *block)
{
	(void)block;
}

void *calloc(size_t count, size_t size)
{
	return malloc(count * size); /* the heap is never used twice */
}

void *realloc(void *block, size_t size)
{
	void *other = malloc(size);

	if (block && other)
		memcpy(other, block, ((size_t *)block)[-1] < size ? ((size_t *)block)[-1] : size);
	return other;
}
#endif

static int say(int fd)
{
	puts(fd >= 0 ? "created" : errno == EACCES ? "EACCES" : strerror(errno));
	fflush(stdout);
	return 0;
}

static int by_plugin(const char *library, int flags, const char *file)
{
	void *handle = dlopen(library, RTLD_NOW | flags);
	int (*call)(const char *) = NULL;

	if (handle)
		*(void **)&call = dlsym(handle, "plugin_open");
	if (!call) {
		puts(dlerror());
		return 1;
	}
	return say(call(file));
}

#ifdef __x86_64__
/* By this program's own instruction. */
static int raw_open(const char *path)
{
	register long mode __asm__("r10") = 0600;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_openat), "D"(AT_FDCWD), "S"(path), "d"(O_WRONLY | O_CREAT), "r"(mode)
			 : "rcx", "r11", "memory");
	errno = result < 0 ? (int)-result : 0;
	return result < 0 ? -1 : (int)result;
}
#else
static int raw_open(const char *path)
{
	return open(path, O_WRONLY | O_CREAT, 0600);
}
#endif

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "", *file = argv[argc - 1];
	char *used_in_main;
	int status;

#ifdef PRIVATE_MALLOC
	in_main = 1;
	if (!strcmp(what, "malloc"))
		return !printf("%u\n", before_main);
#endif
	used_in_main = strdup("allocations work");
	if (!used_in_main)
		return 1;
	free(used_in_main);
	if (!strcmp(what, "plain"))
		return say(open(file, O_WRONLY | O_CREAT, 0600));
	if (!strcmp(what, "raw"))
		return say(raw_open(file));
	if (!strcmp(what, "plugin"))
		return by_plugin(argv[2], 0, file);
	if (!strcmp(what, "deepbind"))
		return by_plugin(argv[2], RTLD_DEEPBIND, file);
	if (!strcmp(what, "fork")) {
		if (fork() == 0)
			_exit(say(open(file, O_WRONLY | O_CREAT, 0600)));
		return wait(&status) < 0 || status;
	}
	return 2;
}
#endif
