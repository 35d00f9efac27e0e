/* SPDX-License-Identifier: ISC */
/* %VAR%, "..", outer/./inner, "daemon chroot": from the text of a path to the directory that it names. */
#include "config/rsyncd_path.h"

#include "config/env.h"

static const struct {
	const char *name;
	enum rsyncd_stage from;
} connection_variables[] = {
    {"RSYNC_MODULE_NAME", STAGE_CONNECTION}, {"RSYNC_HOST_NAME", STAGE_CONNECTION},
    {"RSYNC_HOST_ADDR", STAGE_CONNECTION},   {"RSYNC_USER_NAME", STAGE_USER},
    {"RSYNC_MODULE_PATH", STAGE_MODULE},
};

/* The value of a variable at `stage`, or NULL. The daemon sets its own over those it was started with. */
static const char *variable(const struct rsyncd_view *view, const char *name, enum rsyncd_stage stage)
{
	static const char later[] = {RSYNCD_LATER, '\0'};

	for (size_t i = 0; i < sizeof(connection_variables) / sizeof(connection_variables[0]); i++) {
		if (strcmp(name, connection_variables[i].name) != 0 || stage < connection_variables[i].from)
			continue;
		if (i == 0)
			return view->module_name;
		return connection_variables[i].from == STAGE_MODULE ? view->module_path : later;
	}
	return env_value(view->environment, name);
}

/* The variable whose reference begins at `text`, and the length of the reference; NULL when there is none. */
static const char *reference(const struct rsyncd_view *view, const char *text, enum rsyncd_stage stage, size_t *length)
{
	const char *end = text[0] == '%' && text[1] >= 'A' && text[1] <= 'Z' ? strchr(text + 1, '%') : NULL;
	const char *value;
	char *name;

	if (!end)
		return NULL;
	name = arena_copy(view->arena, text + 1, (size_t)(end - text) - 1);
	value = name ? variable(view, name, stage) : NULL;
	*length = (size_t)(end - text) + 1;
	return value;
}

/* Writes the expansion to `out`, which may be NULL, and returns its length. */
static size_t expand_to(const struct rsyncd_view *view, const char *text, enum rsyncd_stage stage, char *out)
{
	size_t length = 0;

	while (*text) {
		size_t skip = 1, part = 1;
		const char *value = reference(view, text, stage, &skip);

		if (value)
			part = strlen(value);
		else
			skip = 1;
		if (out)
			memcpy(out + length, value ? value : text, part);
		length += part;
		text += skip;
	}
	return length;
}

const char *rsyncd_expand(const struct rsyncd_view *view, const char *text, enum rsyncd_stage stage)
{
	char *out;

	if (!strchr(text, '%'))
		return text;
	out = arena_alloc(view->arena, expand_to(view, text, stage, NULL) + 1);
	if (out)
		expand_to(view, text, stage, out);
	return out;
}

/* rsync's own idea of an absolute path in one spelling: it takes ".." away together with what is before it, as text. */
static void collapse(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length == 2 && in[0] == '.' && in[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (length && !(length == 1 && *in == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

static char *join(struct arena *arena, const char *above, const char *path, size_t length)
{
	size_t before = strlen(above);
	char *whole = arena_alloc(arena, before + length + 2);

	if (!whole)
		return NULL;
	memcpy(whole, above, before);
	whole[before] = '/';
	memcpy(whole + before + 1, path, length);
	collapse(whole);
	return whole;
}

const char *rsyncd_beneath(struct arena *arena, const char *above, const char *path)
{
	return above ? join(arena, above, path, strlen(path)) : path;
}

/* As rsync makes a path of its configuration absolute; "" is the directory that it was started in, too. */
static char *absolute(const struct rsyncd_view *view, const char *path, size_t length)
{
	return join(view->arena, length && *path == '/' ? "" : view->directory, path, length);
}

/*
 * Ends a path before its first component that varies; the slash before that stays, unless `bare`, where more than the
 * slash is left.
 */
static bool cut(char *path, bool bare)
{
	char *later = strchr(path, RSYNCD_LATER);

	if (!later)
		return false;
	while (later[-1] != '/')
		later--;
	if (bare && later - path > 1)
		later--;
	*later = '\0';
	return true;
}

const char *rsyncd_file(const struct rsyncd_view *view, const char *expanded)
{
	/* Behind "daemon chroot" the working directory is the new root. */
	const char *above = view->daemon_chroot ? view->daemon_chroot : *expanded == '/' ? "" : view->directory;
	char *path = join(view->arena, "", expanded, strlen(expanded));

	if (path)
		path = join(view->arena, above, path, strlen(path));
	if (path)
		cut(path, false);
	return path;
}

int rsyncd_serve(struct rsyncd_view *view, struct rsyncd_module *module, const char *expanded)
{
	size_t length = strlen(expanded);
	/* With "use chroot" unset rsync tries what root can do, and with such a path it does not even try. */
	const char *dot = module->values.of[RSYNCD_USE_CHROOT].number ? strstr(expanded, "/./") : NULL;
	const char *path = absolute(view, expanded, length);
	char *root;

	module->relative = *expanded != '/';
	view->module_path = path;
	if (path && dot) {
		/* Each part by itself: a ".." that begins the inner path does not leave the outer one. */
		size_t before = (size_t)(dot - expanded);
		const char *inner = absolute(view, dot + 2, length - before - 2);
		char *outer = absolute(view, expanded, before);

		if (!inner || !outer)
			return -1;
		path = rsyncd_beneath(view->arena, outer, inner);
		outer = join(view->arena, view->daemon_chroot ? view->daemon_chroot : "", outer, strlen(outer));
		if (!outer)
			return -1;
		module->outer = outer;
		cut(outer, true);
	}
	if (!path)
		return -1;
	root = join(view->arena, view->daemon_chroot ? view->daemon_chroot : "", path, strlen(path));
	if (!root)
		return -1;
	module->varies = cut(root, true);
	module->root = root;
	return 0;
}
