/* SPDX-License-Identifier: ISC */
/*
 * PRECLUDE_APPLIED, "1-DIGEST-HASHES": 16 hexadecimal digits of the policy's digest, then for each grant, in order, six
 * characters (36 bits) hashed from its device and inode, or six dots when it was not there.
 *
 * It saves a layer for each exec, of which a process has sixteen. Anybody can write the variable, so it is a hint: what
 * counts is that the kernel denies what this policy denies.
 */
#include "sandbox/applied.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config/env.h"
#include "sandbox/ruleset.h"

#define DIGEST_DIGITS   16
#define HASHES          (2 + DIGEST_DIGITS + 1) /* where they begin */
#define HASH_CHARACTERS 6
#define VALUE_MAX       (120 * 1024) /* of the 128 KiB that execve(2) allows a string */

static void put_digest(char *text, const struct policy *policy)
{
	static const char hex[] = "0123456789abcdef";
	const uint64_t digest = policy_digest(policy);

	memcpy(text, "1-", 2);
	for (unsigned i = 0; i < DIGEST_DIGITS; i++)
		text[2 + i] = hex[digest >> (60 - 4 * i) & 15];
	text[HASHES - 1] = '-';
}

static void put_hash(char *text, const struct place *place)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	/* Inodes are small and dense: multiply (Knuth's golden ratio), then take the well mixed upper bits. */
	const uint64_t hash =
	    (place->id.ino ^ place->id.dev << 32 ^ place->id.dev >> 32) * UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned i = 0; i < HASH_CHARACTERS; i++)
		text[i] = place->present ? digits[hash >> (58 - 6 * i) & 63] : '.';
}

const char *applied_value(const struct policy *policy, const struct place *places, struct arena *arena)
{
	const size_t length = HASHES + HASH_CHARACTERS * policy->grant_count;
	char *value;

	if (length > VALUE_MAX)
		return NULL;
	value = arena_alloc(arena, length + 1);
	if (!value)
		return NULL;
	put_digest(value, policy);
	for (size_t i = 0; i < policy->grant_count; i++)
		put_hash(value + HASHES + HASH_CHARACTERS * i, &places[i]);
	return value;
}

bool applied_matches(const char *value, const struct policy *policy)
{
	char digest[HASHES];

	if (!value || strlen(value) != HASHES + HASH_CHARACTERS * policy->grant_count)
		return false;
	put_digest(digest, policy);
	return !memcmp(value, digest, HASHES);
}

void applied_keep(const char *value, const struct policy *policy, struct place *places)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		char hash[HASH_CHARACTERS];

		put_hash(hash, &places[i]);
		if (memcmp(value + HASHES + HASH_CHARACTERS * i, hash, HASH_CHARACTERS) != 0)
			places[i].present = false;
	}
}

static bool lies_at_or_beneath(const char *path, const char *directory)
{
	const size_t length = strlen(directory);

	return !strncmp(path, directory, length) && (length == 1 || !path[length] || path[length] == '/');
}

static bool policy_allows(const struct policy *policy, const struct place *places, const char *path, uint64_t right)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct place *place = &places[i];
		const uint64_t rights = access_rights((enum access)policy->grants[i].access, place->directory);

		if (place->present && rights & right && lies_at_or_beneath(path, place->canonical))
			return true;
	}
	return false;
}

/*
 * The first candidate. It is a file, and so what is expected of it says nothing about other objects; and whoever else
 * reads it does so in a constructor (libselinux), at the start of every second program, and lives without it.
 */
#define EXPECTED "/proc/filesystems"

/*
 * What nearly every system has and nearly everybody may open. None of them changes by being opened. The text of a
 * candidate may lead elsewhere through a symlink: then it is either denied all the same, or not and the next one
 * counts.
 */
static const struct candidate {
	const char *path;
	int flags;
	int permission;
	uint64_t right;
} candidates[] = {
#define READING(path)                                                                                                  \
	{                                                                                                              \
		path, O_RDONLY | O_DIRECTORY, R_OK, RIGHT_MASK(FS, READ_DIR)                                           \
	}
#define READING_FILE(path)                                                                                             \
	{                                                                                                              \
		path, O_RDONLY, R_OK, RIGHT_MASK(FS, READ_FILE)                                                        \
	}
#define WRITING(path)                                                                                                  \
	{                                                                                                              \
		path, O_WRONLY, W_OK, RIGHT_MASK(FS, WRITE_FILE)                                                       \
	}
    READING_FILE(EXPECTED), READING("/"),         READING("/usr"),  READING("/etc"),
    READING("/var"),        READING("/home"),     READING("/proc"), WRITING("/proc/self/comm"),
    WRITING("/dev/null"),   WRITING("/dev/zero"),
};

static bool is_denied(const struct candidate *c)
{
	long fd;

	if (sys(SYS_faccessat2, AT_FDCWD, c->path, c->permission, AT_EACCESS) != 0)
		return false;
	fd = sys(SYS_openat, AT_FDCWD, c->path, c->flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	sys_put(fd);
	return fd == -EACCES;
}

bool applied_in_force(const struct policy *policy, const struct place *places)
{
	for (size_t i = 0; i < sizeof(candidates) / sizeof(*candidates); i++)
		if (!policy_allows(policy, places, candidates[i].path, candidates[i].right) &&
		    is_denied(&candidates[i]))
			return true;
	return false;
}

void applied_quiet(const struct policy *policy, const struct place *places, int ruleset)
{
	const int fd = (int)sys(SYS_openat, AT_FDCWD, EXPECTED, O_PATH | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	if (!policy_allows(policy, places, EXPECTED, RIGHT_MASK(FS, READ_FILE)))
		ruleset_quiet(ruleset, fd);
	sys(SYS_close, fd);
}
