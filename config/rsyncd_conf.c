/* SPDX-License-Identifier: ISC */
/*
 * Sections, defaults, inheritance and included files of rsyncd.conf.
 *
 * What rsync's code does is what counts, not what its manual says: a section that comes again goes on where it was;
 * behind &include one is back among the globals; a text that a module did not have when its section began is looked
 * for among the globals as they are at the end of the file; and the pass that the daemon makes before it accepts stops
 * at the first section, even in an included file, and keeps what included files set.
 */
#include "config/rsyncd_conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "config/parse.h"
#include "config/rsyncd_lex.h"
#include "config/rsyncd_path.h"

/* uthash from the arena: `arena` and `full` are the caller's variables. */
#define uthash_malloc(size)          arena_alloc(arena, size)
#define uthash_free(memory, size)    ((void)(memory))
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) (full = true)
#include <uthash.h>

/* rsync goes on until it has no descriptors left; a file that includes itself is wrong long before. */
#define DEEPEST 100

enum scope { SCOPE_GLOBAL, SCOPE_LOCAL };
enum kind { KIND_NOTED, KIND_TEXT, KIND_PATH, KIND_FILE, KIND_BOOL, KIND_BOOL3, KIND_NUMBER };

#define RSYNCD_NOTED RSYNCD_PARAMETERS
static const struct parameter {
	const char *name;
	enum scope scope;
	enum kind kind;
	enum rsyncd_parameter id;
	enum rsyncd_stage from;
} parameters[] = {
#define PARAMETER(id, name, scope, kind, from) {name, SCOPE_##scope, KIND_##kind, RSYNCD_##id, STAGE_##from},
#include "config/rsyncd.def"
#undef PARAMETER
};
#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static const struct rsyncd_values defaults = {.of = {
						  [RSYNCD_LOCK_FILE] = {.text = "/var/run/rsyncd.lock"},
						  [RSYNCD_READ_ONLY] = {.number = true},
						  [RSYNCD_LIST] = {.number = true},
						  [RSYNCD_MUNGE_SYMLINKS] = {.number = -1},
						  [RSYNCD_USE_CHROOT] = {.number = -1},
					      }};

/* A module by its name. */
struct entry {
	size_t index;
	UT_hash_handle hh;
};

struct loading {
	struct rsyncd_conf *conf;
	const struct rsyncd_source *source;
	struct arena *arena;
	struct refusal *why;
	struct rsyncd_values globals;
	size_t module; /* the section that is being read */
	bool in_module;
	bool startup; /* the pass that ends before the first section */
	bool done;    /* it has */
	bool renamed; /* a module has another name than its section: `by_name` no longer tells */
	struct entry *by_name;
	size_t module_room;
	struct rsyncd_file *files;
	size_t file_room;
	const char *file; /* the one that is being read */
	unsigned depth;
};

static void __attribute__((format(printf, 3, 4)))
warn(const struct loading *loading, unsigned line, const char *format, ...)
{
	struct refusal said, whole;
	va_list arguments;

	/* The start-up pass reads nothing that the other does not read again. */
	if (loading->startup)
		return;
	va_start(arguments, format);
	vsnprintf(said.text, sizeof(said.text), format, arguments);
	va_end(arguments);
	refuse(&whole, "%s:%u: %s", loading->file, line, said.text);
	loading->source->warn(loading->source->context, whole.text);
}

/* An array with room for one more: itself, or its copy in twice the room. NULL when out of memory. */
static void *room_for_one(struct arena *arena, void *array, size_t size, size_t count, size_t *room)
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

/* Names of sections and parameters, and words for yes and no: neither case nor white space counts. */
static bool same_word(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (rsyncd_space((unsigned char)*a))
			a++;
		while (rsyncd_space((unsigned char)*b))
			b++;
		if (!*a || !*b)
			return *a == *b;
		if ((*a >= 'a' && *a <= 'z' ? *a - 32 : *a) != (*b >= 'a' && *b <= 'z' ? *b - 32 : *b))
			return false;
	}
}

/* The spelling under which a section's name is kept. */
static char *key_of(struct arena *arena, const char *name)
{
	char *key = arena_copy(arena, name, strlen(name)), *out = key;

	for (const char *in = name; key && *in; in++) {
		if (!rsyncd_space((unsigned char)*in))
			*out++ = *in >= 'a' && *in <= 'z' ? (char)(*in - 32) : *in;
	}
	if (key)
		*out = '\0';
	return key;
}

