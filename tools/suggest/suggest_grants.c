/* SPDX-License-Identifier: ISC */
/*
 * Rights by path -> grants: what roots and base give is left out, what cannot be granted where it is asked moves up,
 * each path gets the least class that has its rights, and four or more siblings become their directory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/env.h"
#include "tools/cli/tools.h"
#include "tools/suggest/suggest.h"

#define F(name)  RIGHT_MASK(FS, name)
#define SIBLINGS 4 /* so many in one directory are merged into it */

/* What roots and base give, by path. */
struct given {
	const char *path;
	uint64_t rights;
	UT_hash_handle hh;
};

/* What the making of an answer passes around. */
struct making {
	struct needs *needs;
	struct answer *answer;
	struct given *given;
	struct suggestion *by_key; /* access and path in one string */
};

static void *room(struct making *making, size_t size)
{
	return needs_room(making->needs, size);
}

/* Walks from a path up to "/": its length, then that of each directory above it, then 0. */
static size_t above(const char *path, size_t length)
{
	if (length <= 1)
		return 0;
	while (path[length - 1] != '/')
		length--;
	return length > 1 ? length - 1 : 1;
}

static void give(struct making *making, const struct grant *grant)
{
	char *real = realpath(grant->path, NULL);
	const char *path = real ? real : grant->path;
	struct given *given;

	HASH_FIND_STR(making->given, path, given);
	if (!given) {
		given = room(making, sizeof(*given));
		given->path = strcpy(room(making, strlen(path) + 1), path);
		HASH_ADD_KEYPTR(hh, making->given, given->path, strlen(given->path), given);
	}
	given->rights |= access_rights((enum access)grant->access, true);
	if (access_is_root(grant->access) && access_writes((enum access)grant->access))
		given->rights |= NEED_METADATA;
	free(real);
}

/* The roots of the run, and base. */
static void read_policy(struct making *making)
{
	static const char name[] = "PRECLUDE_ROOTS=";
	struct needs *needs = making->needs;
	size_t length = sizeof(name);
	struct refusal why;
	char *list, *end;

	for (size_t i = 0; i < needs->root_count; i++)
		length += strlen(needs->roots[i]) + 1;
	list = room(making, length);
	end = stpcpy(list, name);
	for (size_t i = 0; i < needs->root_count; i++)
		end = stpcpy(i ? stpcpy(end, ":") : end, needs->roots[i]);
	if (policy_from_env(&making->answer->policy, (char *[]){list, NULL}, &needs->arena, &why) != ENV_POLICY)
		refused("the roots in these logs cannot be put together: %s", why.text);
	for (size_t i = 0; i < making->answer->policy.grant_count; i++)
		give(making, &making->answer->policy.grants[i]);
}

static uint64_t given_at(const struct making *making, const char *path)
{
	uint64_t rights = 0;

	for (size_t length = strlen(path); length; length = above(path, length)) {
		struct given *given;

		HASH_FIND(hh, making->given, path, length, given);
		if (given)
			rights |= given->rights;
	}
	return rights;
}

static uint64_t needed_at(const struct making *making, const char *path)
{
	uint64_t rights = 0;

	for (size_t length = strlen(path); length; length = above(path, length)) {
		struct need *need;

		HASH_FIND(hh, making->needs->by_path, path, length, need);
		if (need)
			rights |= need_rights(need);
	}
	return rights;
}

/* What the run made was not there when its rules were: they have to lie on a directory that was. */
static void climb(struct making *making)
{
	struct needs *needs = making->needs;
	struct need **all = room(making, (HASH_COUNT(needs->by_path) + 1) * sizeof(*all));
	struct need *need;
	size_t count = 0;

	for (need = needs->by_path; need; need = need->hh.next)
		all[count++] = need;
	for (size_t i = 0; i < count; i++) {
		struct need *to = all[i];

		while (to->made && to->path[1])
			to = needs_of(needs, to->path, path_parent(to->path));
		if (to == all[i])
			continue;
		for (int access = ACCESS_READ; access <= ACCESS_EXEC; access++) {
			need_add(to, all[i]->asked[access].rights, all[i]->asked[access].because);
			all[i]->asked[access].rights = 0;
		}
	}
}

/* Where programs may be executed, nothing is moved to from where they may not: the kernel would answer EXDEV. */
static void allow_moves(struct making *making)
{
	for (size_t i = 0; i < making->needs->move_count; i++) {
		const struct move *move = &making->needs->moves[i];
		uint64_t to = given_at(making, move->to) | needed_at(making, move->to);
		uint64_t from = given_at(making, move->from) | needed_at(making, move->from);

		if (to & ~from & F(EXECUTE))
			need_add(needs_of(making->needs, move->from, strlen(move->from)), F(EXECUTE), NULL);
	}
}

static struct suggestion *find(const struct making *making, enum access access, const char *path, size_t length)
{
	char key[8192];
	struct suggestion *found = NULL;

	if (length + 1 < sizeof(key)) {
		key[0] = (char)('A' + access);
		memcpy(key + 1, path, length);
		HASH_FIND(hh, making->by_key, key, length + 1, found);
	}
	return found;
}

static struct suggestion *suggest(struct making *making, enum access access, const char *path, size_t length)
{
	struct suggestion *found = find(making, access, path, length);
	char *key;

