/* SPDX-License-Identifier: ISC */
/* The start: what happens between the kernel's exec and the program's main, in order. */
#include "shim/shim.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <termios.h>
#include <unistd.h>

#include "config/env.h"
#include "shim/ancestors.h"
#include "shim/dirs.h"
#include "shim/frames.h"
#include "shim/gate.h"
#include "shim/guard.h"
#include "shim/held.h"
#include "shim/log.h"
#include "shim/lookup.h"
#include "shim/mounts.h"
#include "shim/narrow.h"
#include "shim/objects.h"
#include "shim/out.h"
#include "shim/own.h"
#include "shim/process.h"
#include "shim/real.h"
#include "shim/roots.h"
#include "shim/sites.h"

#define APPLIED "PRECLUDE_APPLIED="

#define TCGETS_REQUEST 0x5401 /* ioctl_tty(2); asm-generic */

struct shim shim;
static LARGE _Alignas(max_align_t) char room[64 * 1024]; /* usually all that a policy takes */
static struct arena arena = {room, room + sizeof room};
static char **exported;      /* the environment with our own entries in it */
static const char **to_keep; /* "NAME=value" of every variable of the policy */
static size_t to_keep_count;
static const char *self; /* absolute path of this library */

__attribute__((noreturn)) static void refused(const char *reason)
{
	log_refused(reason);
	for (;;)
		sys(SYS_exit_group, PRECLUDE_EXIT_REFUSED);
}

__attribute__((noreturn)) static void out_of_memory(void)
{
	refused("no memory to start with; raise the limit (ulimit -v, cgroup memory.max)");
}

static void warn(void *context, const char *text)
{
	(void)context;
	log_warning("%s", text);
}

static bool of_policy(const char *entry)
{
	return (!strncmp(entry, "PRECLUDE_", 9) && strncmp(entry, APPLIED, strlen(APPLIED))) ||
	       !strncmp(entry, "LL_", 3);
}

/* The library's own path, as LD_PRELOAD names it, and made absolute. */
static const char *find_self(const char **as_given)
{
	static LARGE char path[4096];
	size_t length;

	*as_given = real_self;
	if (!real_self || real_self[0] == '/')
		return real_self;
	if (sys(SYS_getcwd, path, sizeof path) < 0)
		return NULL;
	length = strlen(path);
	if (length + strlen(real_self) + 2 > sizeof path)
		return NULL;
	path[length] = '/';
	strcpy(path + length + 1, real_self);
	return path;
}

/* An LD_PRELOAD value with our relative entry made absolute, or the same text. Separators are spaces and colons. */
static const char *absolute_preload(const char *value, const char *given)
{
	size_t size = strlen(value) + strlen(self) + 1, length = strlen(given);
	char *out, *to;

	if (given[0] == '/')
		return value;
	out = to = arena_alloc(&arena, size + 11);
	if (!out)
		return value;
	memcpy(to, "LD_PRELOAD=", 11);
	to += 11;
	for (const char *at = value + 11; *at;) {
		size_t part = strcspn(at, " :");
		bool ours = part == length && !strncmp(at, given, part);
		const char *text = ours ? self : at;
		size_t count = ours ? strlen(self) : part;

		if ((size_t)(to - out) + count + 2 > size + 11)
			return value; /* named twice: leave it */
		memcpy(to, text, count);
		to += count;
		at += part;
		if (*at)
			*to++ = *at++;
	}
	*to = '\0';
	return out;
}

/*
 * PRECLUDE_APPLIED as children see it: the sandbox's value and, behind an "@", which object the log's descriptor is.
 */
static char *applied_for_children(void)
{
	const char *value = applied_value(&shim.policy, shim.places, &arena);
	struct out out;
	char *entry;

	if (!value)
		return NULL; /* too many grants for one string (execve(2)): children apply the policy again */
	entry = arena_alloc(&arena, sizeof APPLIED + strlen(value) + 20);
	if (!entry)
		out_of_memory();
	out.at = stpcpy(stpcpy(entry, APPLIED), value);
	out.end = out.at + 20;
	put_byte(&out, '@');
	put_hex(&out, log_object());
	return entry;
}

/* Splits the above; returns the sandbox's part. */
static const char *applied_by_parent(const char *value)
{
	const char *at = value ? strchr(value, '@') : NULL;

	if (!at)
		return value;
	log_expect(strtoull(at + 1, NULL, 16));
	return arena_copy(&arena, value, (size_t)(at - value));
}

