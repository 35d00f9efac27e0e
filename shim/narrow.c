/* SPDX-License-Identifier: ISC */
/*
 * Narrowing.
 *
 * What is entered is held before anything is decided, and it is the held directory that is entered (or, by chroot, that
 * the new root is compared with), so nobody can swap it in between. The second layer is made before and put in force
 * after; should that fail, the process goes back to where it was.
 */
#include "shim/narrow.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "config/env.h"
#include "sandbox/module.h"
#include "shim/dirs.h"
#include "shim/fdstate.h"
#include "shim/hold.h"
#include "shim/log.h"
#include "shim/own.h"
#include "shim/place.h"
#include "shim/process.h"
#include "shim/real.h"
#include "shim/roots.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define HOLD      (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define HELD_MAX  5 /* terminals, the log, the library */
#define DEPTH_MAX 4096
#define ANNOUNCED "RSYNC_MODULE_PATH"
#define CALLED_SO "RSYNC_MODULE_NAME"

/* Made at start. */
static bool enabled;
static const char *self;
static struct identity self_id;
static struct pathset writable;
static struct module_rule *rules;

/* This process's state, and its fork children's. */
static size_t rule_count;
static _Atomic uint32_t entered; /* number of the root, plus one; 0: not narrowed */
static _Atomic bool announced;   /* RSYNC_MODULE_PATH was set: the next thing that is entered is a module */

/*
 * A vfork child that was narrowed, by its number: the state above is its parent's. The number may be another's by now,
 * so the object of its pidfd must be the same (Linux 6.9 has one for each process; before, all have one).
 */
static struct {
	_Atomic int pid;
	_Atomic uint64_t object;
} borrower;

struct entry {
	const char *root_path; /* chroot's argument; NULL: the working directory is changed */
	int fd;                /* what is entered */
	struct identity id;
	uint32_t root; /* the module root that it is, or NO_GRANT */
	bool named;    /* that is the one which RSYNC_MODULE_NAME names, and not just the first on this directory */
	int cwd, top;  /* the way back */
	struct outcome outcome;
};

static void put(int fd)
{
	if (fd >= 0)
		sys(SYS_close, fd);
}

static uint64_t process_object(void)
{
	struct identity id = {0};
	int fd = (int)sys(SYS_pidfd_open, sys(SYS_getpid), 0);

	if (fd >= 0)
		sys_identity(fd, &id);
	put(fd);
	return id.ino;
}

int narrow_init(const char *library, bool hook, struct arena *arena)
{
	const struct policy *policy = &shim.policy;

	if (!policy->narrow || hook)
		return 0;
	rules = arena_alloc(arena, (1 + policy->narrow_count + HELD_MAX) * sizeof *rules);
	if (!rules || pathset_init(&writable, policy->grant_count, arena) < 0)
		return -1;
	for (size_t i = 0; i < policy->grant_count; i++)
		if (shim.places[i].present && shim.places[i].canonical && access_writes(policy->grants[i].access))
			pathset_add(&writable, shim.places[i].canonical, i);
	if (library && sys_identity_at(AT_FDCWD, library, 0, &self_id) == 0)
		self = library;
	enabled = true;
	return 0;
}

bool narrow_pending(void)
{
	if (!enabled || atomic_load(&entered))
		return false;
	return !atomic_load(&borrower.pid) || atomic_load(&borrower.pid) != (int)sys(SYS_getpid) ||
	       !process_borrowed() || atomic_load(&borrower.object) != process_object();
}

void narrow_heard(const char *name)
{
	const size_t length = strlen(ANNOUNCED);

	if (enabled && !strncmp(name, ANNOUNCED, length) && (!name[length] || name[length] == '=') &&
	    !process_borrowed())
		atomic_store(&announced, true);
}

bool narrow_done(void)
{
	return atomic_load_explicit(&entered, memory_order_acquire);
}

uint32_t narrow_root(void)
{
	const uint32_t root = atomic_load_explicit(&entered, memory_order_acquire);

	return root ? root - 1 : NO_GRANT;
}