	if (found)
		return found;
	found = room(making, sizeof(*found));
	key = room(making, length + 2);
	key[0] = (char)('A' + access);
	memcpy(key + 1, path, length);
	*found = (struct suggestion){.path = key + 1, .access = access};
	HASH_ADD_KEYPTR(hh, making->by_key, key, length + 1, found);
	return found;
}

static void classify(struct making *making)
{
	const uint64_t reads = access_rights(ACCESS_READ, true),
		       writes = access_rights(ACCESS_WRITE, true) | NEED_METADATA;
	struct answer *answer = making->answer;
	struct need *need;

	answer->never = room(making, (HASH_COUNT(making->needs->by_path) + 1) * sizeof(*answer->never));
	for (need = making->needs->by_path; need; need = need->hh.next) {
		uint64_t lacks = need_rights(need) & ~given_at(making, need->path);
		size_t length = strlen(need->path);

		if (lacks & writes & ~reads)
			suggest(making, ACCESS_WRITE, need->path, length)->need = need;
		if (lacks & F(EXECUTE))
			suggest(making, ACCESS_EXEC, need->path, length)->need = need;
		else if ((lacks & reads) && !(lacks & writes & ~reads))
			suggest(making, ACCESS_READ, need->path, length)->need = need;
		if (lacks & ~(writes | F(EXECUTE)))
			answer->never[answer->never_count++] = need;
	}
}

/* Whether another grant, on the path or above it, has all that this one has. */
static bool covered(const struct making *making, const struct suggestion *one)
{
	size_t whole = strlen(one->path);

	for (size_t length = whole; length; length = above(one->path, length)) {
		if (length < whole && find(making, one->access, one->path, length))
			return true;
		if (one->access == ACCESS_READ &&
		    (find(making, ACCESS_WRITE, one->path, length) || find(making, ACCESS_EXEC, one->path, length)))
			return true;
	}
	return false;
}

/* A writable grant above a read-only root would make it writable unseen. */
static struct grant *read_only_root(const struct making *making, const char *path)
{
	struct policy *policy = &making->answer->policy;

	for (size_t i = 0; i < policy->root_count; i++)
		if (policy->grants[i].access == ACCESS_ROOT_RO && path_within(policy->grants[i].path, path))
			return &policy->grants[i];
	return NULL;
}

/* What four or more have in common, by access and directory. */
struct family {
	const char *path;
	size_t length;
	struct suggestion *members;
	unsigned count;
	UT_hash_handle hh;
};

static void join(struct making *making, struct family **families, struct suggestion *one)
{
	size_t length = path_parent(one->path);
	const char *key = one->path - 1; /* the access stands before the path */
	struct family *family;

	HASH_FIND(hh, *families, key, length + 1, family);
	if (!family) {
		family = room(making, sizeof(*family));
		*family = (struct family){.path = one->path, .length = length};
		HASH_ADD_KEYPTR(hh, *families, key, length + 1, family);
	}
	one->next = family->members;
	family->members = one;
	family->count++;
}

/* Backwards, since families are joined from the front. */
static int backwards(const struct suggestion *one, const struct suggestion *other)
{
	return strcmp(other->path, one->path);
}

static bool merge(struct making *making)
{
	struct family *families = NULL, *family;
	struct suggestion *one;
	bool merged = false;

	HASH_SRT(hh, making->by_key, backwards);
	for (one = making->by_key; one; one = one->hh.next) {
		one->gone = one->gone || covered(making, one);
		if (!one->gone && one->path[1])
			join(making, &families, one);
	}
	for (family = families; family; family = family->hh.next) {
		enum access access = family->members->access;
		struct suggestion *whole;

		if (family->count >= SIBLINGS && family->length > 1) {
			whole = suggest(making, access, family->path, family->length);
			if (access == ACCESS_WRITE && read_only_root(making, whole->path)) {
				whole->gone = true;
				HASH_DEL(making->by_key, whole);
			} else {
				whole->merged = family->members;
				whole->merged_count = family->count;
				for (one = family->members; one; one = one->next)
					one->gone = true;
				merged = true;
			}
		}
	}
	HASH_CLEAR(hh, families);
	return merged;
}

static int in_order(const void *a, const void *b)
{
	const struct suggestion *one = *(struct suggestion *const *)a, *other = *(struct suggestion *const *)b;

	return one->access != other->access ? (int)one->access - (int)other->access : strcmp(one->path, other->path);
}

void suggest_grants(struct needs *needs, struct answer *answer)
{
	struct making making = {.needs = needs, .answer = answer};
	struct suggestion *one;
	struct grant *root;

	*answer = (struct answer){0};
	read_policy(&making);
	climb(&making);
	allow_moves(&making);
	classify(&making);
	while (merge(&making))
		;
	answer->grants = room(&making, (HASH_COUNT(making.by_key) + 1) * sizeof(*answer->grants));
	for (one = making.by_key; one; one = one->hh.next) {
		if (one->gone)
			continue;
		while (one->access == ACCESS_WRITE && (root = read_only_root(&making, one->path))) {
			root->access = ACCESS_ROOT;
			one->gone = one->gone || path_within(one->path, root->path);
		}
		if (!one->gone)
			answer->grants[answer->count++] = one;
	}
	qsort(answer->grants, answer->count, sizeof(*answer->grants), in_order);
}
