/* SPDX-License-Identifier: ISC */
/*
 * Policy -> domain: the ladder from a request to an outcome.
 *
 * Best effort drops what the kernel lacks, and nothing else: whatever fails for another reason is a refusal, so that
 * nobody runs with less than was asked for and not told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "sandbox/applied.h"
#include "sandbox/evidence.h"
#include "sandbox/landlock.h"
#include "sandbox/places.h"
#include "sandbox/ruleset.h"
#include "sandbox/threads.h"

/* One way through the ladder. */
struct application {
	const struct sandbox_request *request;
	const struct policy *policy;
	struct place *places;
	struct outcome *out;
	struct refusal *why;
	struct rights handled;
	int ruleset;
};

void sandbox_warn(const struct sandbox_request *request, const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (!request->warn)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	request->warn(request->context, text);
}

/* An error: a refusal whatever PRECLUDE_REQUIRE says. */
static int fail(struct application *a, int error, const char *doing)
{
	a->out->kind = OUTCOME_ERROR;
	a->out->error = -error;
	return refuse(a->why, "%s: %s", doing, strerror(-error));
}

static int resolve(struct application *a, int ruleset, bool lenient)
{
	const struct ruleset rules = {.fd = ruleset, .handled_fs = a->handled.fs};
	const int result = places_resolve(a->request, a->places, &rules, lenient, a->why);

	if (result == 0)
		return 0;
	a->out->kind = OUTCOME_ERROR;
	a->out->error = -result;
	return -1;
}

/* Looks only. A value of PRECLUDE_APPLIED that matches is believed where nothing is enforced: it silences children. */
static int look(struct application *a)
{
	const char *applied = a->request->applied;

	a->out->inherited = applied_matches(applied, a->policy);
	if (resolve(a, -1, a->out->inherited) < 0)
		return -1;
	if (a->out->inherited)
		applied_keep(applied, a->policy, a->places);
	return 0;
}

static int set_no_new_privs(struct application *a)
{
	const int result = (int)sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (result < 0)
		return fail(a, result, "no_new_privs cannot be set");
	a->out->no_new_privs = true;
	return 0;
}

static const char *require_words(const struct policy *policy, char *buffer, size_t size)
{
	if (policy->require != REQUIRE_ABI)
		return policy->require == REQUIRE_FULL ? "full" : "landlock";
	snprintf(buffer, size, "abi:%d", policy->require_abi);
	return buffer;
}

static const char *unavailable_words(int error)
{
	switch (error) {
	case ENOSYS:
		return "this kernel has no Landlock: it was not built in (CONFIG_SECURITY_LANDLOCK, Linux 5.13 or "
		       "later)";
	case EOPNOTSUPP:
		return "this kernel's Landlock is not enabled: add landlock to its boot parameter lsm=";
	case EPERM:
		return "Landlock's system calls are forbidden here: a seccomp filter of a container or service has to "
		       "allow them";
	case EPROTO:
		return "Landlock is said to be in force here, and is not: a seccomp filter answers its system calls; "
		       "it has to allow them";
	default:
		return "Landlock cannot be used here";
	}
}

static int unavailable(struct application *a, int error)
{
	char required[16];

	a->out->kind = OUTCOME_UNAVAILABLE;
	a->out->error = error;
	a->out->dropped = a->out->wanted;
	if (a->policy->require != REQUIRE_NOTHING)
		return refuse(a->why, "%s, and PRECLUDE_REQUIRE is %s; \"nothing\" would run unconfined",
			      unavailable_words(error), require_words(a->policy, required, sizeof(required)));
	if (look(a) < 0)
		return -1;
	if (!a->out->inherited)
		sandbox_warn(a->request, "running unconfined: %s", unavailable_words(error));
	return a->policy->nnp_on ? set_no_new_privs(a) : 0;
}

/* What the kernel lacks of the layer that comes later: the outer one is refused for its sake, by the command itself. */
static struct rights lacking_inside(const struct policy *policy)
{
	const struct rights wanted = rights_wanted(policy);
	struct rights handled = {0};
	const int ruleset = ruleset_create(wanted, &handled);

	sys_put(ruleset);
	return rights_minus(wanted, handled);
}

/* Whether PRECLUDE_REQUIRE lets the program run with what this kernel has. */
static int check_required(struct application *a)
{
	const int needed = a->policy->require == REQUIRE_ABI ? a->policy->require_abi : INT32_MAX;
	struct rights lacking;
	char names[256], required[16];

	if (a->policy->require == REQUIRE_NOTHING || a->policy->require == REQUIRE_LANDLOCK)
		return 0;
	lacking = a->request->outer ? lacking_inside(a->policy) : a->out->dropped;
	require_words(a->policy, required, sizeof(required));
	if (a->policy->require == REQUIRE_ABI && a->out->abi < needed)
		return refuse(a->why, "this kernel has Landlock ABI %d, and PRECLUDE_REQUIRE is %s, which %s%s",
			      a->out->abi, required, needed > ABI_NEWEST ? "no kernel has yet" : "is Linux ",
			      needed > ABI_NEWEST ? "" : abi_linux(needed));
	/* Rights of a later ABI than the one that is required may be lacking. */
	lacking = rights_minus(lacking, rights_minus(rights_of_abi(INT32_MAX), rights_of_abi(needed)));
	if (rights_none(lacking))
		return 0;
	rights_names(lacking, names, sizeof(names));
	return refuse(a->why,
		      "this kernel (Landlock ABI %d) lacks %s, and PRECLUDE_REQUIRE is %s; Linux %s has all, "
		      "\"landlock\" would run without",
		      a->out->abi, names, require_words(a->policy, required, sizeof(required)),
		      abi_linux(rights_abi(lacking)));
}

