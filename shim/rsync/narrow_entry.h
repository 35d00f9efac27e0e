/* SPDX-License-Identifier: ISC */
/* Inside narrowing only: what is made for it at start (narrow.c), decided of an entry (narrow_decide.c), and done
 * (narrow_enter.c). */
#ifndef PRECLUDE_SHIM_RSYNC_NARROW_ENTRY_H
#define PRECLUDE_SHIM_RSYNC_NARROW_ENTRY_H

#include "sandbox/module.h"
#include "shim/rsync/narrow.h"

#define NARROW_HELD 5 /* what a layer grants by descriptor: terminals, the log, the library */
#define NARROW_OPEN (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Written at start, but for the rules: those of the layer, once it is in force. */
struct narrowing {
	const char *self; /* the library's own file; NULL when it is not known */
	struct identity self_id;
	struct pathset writable;
	struct module_rule *rules;
};
extern struct narrowing narrowing;

/* A directory that is about to be entered. */
struct entry {
	const char *root_path; /* chroot's argument; NULL: the working directory is changed */
	int fd;                /* what is entered */
	struct identity id;
	uint32_t root; /* the module root that it is, or NO_GRANT */
	bool named;    /* that is the one which RSYNC_MODULE_NAME names, and not just the first on this directory */
	int cwd, top;  /* the way back */
	struct outcome outcome;
};

/* Whether RSYNC_MODULE_PATH was set: the next thing that is entered is a module. */
bool narrow_announced(void);

/* What becomes of an entry whose `id` and `root_path` are known; finds out `root` and `named`. */
enum decision { NARROW_PASS, NARROW_SEAL, NARROW_REFUSE };
enum decision narrow_decide(struct entry *entry);

/* The name of the module that rsync has announced, and whether its path is that of a root. */
const char *narrow_called(void);
bool narrow_knows_announced(void);

/* What the module's root allows: all roots on this directory, or the one that was named. */
uint64_t narrow_rights_of_root(const struct entry *entry);

/* The layer is in force. Of a vfork child only its number is kept: the memory is its parent's. */
void narrow_remember(const struct entry *entry, const struct module_request *layer);

#endif
