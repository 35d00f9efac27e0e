/* SPDX-License-Identifier: ISC */
/* rsyncd.conf -> modules: the grammar, inheritance, included files, and what each path comes to. */
#include "config/rsyncd_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CONF         "/c"

/* A file in memory; a directory's text is its names, each with a NUL behind it. */
struct file {
	const char *path;
	const char *text;
	size_t names; /* of a directory: the length of its text */
};

struct world {
	const struct file *files; /* behind the configuration itself; the last has no path */
	const char *conf;
	size_t conf_length;
	char warnings[1024];
};

static enum rsyncd_found read_world(void *context, const char *path, struct slice *text)
{
	struct world *world = context;

	if (!strcmp(path, CONF)) {
		*text = (struct slice){world->conf, world->conf_length};
		return RSYNCD_TEXT;
	}
	for (const struct file *file = world->files; file && file->path; file++) {
		if (strcmp(file->path, path) != 0)
			continue;
		*text = (struct slice){file->text, file->names ? file->names : strlen(file->text)};
		return file->names ? RSYNCD_DIRECTORY : RSYNCD_TEXT;
	}
	*text = slice_of("no such thing");
	return RSYNCD_UNREADABLE;
}

static void keep_warning(void *context, const char *text)
{
	struct world *world = context;
	size_t length = strlen(world->warnings);

	snprintf(world->warnings + length, sizeof(world->warnings) - length, "%s\n", text);
}

static char a_variable[] = "VAR=/of/var", own_variable[] = "RSYNC_USER_NAME=root";
static char *environment[] = {a_variable, own_variable, NULL};

static int read_conf(struct rsyncd_conf *conf, struct world *world, struct refusal *why)
{
	const struct rsyncd_source source = {.context = world,
					     .read = read_world,
					     .warn = keep_warning,
					     .environment = environment,
					     .directory = "/cwd"};
	static struct arena arena;

	return rsyncd_conf_read(conf, CONF, &source, &arena, why);
}

/* The modules in a few words, or the refusal. */
static const char *describe(const char *text, size_t length, const struct file *files, struct world *world)
{
	static char out[2048];
	struct rsyncd_conf conf;
	struct refusal why;
	size_t at = 0;

	*world = (struct world){.files = files, .conf = text, .conf_length = length};
	if (read_conf(&conf, world, &why)) {
		snprintf(out, sizeof(out), "%s", why.text);
		return out;
	}
	out[0] = '\0';
	for (size_t i = 0; i < conf.module_count; i++) {
		const struct rsyncd_module *module = &conf.modules[i];
		const union rsyncd_value *value = module->values.of;

		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s=%s%s%s%s%s%s%s%s", i ? "; " : "", module->name,
				       module->root ? module->root : "none", module->outer ? " in " : "",
				       module->outer ? module->outer : "", module->varies ? " varies" : "",
				       value[RSYNCD_READ_ONLY].number ? "" : " rw",
				       value[RSYNCD_WRITE_ONLY].number ? " wo" : "",
				       value[RSYNCD_LIST].number ? "" : " hidden", module->shadowed ? " shadowed" : "");
	}
	return out;
}

struct row {
	const char *conf;
	const char *modules;
	struct file files[6];
};

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct world world;
		const char *got = describe(rows[i].conf, strlen(rows[i].conf), rows[i].files, &world);

		if (strcmp(got, rows[i].modules) != 0)
			fail_msg("row %zu, \"%s\": \"%s\" instead of \"%s\"", i, rows[i].conf, got, rows[i].modules);
	}
}