static int allow_ports(struct application *a, uint64_t rights, const uint16_t *ports, size_t count)
{
	rights &= a->handled.net;
	for (size_t i = 0; rights && i < count; i++) {
		const int result = ruleset_allow_port(a->ruleset, rights, ports[i]);

		if (result < 0)
			return fail(a, result, "PRECLUDE_NET: a port cannot be granted");
	}
	return 0;
}

static int allow_net(struct application *a)
{
	static const uint16_t ephemeral = 0;
	const struct policy *policy = a->policy;

	if (allow_ports(a, RIGHT_MASK(NET, BIND_TCP) | RIGHT_MASK(NET, BIND_UDP), policy->bind_ports,
			policy->bind_count) ||
	    allow_ports(a, RIGHT_MASK(NET, CONNECT_TCP) | RIGHT_MASK(NET, CONNECT_SEND_UDP), policy->connect_ports,
			policy->connect_count))
		return -1;
	/* A UDP socket is bound to port 0 when it first sends, and that is checked; TCP's connect is spared. */
	return allow_ports(a, RIGHT_MASK(NET, BIND_UDP), &ephemeral, policy->connect_count != 0);
}

static int allow_held(struct application *a)
{
	for (size_t i = 0; i < a->request->held_count; i++) {
		const struct held_rule *held = &a->request->held[i];
		struct identity id;
		uint64_t rights;
		int result = sys_identity(held->fd, &id);

		if (result < 0)
			return fail(a, result, "a descriptor that has to be granted was lost");
		rights = access_rights(held->access, S_ISDIR(id.mode)) & a->handled.fs;
		result = rights ? ruleset_allow_held(a->ruleset, held->fd, rights) : 0;
		if (result < 0)
			return fail(a, result, "a descriptor cannot be granted");
	}
	return 0;
}

static int restrict_threads(struct application *a)
{
	const bool audit = !a->policy->from_ll || a->policy->ll_force_log;
	unsigned flags = threads_any() ? LL_RESTRICT_TSYNC : 0;
	int result;

	a->out->no_new_privs = a->policy->nnp_on;
	while ((result = ruleset_restrict(a->ruleset, flags, audit, &a->out->no_new_privs)) < 0) {
		if (result == -EINVAL && flags) {
			if (a->policy->require != REQUIRE_NOTHING)
				return refuse(a->why,
					      "the program has threads already, which a kernel before Linux %s cannot "
					      "confine; PRECLUDE_REQUIRE=nothing would leave them free",
					      abi_linux(8));
			sandbox_warn(a->request, "the program has threads already, and they stay unconfined");
			flags = 0;
		} else if (result == -E2BIG) {
			return fail(a, result,
				    "sixteen layers of Landlock are in force already, which is the kernel's limit");
		} else {
			return fail(a, result, "the Landlock domain cannot be put in force");
		}
	}
	return 0;
}

static int enforce(struct application *a)
{
	const char *applied = a->request->applied;
	int number;

	if (check_required(a) < 0)
		return -1;
	if (applied_matches(applied, a->policy)) {
		if (resolve(a, -1, true) < 0)
			return -1;
		if (evidence_inherited(a->policy, a->places)) {
			applied_keep(applied, a->policy, a->places);
			a->out->kind = OUTCOME_ENFORCED;
			a->out->inherited = true;
			return 0;
		}
	}
	if (resolve(a, a->ruleset, false) < 0 || allow_held(a) < 0 || allow_net(a) < 0)
		return -1;
	if (a->out->abi >= 10)
		evidence_quiet(a->policy, a->places, a->ruleset);
	number = evidence_before(a->policy, a->places, a->handled.fs);
	if (restrict_threads(a) < 0)
		return -1;
	if (evidence_against(a->policy, a->places, number))
		return unavailable(a, EPROTO);
	a->out->kind = OUTCOME_ENFORCED;
	a->out->layers = 1;
	return 0;
}

int sandbox_apply(const struct sandbox_request *request, struct place *places, struct outcome *out, struct refusal *why)
{
	struct application a = {
	    .request = request, .policy = request->policy, .places = places, .out = out, .why = why, .ruleset = -1};
	const int abi = ruleset_abi();
	int result;

	*out = (struct outcome){
	    .kind = OUTCOME_ERROR,
	    .status = STATUS_NONE,
	    .abi = abi < 0 ? 0 : abi,
	    .wanted = request->outer ? rights_wanted_outer() : rights_wanted(request->policy),
	};
	if (request->policy->mode == MODE_OBSERVE) {
		if (look(&a) < 0)
			return -1;
		out->kind = OUTCOME_OBSERVED;
		return 0;
	}
	if (abi < 0)
		return unavailable(&a, -abi);
	a.ruleset = ruleset_create(out->wanted, &a.handled);
	if (a.ruleset == -ENOMSG) /* a version, but not one of the rights */
		return unavailable(&a, ENOMSG);
	if (a.ruleset < 0)
		return fail(&a, a.ruleset, "the Landlock ruleset cannot be created");
	out->dropped = rights_minus(out->wanted, a.handled);
	result = enforce(&a);
	if (out->kind == OUTCOME_ENFORCED) {
		out->status = rights_none(out->dropped) ? STATUS_FULL : STATUS_PARTIAL;
		out->in_force = a.handled;
	}
	sys(SYS_close, a.ruleset);
	return result;
}
