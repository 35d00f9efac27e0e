/* SPDX-License-Identifier: ISC */
/* The environment, rebuilt: LD_PRELOAD absolute, PRECLUDE_APPLIED as it is now, and what must not be lost on the way.
 */
#include "shim/start/exports.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/env.h"
#include "shim/base/context.h"
#include "shim/base/format.h"
#include "shim/libc/real.h"
#include "shim/log/log.h"

#define APPLIED "PRECLUDE_APPLIED="

static char **exported;      /* the environment with our own entries in it */
static const char **to_keep; /* "NAME=value" of every variable of the policy */
static size_t to_keep_count;
static const char *self;
static const char *preloaded; /* the entry of LD_PRELOAD that is this library; not terminated */
static size_t preloaded_length;

void exports_find_self(void)
{
	static LARGE char path[4096];
	size_t length;

	if (!real_self || real_self[0] == '/') {
		self = real_self;
		return;
	}
	if (sys(SYS_getcwd, path, sizeof path) < 0)
		return;
	length = strlen(path);
	if (length + strlen(real_self) + 2 > sizeof path)
		return;
	path[length] = '/';
	strcpy(path + length + 1, real_self);
	self = path;
}

const char *exports_self(void)
{
	return self;
}

const char *exports_applied(char *const *environment, struct arena *arena)
{
	const char *value = env_value(environment, "PRECLUDE_APPLIED");
	const char *at = value ? strchr(value, '@') : NULL;

	if (!at)
		return value;
	log_expect(strtoull(at + 1, NULL, 16));
	return arena_copy(arena, value, (size_t)(at - value));
}

static bool of_policy(const char *entry)
{
	return (!strncmp(entry, "PRECLUDE_", 9) && strncmp(entry, APPLIED, strlen(APPLIED))) ||
	       !strncmp(entry, "LL_", 3);
}

/* An LD_PRELOAD value with our relative entry made absolute, or the same text. Separators are spaces and colons. */
static const char *absolute_preload(const char *value, struct arena *arena)
{
	const char *given = real_self;
	size_t size = strlen(value) + strlen(self) + 1, length = strlen(given);
	char *out, *to;

	if (given[0] == '/')
		return value;
	out = to = arena_alloc(arena, size + 11);
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

/* The entry of an LD_PRELOAD that is this text, or with `last_name` one whose last name it is; NULL. */
static const char *entry_of(const char *list, const char *text, size_t length, bool last_name)
{
	size_t part;

	for (const char *at = list; *at; at += part + strspn(at + part, " :")) {
		part = strcspn(at, " :");
		if (part >= length && (last_name || part == length) && !strncmp(at + part - length, text, length))
			return at;
	}
	return NULL;
}

/* A path of another form may lead here, as of $LIB or of a search: what was used once is used again. */
static void find_preloaded(const char *list)
{
	const char *name = self ? strrchr(self, '/') : NULL;

	preloaded = self ? entry_of(list, self, strlen(self), false) : NULL;
	if (!preloaded && name)
		preloaded = entry_of(list, name + 1, strlen(name + 1), true);
	preloaded_length = preloaded ? strcspn(preloaded, " :") : 0;
}

/*
 * PRECLUDE_APPLIED as children see it: the sandbox's value and, behind an "@", which object the log's descriptor is.
 */
static int applied_for_children(char **entry, struct arena *arena)
{
	const char *value = applied_value(&shim.policy, shim.places, arena);
	struct out out;

	*entry = NULL;
	if (!value)
		return 0; /* too many grants for one string (execve(2)): children apply the policy again */
	*entry = arena_alloc(arena, sizeof APPLIED + strlen(value) + 20);
	if (!*entry)
		return -1;
	out.at = stpcpy(stpcpy(*entry, APPLIED), value);
	out.end = out.at + 20;
	put_byte(&out, '@');
	put_hex(&out, log_object());
	return 0;
}

int exports_make(char **environment, struct arena *arena)
{
	size_t count = 0, out = 0;
	char *applied;

	while (environment[count])
		count++;
	exported = arena_alloc(arena, (count + 2) * sizeof *exported);
	to_keep = arena_alloc(arena, (count + 1) * sizeof *to_keep);
	if (!exported || !to_keep || applied_for_children(&applied, arena))
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *value = environment[i];

		if (!strncmp(value, APPLIED, strlen(APPLIED)))
			continue;
		if (self && !strncmp(value, "LD_PRELOAD=", 11)) {
			value = absolute_preload(value, arena);
			find_preloaded(value + 11);
		}
		if (of_policy(value))
			to_keep[to_keep_count++] = value;
		exported[out++] = (char *)(uintptr_t)value;
	}
	if (applied)
		exported[out++] = applied;
	environ = exported;
	return 0;
}

char **exports_environment(void)
{
	return exported;
}

static bool has(char *const *environment, const char *entry)
{
	while (*environment && strcmp(*environment, entry))
		environment++;
	return *environment;
}

static bool kept(const char *entry)
{
	size_t at = 0;

	while (at < to_keep_count && strcmp(to_keep[at], entry))
		at++;
	return at < to_keep_count;
}

const char *exports_changed(char *const *environment, size_t *length)
{
	const char *preload = environment ? env_value(environment, "LD_PRELOAD") : NULL;

	*length = strlen("LD_PRELOAD");
	if (!preload || (self && !entry_of(preload, self, strlen(self), false) &&
			 !(preloaded && entry_of(preload, preloaded, preloaded_length, false))))
		return "LD_PRELOAD";
	for (size_t i = 0; i < to_keep_count; i++)
		if (!has(environment, to_keep[i]))
			return *length = strcspn(to_keep[i], "="), to_keep[i];
	for (size_t i = 0; environment[i]; i++)
		if (of_policy(environment[i]) && !kept(environment[i]))
			return *length = strcspn(environment[i], "="), environment[i];
	return NULL;
}