static const struct parameter *parameter_named(const char *name)
{
	for (size_t i = 0; i < PARAMETERS; i++) {
		if (same_word(parameters[i].name, name))
			return &parameters[i];
	}
	return NULL;
}

/* The last section of this name, or the number of all. */
static size_t find_module(struct loading *loading, const char *name, const char *key)
{
	struct entry *found = NULL;
	size_t i = loading->conf->module_count;

	if (!loading->renamed) {
		HASH_FIND(hh, loading->by_name, key, strlen(key), found);
		return found ? found->index : i;
	}
	while (i--) {
		if (same_word(loading->conf->modules[i].values.of[RSYNCD_NAME].text, name))
			return i;
	}
	return loading->conf->module_count;
}

static int add_module(struct loading *loading, const char *name, const char *key, unsigned line)
{
	struct rsyncd_conf *conf = loading->conf;
	struct arena *arena = loading->arena;
	struct entry *entry = arena_alloc(arena, sizeof(*entry));
	struct rsyncd_module *module;
	bool full = false;

	conf->modules = room_for_one(arena, conf->modules, sizeof(*module), conf->module_count, &loading->module_room);
	if (!entry || !conf->modules)
		return refuse_memory(loading->why);
	entry->index = conf->module_count;
	HASH_ADD_KEYPTR(hh, loading->by_name, key, strlen(key), entry);
	if (full)
		return refuse_memory(loading->why);
	module = &conf->modules[conf->module_count++];
	*module = (struct rsyncd_module){.file = loading->file, .line = line, .values = loading->globals};
	module->values.of[RSYNCD_NAME].text = name;
	return 0;
}

static int begin_section(struct loading *loading, const struct rsyncd_item *item)
{
	const char *key;

	if (loading->startup) {
		loading->done = true;
		return 0;
	}
	loading->in_module = !same_word(item->name, "global");
	if (!loading->in_module)
		return 0;
	if (strchr(item->name, '/'))
		return refuse(loading->why, "%s:%u: [%s]: a module's name has no \"/\"; rsync reads no further",
			      loading->file, item->line, item->name);
	key = key_of(loading->arena, item->name);
	if (!key)
		return refuse_memory(loading->why);
	loading->module = find_module(loading, item->name, key);
	return loading->module < loading->conf->module_count ? 0 : add_module(loading, item->name, key, item->line);
}

static void set_bool(struct loading *loading, const struct rsyncd_item *item, bool can_be_unset, const char *text,
		     long *number)
{
	if (same_word(text, "yes") || same_word(text, "true") || same_word(text, "1"))
		*number = true;
	else if (same_word(text, "no") || same_word(text, "false") || same_word(text, "0"))
		*number = false;
	else if (can_be_unset && (same_word(text, "unset") || same_word(text, "-1")))
		*number = -1;
	else
		warn(loading, item->line, "%s = %s: neither yes nor no; rsync goes on as if it were not there",
		     item->name, item->value);
}

/* Texts wait with %VAR% until they are used; the rest has it expanded where it stands. */
static int set(struct loading *loading, const struct rsyncd_item *item, const struct parameter *parameter,
	       union rsyncd_value *value)
{
	const struct rsyncd_view now = {.arena = loading->arena, .environment = loading->source->environment};
	const char *text = item->value;
	size_t length = strlen(text);

	switch (parameter->kind) {
	case KIND_PATH:
		while (length > 1 && text[length - 1] == '/')
			length--;
		value->text = arena_copy(loading->arena, text, length);
		return value->text ? 0 : refuse_memory(loading->why);
	case KIND_TEXT:
	case KIND_FILE:
		value->text = text;
		loading->renamed = loading->renamed || (parameter->id == RSYNCD_NAME && loading->in_module);
		return 0;
	case KIND_BOOL:
	case KIND_BOOL3:
	case KIND_NUMBER:
		text = rsyncd_expand(&now, text, STAGE_START);
		if (!text)
			return refuse_memory(loading->why);
		if (parameter->kind == KIND_NUMBER)
			value->number = (int)strtol(text, NULL, 10);
		else
			set_bool(loading, item, parameter->kind == KIND_BOOL3, text, &value->number);
		return 0;
	case KIND_NOTED:
		break;
	}
	return 0;
}

