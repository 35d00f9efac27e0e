/* SPDX-License-Identifier: ISC */
/*
 * rsyncd.conf -> its modules, as rsync itself reads them: what each serves, how, and which files the daemon opens for
 * it.
 *
 * Pure: files come through a callback, variables from an array. Linear in the length of the files.
 */
#ifndef PRECLUDE_CONFIG_RSYNCD_CONF_H
#define PRECLUDE_CONFIG_RSYNCD_CONF_H

#include "config/arena.h"
#include "config/list.h"
#include "config/policy.h"

/* When the daemon looks at a value: each stage knows more RSYNC_* variables than the one before. */
enum rsyncd_stage {
	STAGE_START,
	STAGE_CONNECTION, /* RSYNC_MODULE_NAME, RSYNC_HOST_NAME, RSYNC_HOST_ADDR */
	STAGE_USER,       /* RSYNC_USER_NAME */
	STAGE_MODULE,     /* RSYNC_MODULE_PATH */
};

/* PARAMETER_PATH and its like: the parameters that matter here, in the order of the table. */
enum rsyncd_parameter {
#define PARAMETER(id, name, scope, kind, from) PARAMETER_##kind(id)
#define PARAMETER_NOTED(id)                    /* those have none */
#define PARAMETER_TEXT(id)                     RSYNCD_##id,
#define PARAMETER_PATH(id)                     RSYNCD_##id,
#define PARAMETER_FILE(id)                     RSYNCD_##id,
#define PARAMETER_BOOL(id)                     RSYNCD_##id,
#define PARAMETER_BOOL3(id)                    RSYNCD_##id,
#define PARAMETER_NUMBER(id)                   RSYNCD_##id,
#include "config/rsyncd.def"
#undef PARAMETER
	RSYNCD_PARAMETERS
};

/* Texts are NULL until they are set; BOOL is 0 or 1, and -1 is unset. */
union rsyncd_value {
	const char *text;
	long number;
};

struct rsyncd_values {
	union rsyncd_value of[RSYNCD_PARAMETERS];
};

struct rsyncd_module {
	const char *name;
	const char *file; /* where its section first begins */
	unsigned line;
	bool shadowed; /* a later module has the same name: nobody can reach this one */

	/*
	 * The directory that it serves, absolute, in one spelling, "daemon chroot" in front: of outer/./inner the
	 * inner. NULL when the module has no path. Where a %VAR% that only a connection knows begins, it ends before.
	 */
	const char *root;
	const char *outer;  /* the chroot of outer/./inner, or NULL */
	bool varies;        /* root ended before a %VAR% */
	bool relative;      /* the path is not absolute: it is taken from the daemon's working directory */
	unsigned path_line; /* where the path is, in path_file; 0 when it is that of the globals */
	const char *path_file;

	/*
	 * As the module has them, defaults applied. What is opened as a path is expanded and absolute as root is, and
	 * ends before a %VAR% that only a connection knows, as a directory with a slash behind it; NULL when not set.
	 */
	struct rsyncd_values values;
};

/* One file or directory that the configuration was read from. */
struct rsyncd_file {
	const char *path;
	bool directory;
};

struct rsyncd_conf {
	struct rsyncd_module *modules; /* in rsync's order */
	size_t module_count;
	const struct rsyncd_file *files; /* the configuration itself comes first */
	size_t file_count;
	const char *daemon_chroot; /* absolute, or NULL */

	/*
	 * What applies to no module, resolved as a module's values are: `startup` as the daemon reads it before it
	 * accepts, up to the first section, and `globals` as each connection finds it, at the end of the file.
	 */
	struct rsyncd_values startup;
	struct rsyncd_values globals;
};

enum rsyncd_found { RSYNCD_UNREADABLE, RSYNCD_TEXT, RSYNCD_DIRECTORY };

struct rsyncd_source {
	void *context;
	/*
	 * RSYNCD_TEXT: `text` is what the file holds; RSYNCD_DIRECTORY: it is the names in it, each with a NUL behind
	 * it, in any order; RSYNCD_UNREADABLE: it is why, in words. It stays until the configuration has been read.
	 */
	enum rsyncd_found (*read)(void *context, const char *path, struct slice *text);
	/* One line, without a newline: what rsync would ignore, with file and line. */
	void (*warn)(void *context, const char *text);
	char *const *environment; /* the daemon's */
	const char *directory;    /* its working directory, for paths that are not absolute */
};

/* 0, or -1 with the reason, which names file and line, where rsync too would give up. */
int rsyncd_conf_read(struct rsyncd_conf *out, const char *path, const struct rsyncd_source *source, struct arena *arena,
		     struct refusal *why);

/* The absolute `path` as it is beneath `above`, in one spelling; itself when that is NULL. NULL when out of memory. */
const char *rsyncd_beneath(struct arena *arena, const char *above, const char *path);

#endif
