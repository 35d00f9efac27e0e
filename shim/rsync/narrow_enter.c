/* SPDX-License-Identifier: ISC */
/*
 * Entering a module.
 *
 * What is entered is held before anything is decided, and it is the held directory that is entered (or, by chroot, that
 * the new root is compared with), so nobody can swap it in between. The second layer is made before and put in force
 * after; should that fail, the process goes back to where it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "shim/base/private_fd.h"
#include "shim/base/process.h"
#include "shim/base/signals.h"
#include "shim/libc/real.h"
#include "shim/locate/holdings.h"
#include "shim/locate/place.h"
#include "shim/locate/roots.h"
#include "shim/log/log.h"
#include "shim/rsync/narrow_entry.h"

static int open_way_back(struct entry *e)
{
	e->cwd = (int)sys(SYS_openat, AT_FDCWD, ".", NARROW_OPEN, 0);
	e->top = e->root_path && e->cwd >= 0 ? (int)sys(SYS_openat, AT_FDCWD, "/", NARROW_OPEN, 0) : -1;
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
	end_refused("a module was entered, could not be narrowed to, and could not be left again");
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
		sys_put(layer->ruleset);
	return result;
}

static size_t hold_needed(struct held_rule *held, int library)
{
	size_t count = shim.policy.base ? shim_terminals(held) : 0;
	const int log = shim.policy.log == LOG_FILE ? private_fd(PRIVATE_LOG) : -1;
	struct identity id;

	if (log >= 0)
		held[count++] = (struct held_rule){log, ACCESS_LOG};
	if (library >= 0 && sys_identity(library, &id) == 0 && identity_same(&id, &narrowing.self_id))
		held[count++] = (struct held_rule){library, ACCESS_EXEC};
	return count;
}

static void dac_explains(int error)
{
	if (error == -EAGAIN)
		log_warning("the program has threads, of which a kernel before Linux 7.0 can narrow only one: the "
			    "module is not "
			    "entered");
	else if (error == -ESTALE)
		log_warning("the directory that was entered was replaced at that moment, and is left again");
}

/* Enters a module root with the second layer. 0 or -errno; EACCES unless the real function itself failed. */
static int seal(struct entry *e, struct scratch *scratch)
{
	struct held_rule held[NARROW_HELD];
	const int library = narrowing.self ? (int)sys(SYS_openat, AT_FDCWD, narrowing.self, O_PATH | O_CLOEXEC, 0) : -1;
	const uint64_t root = atomic_load(&dir_cache.root);
	struct module_request layer = {
	    .policy = &shim.policy,
	    .root = e->fd,
	    .rights = narrow_rights_of_root(e),
	    .grants = !(root & DIR_INSIDE), /* whoever writes there decides what is called /usr */
	    .held = held,
	    .held_count = hold_needed(held, library),
	    .distrusted = &narrowing.writable,
	    .walk = (struct walk *)scratch,
	    .rules = process_borrowed() ? NULL : narrowing.rules,
	    .enforce = shim.enforced,
	};
	bool denied = true;
	int result = module_ruleset(&layer, &e->outcome);

	sys_put(library);
	if (result == 0 && (result = open_way_back(e)) < 0)
		sys_put(layer.ruleset);
	else if (result == 0)
		result = enter(e, &layer, &denied);
	if (result < 0 && !denied)
		return result;
	e->outcome.error = -result;
	if (result == 0 && !shim.enforced)
		e->outcome.kind = shim.policy.mode == MODE_OBSERVE ? OUTCOME_OBSERVED : OUTCOME_UNAVAILABLE;
	if (result == 0)
		narrow_remember(e, &layer);
	dac_explains(result);
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
		dac_explains(result);
		return -EACCES;
	}
	return result;
}

/* The command is that of preclude-rsync(7). A restart alone reads the configuration again only with --rsyncd. */
#define MAKE_AGAIN                                                                                                     \
	"is not in the policy that the daemon was started with; make the policy again: preclude rsyncd --format unit " \
	">preclude.conf && install -D -m 644 preclude.conf /etc/systemd/system/rsync.service.d/preclude.conf && "      \
	"systemctl daemon-reload && systemctl restart rsync (with preclude run --rsyncd, restart the daemon)"
#define RESTART                                                                                                        \
	"is not the directory that it was when the daemon was started: it was made, replaced, mounted, or turned "     \
	"into a link since; if that was intended, restart the daemon"

static void say_refused(const char *what, bool observing)
{
	log_warning("entering \"%s\" %s refused: module %s %s", what, observing ? "would be" : "is", narrow_called(),
		    narrow_knows_announced() ? RESTART : MAKE_AGAIN);
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
	if (narrow_pending() && narrow_announced())
		say_refused(path, false);
}

static int proceed(struct entry *e)
{
	struct scratch *scratch = scratch_map();
	int result = -EACCES;

	e->cwd = e->top = -1;
	if (scratch && sys_identity(e->fd, &e->id) == 0) {
		switch (narrow_decide(e)) {
		case NARROW_PASS:
			result = pass(e);
			break;
		case NARROW_SEAL:
			result = seal(e, scratch);
			break;
		case NARROW_REFUSE:
			result = refuse_entry(e, scratch);
			break;
		}
	}
	sys_put(e->cwd);
	sys_put(e->top);
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
	log_warning("no descriptor or memory is left to see whether a module root is entered, so nothing is entered");
	return -EACCES;
}

static int by_path(const char *path, bool root)
{
	const uint64_t mask = signals_hold();
	struct entry e = {.root_path = root ? path : NULL, .fd = (int)sys(SYS_openat, AT_FDCWD, path, NARROW_OPEN, 0)};
	const int result = e.fd < 0 ? cannot_hold(e.fd) : proceed(&e);

	sys_put(e.fd);
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
