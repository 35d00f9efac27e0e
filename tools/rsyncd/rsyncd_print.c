/* SPDX-License-Identifier: ISC */
/* preclude rsyncd: a policy as variables for a shell, as JSON, and as a drop-in for systemd's rsync.service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/json_write.h"
#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/cli/variables.h"
#include "tools/rsyncd/rsyncd.h"

static const struct {
	const char *variable;
	const char *key; /* in JSON */
	enum access access;
} lists[] = {
    {"PRECLUDE_ROOTS", "roots", ACCESS_ROOT},
    {"PRECLUDE_READ", "read", ACCESS_READ},
    {"PRECLUDE_WRITE", "write", ACCESS_WRITE},
    {"PRECLUDE_EXEC", "exec", ACCESS_EXEC},
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static bool belongs(const struct grant *grant, enum access access)
{
	return access == ACCESS_ROOT ? access_is_root(grant->access) : grant->access == access;
}

/* The value of the variable that grants of this access stand in. */
static char *list_value(const struct rsyncd_policy *policy, enum access access)
{
	struct text text;
	FILE *out = text_begin(&text);
	const char *between = "";

	for (size_t i = 0; i < policy->count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (!belongs(grant, access))
			continue;
		fputs(between, out);
		between = ":";
		put_grant(out, grant);
	}
	return text_end(&text);
}

void rsyncd_lists(const struct rsyncd_policy *policy, void (*put)(const char *variable, const char *list))
{
	for (size_t row = 0; row < LISTS; row++) {
		char *list = list_value(policy, lists[row].access);

		if (*list || lists[row].access == ACCESS_ROOT)
			put(lists[row].variable, list);
		free(list);
	}
}

static void print_list(const char *variable, const char *list)
{
	put_list(variable, list, print_variable);
}

void rsyncd_print_env(const struct rsyncd_policy *policy)
{
	rsyncd_lists(policy, print_list);
	for (const struct rsyncd_setting *setting = rsyncd_settings; setting->variable; setting++)
		print_variable(setting->variable, setting->value);
}

/* Between double quotes in a unit. `dollar`: where systemd would expand variables. */
static void put_unit_text(const char *text, bool dollar)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", c);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c == '%' || (c == '$' && dollar))
			printf("%c%c", c, c);
		else
			putchar(c);
	}
}

static void put_unit_variable(const char *name, const char *value)
{
	printf("Environment=\"%s=", name);
	put_unit_text(value, false);
	puts("\"");
}

static void put_unit_list(const char *variable, const char *list)
{
	put_list(variable, list, put_unit_variable);
}

void rsyncd_print_unit(const struct rsyncd_policy *policy)
{
	const char *conf = policy->conf->files[0].path;
	const bool default_conf = !strcmp(conf, "/etc/rsyncd.conf");
	char self[4096];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		refused("/proc/self/exe: %m");
	// cppcheck-suppress negativeIndex ; refused() does not return
	self[length] = '\0';
	fputs("# /etc/systemd/system/rsync.service.d/preclude.conf: made by `preclude rsyncd --format unit", stdout);
	if (!default_conf) {
		putchar(' ');
		put_unit_text(conf, false);
	}
	puts("`.\n"
	     "# Make it again when modules are added or moved; then systemctl daemon-reload and restart rsync.\n"
	     "[Service]");
	rsyncd_lists(policy, put_unit_list);
	for (const struct rsyncd_setting *setting = rsyncd_settings; setting->variable; setting++)
		put_unit_variable(setting->variable, setting->value);
	fputs("ExecStart=\nExecStart=\"", stdout);
	put_unit_text(self, true);
	fputs("\" run -- /usr/bin/rsync --daemon --no-detach", stdout);
	if (!default_conf) {
		fputs(" \"--config=", stdout);
		put_unit_text(conf, true);
		putchar('"');
	}
	putchar('\n');
}

static void put_modules(struct json_writer *json, const struct rsyncd_conf *conf)
{
	json_open(json, "modules", '[');
	for (size_t i = 0; i < conf->module_count; i++) {
		const struct rsyncd_module *module = &conf->modules[i];
		const union rsyncd_value *value = module->values.of;

		json_open(json, NULL, '{');
		json_put_text(json, "name", module->name);
		json_put_text(json, "path", module->root);
		json_put_text(json, "outer", module->outer);
		json_put_bool(json, "varies", module->varies);
		json_put_bool(json, "read_only", value[RSYNCD_READ_ONLY].number);
		json_put_bool(json, "write_only", value[RSYNCD_WRITE_ONLY].number);
		json_put_bool(json, "list", value[RSYNCD_LIST].number);
		json_put_bool(json, "shadowed", module->shadowed);
		json_put_text(json, "file", module->file);
		json_put_number(json, "line", (long)module->line);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_grants(struct json_writer *json, const struct rsyncd_policy *policy, const char *key,
		       enum access access)
{
	json_open(json, key, '[');
	for (size_t i = 0; i < policy->count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (!belongs(grant, access))
			continue;
		json_open(json, NULL, '{');
		json_put_text(json, "path", grant->path);
		json_put_bool(json, "optional", grant->optional);
		if (access == ACCESS_ROOT) {
			json_put_text(json, "name", grant->name);
			json_put_bool(json, "ro", grant->access == ACCESS_ROOT_RO);
		}
		json_close(json, '}');
	}
	json_close(json, ']');
}

void rsyncd_print_json(const struct rsyncd_policy *policy)
{
	struct json_writer json = {0};

	json_open(&json, NULL, '{');
	json_put_number(&json, "v", 1);
	json_put_text(&json, "config", policy->conf->files[0].path);
	json_put_text(&json, "daemon_chroot", policy->conf->daemon_chroot);
	put_modules(&json, policy->conf);
	for (size_t row = 0; row < LISTS; row++)
		put_grants(&json, policy, lists[row].key, lists[row].access);
	json_open(&json, "settings", '[');
	for (const struct rsyncd_setting *setting = rsyncd_settings; setting->variable; setting++) {
		json_open(&json, NULL, '{');
		json_put_text(&json, "variable", setting->variable);
		json_put_text(&json, "value", setting->value);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_open(&json, "warnings", '[');
	for (size_t i = 0; i < policy->worries->count; i++)
		json_put_text(&json, NULL, policy->worries->lines[i]);
	json_close(&json, ']');
	json_close(&json, '}');
}