uint64_t narrow_rights(const struct identity *id)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < rule_count; i++)
		if (identity_same(&rules[i].id, id))
			rights |= rules[i].rights;
	return rights;
}

/* environ is NULL after clearenv(3). */
static const char *variable(const char *name)
{
	return environ ? env_value(environ, name) : NULL;
}

/* Which root this is. Two modules may share a directory: then the connection's own counts. */
static void know_root(struct entry *e)
{
	const struct known *known = roots_by_identity(&e->id);
	const char *name = variable(CALLED_SO);

	e->root = known && known->root ? known->grant : NO_GRANT;
	for (uint32_t i = 0; name && e->root != NO_GRANT && !e->named && i < shim.policy.root_count; i++) {
		const char *own = shim.policy.grants[i].name;

		if (own && !strcmp(own, name) && shim.places[i].present && identity_same(&shim.places[i].id, &e->id)) {
			e->root = i;
			e->named = true;
		}
	}
}

static uint64_t rights_of_root(const struct entry *e)
{
	uint64_t rights = 0;

	for (uint32_t i = 0; i < shim.policy.root_count; i++)
		if (e->named ? i == e->root : shim.places[i].present && identity_same(&shim.places[i].id, &e->id))
			rights |= access_rights(shim.policy.grants[i].access, true);
	return rights;
}

/*
 * Whether the module that was announced is, by its name or path, a root of the policy, and this is not it: somebody put
 * a symlink to another module in its place.
 */
static bool is_not_announced(const struct entry *e)
{
	const char *name = variable(CALLED_SO);
	const char *path = variable(ANNOUNCED);
	bool other = false;

	for (uint32_t i = 0; i < shim.policy.root_count; i++) {
		const struct grant *grant = &shim.policy.grants[i];
		const struct place *place = &shim.places[i];

		if (!(name && grant->name && !strcmp(grant->name, name)) && !(path && !strcmp(grant->path, path)))
			continue;
		if (place->present && identity_same(&place->id, &e->id))
			return false;
		other = true;
	}
	return other;
}

/* Whether `fd` (which it closes) lies beneath what is entered. */
static bool lies_beneath(const struct entry *e, int fd)
{
	struct identity here, above;
	bool beneath = false;

	for (unsigned depth = 0; fd >= 0 && !beneath && depth < DEPTH_MAX; depth++) {
		int parent = (int)sys(SYS_openat, fd, "..", HOLD, 0);

		if (sys_identity(fd, &here) < 0 || parent < 0 || sys_identity(parent, &above) < 0 ||
		    identity_same(&here, &above)) {
			put(parent);
			break;
		}
		put(fd);
		fd = parent;
		beneath = identity_same(&above, &e->id);
	}
	put(fd);
	return beneath;
}

/* "outer/./inner": chroot enters the outer directory, and the module is the inner one, which chdir will enter. */
static bool is_outer(const struct entry *e)
{
	const char *path = variable(ANNOUNCED);
	const int fd = path ? (int)sys(SYS_openat, AT_FDCWD, path, HOLD, 0) : -1;
	struct identity inner;
	const struct known *known;

	if (fd < 0)
		return false;
	known = sys_identity(fd, &inner) == 0 ? roots_by_identity(&inner) : NULL;
	if (known && known->root && !identity_same(&inner, &e->id))
		return lies_beneath(e, fd);
	put(fd);
	return false;
}

enum decision { PASS, NARROW, REFUSE };

static enum decision decide(struct entry *e)
{
	struct identity top;

	know_root(e);
	/*
	 * chroot("/") changes nothing: rsync tries whether it may. It also enters "/" then, before it says which module
	 * it is about to enter.
	 */
	if ((e->root_path || (!atomic_load(&announced) && variable(CALLED_SO))) &&
	    sys_identity_at(AT_FDCWD, "/", 0, &top) == 0 && identity_same(&top, &e->id))
		return PASS;
	if (!atomic_load(&announced))
		return e->root == NO_GRANT ? PASS : NARROW;
	if (e->root_path && is_outer(e))
		return PASS;
	return e->root == NO_GRANT || is_not_announced(e) ? REFUSE : NARROW;
}

