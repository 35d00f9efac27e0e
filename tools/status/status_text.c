/* SPDX-License-Identifier: ISC */
/* preclude status, for people: a title and words on each line, and what to do where something is missing. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tools/status/support.h"

#define WIDTH  96
#define INDENT 12

static int column; /* where the next word would go */

/* Begins a line; put() adds to it, and goes on beneath the first word where it is full. */
static void begin(const char *title)
{
	column = printf("%-*s", INDENT, title);
}

static void put(const char *word)
{
	if (column > INDENT && column + 1 + (int)strlen(word) > WIDTH)
		column = printf("\n%*s", INDENT, "") - 1;
	column += printf("%s%s", column > INDENT ? " " : "", word);
}

static void line(const char *title, const char *words)
{
	printf("%-*s%s\n", INDENT, title, words);
}

static void put_rights(struct rights set)
{
	unsigned cursor = 0;
	const char *name;

	while ((name = rights_next(set, &cursor)))
		put(name);
}

/* What stands in lsm= now, so that the advice can be copied. */
static void print_boot_parameter(void)
{
	char modules[256] = "...";
	FILE *file = fopen("/sys/kernel/security/lsm", "re");

	if (file) {
		if (fgets(modules, sizeof(modules), file))
			modules[strcspn(modules, "\n")] = '\0';
		fclose(file);
	}
	printf("%*s    lsm=landlock,%s\n", INDENT, "", modules);
}

static void print_missing(int error)
{
	if (error == EOPNOTSUPP) {
		line("landlock", "built into this kernel, but not enabled (EOPNOTSUPP)");
		line("status", "none: nothing runs, except with --require nothing");
		line("what to do",
		     "enable it on the kernel command line, or in CONFIG_LSM of the kernel's configuration:");
		print_boot_parameter();
	} else if (error == ENOSYS) {
		line("landlock", "not built into this kernel (ENOSYS)");
		line("status", "none: nothing runs, except with --require nothing");
		line("what to do", "boot Linux 5.13 or later, configured with CONFIG_SECURITY_LANDLOCK=y;");
		line("", "in a container, its seccomp filter may hide the landlock_* calls: allow them");
	} else {
		line("landlock", strerror(error));
		line("status", "none: nothing runs, except with --require nothing");
		line("what to do", "find the seccomp filter or security module that refuses the landlock_* calls");
	}
}

static void print_status(const struct offer *offer)
{
	const struct rights lacks = offer_lacks(offer);
	const int abi = rights_abi(lacks);

	if (rights_none(lacks)) {
		line("status", "full: this is all that a policy asks of the kernel by default");
		return;
	}
	begin("status");
	put("partial: without");
	put_rights(lacks);
	putchar('\n');
	if (abi > offer->abi)
		printf("%-*sLinux %s (ABI %d) has them; --require full refuses to run without\n", INDENT, "what to do",
		       abi_linux(abi), abi);
	else
		line("", "although this ABI has them: somebody left them out of this kernel, or filters the calls");
}

static void print_group(const char *title, struct rights offered)
{
	begin(title);
	put_rights(offered);
	puts(rights_none(offered) ? "none" : "");
}

/* What nobody misses by default, and a later kernel has. */
static void print_later(const struct offer *offer)
{
	const struct rights more = rights_minus(rights_of_abi(INT_MAX), rights_by_default());
	const struct rights absent = rights_minus(more, offer->rights);
	char from[32];

	if (rights_none(absent))
		return;
	begin("later");
	for (int abi = 1; abi <= rights_abi(absent); abi++) {
		/* Those of `absent` that came with this very ABI. */
		struct rights since = rights_minus(absent, rights_of_abi(abi - 1));
		struct rights these = rights_minus(since, rights_minus(since, rights_of_abi(abi)));

		if (rights_none(these))
			continue;
		put_rights(these);
		snprintf(from, sizeof(from), "(%s)", abi_linux(abi));
		put(from);
	}
	putchar('\n');
}

static void print_errata(int answer)
{
	unsigned errata = answer < 0 ? 0 : (unsigned)answer;
	char word[64];

	begin("errata");
	if (answer < 0)
		put("this kernel cannot be asked");
	else if (!errata)
		put("none fixed");
	for (int number = 1; number <= ERRATA; number++) {
		const char *words = erratum_words(number);
		const char *comma = errata >> number ? "," : "";

		if (!(errata >> (number - 1) & 1))
			continue;
		if (words)
			snprintf(word, sizeof(word), "%d (%s)%s", number, words, comma);
		else
			snprintf(word, sizeof(word), "%d%s", number, comma);
		put(word);
	}
	putchar('\n');
}

static void print_flags(unsigned flags)
{
	begin("flags");
	for (unsigned bit = 0; bit < LL_RESTRICT_FLAGS; bit++) {
		if (flags >> bit & 1)
			put(restrict_flag_names[bit]);
	}
	puts(flags ? "" : "none");
}

void status_print_text(const struct offer *offer, const char *version)
{
	printf("%-*sLinux %s\n", INDENT, "kernel", version);
	if (offer->missing) {
		print_missing(offer->missing);
		return;
	}
	printf("%-*sABI %d (Linux %s)\n", INDENT, "landlock", offer->abi, abi_linux(offer->abi));
	print_status(offer);
	putchar('\n');
	print_group("filesystem", (struct rights){.fs = offer->rights.fs});
	print_group("network", (struct rights){.net = offer->rights.net});
	print_group("scope", (struct rights){.scope = offer->rights.scope});
	print_later(offer);
	print_flags(offer->restrict_flags);
	print_errata(offer->errata);
}
