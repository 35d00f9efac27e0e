/* SPDX-License-Identifier: ISC */
/* When all is read: what each value comes to, for the daemon that starts and for the connection in its module. */
#include "config/arena_hash.h"
#include "config/rsyncd_load.h"

/* A name that clients use. */
struct module_name {
	UT_hash_handle hh;
};

/* Expands and resolves what is text among `values`, which belong to `module`, or to none. 0 or -1. */
static int resolve(struct loading *loading, struct rsyncd_view *view, struct rsyncd_values *values,
		   struct rsyncd_module *module)
{
	for (size_t i = 0; i < rsyncd_parameter_count; i++) {
		const struct parameter *parameter = &rsyncd_parameters[i];
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
	struct module_name *seen = NULL;
	bool full = false;

	for (size_t i = loading->conf->module_count; i--;) {
		struct rsyncd_module *module = &loading->conf->modules[i];
		struct module_name *entry = NULL;

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

int rsyncd_resolve(struct loading *loading)
{
	struct rsyncd_view view = {.arena = loading->arena,
				   .environment = loading->source->environment,
				   .directory = loading->source->directory};
	struct rsyncd_conf *conf = loading->conf;
	const char *top = loading->globals.of[RSYNCD_DAEMON_CHROOT].text;

	/* The start-up pass opens its files before "daemon chroot", a connection after it. */
	if (resolve(loading, &view, &conf->startup, NULL))
		return -1;
	if (top && *top) {
		top = rsyncd_expand(&view, top, STAGE_START);
		if (top && *top)
			conf->daemon_chroot = rsyncd_file(&view, top);
		if (!top || (*top && !conf->daemon_chroot))
			return refuse_memory(loading->why);
		view.daemon_chroot = conf->daemon_chroot;
	}
	for (size_t i = 0; i < conf->module_count; i++) {
		struct rsyncd_module *module = &conf->modules[i];

		view.module_path = NULL;
		view.module_name = NULL;
		module->name = rsyncd_expand(&view, module->values.of[RSYNCD_NAME].text, STAGE_START);
		view.module_name = module->name;
		if (!module->name || resolve(loading, &view, &module->values, module))
			return -1;
	}
	view.module_name = NULL;
	conf->globals = loading->globals;
	return resolve(loading, &view, &conf->globals, NULL) || shadow(loading) ? -1 : 0;
}