static int open_way_back(struct entry *e)
{
	e->cwd = (int)sys(SYS_openat, AT_FDCWD, ".", HOLD, 0);
	e->top = e->root_path && e->cwd >= 0 ? (int)sys(SYS_openat, AT_FDCWD, "/", HOLD, 0) : -1;
	return e->cwd < 0 ? e->cwd : e->root_path && e->top < 0 ? e->top : 0;
}

static int move(const struct entry *e)
{
	const int result = e->root_path ? real.chroot(e->root_path) : real.fchdir(e->fd);

	return result < 0 ? -errno : 0;
}

static bool has_arrived(const struct entry *e)
{
	struct identity now;

	return sys_identity_at(AT_FDCWD, e->root_path ? "/" : ".", 0, &now) == 0 && identity_same(&now, &e->id);
}

/* The held directories lie outside the root that was entered, so they lead out of it. */
static void go_back(const struct entry *e)
{
	bool back = !e->root_path || (sys(SYS_fchdir, e->top) == 0 && sys(SYS_chroot, ".") == 0);

	if (sys(SYS_fchdir, e->cwd) == 0 && back)
		return;
	log_refused("a module was entered, could not be narrowed to, and could not be left again");
	for (;;)
		sys(SYS_exit_group, PRECLUDE_EXIT_REFUSED);
}

/* Enters, and is back where it was after any error. `layer` may be NULL. */
static int enter(struct entry *e, const struct module_request *layer, bool *denied)
{
	int result = move(e);

	*denied = result == 0;
	if (result == 0 && (e->root_path || layer) && !has_arrived(e))
		result = -ESTALE;
	else if (result == 0 && layer && layer->ruleset >= 0)
		return module_restrict(layer->ruleset, &e->outcome) < 0 ? go_back(e), -e->outcome.error : 0;
	if (result < 0 && *denied)
		go_back(e);
	if (layer)
		put(layer->ruleset);
	return result;
}

static size_t hold_needed(struct held_rule *held, int library)
{
	size_t count = shim.policy.base ? shim_terminals(held) : 0;
	const int log = shim.policy.log == LOG_FILE ? own_fd(OWN_LOG) : -1;
	struct identity id;

	if (log >= 0)
		held[count++] = (struct held_rule){log, ACCESS_LOG};
	if (library >= 0 && sys_identity(library, &id) == 0 && identity_same(&id, &self_id))
		held[count++] = (struct held_rule){library, ACCESS_EXEC};
	return count;
}

/* It is narrow now: what was judged before no longer holds. */
static void remember(const struct entry *e, const struct module_request *layer)
{
	if (process_borrowed()) {
		atomic_store(&borrower.object, process_object());
		atomic_store(&borrower.pid, (int)sys(SYS_getpid));
	} else {
		rule_count = layer->rule_count;
		atomic_store_explicit(&entered, e->root + 1, memory_order_release);
	}
	fd_forgotten(0, INT_MAX);
	dirs_cwd_changed();
}

static void explain(int error)
{
	if (error == -EAGAIN)
		log_warning(
		    "the program has threads, and a kernel before Linux 7.0 narrows one thread alone: the module is "
		    "not entered");
	else if (error == -ESTALE)
		log_warning("what was entered was exchanged at that moment: it is left again");
}