/* Rebuilds the environment: LD_PRELOAD absolute, PRECLUDE_APPLIED as it is now. */
static void export_environment(char **environment, char *applied, const char *given)
{
	size_t count = 0, out = 0;

	while (environment[count])
		count++;
	exported = arena_alloc(&arena, (count + 2) * sizeof *exported);
	to_keep = arena_alloc(&arena, (count + 1) * sizeof *to_keep);
	if (!exported || !to_keep)
		out_of_memory();
	for (size_t i = 0; i < count; i++) {
		const char *value = environment[i];

		if (!strncmp(value, APPLIED, strlen(APPLIED)))
			continue;
		if (self && given && !strncmp(value, "LD_PRELOAD=", 11))
			value = absolute_preload(value, given);
		if (of_policy(value))
			to_keep[to_keep_count++] = value;
		exported[out++] = (char *)(uintptr_t)value;
	}
	if (applied)
		exported[out++] = applied;
	environ = exported;
}

char **shim_environment(void)
{
	return exported;
}

const char *shim_missing(char *const *environment, size_t *length)
{
	const char *preload = environment ? env_value(environment, "LD_PRELOAD") : NULL;

	*length = strlen("LD_PRELOAD");
	if (!preload || (self && !strstr(preload, self) && !strstr(preload, "libpreclude.so")))
		return "LD_PRELOAD";
	for (size_t i = 0; i < to_keep_count; i++) {
		size_t at = 0;

		while (environment[at] && strcmp(environment[at], to_keep[i]))
			at++;
		if (!environment[at]) {
			*length = strcspn(to_keep[i], "=");
			return to_keep[i];
		}
	}
	return NULL;
}

const char *shim_module(uint32_t grant)
{
	const struct grant *root;

	if (grant >= shim.policy.grant_count)
		return NULL;
	root = &shim.policy.grants[grant];
	if (!access_is_root(root->access))
		return NULL;
	return root->name ? root->name : root->path;
}

unsigned shim_terminals(struct held_rule *held)
{
	char settings[64];
	unsigned count = 0;

	for (int fd = 0; fd <= 2; fd++)
		if (sys(SYS_ioctl, fd, TCGETS_REQUEST, settings) == 0)
			held[count++] = (struct held_rule){fd, ACCESS_DEVICE};
	return count;
}

/* Before the first write right outside the roots is granted to a directory, success of a mediated call means inside. */
static bool any_write_grant(void)
{
	for (size_t i = shim.policy.root_count; i < shim.policy.grant_count; i++)
		if (shim.policy.grants[i].access == ACCESS_WRITE)
			return true;
	return false;
}

static bool any_read_only_root(void)
{
	for (size_t i = 0; i < shim.policy.root_count; i++)
		if (shim.policy.grants[i].access == ACCESS_ROOT_RO)
			return true;
	return false;
}

static void know_places(const struct held_rule *held, unsigned held_count)
{
	if (roots_init(&shim.policy, shim.places, &arena))
		out_of_memory();
	for (unsigned i = 0; i < held_count; i++) {
		struct identity id;

		if (sys_identity(held[i].fd, &id) == 0 &&
		    roots_add_object(&id, access_rights(held[i].access, false), NO_GRANT, false, &arena))
			out_of_memory();
	}
}

static void watch_flags(const struct outcome *outcome)
{
	unsigned flags = shim.policy.flags;

	shim.enforced = outcome->kind == OUTCOME_ENFORCED;
	shim.confining = shim.policy.mode == MODE_ENFORCE && (shim.policy.confine || shim.policy.anchor);
	shim.metadata = shim.confining && shim.policy.confine ? HELD_WRITABLE : 0;
	shim.in_force = shim.enforced ? outcome->in_force.fs : outcome->wanted.fs;
	if (outcome->inherited)
		shim.in_force = outcome->wanted.fs & ~outcome->dropped.fs;
	shim.write_grants = any_write_grant();
	shim.quiet = !(flags & FLAG_ALL);
	/* Where nothing is enforced, no EACCES tells of writing beneath a read-only root. */
	shim.tells = shim.enforced || !any_read_only_root();
	shim.beneath = shim.quiet && !(flags & FLAG_UNANCHORED) && shim.tells;
	shim.made = shim.enforced && (shim.in_force & FS(MAKE_REG)) && !(flags & FLAG_OBJECTS);
}

