/* SPDX-License-Identifier: ISC */
/* Prints the tables of the kernel matrix for docs/KERNELS.md: prog_document rights|outcomes|deeds */
#include <stdio.h>
#include <string.h>

#include "matrix.h"

#define OK 0

static const struct deed {
	const char *policy, *needs;
	int since, none, lacking, having;
	const char *what;
} deeds[] = {
#define DEED(policy, needs, none, lacking, having, what, call)                                                         \
	{#policy, #needs, SINCE_##needs, none, lacking, having, what},
#include "deeds.def"
#undef DEED
};

static const struct {
	const char *release, *brought;
} abis[] = {
#define ABI(abi, linux_release, brought) {linux_release, brought},
#include "../../sandbox/abi.def"
#undef ABI
};

static const char *group_words(const char *group)
{
	return group[0] == 'F' ? "files" : group[0] == 'N' ? "network" : "scope";
}

/* One row an ABI: what it brings, and what is dropped where it is the latest. */
static void print_rights(void)
{
	puts("| ABI | Linux | brings | roots alone: dropped |\n| --- | --- | --- | --- |");
	for (int abi = 1; abi <= (int)COUNT(abis); abi++) {
		const char *comma = "";

		printf("| %d | %s | ", abi, abis[abi - 1].release);
		for (size_t i = 0; i < COUNT(rights); i++) {
			if (rights[i].abi != abi)
				continue;
			printf("%s%s (%s)", comma, rights[i].name, group_words(rights[i].group));
			comma = ", ";
		}
		printf("%s%s |", *abis[abi - 1].brought ? comma : "", abis[abi - 1].brought);
		comma = " ";
		for (size_t i = 0; i < COUNT(rights); i++) {
			if (!is_asked(&rights[i], FILES) || rights[i].abi <= abi)
				continue;
			printf("%s%s", comma, rights[i].name);
			comma = ", ";
		}
		puts(*comma == ' ' ? " nothing |" : " |");
	}
}

static const char *state_words(int state)
{
	static char words[32];

	if (state == NOT_BUILT)
		return "not built in";
	if (state == NOT_ENABLED)
		return "not enabled";
	snprintf(words, sizeof(words), "ABI %d", state);
	return words;
}

static void print_outcomes(void)
{
	puts("| policy | Landlock | outcome | status | the program |\n| --- | --- | --- | --- | --- |");
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		const struct outcome *outcome = &outcomes[i];
		const int first = i == 0 || strcmp(outcomes[i - 1].policy, outcome->policy) != 0;

		for (size_t j = 0; first && j < COUNT(policies); j++)
			if (!strcmp(policies[j].name, outcome->policy))
				printf("| %s ", policies[j].what);
		printf("%s| %s", first ? "" : "| ", state_words(outcome->from));
		if (outcome->to == LATEST)
			printf(" and later");
		else if (outcome->to != outcome->from)
			printf(outcome->to < 1 ? ", or %s" : " to %s",
			       state_words(outcome->to) + (outcome->to < 1 ? 0 : 4));
		printf(" | %s | %s | %s |\n", outcome->outcome, outcome->status,
		       outcome->exit ? "is refused (125)" : "runs");
	}
}

static const char *error_words(int error)
{
	return error ? strerrorname_np(error) : "done";
}

static void print_deeds(void)
{
	for (size_t i = 0; i < COUNT(policies); i++) {
		int rows = 0;

		for (size_t j = 0; j < COUNT(deeds); j++) {
			const struct deed *deed = &deeds[j];

			if (strcmp(deed->policy, policies[i].name))
				continue;
			if (!rows++)
				printf("\nPolicy: %s.\n\n| what | decided by | without Landlock | before | since |\n"
				       "| --- | --- | --- | --- | --- |\n",
				       policies[i].what);
			printf("| %s | %s | %s | ", deed->what,
			       deed->since == SINCE_LIBRARY                                        ? "the library"
			       : deed->since == SINCE_LANDLOCK && !strcmp(deed->needs, "LANDLOCK") ? "any domain"
												   : deed->needs,
			       error_words(deed->none));
			if (deed->since > 1)
				printf("%s | %s (ABI %d) |\n", error_words(deed->lacking), error_words(deed->having),
				       deed->since);
			else
				printf("| %s |\n", error_words(deed->having));
		}
	}
}

int main(int argc, char **argv)
{
	const char *table = argc > 1 ? argv[1] : "";

	if (!strcmp(table, "rights"))
		print_rights();
	else if (!strcmp(table, "outcomes"))
		print_outcomes();
	else if (!strcmp(table, "deeds"))
		print_deeds();
	else
		return 2;
	return 0;
}
