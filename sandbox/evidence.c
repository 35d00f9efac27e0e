/* SPDX-License-Identifier: ISC */
/* Whether a domain is in force. */
#include "sandbox/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/ruleset.h"

#define READ_FILE  RIGHT_MASK(FS, READ_FILE)
#define READ_DIR   RIGHT_MASK(FS, READ_DIR)
#define WRITE_FILE RIGHT_MASK(FS, WRITE_FILE)
#define HOLD       (O_PATH | O_DIRECTORY | O_CLOEXEC)

/*
 * What nearly every system has and nearly everybody may open. None of them changes by being opened. The text of a
 * candidate may lead elsewhere through a symlink: then the next one counts.
 *
 * The first one of each right is a file where possible: what is expected of a file says nothing about other objects, so
 * that the kernel need not record its denial. Whoever else reads /proc/filesystems does so in a constructor
 * (libselinux), at the start of every second program, and lives without it.
 */
static const struct candidate {
	const char *path;
	const char *directory; /* that a grant would have to be at or above, if it is not the object itself */
	uint64_t right;
} candidates[] = {
    {"/proc/filesystems", "/proc", READ_FILE},
    {"/proc/version", "/proc", READ_FILE},
    {"/dev/random", "/dev", WRITE_FILE},
    {"/proc/self/comm", "/proc/self", WRITE_FILE},
    {"/dev/null", "/dev", WRITE_FILE},
    {"/dev/zero", "/dev", WRITE_FILE},
    {"/", "/", READ_DIR},
    {"/usr", "/usr", READ_DIR},
    {"/etc", "/etc", READ_DIR},
    {"/var", "/var", READ_DIR},
    {"/home", "/home", READ_DIR},
    {"/proc", "/proc", READ_DIR},
};
#define COUNT (sizeof(candidates) / sizeof(*candidates))

static bool lies_at_or_beneath(const char *path, const char *directory)
{
	const size_t length = strlen(directory);

	return !strncmp(path, directory, length) && (length == 1 || !path[length] || path[length] == '/');
}

static bool policy_allows(const struct policy *policy, const struct place *places, const struct candidate *c)
{
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct place *place = &places[i];
		const uint64_t rights = access_rights((enum access)policy->grants[i].access, place->directory);

		if (place->present && rights & c->right && lies_at_or_beneath(c->path, place->canonical))
			return true;
	}
	return false;
}

/* The same by identity, for what can be opened: a grant may lead to it by another name. */
static bool granted_above(const struct policy *policy, const struct place *places, int dir, const char *path,
			  uint64_t right)
{
	int directory = (int)sys(SYS_openat, dir, path, HOLD);
	struct identity here, below = {0};
	bool found = false;

	while (!found && sys_identity(directory, &here) == 0 && !identity_same(&here, &below)) {
		const int above = (int)sys(SYS_openat, directory, "..", HOLD);

		for (size_t i = 0; i < policy->grant_count && !found; i++)
			found = places[i].present && identity_same(&places[i].id, &here) &&
				access_rights((enum access)policy->grants[i].access, true) & right;
		sys_put(directory);
		directory = above;
		below = here;
	}
	sys_put(directory);
	return found;
}

/* 0 when it can be opened, or -errno. With these flags nobody else opens anything (tools/sites/audit.c). */
static long try_open(int dir, const char *path, uint64_t right)
{
	const int how = right == WRITE_FILE ? O_WRONLY : right == READ_DIR ? O_RDONLY | O_DIRECTORY : O_RDONLY;
	const long fd = sys(SYS_openat, dir, path, how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	sys_put((int)fd);
	return fd < 0 ? fd : 0;
}

enum word { DENIED, OPENS, NOTHING };

/* What the kernel says of something that the policy does not allow by its name; `directory`: as a candidate has it. */
static enum word ask(const struct policy *policy, const struct place *places, int dir, const char *path,
		     const char *directory, uint64_t right)
{
	long result;

	if (sys(SYS_faccessat2, dir, path, right == WRITE_FILE ? W_OK : R_OK, AT_EACCESS) != 0)
		return NOTHING;
	result = try_open(dir, path, right);
	if (result == 0)
		return granted_above(policy, places, dir, directory, right) ? NOTHING : OPENS;
	return result == -EACCES ? DENIED : NOTHING;
}

/* The directory above the first root above which the policy allows nothing: where this very policy ends. */
static enum word ask_above_roots(const struct policy *policy, const struct place *places)
{
	enum word word = NOTHING;

	for (size_t i = 0; i < policy->root_count && word == NOTHING; i++) {
		const int root = places[i].present ? (int)sys(SYS_openat, AT_FDCWD, places[i].canonical, HOLD) : -1;

		if (root >= 0)
			word = ask(policy, places, root, "..", "..", READ_DIR);
		sys_put(root);
	}
	return word;
}

static enum word ask_about(const struct policy *policy, const struct place *places, uint64_t right)
{
	enum word word = right == READ_DIR ? ask_above_roots(policy, places) : NOTHING;

	for (const struct candidate *c = candidates; c < candidates + COUNT && word == NOTHING; c++)
		if (c->right == right && !policy_allows(policy, places, c))
			word = ask(policy, places, AT_FDCWD, c->path, c->directory, right);
	return word;
}

bool evidence_inherited(const struct policy *policy, const struct place *places)
{
	static const uint64_t rights[] = {READ_FILE, WRITE_FILE, READ_DIR};
	bool denied = false;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++) {
		const enum word word = ask_about(policy, places, rights[i]);

		if (word == OPENS)
			return false;
		denied |= word == DENIED;
	}
	return denied;
}

int evidence_before(const struct policy *policy, const struct place *places, uint64_t handled)
{
	for (size_t i = 0; i < COUNT; i++)
		if (candidates[i].right & handled && !policy_allows(policy, places, &candidates[i]) &&
		    try_open(AT_FDCWD, candidates[i].path, candidates[i].right) == 0)
			return (int)i;
	return -1;
}

bool evidence_against(const struct policy *policy, const struct place *places, int number)
{
	const struct candidate *c = &candidates[number < 0 ? 0 : number];

	return number >= 0 && try_open(AT_FDCWD, c->path, c->right) == 0 &&
	       !granted_above(policy, places, AT_FDCWD, c->directory, c->right);
}

void evidence_quiet(const struct policy *policy, const struct place *places, int ruleset)
{
	for (const struct candidate *c = candidates; c < candidates + COUNT; c++) {
		const bool first = c == candidates || c->right != c[-1].right;
		const int fd = first && c->right != READ_DIR && !policy_allows(policy, places, c)
				   ? (int)sys(SYS_openat, AT_FDCWD, c->path, O_PATH | O_CLOEXEC | O_NOFOLLOW)
				   : -1;

		if (fd >= 0)
			ruleset_quiet(ruleset, fd);
		sys_put(fd);
	}
}