static int read_parameter(struct loading *loading, const struct rsyncd_item *item)
{
	const struct parameter *parameter = *item->name == '-' ? NULL : parameter_named(item->name);
	struct rsyncd_values *values = &loading->globals;

	if (!parameter) {
		warn(loading, item->line, "unknown parameter \"%s\", which rsync ignores", item->name);
		return 0;
	}
	if (loading->in_module && parameter->scope == SCOPE_GLOBAL) {
		warn(loading, item->line, "\"%s\" belongs to no module; rsync ignores it in one", item->name);
		return 0;
	}
	if (parameter->kind == KIND_NOTED)
		return 0;
	if (loading->in_module)
		values = &loading->conf->modules[loading->module].values;
	return set(loading, item, parameter, &values->of[parameter->id]);
}

static int load(struct loading *loading, const char *path, struct slice text);

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

static int note_file(struct loading *loading, const char *path, bool directory)
{
	if (loading->startup)
		return 0;
	loading->files = room_for_one(loading->arena, loading->files, sizeof(*loading->files),
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
		if (found == RSYNCD_MISSING || found == RSYNCD_NEITHER)
			return refuse(loading->why, "%s:%u: %s cannot be read; rsync gives up", loading->file,
				      item->line, path);
		/* Opening a directory succeeds, and reading it gives nothing. */
		if (found == RSYNCD_DIRECTORY)
			text = (struct slice){"", 0};
		if (include && !loading->startup) {
			loading->globals = saved;
			loading->in_module = false;
		}
		if (load(loading, path, text))
			return -1;
	}
	if (include && !loading->startup && count) {
		loading->globals = saved;
		loading->in_module = false;
	}
	return 0;
}

static int follow(struct loading *loading, const struct rsyncd_item *item)
{
	bool include = !strcasecmp(item->name, "&include");
	const struct rsyncd_values saved = loading->globals;
	struct slice text = {"", 0};
	int result;

	if (!include && strcasecmp(item->name, "&merge") != 0)
		return refuse(loading->why, "%s:%u: %s: rsync knows &include and &merge, and gives up", loading->file,
			      item->line, item->name);
	if (loading->depth == DEEPEST)
		return refuse(loading->why, "%s:%u: %s %s: included too deep; a file that includes itself?",
			      loading->file, item->line, item->name, item->value);
	switch (loading->source->read(loading->source->context, item->value, &text)) {
	case RSYNCD_DIRECTORY:
		return note_file(loading, item->value, true) || load_directory(loading, item, text, include) ? -1 : 0;
	case RSYNCD_TEXT:
		break;
	case RSYNCD_MISSING:
	case RSYNCD_NEITHER:
		return refuse(loading->why, "%s:%u: %s %s: cannot be read; rsync gives up", loading->file, item->line,
			      item->name, item->value);
	}
	if (note_file(loading, item->value, false))
		return -1;
	if (include && !loading->startup)
		loading->in_module = false;
	result = load(loading, item->value, text);
	if (include && !loading->startup) {
		loading->globals = saved;
		loading->in_module = false;
	}
	return result;
}

static int obey(struct loading *loading, const struct rsyncd_item *item)
{
	switch (item->kind) {
	case ITEM_SECTION:
		return begin_section(loading, item);
	case ITEM_PARAMETER:
		return read_parameter(loading, item);
	case ITEM_DIRECTIVE:
		return follow(loading, item);
	case ITEM_IGNORED:
		warn(loading, item->line, "\"%s\" has no \"=\"; rsync ignores the line", item->name);
		return 0;
	case ITEM_BAD:
		return refuse(loading->why, "%s:%u: %s; rsync gives up", loading->file, item->line, item->value);
	case ITEM_END:
		break;
	}
	return 0;
}

static int load(struct loading *loading, const char *path, struct slice text)
{
	const char *outside = loading->file;
	struct rsyncd_lexer lexer;
	struct rsyncd_item item;
	int result = 0;

	if (!rsyncd_lexer_start(&lexer, text, loading->arena))
		return refuse_memory(loading->why);
	loading->file = path;
	loading->depth++;
	for (rsyncd_next(&lexer, &item); item.kind != ITEM_END && !result && !loading->done; rsyncd_next(&lexer, &item))
		result = obey(loading, &item);
	loading->depth--;
	loading->file = outside;
	return result;
}

