/* SPDX-License-Identifier: ISC */
/* &include and &merge: a file, or the *.conf or *.inc of a directory; and the defaults that &include gives back. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "config/rsyncd_load.h"

/* rsync goes on until it has no descriptors left; a file that includes itself is wrong long before. */
#define DEEPEST 100

void *rsyncd_room_for_one(struct arena *arena, void *array, size_t size, size_t count, size_t *room)
{
	void *larger;

	if (count < *room)
		return array;
	larger = arena_alloc(arena, size * (*room ? *room * 2 : 16));
	if (larger && count)
		memcpy(larger, array, size * count);
	*room = *room ? *room * 2 : 16;
	return larger;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names with this suffix out of `names`, sorted. NULL when out of memory. */
static const char **select_names(struct arena *arena, struct slice names, const char *suffix, size_t *count)
{
	size_t all = 0, tail = strlen(suffix);
	const char **list;

	*count = 0;
	for (size_t i = 0; i < names.length; i++)
		all += !names.text[i];
	list = arena_alloc(arena, (all + 1) * sizeof(*list));
	for (const char *name = names.text; list && all--; name += strlen(name) + 1) {
		size_t length = strlen(name);

		if (length >= tail && !strcmp(name + length - tail, suffix))
			list[(*count)++] = name;
	}
	if (list)
		qsort(list, *count, sizeof(*list), by_text);
	return list;
}

int rsyncd_note_file(struct loading *loading, const char *path, bool directory)
{
	if (loading->startup)
		return 0;
	loading->files = rsyncd_room_for_one(loading->arena, loading->files, sizeof(*loading->files),
					     loading->conf->file_count, &loading->file_room);
	if (!loading->files)
		return refuse_memory(loading->why);
	loading->files[loading->conf->file_count++] = (struct rsyncd_file){path, directory};
	loading->conf->files = loading->files;
	return 0;
}

/* Each *.conf or *.inc of a directory. &include gives each the same globals to begin with. */
static int load_directory(struct loading *loading, const struct rsyncd_item *item, struct slice names, bool include)
{
	const struct rsyncd_values saved = loading->globals;
	const char *slash = item->value[strlen(item->value) - 1] == '/' ? "" : "/";
	size_t count;
	const char **list = select_names(loading->arena, names, include ? ".conf" : ".inc", &count);

	if (!list)
		return refuse_memory(loading->why);
	for (size_t i = 0; i < count && !loading->done; i++) {
		size_t length = strlen(item->value) + strlen(list[i]) + 2;
		char *path = arena_alloc(loading->arena, length);
		struct slice text = {"", 0};
		enum rsyncd_found found;

		if (!path)
			return refuse_memory(loading->why);
		snprintf(path, length, "%s%s%s", item->value, slash, list[i]);
		found = loading->source->read(loading->source->context, path, &text);
		if (found == RSYNCD_UNREADABLE)
			return refuse(loading->why, "%s:%u: %s: cannot be read: %.*s; rsync gives up", loading->file,
				      item->line, path, (int)text.length, text.text);
		/* Opening a directory succeeds, and reading it gives nothing. */
		if (found == RSYNCD_DIRECTORY)
			text = (struct slice){"", 0};
		if (include && !loading->startup) {
			loading->globals = saved;
			loading->in_module = false;
		}
		if (rsyncd_load(loading, path, text))
			return -1;
	}
	if (include && !loading->startup && count) {
		loading->globals = saved;
		loading->in_module = false;
	}
	return 0;
}

int rsyncd_follow(struct loading *loading, const struct rsyncd_item *item)
{
	bool include = !strcasecmp(item->name, "&include");
	const struct rsyncd_values saved = loading->globals;
	struct slice text = {"", 0};
	int result;

	if (!include && strcasecmp(item->name, "&merge") != 0)
		return refuse(loading->why, "%s:%u: %s: rsync knows only &include and &merge, and gives up",
			      loading->file, item->line, item->name);
	if (loading->depth == DEEPEST)
		return refuse(loading->why, "%s:%u: %s %s: included too deeply; does a file include itself?",
			      loading->file, item->line, item->name, item->value);
	switch (loading->source->read(loading->source->context, item->value, &text)) {
	case RSYNCD_DIRECTORY:
		return rsyncd_note_file(loading, item->value, true) || load_directory(loading, item, text, include) ? -1
														    : 0;
	case RSYNCD_TEXT:
		break;
	case RSYNCD_UNREADABLE:
		return refuse(loading->why, "%s:%u: %s %s: cannot be read: %.*s; rsync gives up", loading->file,
			      item->line, item->name, item->value, (int)text.length, text.text);
	}
	if (rsyncd_note_file(loading, item->value, false))
		return -1;
	if (include && !loading->startup)
		loading->in_module = false;
	result = rsyncd_load(loading, item->value, text);
	if (include && !loading->startup) {
		loading->globals = saved;
		loading->in_module = false;
	}
	return result;
}
