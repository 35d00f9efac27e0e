/* SPDX-License-Identifier: ISC */
/* preclude rsyncd: reads an rsyncd.conf as the daemon would, and prints the policy that it asks for. */
#include "tools/rsyncd.h"

#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/tools.h"

#define KEY_FORMAT 0x100

static const struct format {
	const char *name;
	void (*print)(const struct rsyncd_policy *policy);
	bool service; /* started by a service manager: in "/", with no variables of ours */
} formats[] = {
    {"env", rsyncd_print_env, false},
    {"json", rsyncd_print_json, false},
    {"unit", rsyncd_print_unit, true},
};

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "env|json|unit", 0, "what to print (default env)", 0}, {0}};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	const struct format **format = state->input;

	if (key != KEY_FORMAT)
		return ARGP_ERR_UNKNOWN;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(value, formats[i].name)) {
			*format = &formats[i];
			return 0;
		}
	}
	refused("--format: \"%s\": unknown; write env, json or unit", value);
}

static const struct argp rsyncd_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "[--format env|json|unit] [CONF]",
    .doc = "Prints the policy that an rsyncd.conf asks for (default /etc/rsyncd.conf), and on\n"
	   "standard error what in it weakens confinement.\v"
	   "env prints variables for a shell: set -a; eval \"$(preclude rsyncd)\"; set +a\n"
	   "unit prints a drop-in for systemd's rsync.service.",
};

/* What the parser's callbacks need. */
struct reader {
	struct arena arena;
	struct worries *worries;
	const char *directory;
};

/* The names in a directory, each with a NUL behind it. */
static enum rsyncd_found read_names(int fd, struct slice *text)
{
	char *names = NULL;
	size_t length = 0;
	FILE *out = rsyncd_need(open_memstream(&names, &length));
	DIR *directory = fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		close(fd);
		fclose(out);
		free(names);
		return RSYNCD_MISSING;
	}
	while ((entry = readdir(directory)))
		fwrite(entry->d_name, strlen(entry->d_name) + 1, 1, out);
	closedir(directory);
	if (fclose(out))
		refused("no memory");
	*text = (struct slice){names, length};
	return RSYNCD_DIRECTORY;
}

static enum rsyncd_found read_text(int fd, struct slice *text)
{
	char buffer[16384], *whole = NULL;
	size_t length = 0;
	FILE *out = rsyncd_need(open_memstream(&whole, &length));
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, (size_t)got, 1, out);
	close(fd);
	if (fclose(out))
		refused("no memory");
	*text = (struct slice){whole, length};
	return got < 0 ? RSYNCD_MISSING : RSYNCD_TEXT;
}

/* What is read is used until the command ends. */
static enum rsyncd_found read_file(void *context, const char *path, struct slice *text)
{
	struct reader *reader = context;
	struct stat status;
	int fd;

	if (!*path)
		return RSYNCD_MISSING;
	if (*path != '/')
		path = rsyncd_beneath(&reader->arena, reader->directory, path);
	fd = path ? open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &status) < 0)
		return RSYNCD_MISSING;
	if (S_ISDIR(status.st_mode))
		return read_names(fd, text);
	if (S_ISREG(status.st_mode))
		return read_text(fd, text);
	close(fd);
	return RSYNCD_NEITHER;
}

static void keep_warning(void *context, const char *text)
{
	struct reader *reader = context;

	worry(reader->worries, WORRY_CONF, NULL, "%s", text);
}

/* As it is typed, from where it is typed. */
static const char *conf_path(struct arena *arena, const char *word)
{
	char *here = *word == '/' ? NULL : rsyncd_need(getcwd(NULL, 0));
	const char *path = here ? rsyncd_beneath(arena, here, word) : word;

	if (!path)
		refused("no memory");
	free(here);
	return path;
}

int command_rsyncd(int argc, char **argv)
{
	static char *none[] = {NULL};
	const struct format *format = &formats[0];
	int first = parse_options(&rsyncd_argp, argc, argv, &format);
	struct worries worries = {0};
	struct reader reader = {.worries = &worries};
	struct rsyncd_conf conf;
	struct refusal why;

	if (argc - first > 1)
		refused("%s: one configuration is enough", argv[first + 1]);
	const char *path = conf_path(&reader.arena, first < argc ? argv[first] : "/etc/rsyncd.conf");

	reader.directory = format->service ? "/" : rsyncd_need(getcwd(NULL, 0));
	const struct rsyncd_source source = {.context = &reader,
					     .read = read_file,
					     .warn = keep_warning,
					     .environment = format->service ? none : environ,
					     .directory = reader.directory};
	struct rsyncd_policy policy = {
	    .conf = &conf, .arena = &reader.arena, .worries = &worries, .directory = reader.directory};

	if (rsyncd_conf_read(&conf, path, &source, &reader.arena, &why))
		refused("%s", why.text);
	rsyncd_policy_make(&policy);
	for (size_t i = 0; i < worries.count; i++)
		warning("%s", worries.lines[i]);
	format->print(&policy);
	if (fflush(stdout) || ferror(stdout))
		refused("standard output: %s", strerror(errno));
	return 0;
}