/* Expands and resolves what is text among `values`, which belong to `module`, or to none. 0 or -1. */
static int resolve(struct loading *loading, struct rsyncd_view *view, struct rsyncd_values *values,
		   struct rsyncd_module *module)
{
	for (size_t i = 0; i < PARAMETERS; i++) {
		const struct parameter *parameter = &parameters[i];
		enum rsyncd_stage stage = module ? parameter->from : STAGE_START;
		const char *text;

		if (parameter->kind < KIND_TEXT || parameter->kind > KIND_FILE)
			continue;
		text = values->of[parameter->id].text;
		if (!text && module && parameter->scope == SCOPE_LOCAL)
			text = loading->globals.of[parameter->id].text;
		if (!text || !*text) {
			values->of[parameter->id].text = NULL;
			continue;
		}
		text = rsyncd_expand(view, text, stage);
		if (text && module && parameter->id == RSYNCD_PATH && *text && rsyncd_serve(view, module, text))
			text = NULL;
		else if (text && parameter->kind == KIND_FILE)
			text = rsyncd_file(view, text);
		if (!text)
			return refuse_memory(loading->why);
		values->of[parameter->id].text = text;
	}
	return 0;
}

/* The names that clients use are the expanded ones, to the byte. */
static int shadow(struct loading *loading)
{
	struct arena *arena = loading->arena;
	struct entry *seen = NULL;
	bool full = false;

	for (size_t i = loading->conf->module_count; i--;) {
		struct rsyncd_module *module = &loading->conf->modules[i];
		struct entry *entry = NULL;

		HASH_FIND(hh, seen, module->name, strlen(module->name), entry);
		module->shadowed = entry;
		if (entry)
			continue;
		entry = arena_alloc(arena, sizeof(*entry));
		if (!entry)
			return refuse_memory(loading->why);
		HASH_ADD_KEYPTR(hh, seen, module->name, strlen(module->name), entry);
		if (full)
			return refuse_memory(loading->why);
	}
	return 0;
}

static int resolve_all(struct loading *loading, struct rsyncd_view *view)
{
	struct rsyncd_conf *conf = loading->conf;
	const char *top = loading->globals.of[RSYNCD_DAEMON_CHROOT].text;

	/* The start-up pass opens its files before "daemon chroot", a connection after it. */
	if (resolve(loading, view, &conf->startup, NULL))
		return -1;
	if (top && *top) {
		top = rsyncd_expand(view, top, STAGE_START);
		if (top && *top)
			conf->daemon_chroot = rsyncd_file(view, top);
		if (!top || (*top && !conf->daemon_chroot))
			return refuse_memory(loading->why);
		view->daemon_chroot = conf->daemon_chroot;
	}
	for (size_t i = 0; i < conf->module_count; i++) {
		struct rsyncd_module *module = &conf->modules[i];

		view->module_path = NULL;
		view->module_name = NULL;
		module->name = rsyncd_expand(view, module->values.of[RSYNCD_NAME].text, STAGE_START);
		view->module_name = module->name;
		if (!module->name || resolve(loading, view, &module->values, module))
			return -1;
	}
	view->module_name = NULL;
	conf->globals = loading->globals;
	return resolve(loading, view, &conf->globals, NULL) || shadow(loading) ? -1 : 0;
}

int rsyncd_conf_read(struct rsyncd_conf *out, const char *path, const struct rsyncd_source *source, struct arena *arena,
		     struct refusal *why)
{
	struct rsyncd_conf conf = {0};
	struct loading loading = {.conf = &conf, .source = source, .arena = arena, .why = why, .globals = defaults};
	struct rsyncd_view view = {.arena = arena, .environment = source->environment, .directory = source->directory};
	struct slice text;

	if (note_file(&loading, path, false))
		return -1;
	if (source->read(source->context, path, &text) != RSYNCD_TEXT)
		return refuse(why, "%s: cannot be read", path);
	loading.startup = true;
	if (load(&loading, path, text))
		return -1;
	conf.startup = loading.globals;
	loading.globals = defaults;
	loading.startup = loading.done = false;
	if (load(&loading, path, text) || resolve_all(&loading, &view))
		return -1;
	*out = conf;
	return 0;
}
