/* SPDX-License-Identifier: ISC */
/* Inside config only: an rsyncd.conf while it is being read. */
#ifndef PRECLUDE_CONFIG_RSYNCD_LOAD_H
#define PRECLUDE_CONFIG_RSYNCD_LOAD_H

#include "config/parse.h"
#include "config/rsyncd_conf.h"
#include "config/rsyncd_lex.h"
#include "config/rsyncd_path.h"

enum scope { SCOPE_GLOBAL, SCOPE_LOCAL };
enum kind { KIND_NOTED, KIND_TEXT, KIND_PATH, KIND_FILE, KIND_BOOL, KIND_BOOL3, KIND_NUMBER };

/* A row of rsyncd.def. */
struct parameter {
	const char *name;
	enum scope scope;
	enum kind kind;
	enum rsyncd_parameter id;
	enum rsyncd_stage from;
};

extern const struct parameter rsyncd_parameters[];
extern const size_t rsyncd_parameter_count;

struct module_entry; /* a module by its name */

struct loading {
	struct rsyncd_conf *conf;
	const struct rsyncd_source *source;
	struct arena *arena;
	struct refusal *why;
	struct rsyncd_values globals;
	size_t module; /* the section that is being read */
	bool in_module;
	bool startup; /* the pass that ends before the first section */
	bool done;    /* it has */
	bool renamed; /* a module has another name than its section: `by_name` no longer tells */
	struct module_entry *by_name;
	size_t module_room;
	struct rsyncd_file *files;
	size_t file_room;
	const char *file; /* the one that is being read */
	unsigned depth;
};

/* An array with room for one more: itself, or its copy in twice the room. NULL when out of memory. */
void *rsyncd_room_for_one(struct arena *arena, void *array, size_t size, size_t count, size_t *room);

/* All of these return 0, or -1 with the reason in loading->why. */

/* Reads one file's text, with what it includes. */
int rsyncd_load(struct loading *loading, const char *path, struct slice text);
/* &include and &merge. */
int rsyncd_follow(struct loading *loading, const struct rsyncd_item *item);
/* Writes down that a file or directory was read. */
int rsyncd_note_file(struct loading *loading, const char *path, bool directory);
/* When all is read: expands and resolves every value, of the globals and of each module. */
int rsyncd_resolve(struct loading *loading);

#endif
