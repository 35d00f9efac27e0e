/* SPDX-License-Identifier: ISC */
/* The policy that an rsyncd.conf asks for, what weakens it, and its forms: those of `preclude rsyncd`, and --rsyncd. */
#ifndef PRECLUDE_TOOLS_RSYNCD_RSYNCD_H
#define PRECLUDE_TOOLS_RSYNCD_RSYNCD_H

#include "config/rsyncd_conf.h"

/* A variable besides the lists of grants: what --rsyncd implies, and `preclude rsyncd` prints. Ends with a NULL. */
struct rsyncd_setting {
	const char *variable;
	const char *value;
};

extern const struct rsyncd_setting rsyncd_settings[];

/* Kinds of warnings: of each a few are said, and the rest counted. */
enum worry {
	WORRY_CONF,
	WORRY_EMPTY,
	WORRY_RELATIVE,
	WORRY_NO_PATH,
	WORRY_MISSING,
	WORRY_SHADOWED,
	WORRY_SLASH,
	WORRY_VARIES,
	WORRY_NESTED,
	WORRY_READ_ONLY,
	WORRY_HOOK,
	WORRY_NEEDS,
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

/*
 * Reads a configuration (NULL: /etc/rsyncd.conf) and makes its policy. Refuses what rsync gives up. `service`: for a
 * daemon that is started in "/" and with no variables of ours. Once a process.
 */
void rsyncd_policy_read(struct rsyncd_policy *policy, const char *word, bool service);

/* Says on standard error what weakens it. */
void rsyncd_warn(const struct rsyncd_policy *policy);

/* Fills in the grants. Refuses when out of memory. */
void rsyncd_policy_make(struct rsyncd_policy *policy);

/* Calls `put` for each list of grants, in its variable's syntax: "" for no roots, and of the others only what there is.
 */
void rsyncd_lists(const struct rsyncd_policy *policy, void (*put)(const char *variable, const char *list));

void rsyncd_print_env(const struct rsyncd_policy *policy);
void rsyncd_print_json(const struct rsyncd_policy *policy);
void rsyncd_print_unit(const struct rsyncd_policy *policy);

#endif
