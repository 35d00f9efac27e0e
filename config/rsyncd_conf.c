/* SPDX-License-Identifier: ISC */
/*
 * Sections, parameters, defaults and inheritance of rsyncd.conf.
 *
 * What rsync's code does is what counts, not what its manual says: a section that comes again goes on where it was;
 * behind &include one is back among the globals; a text that a module did not have when its section began is looked
 * for among the globals as they are at the end of the file; and the pass that the daemon makes before it accepts stops
 * at the first section, even in an included file, and keeps what included files set.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/arena_hash.h"
#include "config/rsyncd_load.h"

#define RSYNCD_NOTED RSYNCD_PARAMETERS
const struct parameter rsyncd_parameters[] = {
#define PARAMETER(id, name, scope, kind, from) {name, SCOPE_##scope, KIND_##kind, RSYNCD_##id, STAGE_##from},
#include "config/rsyncd.def"
#undef PARAMETER
};
const size_t rsyncd_parameter_count = sizeof(rsyncd_parameters) / sizeof(rsyncd_parameters[0]);

static const struct rsyncd_values defaults = {.of = {
						  [RSYNCD_LOCK_FILE] = {.text = "/var/run/rsyncd.lock"},
						  [RSYNCD_READ_ONLY] = {.number = true},
						  [RSYNCD_LIST] = {.number = true},
						  [RSYNCD_MUNGE_SYMLINKS] = {.number = -1},
						  [RSYNCD_USE_CHROOT] = {.number = -1},
					      }};

/* A module by its name. */
struct module_entry {
	size_t index;
	UT_hash_handle hh;
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
	for (size_t i = 0; i < rsyncd_parameter_count; i++) {
		if (same_word(rsyncd_parameters[i].name, name))
			return &rsyncd_parameters[i];
	}
	return NULL;
}

/* The last section of this name, or the number of all. */
static size_t find_module(struct loading *loading, const char *name, const char *key)
{
	struct module_entry *found = NULL;
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
	struct module_entry *entry = arena_alloc(arena, sizeof(*entry));
	struct rsyncd_module *module;
	bool full = false;

	conf->modules =
	    rsyncd_room_for_one(arena, conf->modules, sizeof(*module), conf->module_count, &loading->module_room);
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
		return refuse(loading->why, "%s:%u: [%s]: a module's name cannot contain \"/\"; rsync reads no further",
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
		warn(loading, item->line, "%s = %s: neither yes nor no; rsync ignores the line", item->name,
		     item->value);
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
		warn(loading, item->line, "\"%s\" is a global parameter; rsync ignores it in a module", item->name);
		return 0;
	}
	if (parameter->kind == KIND_NOTED)
		return 0;
	if (loading->in_module)
		values = &loading->conf->modules[loading->module].values;
	if (loading->in_module && parameter->id == RSYNCD_PATH) {
		loading->conf->modules[loading->module].path_line = item->line;
		loading->conf->modules[loading->module].path_file = loading->file;
	}
	return set(loading, item, parameter, &values->of[parameter->id]);
}

static int obey(struct loading *loading, const struct rsyncd_item *item)
{
	switch (item->kind) {
	case ITEM_SECTION:
		return begin_section(loading, item);
	case ITEM_PARAMETER:
		return read_parameter(loading, item);
	case ITEM_DIRECTIVE:
		return rsyncd_follow(loading, item);
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

int rsyncd_load(struct loading *loading, const char *path, struct slice text)
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

int rsyncd_conf_read(struct rsyncd_conf *out, const char *path, const struct rsyncd_source *source, struct arena *arena,
		     struct refusal *why)
{
	struct rsyncd_conf conf = {0};
	struct loading loading = {.conf = &conf, .source = source, .arena = arena, .why = why, .globals = defaults};
	struct slice text;

	if (rsyncd_note_file(&loading, path, false))
		return -1;
	switch (source->read(source->context, path, &text)) {
	case RSYNCD_UNREADABLE:
		return refuse(why, "%s: cannot be read: %.*s; name the file that the daemon reads", path,
			      (int)text.length, text.text);
	case RSYNCD_DIRECTORY:
		return refuse(why, "%s: is a directory; name the file that the daemon reads", path);
	case RSYNCD_TEXT:
		break;
	}
	loading.startup = true;
	if (rsyncd_load(&loading, path, text))
		return -1;
	conf.startup = loading.globals;
	loading.globals = defaults;
	loading.startup = loading.done = false;
	if (rsyncd_load(&loading, path, text) || rsyncd_resolve(&loading))
		return -1;
	*out = conf;
	return 0;
}
