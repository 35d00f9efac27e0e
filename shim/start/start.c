/* SPDX-License-Identifier: ISC */
/* The start: what happens between the kernel's exec and the program's main, in order. */
#include "shim/base/context.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "config/env.h"
#include "shim/base/private_fd.h"
#include "shim/base/process.h"
#include "shim/judge/ancestors.h"
#include "shim/judge/lookup.h"
#include "shim/judge/pin.h"
#include "shim/libc/real.h"
#include "shim/locate/holdings.h"
#include "shim/locate/mounts.h"
#include "shim/locate/roots.h"
#include "shim/log/log.h"
#include "shim/log/seen_objects.h"
#include "shim/log/sites.h"
#include "shim/rsync/guard.h"
#include "shim/rsync/narrow.h"
#include "shim/stack/frames.h"
#include "shim/start/exports.h"
#include "shim/syscall/gate.h"

#define TCGETS_REQUEST 0x5401 /* ioctl_tty(2); asm-generic */

struct shim shim;
static LARGE _Alignas(max_align_t) char room[64 * 1024]; /* usually all that a policy takes */
static struct arena arena = {room, room + sizeof room};

__attribute__((noreturn)) static void out_of_memory(void)
{
	end_refused("no memory to start with; raise the limit (ulimit -v, cgroup memory.max)");
}

/* Warnings wait until the policy is in force: what is refused says that alone. */
struct warning {
	struct warning *next;
	char text[];
};
static struct warning *first_warning, **next_warning = &first_warning;

static void warn(void *context, const char *text)
{
	struct warning *kept = arena_alloc(&arena, sizeof *kept + strlen(text) + 1);

	(void)context;
	if (!kept)
		out_of_memory();
	strcpy(kept->text, text);
	kept->next = NULL;
	*next_warning = kept;
	next_warning = &kept->next;
}

static void say_warnings(void)
{
	for (const struct warning *kept = first_warning; kept; kept = kept->next)
		log_warning("%s", kept->text);
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
	/* PRECLUDE_RAW arms threads again on the long way. */
	shim.looks = (flags & (FLAG_ALL | FLAG_LOOKS | FLAG_UNANCHORED | FLAG_OBJECTS)) || shim.policy.anchor ||
		     shim.policy.confine == CONFINE_ALL || shim.policy.raw;
	shim.quiet = !(flags & FLAG_ALL);
	/* Where nothing is enforced, no EACCES tells of writing beneath a read-only root, or in another module. */
	shim.tells = shim.enforced || (!any_read_only_root() && !shim.policy.narrow);
	shim.beneath = shim.quiet && !(flags & FLAG_UNANCHORED) && shim.tells;
	shim.made = shim.enforced && (shim.in_force & FS(MAKE_REG)) && !(flags & FLAG_OBJECTS);
}

/* PRECLUDE_ROOTS as it was written, and what goes on in further variables behind it. */
static const char *roots_written(char *const *environment)
{
	const char *first = env_value(environment, "PRECLUDE_ROOTS"), *part;
	char name[sizeof("PRECLUDE_ROOTS_4294967295")];
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

/* The start on its way. */
struct starting {
	char **environment;
	const char *applied; /* PRECLUDE_APPLIED, the sandbox's part; NULL: the policy is applied for the first time */
	struct held_rule held[5];
	unsigned held_count;
	int self; /* the library's own file, which is among them, or -1 */
	struct outcome outcome;
};

/* False when there is nothing to do. */
static bool read_policy(struct starting *start)
{
	struct refusal why;
	const enum env_result result = policy_from_env(&shim.policy, start->environment, &arena, &why);

	if (result == ENV_REFUSED)
		end_refused(why.text);
	return result == ENV_POLICY;
}

static void open_log(struct starting *start, const char *name)
{
	struct refusal why;
	int log = -1;

	frames_init(log_identify(name));
	real_know();
	if (log_open(&shim.policy, !start->applied, &log, &why))
		end_refused(why.text);
	if (sites_init() || ((shim.policy.flags & FLAG_OBJECTS) && objects_init()))
		out_of_memory();
	private_fd_take(PRIVATE_PROC, (int)sys(SYS_openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
	mounts_init();
	start->held_count = shim.policy.base ? shim_terminals(start->held) : 0;
	if (log >= 0)
		start->held[start->held_count++] = (struct held_rule){log, ACCESS_LOG};
}

static void put_in_force(struct starting *start)
{
	const char *self = exports_self();
	struct refusal why;

	start->self = self ? (int)sys(SYS_openat, AT_FDCWD, self, O_PATH | O_CLOEXEC, 0) : -1;
	if (start->self >= 0)
		start->held[start->held_count++] = (struct held_rule){start->self, ACCESS_EXEC};
	shim.places = arena_alloc(&arena, (shim.policy.grant_count + 1) * sizeof *shim.places);
	if (!shim.places)
		out_of_memory();
	const struct sandbox_request request = {.policy = &shim.policy,
						.arena = &arena,
						.held = start->held,
						.held_count = start->held_count,
						.applied = start->applied,
						.warn = warn};
	if (sandbox_apply(&request, shim.places, &start->outcome, &why)) {
		log_failed(&start->outcome);
		end_refused(why.text);
	}
	if (gate_start(&start->outcome, &why)) {
		start->outcome.kind = OUTCOME_ERROR;
		log_failed(&start->outcome);
		end_refused(why.text);
	}
	say_warnings();
}

/* What wrappers look up; `hook`: a program that a connection of an rsync daemon runs. */
static void make_tables(const struct starting *start, bool hook)
{
	know_places(start->held, start->held_count);
	shim.ancestors = shim.policy.ancestors && start->outcome.kind == OUTCOME_ENFORCED;
	if ((shim.ancestors || shim.policy.confine == CONFINE_ALL) && ancestors_init(&shim.policy, shim.places, &arena))
		out_of_memory();
	sys_put(start->self);
	if (narrow_init(exports_self(), hook, &arena) || exports_make(start->environment, &arena))
		out_of_memory();
	watch_flags(&start->outcome);
}

void shim_start(char *const *argv, char **environment)
{
	static bool started;
	struct starting start = {.environment = environment};
	bool first, hook;

	if (started)
		return;
	started = true;
	if (getauxval(AT_SECURE))
		return;
	real_resolve();
	if (!read_policy(&start))
		return;
	start.applied = exports_applied(environment, &arena);
	exports_find_self();
	process_init();
	dir_cache_start();
	open_log(&start, argv ? argv[0] : NULL);
	put_in_force(&start);
	first = !start.outcome.inherited;
	hook = !first && env_value(environment, "RSYNC_MODULE_PATH");
	make_tables(&start, hook);
	if (first || (shim.policy.flags & FLAG_ALL))
		log_start(&shim.policy, first ? roots_written(environment) : NULL, first ? &start.outcome : NULL);
	guard_start(argv, hook);
	lookup_start();
	shim.active = true;
}
