/* SPDX-License-Identifier: ISC */
/* The program that is to be run: where it lies, and whether a preloaded library can enter it. */
#ifndef PRECLUDE_TOOLS_PROGRAM_PROGRAM_H
#define PRECLUDE_TOOLS_PROGRAM_PROGRAM_H

#include <stdbool.h>

enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_UNREADABLE, /* may be executed but not read: it cannot be told */
	OBSTACLE_STATIC,     /* no loader, so nobody reads LD_PRELOAD */
	OBSTACLE_CLASS,      /* 32 bits against 64; the loader warns and goes on without */
	OBSTACLE_MACHINE,
	OBSTACLE_LIBC,  /* musl against glibc: a loader gives up over names that only the other has */
	OBSTACLE_OLD,   /* a glibc of its own, without a version that the library needs: its loader gives up too */
	OBSTACLE_SETID, /* AT_SECURE: the loader ignores LD_PRELOAD */
	OBSTACLE_CAPABILITIES,
};

struct program {
	char *path;           /* what execve(2) gets */
	char *object;         /* what the kernel loads in the end: `path`, or the interpreter of a script */
	enum obstacle format; /* from the file's format: NONE to OLD */
	bool setid;           /* setuid or setgid, for an id that the caller has not */
	bool capable;         /* has file capabilities that make the loader careful */
	bool marked;          /* is setuid or setgid, whoever calls */
	bool endowed;         /* has file capabilities, whoever calls */
	bool effective;       /* and they are effective, or not only permitted */
};

/* Looks COMMAND up as execvp(3) does. 0, or the errno that execvp would have ended with. */
int program_find(struct program *program, const char *command);

/* Follows scripts to their interpreter, and reads the ELF headers of that and of the library. */
void program_examine(struct program *program, const char *library);

/*
 * What keeps the library out, once it is known whether the process has no_new_privs: that takes the effect from setuid
 * bits, and so lets the library in. Effective file capabilities keep it out even then, although they give nothing.
 */
enum obstacle program_obstacle(const struct program *program, bool no_new_privs);

/* "is static", … */
const char *obstacle_words(enum obstacle obstacle);

#endif
