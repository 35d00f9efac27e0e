/* SPDX-License-Identifier: ISC */
/* rsyncd.conf from the disk -> policy, for `preclude rsyncd` that prints it and --rsyncd that puts it in force. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/rsyncd/rsyncd.h"

/* What the parser's callbacks need. */
struct reader {
	struct arena *arena;
	struct worries *worries;
	const char *directory;
};

static enum rsyncd_found unreadable(struct slice *why)
{
	*why = slice_of(strerror(errno));
	return RSYNCD_UNREADABLE;
}

/* The names in a directory, each with a NUL behind it. */
static enum rsyncd_found read_names(int fd, struct slice *text)
{
	struct text names;
	FILE *out;
	DIR *directory = fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		close(fd);
		return unreadable(text);
	}
	out = text_begin(&names);
	while ((entry = readdir(directory)))
		fwrite(entry->d_name, strlen(entry->d_name) + 1, 1, out);
	closedir(directory);
	text_end(&names);
	*text = (struct slice){names.bytes, names.length};
	return RSYNCD_DIRECTORY;
}

static enum rsyncd_found read_text(int fd, struct slice *text)
{
	char buffer[16384];
	struct text whole;
	FILE *out = text_begin(&whole);
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, (size_t)got, 1, out);
	if (got < 0)
		return unreadable(text);
	close(fd);
	text_end(&whole);
	*text = (struct slice){whole.bytes, whole.length};
	return RSYNCD_TEXT;
}

/* What is read is used until the command ends. */
static enum rsyncd_found read_file(void *context, const char *path, struct slice *text)
{
	struct reader *reader = context;
	struct stat status;
	int fd;

	if (!*path) {
		errno = ENOENT;
		return unreadable(text);
	}
	if (*path != '/')
		path = rsyncd_beneath(reader->arena, reader->directory, path);
	fd = open(must((void *)(uintptr_t)path), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return unreadable(text);
	if (S_ISDIR(status.st_mode))
		return read_names(fd, text);
	if (S_ISREG(status.st_mode))
		return read_text(fd, text);
	close(fd);
	*text = slice_of("neither a file nor a directory");
	return RSYNCD_UNREADABLE;
}

static void keep_warning(void *context, const char *text)
{
	struct reader *reader = context;

	worry(reader->worries, WORRY_CONF, NULL, "%s", text);
}

/* As it is typed, from where it is typed. */
static const char *conf_path(struct arena *arena, const char *word)
{
	char *here = *word == '/' ? NULL : must(getcwd(NULL, 0));
	const char *path = here ? rsyncd_beneath(arena, here, word) : word;

	if (!path)
		no_memory();
	free(here);
	return path;
}

void rsyncd_policy_read(struct rsyncd_policy *policy, const char *word, bool service)
{
	static char *none[] = {NULL};
	static struct arena arena;
	static struct worries worries;
	static struct rsyncd_conf conf;
	const char *path = conf_path(&arena, word ? word : "/etc/rsyncd.conf");
	const char *directory = service ? "/" : must(getcwd(NULL, 0));
	struct reader reader = {.arena = &arena, .worries = &worries, .directory = directory};
	const struct rsyncd_source source = {.context = &reader,
					     .read = read_file,
					     .warn = keep_warning,
					     .environment = service ? none : environ,
					     .directory = directory};
	struct refusal why;

	if (rsyncd_conf_read(&conf, path, &source, &arena, &why))
		refused("%s", why.text);
	*policy = (struct rsyncd_policy){.conf = &conf, .arena = &arena, .worries = &worries, .directory = directory};
	if (!conf.module_count)
		worry(&worries, WORRY_EMPTY, NULL, "%s: has no modules; rsync starts all the same, and serves nothing",
		      path);
	rsyncd_policy_make(policy);
}

void rsyncd_warn(const struct rsyncd_policy *policy)
{
	for (size_t i = 0; i < policy->worries->count; i++)
		warning("%s", policy->worries->lines[i]);
}
