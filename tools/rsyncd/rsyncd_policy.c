/* SPDX-License-Identifier: ISC */
/*
 * From what rsyncd.conf says to roots and grants; and what in it weakens them.
 *
 * Rules are a union, so what is read-only beneath something writable is no rule at all, and the library refuses to
 * pretend. Here it is left out, or said to be writable, with a warning. Links count: directories are compared as what
 * they really are.
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base.h"
#include "tools/cli/memory.h"
#include "tools/rsyncd/rsyncd_grants.h"

const struct rsyncd_setting rsyncd_settings[] = {
    {"PRECLUDE_NARROW", "on"},    {"PRECLUDE_GUARD", "rsync"}, {"PRECLUDE_ANCHOR", "on"},
    {"PRECLUDE_ANCESTORS", "on"}, {"PRECLUDE_LOG", "syslog"},  {0},
};

/* The directory in which the daemon makes this file. */
static void allow_directory(struct rsyncd_policy *policy, const char *path, const char *what)
{
	static const char *const shared[] = {"/", "/etc", "/run", "/run/lock", "/tmp", "/var", "/var/log", "/var/tmp"};
	const char *slash, *directory, *target;

	if (!path)
		return;
	slash = strrchr(path, '/');
	directory = must(arena_copy(policy->arena, path, slash == path ? 1 : (size_t)(slash - path)));
	if (!rsyncd_allow(policy, ACCESS_WRITE, directory, true))
		return;
	target = rsyncd_real(policy, directory);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		if (!strcmp(target, shared[i]))
			worry(policy->worries, WORRY_BROAD, NULL,
			      "%s = %s: all of %s becomes writable; give it a directory of its own", what, path,
			      directory);
	}
}

/* "auth users" can let single users write to a module that is read-only for the rest: alice:rw. */
static bool writable(const struct rsyncd_module *module)
{
	const char *users = module->values.of[RSYNCD_AUTH_USERS].text;

	if (!module->values.of[RSYNCD_READ_ONLY].number)
		return true;
	while (users && (users += strspn(users, " ,\t"), *users)) {
		size_t length = strcspn(users, " ,\t");
		const char *option = memchr(users, ':', length);

		if (option && length - (size_t)(option - users) >= 3 && !strncasecmp(option + 1, "rw", 2))
			return true;
		users += length;
	}
	return false;
}

static bool served(const struct rsyncd_module *module)
{
	return module->root && !module->shadowed && strlen(module->root) < PATH_MAX;
}

/* What can be said of a module by itself. */
static void judge(struct rsyncd_policy *policy, const struct rsyncd_module *module)
{
	const union rsyncd_value *value = module->values.of;
	struct worries *worries = policy->worries;
	struct stat status;

	if (module->shadowed) {
		worry(worries, WORRY_SHADOWED, module, "a later module has the same name; nobody can reach this one");
		return;
	}
	if (!module->root) {
		worry(worries, WORRY_NO_PATH, module, "has no path; rsync refuses it to clients");
		return;
	}
	if (rsyncd_too_long(policy, module->root))
		return;
	if (module->relative)
		worry(
		    worries, WORRY_RELATIVE, NULL,
		    "%s:%u: [%s]: the path is relative: rsync takes it from the directory that it is started in, here "
		    "%s, and so serves %s; write an absolute path",
		    module->path_line ? module->path_file : module->file,
		    module->path_line ? module->path_line : module->line, module->name, policy->directory,
		    module->root);
	if (!strcmp(module->root, "/"))
		worry(worries, WORRY_SLASH, module, "serves /: it is confined to nothing");
	if (module->varies)
		worry(worries, WORRY_VARIES, module,
		      "its path varies with the connection; the root is what all connections share, %s", module->root);
	if (stat(module->root, &status) < 0)
		worry(worries, WORRY_MISSING, module,
		      "%s: %m; the module stays closed until it is there and the daemon started again", module->root);
	else if (status.st_mode & S_IWOTH && !(status.st_mode & S_ISVTX))
		worry(worries, WORRY_EVERYBODY, module, "every local user can write to %s, and plant links in it",
		      module->root);
	if (!value[RSYNCD_MUNGE_SYMLINKS].number && (!value[RSYNCD_USE_CHROOT].number || module->outer))
		worry(worries, WORRY_MUNGE, module, "munge symlinks = no and %s: a link that a client sends leads %s",
		      module->outer ? "a path with /./" : "use chroot = no",
		      module->outer ? "to anywhere in the outer directory" : "out of the module");
	if (value[RSYNCD_INSECURE_LINKS].number)
		worry(worries, WORRY_INSECURE_LINKS, module, "insecure links: rsync follows every link");
}

static void add_roots(struct rsyncd_policy *policy)
{
	const struct rsyncd_conf *conf = policy->conf;

	for (size_t i = 0; i < conf->module_count; i++) {
		const struct rsyncd_module *module = &conf->modules[i];
		enum access access = writable(module) ? ACCESS_ROOT : ACCESS_ROOT_RO;
		const struct path_entry *above;
		const char *target, *name = module->name;

		if (!served(module))
			continue;
		target = rsyncd_real(policy, module->root);
		above = rsyncd_within(policy->modules, target, true);
		if (above)
			worry(policy->worries, WORRY_NESTED, module,
			      "%s lies within [%s]: who can write there can change this module", module->root,
			      above->module->name);
		above = rsyncd_within(policy->writable, target, false);
		if (access == ACCESS_ROOT_RO && above)
			worry(policy->worries, WORRY_READ_ONLY, module,
			      "read only, but %s is writable by %s%s%s: it is sealed only once it is entered",
			      module->root, above->module ? "[" : "", above->module ? above->module->name : "a grant",
			      above->module ? "]" : "");
		if (!*name || *name == '?' || *name == '/') {
			worry(policy->worries, WORRY_NAME, module,
			      "no root can have this name; the log will show its path");
			name = NULL;
		}
		rsyncd_add(
		    policy,
		    (struct grant){.path = module->root, .name = name, .access = (uint8_t)access, .optional = true});
	}
}