/* PRECLUDE_ROOTS as it was written, and what goes on in further variables behind it. */
static const char *roots_written(char *const *environment)
{
	const char *first = env_value(environment, "PRECLUDE_ROOTS"), *part;
	char name[sizeof("PRECLUDE_ROOTS_99")];
	char *whole, *end;
	size_t length = 0;
	unsigned parts = 1;

	if (!env_value(environment, "PRECLUDE_ROOTS_2"))
		return first;
	for (part = first; part && *part && parts < 99; part = env_value(environment, name)) {
		length += strlen(part) + 1;
		snprintf(name, sizeof(name), "PRECLUDE_ROOTS_%u", ++parts);
	}
	whole = parts > 2 ? arena_alloc(&arena, length) : NULL;
	if (!whole)
		return first;
	end = stpcpy(whole, first);
	for (unsigned i = 2; i < parts; i++) {
		snprintf(name, sizeof(name), "PRECLUDE_ROOTS_%u", i);
		end = stpcpy(stpcpy(end, ":"), env_value(environment, name));
	}
	return whole;
}

void shim_start(char *const *argv, char **environment)
{
	static bool started;
	struct held_rule held[5];
	struct refusal why;
	struct outcome outcome;
	const char *given, *applied;
	unsigned held_count;
	int log_fd = -1, self_fd = -1;
	bool hook;

	if (started)
		return;
	started = true;
	if (getauxval(AT_SECURE))
		return;
	real_resolve();
	switch (policy_from_env(&shim.policy, environment, &arena, &why)) {
	case ENV_INERT:
		return;
	case ENV_REFUSED:
		refused(why.text);
		return;
	case ENV_POLICY:
		break;
	}
	applied = applied_by_parent(env_value(environment, "PRECLUDE_APPLIED"));
	self = find_self(&given);
	process_init();
	frames_init(log_identify(argv ? argv[0] : NULL));
	real_know();
	if (log_open(&shim.policy, !applied, &log_fd, &why))
		refused(why.text);
	if (sites_init() || ((shim.policy.flags & FLAG_OBJECTS) && objects_init()))
		out_of_memory();
	own_take(OWN_PROC, (int)sys(SYS_openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
	mounts_init();

	held_count = shim.policy.base ? shim_terminals(held) : 0;
	if (log_fd >= 0)
		held[held_count++] = (struct held_rule){log_fd, ACCESS_LOG};
	if (self)
		self_fd = (int)sys(SYS_openat, AT_FDCWD, self, O_PATH | O_CLOEXEC, 0);
	if (self_fd >= 0)
		held[held_count++] = (struct held_rule){self_fd, ACCESS_EXEC};

	shim.places = arena_alloc(&arena, (shim.policy.grant_count + 1) * sizeof *shim.places);
	if (!shim.places)
		out_of_memory();
	struct sandbox_request request = {.policy = &shim.policy,
					  .arena = &arena,
					  .held = held,
					  .held_count = held_count,
					  .applied = applied,
					  .warn = warn};
	if (sandbox_apply(&request, shim.places, &outcome, &why)) {
		log_sandbox("process", NULL, NULL, &outcome);
		refused(why.text);
	}
	if (gate_start(&outcome, &why)) {
		outcome.kind = OUTCOME_ERROR;
		log_sandbox("process", NULL, NULL, &outcome);
		refused(why.text);
	}
	know_places(held, held_count);
	shim.ancestors = shim.policy.ancestors && outcome.kind == OUTCOME_ENFORCED;
	if ((shim.ancestors || shim.policy.confine == CONFINE_ALL) && ancestors_init(&shim.policy, shim.places, &arena))
		out_of_memory();
	if (self_fd >= 0)
		sys(SYS_close, self_fd);
	hook = outcome.inherited && env_value(environment, "RSYNC_MODULE_PATH");
	if (narrow_init(self, hook, &arena))
		out_of_memory();
	export_environment(environment, applied_for_children(), given);
	watch_flags(&outcome);
	if (!outcome.inherited || (shim.policy.flags & FLAG_ALL))
		log_start(&shim.policy, outcome.inherited ? NULL : roots_written(environment),
			  outcome.inherited ? NULL : &outcome);
	guard_start(argv, hook);
	lookup_start();
	shim.active = true;
}
