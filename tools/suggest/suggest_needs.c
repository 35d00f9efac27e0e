/* SPDX-License-Identifier: ISC */
/* Calls of a log -> rights by path. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/suggest/suggest.h"

#define F(name) RIGHT_MASK(FS, name)
#define MAKES   (F(MAKE_CHAR) | F(MAKE_DIR) | F(MAKE_REG) | F(MAKE_SOCK) | F(MAKE_FIFO) | F(MAKE_BLOCK) | F(MAKE_SYM))
/* Asked of the directory that holds an entry; all others are asked of the object. */
#define OF_ENTRIES (MAKES | F(REMOVE_DIR) | F(REMOVE_FILE) | F(REFER))

size_t path_parent(const char *path)
{
	size_t length = (size_t)(strrchr(path, '/') - path);

	return length ? length : 1;
}

bool path_within(const char *path, const char *above)
{
	size_t length = strlen(above);

	return !strncmp(path, above, length) && (!path[length] || path[length] == '/' || length == 1);
}

void *needs_room(struct needs *needs, size_t size)
{
	return must(arena_alloc(&needs->arena, size));
}

static char *text(struct needs *needs, const char *from, size_t length)
{
	return must(arena_copy(&needs->arena, from, length));
}

struct need *needs_of(struct needs *needs, const char *path, size_t length)
{
	struct need *need;

	HASH_FIND(hh, needs->by_path, path, length, need);
	if (need)
		return need;
	need = needs_room(needs, sizeof(*need));
	need->path = text(needs, path, length);
	HASH_ADD_KEYPTR(hh, needs->by_path, need->path, length, need);
	return need;
}

static const char *because(struct needs *needs, const struct logged *call)
{
	const struct logged_frame *frame = call->frame_count ? &call->frames[0] : NULL;
	const char *object = frame && frame->object ? strrchr(frame->object, '/') : NULL;
	char *line = text_of("%s(%s%s%s) by %s at %s+0x%llx%s%s", call->func, call->path ? call->path : "",
			     call->path2 ? ", " : "", call->path2 ? call->path2 : "", call->exe ? call->exe : "?",
			     object ? object + 1 : "?", (unsigned long long)(frame ? frame->offset : 0),
			     frame && frame->symbol ? " " : "", frame && frame->symbol ? frame->symbol : "");
	const char *kept = text(needs, line, strlen(line));

	free(line);
	return kept;
}

static enum access access_for(uint64_t right)
{
	if (right & F(EXECUTE))
		return ACCESS_EXEC;
	return right & (F(READ_FILE) | F(READ_DIR)) ? ACCESS_READ : ACCESS_WRITE;
}

void need_add(struct need *need, uint64_t rights, const char *because)
{
	for (uint64_t right = 1; right && right <= rights; right <<= 1) {
		struct asked *asked = &need->asked[access_for(right)];

		if (!(rights & right))
			continue;
		if (!asked->rights)
			asked->because = because;
		asked->rights |= right;
	}
}

uint64_t need_rights(const struct need *need)
{
	return need->asked[ACCESS_READ].rights | need->asked[ACCESS_WRITE].rights | need->asked[ACCESS_EXEC].rights;
}

static void ask(struct needs *needs, const char *path, size_t length, uint64_t rights, const struct logged *call)
{
	struct need *need = needs_of(needs, path, length);

	if (rights & ~need_rights(need))
		need_add(need, rights, because(needs, call));
}

static void ask_at(struct needs *needs, const char *path, uint64_t rights, const struct logged *call)
{
	uint64_t of_entry = rights & OF_ENTRIES, of_object = rights & ~OF_ENTRIES;

	if (of_entry)
		ask(needs, path, path_parent(path), of_entry, call);
	if (of_object)
		ask(needs, path, strlen(path), of_object, call);
	if (rights & MAKES)
		needs_of(needs, path, strlen(path))->made = true;
}

/* Which of the two is the first one's place the log does not say; its text mostly does. Else both orders count. */
static bool names(const struct logged *call, const char *resolved)
{
	size_t dir = call->dir && call->path[0] != '/' ? strlen(call->dir) : 0;

	if (!dir)
		return !strcmp(call->path, resolved);
	return !strncmp(call->dir, resolved, dir) && resolved[dir] == '/' && !strcmp(resolved + dir + 1, call->path);
}

static void add_move(struct needs *needs, const char *from, const char *to)
{
	needs->moves = room_for_one(needs->moves, needs->move_count, &needs->move_room, sizeof(*needs->moves));
	needs->moves[needs->move_count++] = (struct move){
	    .from = text(needs, from, path_parent(from)),
	    .to = text(needs, to, path_parent(to)),
	};
}

/*
 * Under the kernel's rules, would the call have failed otherwise than it did? Most errors are found before the domain
 * is asked; one that is found later would have been EACCES.
 */
static bool reached(const struct logged *call)
{
	switch (call->error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EACCES:
	case EEXIST:
	case EFAULT:
	case EBADF:
	case EINVAL:
	case EISDIR:
		return false;
	default:
		return true;
	}
}

static bool passes_by(const struct logged *call)
{
	switch (call->effect) {
	case EFFECT_DENIED:
	case EFFECT_WOULD_DENY:
		return false;
	case EFFECT_FAILED:
		return call->where == WHERE_INSIDE || !reached(call);
	case EFFECT_PASSED:
		break;
	}
	return call->where == WHERE_INSIDE;
}

/* A process has another directory there each time. */
static const char *steady(const char *path)
{
	return fnmatch("/proc/[0-9]*", path, 0) ? path : "/proc";
}

void needs_add_call(struct needs *needs, const struct logged *call)
{
	uint64_t rights = call->asks;
	bool known = call->resolved && call->resolved[0] == '/' && !call->truncated;

	/* What has no path, a pipe or a socket, is left alone by confinement. */
	if (call->does == DOES_METADATA && (call->path || known))
		rights |= NEED_METADATA;
	if (!rights || passes_by(call))
		return;
	needs->calls++;
	if (!known || (call->path2 && (!call->resolved2 || call->resolved2[0] != '/'))) {
		needs->unresolved++;
		return;
	}
	ask_at(needs, steady(call->resolved), rights, call);
	if (!call->path2)
		return;
	ask_at(needs, steady(call->resolved2), rights, call);
	if (!names(call, call->resolved2))
		add_move(needs, call->resolved, call->resolved2);
	if (!names(call, call->resolved))
		add_move(needs, call->resolved2, call->resolved);
}