static void reads_lines(void **state)
{
	static const struct row rows[] = {
	    {.conf = "", ""},
	    {.conf = "# c\n ; c\n\n[a]\npath=/a\n", "a=/a"},
	    {.conf = "[a]\npath = /a # b\n", "a=/a # b"},
	    {.conf = "[a]\npath = \"/a\"\n", "a=/cwd/\"/a\""},
	    {.conf = "[a] rest\npath = /a", "a=/a"},
	    {.conf = "[a]\npath = /a\\", "a=/a\\"},
	    {.conf = "[a]\npath = /a\\\nb\n", "a=/ab"},
	    {.conf = "[a]\npath = /a \\ \n  b\n", "a=/a   b"},
	    {.conf = "[a]\npath = /a\\\\\n\n[b]\n", "a=/a[b]"},
	    {.conf = "[a]\npath = /a\\\\\nb\nlist=no\n", "a=/a\\b hidden"},
	    {.conf = "[a]\npa\\\nth = /a\n", "a=/a"},
	    {.conf = "[a \\\n b]\npath = /a\n", "a b=/a"},
	    {.conf = "[  a \t b  ]\npath = /a\n", "a b=/a"},
	    {.conf = "[a]\n P A t H=/a\n", "a=/a"},
	    {.conf = "[a]\npath=/a=b]\n", "a=/a=b]"},
	    {.conf = "[a]\r\npath = /a\r\nread\ronly = no\r\n", "a=/a rw"},
	    {.conf = "[a]\npath = /a\rb\n", "a=/ab"},
	    {.conf = "# comments do not go on \\\n[a]\npath = /a\n", "a=/a"},
	    {.conf = "\\ [a]\npath = /a\n", "a=/a"},
	    {.conf = "[a]\npath = /a ; b  \t\n", "a=/a ; b"},
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_nul_ends_a_value_or_the_file(void **state)
{
	static const char text[] = "[a]\npath = /a\0path = /b\nlist = no\n\0[c]\npath = /c\n";
	struct world world;

	(void)state;
	assert_string_equal(describe(text, sizeof(text) - 1, NULL, &world), "a=/b hidden");
}

static void inherits(void **state)
{
	static const struct row rows[] = {
	    {.conf = "path=/g\n[a]\n[b]\npath=/b\n", "a=/g; b=/b"},
	    {.conf = "[a]\n[global]\npath=/g\n[b]\n", "a=/g; b=/g"},
	    {.conf = "path=/1\n[a]\n[global]\npath=/2\n[b]\n", "a=/1; b=/2"},
	    {.conf = "[a]\n[G Lobal]\nread only=no\nlist=no\n[b]\n", "a=none; b=none rw hidden"},
	    {.conf = "path=/g\n[a]\npath=\n", "a=none"},
	    {.conf = "[a b]\npath=/1\nread only=no\n[B]\n[AB]\npath=/2\n", "a b=/2 rw; B=none"},
	    {.conf = "[a]\nread only = 0\nread only = perhaps\n", "a=none rw"},
	    {.conf = "[a]\nread only = FA lse\nwrite only = TRUE\n", "a=none rw wo"},
	    {.conf = "[a]\nname = b\npath = /a\n[B]\nlist = no\n[c]\nname=b\npath=/c\n", "b=/a hidden shadowed; b=/c"},
	    {.conf = "[a]\ndaemon chroot=/d\npath=/a\n", "a=/a"},
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void follows_files(void **state)
{
	static const struct row rows[] = {
	    {.conf = "&include /f\nlist=no\n[a]\n", "b=none rw; a=none hidden", {{"/f", "read only=no\n[b]\n", 0}}},
	    {.conf = "[a]\n&include /f\npath=/g\n[c]\n", "a=/g; b=/b; c=/g", {{"/f", "[b]\npath=/b\n", 0}}},
	    {.conf = "[a]\n&merge /f\npath=/a\n", "a=/a rw", {{"/f", "read only=no", 0}}},
	    {.conf = "[a]\n&merge /f\npath=/b\n", "a=none; b=/b", {{"/f", "[b]\n", 0}}},
	    {.conf = "&merge\t= /f\n[a]\n", "a=/f", {{"/f", "path=/f\n", 0}}},
	    {.conf = "&include /d/\n[z]\n",
	     "h=none; a=none; b=none hidden; z=none",
	     {{"/d/", "b.conf\0a.conf\0x.inc\0.conf\0d.conf\0", 31},
	      {"/d/a.conf", "[a]\n[global]\nread only=no\n", 0},
	      {"/d/b.conf", "list=no\n[b]", 0},
	      {"/d/.conf", "[h]", 0},
	      {"/d/d.conf", ".\0", 2}}},
	    {.conf = "[a]\n&merge /d\n",
	     "a=/2",
	     {{"/d", "2.inc\0001.inc\0", 12}, {"/d/1.inc", "path=/1", 0}, {"/d/2.inc", "path=/2", 0}}},
	    {.conf = "[a]\n&include /d\npath=/a\n", "a=/a", {{"/d", "x\0", 2}}},
	    {.conf = "[a]\n&include\npath=/a\n", "a=/a"},
	    {.conf = "[a]\n&include %VAR%\n", CONF ":2: &include %VAR%: cannot be read: no such thing; rsync gives up"},
	    {.conf = "\n&include /f\n", "/f:1: a section without a name; rsync gives up", {{"/f", "[ ]", 0}}},
	    {.conf = "&include /f",
	     "/f:1: &include /f: included too deeply; does a file include itself?",
	     {{"/f", "&include /f", 0}}},
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void gives_up_where_rsync_does(void **state)
{
	static const struct row rows[] = {
	    {.conf = "\n\n[a/b]\n", CONF ":3: [a/b]: a module's name cannot contain \"/\"; rsync reads no further"},
	    {.conf = "[]\n", CONF ":1: a section without a name; rsync gives up"},
	    {.conf = "a=b\n[a\n]\n", CONF ":2: a section's name has no \"]\"; rsync gives up"},
	    {.conf = "[a", CONF ":1: the file ends in a section's name; rsync gives up"},
	    {.conf = "x\n=1\n", CONF ":2: a parameter without a name; rsync gives up"},
	    {.conf = "&require /f\n", CONF ":1: &require: rsync knows only &include and &merge, and gives up"},
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void finds_directories(void **state)
{
	static const struct row rows[] = {
	    {.conf = "[a]\npath=/a//b/./c/../d///\n", "a=/a/b/d in /a/b"},
	    {.conf = "[a]\nuse chroot=no\npath=/a//b/./c/../d///\n", "a=/a/b/d"},
	    {.conf = "[a]\npath=/a/../../b/.\n", "a=/b"},
	    {.conf = "[a]\npath=/\n", "a=/"},
	    {.conf = "[a]\npath=a\n", "a=/cwd/a"},
	    {.conf = "[a]\npath=/o/./i\n", "a=/o/i in /o"},
	    {.conf = "[a]\npath=/o/./../i\n", "a=/o/i in /o"},
	    {.conf = "[a]\npath=/o/./\n", "a=/o"},
	    {.conf = "[a]\npath=/./i\n", "a=/cwd/i in /cwd"},
	    {.conf = "[a]\nuse chroot=unset\npath=o/./i/./j\n", "a=/cwd/o/i/j in /cwd/o"},
	    {.conf = "daemon chroot=/j/\n[a]\npath=/a\n[b]\npath=/o/./i\n", "a=/j/a; b=/j/o/i in /j/o"},
	    {.conf = "daemon chroot=/j/\n[a]\npath=a/..\n", "a=/j/cwd"},
	    {.conf = "[a]\n[global]\ndaemon chroot=%VAR%\npath=/x", "a=/of/var/x"},
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void expands_variables(void **state)
{
	static const struct row rows[] = {
	    {.conf = "[a]\npath=/x%VAR%%VAR%/\n", "a=/x/of/var/of/var"},
	    {.conf = "[a]\npath=/%UNSET%/%var%/%VAR\n", "a=/%UNSET%/%var%/%VAR"},
	    {.conf = "[a]\npath=/%UNSET%VAR%/\n", "a=/%UNSET/of/var"},
	    {.conf = "[m]\npath=/x/%RSYNC_MODULE_NAME%\n", "m=/x/m"},
	    {.conf = "[%VAR%]\npath=/a\n", "/of/var=/a"},
	    {.conf = "[a]\npath=/h/%RSYNC_USER_NAME%/x\n", "a=/h varies"},
	    {.conf = "[a]\npath=/h/u%RSYNC_HOST_ADDR%.d/../x\n", "a=/h/x"},
	    {.conf = "[a]\npath=%RSYNC_HOST_NAME%\nuse chroot=no\n", "a=/cwd varies"},
	    {.conf = "[a]\npath=/%RSYNC_HOST_NAME%/./x\n", "a=/ in / varies"},
	};

	(void)state;
	check(rows, COUNT(rows));
}

/* What is opened besides the modules, by whom and when. */
static void finds_files(void **state)
{
	static const char text[] = "pid file=/run/1\nlog file=/log/1\nmotd file = /motd\ndaemon chroot=/j\n"
				   "exclude from = %RSYNC_MODULE_PATH%/../x\n"
				   "[a]\npath=/a/./b\nsecrets file=/s/%RSYNC_USER_NAME%/%RSYNC_HOST_ADDR%\n"
				   "include from = i\nmax connections = -1x\n"
				   "[global]\npid file=/run/2\nlog file=/log/%RSYNC_MODULE_NAME%/%RSYNC_USER_NAME%\n";
	struct world world = {.conf = text, .conf_length = sizeof(text) - 1};
	const union rsyncd_value *value;
	struct rsyncd_conf conf;
	struct refusal why;

	(void)state;
	assert_int_equal(read_conf(&conf, &world, &why), 0);
	assert_string_equal(conf.startup.of[RSYNCD_PID_FILE].text, "/run/1");
	assert_string_equal(conf.startup.of[RSYNCD_LOG_FILE].text, "/log/1");
	assert_string_equal(conf.globals.of[RSYNCD_MOTD_FILE].text, "/j/motd");
	value = conf.modules[0].values.of;
	assert_string_equal(value[RSYNCD_LOG_FILE].text, "/j/log/1");
	/* The user is not known before the secrets are read: it is what the daemon's environment says. */
	assert_string_equal(value[RSYNCD_SECRETS_FILE].text, "/j/s/root/");
	assert_string_equal(value[RSYNCD_EXCLUDE_FROM].text, "/j/a/x");
	assert_string_equal(value[RSYNCD_INCLUDE_FROM].text, "/j/i");
	assert_string_equal(value[RSYNCD_LOCK_FILE].text, "/j/var/run/rsyncd.lock");
	assert_int_equal(value[RSYNCD_MAX_CONNECTIONS].number, -1);
}

/* Before it accepts, the daemon reads up to the first section, wherever that is, and keeps what is included. */
static void the_startup_pass_is_another(void **state)
{
	static const struct {
		const char *conf, *included, *pid, *motd;
	} rows[] = {
	    {"&include /f\n", "pid file=/f\nmotd file=/f\n", "/f", NULL},
	    {"&include /f\npid file=/c\n", "pid file=/f\n[a]\n", "/f", NULL},
	    {"&merge /f\npid file=/c\n", "motd file=/f\n", "/c", "/f"},
	    {"[global]\npid file=/c\nmotd file=/c\n", "", NULL, "/c"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct file files[] = {{"/f", rows[i].included, 0}, {0}};
		struct world world = {.files = files, .conf = rows[i].conf, .conf_length = strlen(rows[i].conf)};
		struct rsyncd_conf conf;
		struct refusal why;
		const char *pid, *motd;

		assert_int_equal(read_conf(&conf, &world, &why), 0);
		pid = conf.startup.of[RSYNCD_PID_FILE].text;
		motd = conf.globals.of[RSYNCD_MOTD_FILE].text;
		if (strcmp(pid ? pid : "", rows[i].pid ? rows[i].pid : "") != 0 ||
		    strcmp(motd ? motd : "", rows[i].motd ? rows[i].motd : "") != 0)
			fail_msg("row %zu: pid file %s, motd file %s", i, pid, motd);
	}
}

static void warns_of_what_rsync_ignores(void **state)
{
	static const struct {
		const char *conf, *warning;
	} rows[] = {
	    {"[a]\n\nbogus = 1\n", CONF ":3: unknown parameter \"bogus\", which rsync ignores\n"},
	    {"-path = 1\n", CONF ":1: unknown parameter \"-path\", which rsync ignores\n"},
	    {"[a]\npid file = 1\n", CONF ":2: \"pid file\" is a global parameter; rsync ignores it in a module\n"},
	    {"path\n", CONF ":1: \"path\" has no \"=\"; rsync ignores the line\n"},
	    {"list = 2\n", CONF ":1: list = 2: neither yes nor no; rsync ignores the line\n"},
	    {"use chroot = unset\nuid = x\nport = 1\ninsecure links = no\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world world;

		describe(rows[i].conf, strlen(rows[i].conf), NULL, &world);
		assert_string_equal(world.warnings, rows[i].warning);
	}
}

static void knows_what_it_read(void **state)
{
	static const char text[] = "&merge /d\n&include /f\n";
	static const struct file files[] = {{"/d", "a.inc\0", 6}, {"/d/a.inc", "", 0}, {"/f", "", 0}, {0}};
	struct world world = {.files = files, .conf = text, .conf_length = sizeof(text) - 1};
	struct rsyncd_conf conf;
	struct refusal why;

	(void)state;
	assert_int_equal(read_conf(&conf, &world, &why), 0);
	assert_int_equal(conf.file_count, 3);
	assert_string_equal(conf.files[0].path, CONF);
	assert_string_equal(conf.files[1].path, "/d");
	assert_true(conf.files[1].directory);
	assert_string_equal(conf.files[2].path, "/f");
}

static void reads_many_modules(void **state)
{
	enum { MODULES = 10000 };
	static char text[MODULES * 32];
	struct world world = {.conf = text};
	struct rsyncd_conf conf;
	struct refusal why;

	(void)state;
	for (unsigned i = 0; i < MODULES; i++)
		world.conf_length += (size_t)sprintf(text + world.conf_length, "[m%u]\npath=/m/%u\n", i, i);
	assert_int_equal(read_conf(&conf, &world, &why), 0);
	assert_int_equal(conf.module_count, MODULES);
	assert_string_equal(conf.modules[MODULES - 1].root, "/m/9999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_lines),
	    cmocka_unit_test(a_nul_ends_a_value_or_the_file),
	    cmocka_unit_test(inherits),
	    cmocka_unit_test(follows_files),
	    cmocka_unit_test(gives_up_where_rsync_does),
	    cmocka_unit_test(finds_directories),
	    cmocka_unit_test(expands_variables),
	    cmocka_unit_test(finds_files),
	    cmocka_unit_test(the_startup_pass_is_another),
	    cmocka_unit_test(warns_of_what_rsync_ignores),
	    cmocka_unit_test(knows_what_it_read),
	    cmocka_unit_test(reads_many_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