/* The files that "filter" merges when the module is entered: "merge FILE", ". FILE", with "_" for the space. */
static void allow_merged(struct rsyncd_policy *policy, const char *filter)
{
	while (filter && (filter += strspn(filter, " \t"), *filter)) {
		size_t head = strcspn(filter, " _\t"), length;
		bool merge = *filter == '.' || !strncmp(filter, "merge", 5);
		bool alone = *filter == '!' || !strncmp(filter, "clear", 5);
		filter += head;
		if (alone || !*filter)
			continue;
		filter++;
		length = strcspn(filter, " \t");
		if (merge && *filter == '/') {
			const char *path = must(arena_copy(policy->arena, filter, length));

			rsyncd_allow(policy, ACCESS_READ, rsyncd_behind_chroot(policy, path), true);
		}
		filter += length;
	}
}

static void allow_files(struct rsyncd_policy *policy, const struct rsyncd_module *module)
{
	static const enum rsyncd_parameter read[] = {RSYNCD_INCLUDE_FROM, RSYNCD_EXCLUDE_FROM};
	const union rsyncd_value *value = module->values.of;

	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
		if (value[read[i]].text)
			rsyncd_allow(policy, ACCESS_READ, value[read[i]].text, true);
	}
	if (value[RSYNCD_AUTH_USERS].text && value[RSYNCD_SECRETS_FILE].text)
		rsyncd_allow(policy, ACCESS_READ, value[RSYNCD_SECRETS_FILE].text, true);
	allow_merged(policy, value[RSYNCD_FILTER].text);
	rsyncd_allow_hook(policy, module, "early exec", value[RSYNCD_EARLY_EXEC].text);
	rsyncd_allow_hook(policy, module, "pre-xfer exec", value[RSYNCD_PRE_XFER_EXEC].text);
	rsyncd_allow_hook(policy, module, "post-xfer exec", value[RSYNCD_POST_XFER_EXEC].text);
	rsyncd_allow_hook(policy, module, "name converter", value[RSYNCD_NAME_CONVERTER].text);
}

/* What base is for the daemon, its connections need where "daemon chroot" puts them. */
static void allow_chroot(struct rsyncd_policy *policy, bool devices)
{
	for (size_t i = 0; policy->conf->daemon_chroot && i < BASE_ROWS; i++) {
		if (!(base_rows[i].when & BASE_WIDE) || (base_rows[i].access == ACCESS_DEVICE) != devices)
			continue;
		rsyncd_allow(policy, devices ? ACCESS_WRITE : base_rows[i].access,
			     rsyncd_behind_chroot(policy, base_rows[i].path), true);
	}
}

/* The configuration's files are read where the daemon is started. */
static const char *absolute(struct rsyncd_policy *policy, const char *path)
{
	return *path == '/' ? path : rsyncd_behind(policy, policy->directory, path);
}

static void allow_writing(struct rsyncd_policy *policy)
{
	const struct rsyncd_conf *conf = policy->conf;

	allow_chroot(policy, true);
	allow_directory(policy, conf->startup.of[RSYNCD_PID_FILE].text, "pid file");
	allow_directory(policy, conf->startup.of[RSYNCD_LOG_FILE].text, "log file");
	allow_directory(policy, conf->globals.of[RSYNCD_LOG_FILE].text, "log file");
	for (size_t i = 0; i < conf->module_count; i++) {
		const union rsyncd_value *value = conf->modules[i].values.of;

		if (!served(&conf->modules[i]))
			continue;
		allow_directory(policy, value[RSYNCD_LOG_FILE].text, "log file");
		if (value[RSYNCD_MAX_CONNECTIONS].number)
			allow_directory(policy, value[RSYNCD_LOCK_FILE].text, "lock file");
	}
}

void rsyncd_policy_make(struct rsyncd_policy *policy)
{
	const struct rsyncd_conf *conf = policy->conf;

	/* What is writable comes first: it decides what the rest is worth. */
	for (size_t i = 0; i < conf->module_count; i++) {
		const struct rsyncd_module *module = &conf->modules[i];

		judge(policy, module);
		if (!served(module))
			continue;
		rsyncd_enter(policy, &policy->modules, rsyncd_real(policy, module->root), module);
		if (writable(module))
			rsyncd_enter(policy, &policy->writable, rsyncd_real(policy, module->root), module);
	}
	allow_writing(policy);
	add_roots(policy);
	for (size_t i = 0; i < conf->file_count; i++)
		rsyncd_allow(policy, ACCESS_READ, absolute(policy, conf->files[i].path), false);
	if (conf->globals.of[RSYNCD_MOTD_FILE].text)
		rsyncd_allow(policy, ACCESS_READ, conf->globals.of[RSYNCD_MOTD_FILE].text, true);
	for (size_t i = 0; i < conf->module_count; i++) {
		if (served(&conf->modules[i]))
			allow_files(policy, &conf->modules[i]);
	}
	allow_chroot(policy, false);
	worries_end(policy->worries);
}
