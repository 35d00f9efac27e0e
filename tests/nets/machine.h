/* SPDX-License-Identifier: ISC */
/* Starting the process under test: somebody else beside it, and the library with a policy before it. */
#ifndef PRECLUDE_TESTS_NETS_MACHINE_H
#define PRECLUDE_TESTS_NETS_MACHINE_H

#include <sys/prctl.h>

#include "../shim/without_landlock.h"
#include "model.h"

static const struct setting *find_setting(const char *name)
{
	for (size_t i = 0; i < COUNT(settings); i++)
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	return NULL;
}

/* The outsider, at the other end of descriptor OUTSIDER. */
static inline void start_outsider(void)
{
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "make a socket");
	if (fork() == 0) {
		for (int fd = 0; fd < 100; fd++)
			if (fd != ends[0] && fd != 2 && !(reset_files && fd >= 40 && fd < 60))
				close(fd);
		outsider(ends[0]);
	}
	close(ends[0]);
	dup2(ends[1], OUTSIDER);
	close(ends[1]);
}

/* What is executed next is under the library, with the policy of the setting. */
static inline void under_library(void)
{
	setenv("LD_PRELOAD", "/library", 1);
	if (!strstr(setting->variables[0], "=/,dev"))
		setenv("PRECLUDE_EXEC", "/self", 1);
	setenv("PRECLUDE_LOG", "/log/events", 1);
	for (unsigned i = 0; i < COUNT(setting->variables) && setting->variables[i]; i++)
		putenv((char *)setting->variables[i]);
	if (setting->alone)
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && without_landlock() == 0, "install a filter");
}

#endif