/* Enters a module root with the second layer. 0 or -errno; EACCES unless the real function itself failed. */
static int seal(struct entry *e, struct scratch *scratch)
{
	struct held_rule held[HELD_MAX];
	const int library = self ? (int)sys(SYS_openat, AT_FDCWD, self, O_PATH | O_CLOEXEC, 0) : -1;
	const uint64_t root = atomic_load(&dirs.root);
	struct module_request layer = {
	    .policy = &shim.policy,
	    .root = e->fd,
	    .rights = rights_of_root(e),
	    .grants = !(root & SEAT_INSIDE), /* whoever writes there decides what is called /usr */
	    .held = held,
	    .held_count = hold_needed(held, library),
	    .distrusted = &writable,
	    .walk = (struct walk *)scratch,
	    .rules = process_borrowed() ? NULL : rules,
	    .enforce = shim.enforced,
	};
	bool denied = true;
	int result = module_ruleset(&layer, &e->outcome);

	put(library);
	if (result == 0 && (result = open_way_back(e)) < 0)
		put(layer.ruleset);
	else if (result == 0)
		result = enter(e, &layer, &denied);
	if (result < 0 && !denied)
		return result;
	e->outcome.error = -result;
	if (result == 0 && !shim.enforced)
		e->outcome.kind = shim.policy.mode == MODE_OBSERVE ? OUTCOME_OBSERVED : OUTCOME_UNAVAILABLE;
	if (result == 0)
		remember(e, &layer);
	explain(result);
	e->outcome.confine_raw = shim.gate != NULL;
	log_sandbox("module", shim_module(e->root), shim.policy.grants[e->root].path, &e->outcome);
	return result < 0 ? -EACCES : 0;
}

_Static_assert(sizeof(struct walk) <= sizeof(struct scratch), "a walk uses the scratch pages");

/* Without a second layer. A chroot is looked at again: the path may lead elsewhere by now. */
static int pass(struct entry *e)
{
	bool denied = true;
	int result = e->root_path ? open_way_back(e) : 0;

	if (result == 0)
		result = enter(e, NULL, &denied);
	if (result < 0 && denied) {
		explain(result);
		return -EACCES;
	}
	return result;
}

static void say_refused(const char *what, bool observing)
{
	log_warning(
	    "entering \"%s\" %s refused: " ANNOUNCED
	    " is set, and this is not that module's root as it was at the start. A module that was added, mounted "
	    "or replaced since can be entered after a restart of the daemon",
	    what, observing ? "would be" : "is");
}

static int refuse_entry(struct entry *e, struct scratch *scratch)
{
	const bool observing = shim.policy.mode == MODE_OBSERVE;

	place_name(e->fd, scratch->resolved);
	say_refused(scratch->resolved, observing);
	return observing ? pass(e) : -EACCES;
}

void narrow_refused(const char *path)
{
	if (narrow_pending() && atomic_load(&announced))
		say_refused(path, false);
}

static int proceed(struct entry *e)
{
	struct scratch *scratch = scratch_map();
	int result = -EACCES;

	e->cwd = e->top = -1;
	if (scratch && sys_identity(e->fd, &e->id) == 0) {
		const enum decision decision = decide(e);

		result = decision == NARROW ? seal(e, scratch) : decision == PASS ? pass(e) : refuse_entry(e, scratch);
	}
	put(e->cwd);
	put(e->top);
	scratch_unmap(scratch);
	return result;
}

static int answer(int result)
{
	if (result == 0)
		return 0;
	errno = -result;
	return -1;
}

/* Whether a directory that cannot be held might still be entered: then it is not, since nobody could tell what it is.
 */
static int cannot_hold(int error)
{
	if (error != -EMFILE && error != -ENFILE && error != -ENOMEM)
		return error;
	log_warning("no descriptor or memory to see what is entered: it may be a module root, and is not entered");
	return -EACCES;
}

static int by_path(const char *path, bool root)
{
	const uint64_t mask = signals_hold();
	struct entry e = {.root_path = root ? path : NULL, .fd = (int)sys(SYS_openat, AT_FDCWD, path, HOLD, 0)};
	const int result = e.fd < 0 ? cannot_hold(e.fd) : proceed(&e);

	put(e.fd);
	signals_release(mask);
	return answer(result);
}

int narrow_chdir(const char *path)
{
	return by_path(path, false);
}

int narrow_chroot(const char *path)
{
	return by_path(path, true);
}

int narrow_fchdir(int fd)
{
	const uint64_t mask = signals_hold();
	struct entry e = {.fd = fd};
	struct identity id;
	const int result = sys_identity(fd, &id) < 0 ? -EBADF : proceed(&e);

	signals_release(mask);
	return answer(result);
}
