/* SPDX-License-Identifier: ISC */
/* /proc/self/mountinfo (proc_pid_mountinfo(5)), read through a descriptor that is held since the start. */
#include "shim/locate/mounts.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/base/private_fd.h"

static atomic_bool changed;

void mounts_init(void)
{
	if (sys(SYS_geteuid) == 0)
		private_fd_take(PRIVATE_MOUNTS, (int)sys(SYS_openat, private_fd(PRIVATE_PROC), "self/mountinfo",
							 O_RDONLY | O_CLOEXEC, 0));
}

void mounts_changed(void)
{
	atomic_store(&changed, true);
}

/* A line on its way: fields are told apart by blanks, and what is in names is escaped (\040). */
struct line {
	const char *below;
	unsigned field; /* number of blanks before it; once the "-" was seen, counted from there */
	size_t length;  /* of the field so far */
	bool optional_over;
	bool beneath; /* the mount point still agrees with `below`, or lies beneath it */
	bool harmful;
	char type[16];
};

static bool names_harmful(const struct line *line)
{
	return !strcmp(line->type, "proc") || !strcmp(line->type, "securityfs") || !strcmp(line->type, "apparmorfs");
}

static void end_field(struct line *line)
{
	if (!line->optional_over && line->field == 4 && line->length < strlen(line->below))
		line->beneath = false;
	if (!line->optional_over && line->field >= 6 && line->length == 1 && line->type[0] == '-') {
		line->optional_over = true;
		line->field = 0;
	} else {
		line->field++;
	}
	if (line->optional_over && line->field == 1)
		line->harmful |= line->beneath && names_harmful(line);
	line->length = 0;
}

static void take(struct line *line, char byte)
{
	const size_t below = strlen(line->below);

	if (!line->optional_over && line->field == 4) {
		if (line->length < below ? byte != line->below[line->length] : line->length == below && byte != '/')
			line->beneath = false;
	} else if (line->length < sizeof line->type - 1) {
		line->type[line->length] = byte;
		line->type[line->length + 1] = '\0';
	}
	line->length++;
}

bool mounts_harmless(const char *path, struct scratch *scratch)
{
	const int fd = atomic_load(&changed) ? -1 : private_fd(PRIVATE_MOUNTS);
	struct line line = {.below = path, .beneath = true};
	long offset = 0, count;

	if (fd < 0 || path[0] != '/' || !path[1] || strpbrk(path, " \t\n\\#"))
		return false;
	while ((count = sys(SYS_pread64, fd, scratch->link, sizeof scratch->link, offset, 0)) > 0) {
		for (long i = 0; i < count; i++) {
			const char byte = scratch->link[i];

			if (byte == ' ') {
				end_field(&line);
			} else if (byte == '\n') {
				line = (struct line){.below = path, .beneath = true, .harmful = line.harmful};
			} else {
				take(&line, byte);
			}
		}
		offset += count;
	}
	return count == 0 && offset && !line.harmful;
}
