/* SPDX-License-Identifier: ISC */
/* Feeds files to a fuzz target, as libFuzzer would without looking for new ones: TARGET FILE... */
#include <signal.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static const char *current;

static void tell(int signal)
{
	static const char by[] = ": died of it\n";
	ssize_t ignored = write(2, current, strlen(current));

	ignored = write(2, by, sizeof(by) - 1);
	(void)ignored;
	_exit(128 + signal);
}

static int replay(const char *name)
{
	FILE *file = fopen(name, "r");
	uint8_t *exact;
	char *data = NULL;
	size_t room = 0;
	ssize_t size;

	if (!file) {
		perror(name);
		return -1;
	}
	/* The whole of it: no byte is EOF. */
	size = getdelim(&data, &room, EOF, file);
	size = size < 0 ? 0 : size;
	exact = malloc((size_t)size + 1);
	HOLDS(exact);
	memcpy(exact, data, (size_t)size);
	LLVMFuzzerTestOneInput(exact, (size_t)size);
	free(exact);
	free(data);
	return fclose(file);
}

int main(int argc, char **argv)
{
	signal(SIGABRT, tell);
	signal(SIGSEGV, tell);
	signal(SIGBUS, tell);
	signal(SIGFPE, tell);
	for (int i = 1; i < argc; i++) {
		current = argv[i];
		if (replay(argv[i]))
			return 1;
	}
	printf("%d inputs\n", argc - 1);
	return argc < 2;
}
