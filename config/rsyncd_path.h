/* SPDX-License-Identifier: ISC */
/* Inside config only: what a text of rsyncd.conf comes to when the daemon uses it. */
#ifndef PRECLUDE_CONFIG_RSYNCD_PATH_H
#define PRECLUDE_CONFIG_RSYNCD_PATH_H

#include "config/rsyncd_conf.h"

/* Who looks at a value, and what is known by then. */
struct rsyncd_view {
	struct arena *arena;
	char *const *environment;
	const char *directory;     /* the daemon's working directory */
	const char *daemon_chroot; /* what its paths lie beneath by then, or NULL */
	const char *module_name;   /* NULL outside every module */
	const char *module_path;   /* as RSYNC_MODULE_PATH has it */
};

/* Stands in an expanded text for a variable that only a connection knows. */
#define RSYNCD_LATER '\001'

/* All of these: NULL when out of memory. */

/* %VAR% expanded; a variable that is not set stays as it is written. */
const char *rsyncd_expand(const struct rsyncd_view *view, const char *text, enum rsyncd_stage stage);

/* An expanded text that is opened as a path: absolute, in one spelling, cut where a connection's variable begins. */
const char *rsyncd_file(const struct rsyncd_view *view, const char *expanded);

/* What the module of this (expanded) path serves: root, outer, varies; and RSYNC_MODULE_PATH. 0 or -1. */
int rsyncd_serve(struct rsyncd_view *view, struct rsyncd_module *module, const char *expanded);

#endif
