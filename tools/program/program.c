/* SPDX-License-Identifier: ISC */
/*
 * Preloading fails open: the loader goes on without a library that does not fit, and is not even there in a static
 * program. So the command looks before it runs anything.
 */
#include "tools/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/program/elf_file.h"
#include "tools/program/versions.h"

#define SCRIPT_DEPTH   4   /* the kernel's: the fifth interpreter is ELOOP */
#define SCRIPT_LINE    256 /* BINPRM_BUF_SIZE */
#define EFFECTIVE_FLAG 1   /* VFS_CAP_FLAGS_EFFECTIVE, of the first word of security.capability */

/* 0, or why execve(2) would not take it. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

int program_find(struct program *program, const char *command)
{
	const char *directories = getenv("PATH");
	int error = ENOENT;

	if (strchr(command, '/') || !*command) {
		program->path = must(strdup(command));
		return executable(command);
	}
	if (!directories)
		directories = "/bin:/usr/bin"; /* as confstr(_CS_PATH) says */
	for (const char *from = directories; from; from = strchr(from, ':') ? strchr(from, ':') + 1 : NULL) {
		size_t length = strcspn(from, ":");
		/* An empty element is the working directory. */
		char *path = text_of("%.*s%s%s", (int)length, from, length ? "/" : "", command);
		const int result = executable(path);

		if (!result) {
			program->path = path;
			return 0;
		}
		if (result == EACCES)
			error = EACCES;
		free(path);
	}
	return error;
}

/* The interpreter of "#! /bin/sh -x\n", or NULL when the file is no script. */
static char *interpreter(int fd)
{
	char line[SCRIPT_LINE];
	ssize_t length = pread(fd, line, sizeof(line) - 1, 0);
	const char *from;

	if (length < 2 || memcmp(line, "#!", 2))
		return NULL;
	line[length] = '\0';
	from = line + 2 + strspn(line + 2, " \t");
	return must(strndup(from, strcspn(from, " \t\n")));
}

/* Setuid bits and capabilities count on the file that the kernel loads in the end, and not on a nosuid mount. */
static void examine_privileges(struct program *program)
{
	struct stat st;
	struct statvfs mounted;
	uint32_t capability[6]; /* struct vfs_ns_cap_data */

	if (stat(program->object, &st) < 0 || statvfs(program->object, &mounted) < 0 || mounted.f_flag & ST_NOSUID)
		return;
	program->marked = (st.st_mode & S_ISUID) || ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP));
	program->setid = ((st.st_mode & S_ISUID) && st.st_uid != getuid()) ||
			 ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getgid());
	/* Root has them all anyway: the kernel does not call that a change. */
	program->endowed = getxattr(program->object, "security.capability", capability, sizeof(capability)) >=
			   (ssize_t)sizeof(capability[0]);
	program->capable = program->endowed && getuid() != 0;
	program->effective = program->capable && (*(const unsigned char *)capability & EFFECTIVE_FLAG);
}

static enum obstacle examine_format(const struct elf_format *format, const struct elf_format *wanted,
				    const char *library)
{
	if (!format->dynamic)
		return OBSTACLE_STATIC;
	if (format->class != wanted->class)
		return OBSTACLE_CLASS;
	if (format->machine != wanted->machine)
		return OBSTACLE_MACHINE;
#ifdef __GLIBC__
	if (format->musl)
		return OBSTACLE_LIBC;
	if (libc_too_old(format->loader, library))
		return OBSTACLE_OLD;
#else
	if (!format->musl)
		return OBSTACLE_LIBC;
#endif
	return OBSTACLE_NONE;
}

void program_examine(struct program *program, const char *library)
{
	struct elf_format wanted, format = {0};
	int fd = open(library, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !elf_read_format(fd, &wanted))
		refused("%s: is not a library", library);
	close(fd);

	program->object = program->path;
	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		char *next;

		fd = open(program->object, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0 || elf_read_format(fd, &format))
			break;
		next = interpreter(fd);
		close(fd);
		errno = ELOOP;
		/* What is neither is handed to a shell by execvp(3), and by us. */
		program->object = next ? next : must(strdup(_PATH_BSHELL));
		fd = -1;
	}
	/* Of one that is missing, or a chain of scripts that is too long, execve(2) will speak. */
	if (fd >= 0)
		program->format = examine_format(&format, &wanted, library);
	else if (errno == EACCES)
		program->format = OBSTACLE_UNREADABLE;
	if (fd >= 0)
		close(fd);
	examine_privileges(program);
}

enum obstacle program_obstacle(const struct program *program, bool no_new_privs)
{
	if (program->format > OBSTACLE_UNREADABLE)
		return program->format;
	if (program->setid && !no_new_privs)
		return OBSTACLE_SETID;
	if (program->effective || (program->capable && !no_new_privs))
		return OBSTACLE_CAPABILITIES;
	return program->format;
}

const char *obstacle_words(enum obstacle obstacle)
{
	switch (obstacle) {
	case OBSTACLE_NONE:
		return "can be preloaded";
	case OBSTACLE_UNREADABLE:
		return "cannot be read";
	case OBSTACLE_STATIC:
		return "is static";
	case OBSTACLE_CLASS:
		return sizeof(void *) == 8 ? "is a 32-bit program" : "is a 64-bit program";
	case OBSTACLE_MACHINE:
		return "is built for another machine";
	case OBSTACLE_LIBC:
		return "is linked to another libc";
	case OBSTACLE_OLD:
		return "has a libc that is too old";
	case OBSTACLE_SETID:
		return "is setuid or setgid";
	case OBSTACLE_CAPABILITIES:
		return "has file capabilities";
	}
	return "";
}
