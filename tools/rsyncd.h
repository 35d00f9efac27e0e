/* SPDX-License-Identifier: ISC */
/* preclude rsyncd: the policy that a configuration asks for, what weakens it, and its three forms. */
#ifndef PRECLUDE_TOOLS_RSYNCD_H
#define PRECLUDE_TOOLS_RSYNCD_H

#include "config/rsyncd_conf.h"

/* A variable besides the lists of grants. */
struct rsyncd_setting {
	const char *variable;
	const char *value;
};

#define RSYNCD_SETTINGS 3
extern const struct rsyncd_setting rsyncd_settings[RSYNCD_SETTINGS];

/* Kinds of warnings: of each a few are said, and the rest counted. */
enum worry {
	WORRY_CONF,
	WORRY_NO_PATH,
	WORRY_MISSING,
	WORRY_SHADOWED,
	WORRY_SLASH,
	WORRY_VARIES,
	WORRY_NESTED,
	WORRY_READ_ONLY,
	WORRY_HOOK,
	WORRY_MUNGE,
	WORRY_INSECURE_LINKS,
	WORRY_EVERYBODY,
	WORRY_BROAD,
	WORRY_PATH,
	WORRY_NAME,
	WORRIES
};

struct worries {
	char **lines;
	size_t count;
	size_t room;
	unsigned told[WORRIES];
};

/* `module` says where, or is NULL. */
void worry(struct worries *worries, enum worry kind, const struct rsyncd_module *module, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds the lines that say how many more there were. */
void worries_end(struct worries *worries);

struct path_entry;

struct rsyncd_policy {
	const struct rsyncd_conf *conf;
	struct arena *arena;
	struct worries *worries;
	const char *directory; /* that the daemon is started in */
	struct grant *grants;
	size_t count;
	size_t room;
	struct path_entry *modules;  /* each module by the directory that it really is */
	struct path_entry *writable; /* what may be written: modules and grants */
	struct path_entry *given;    /* grants, by access and path */
};

/* Fills in the grants. Refuses when out of memory. */
void rsyncd_policy_make(struct rsyncd_policy *policy);

void *rsyncd_need(void *memory); /* or refuses: no memory */

void rsyncd_print_env(const struct rsyncd_policy *policy);
void rsyncd_print_json(const struct rsyncd_policy *policy);
void rsyncd_print_unit(const struct rsyncd_policy *policy);

#endif
