/* SPDX-License-Identifier: ISC */
/* Feeds files to a fuzz target, as libFuzzer would without looking for new ones: TARGET FILE... */
#include <signal.h>
#include <sys/stat.h>
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
	struct stat stat;
	uint8_t *data;
	size_t size;

	if (!file || fstat(fileno(file), &stat)) {
		perror(name);
		return -1;
	}
	data = malloc((size_t)stat.st_size + 1);
	HOLDS(data);
	size = fread(data, 1, (size_t)stat.st_size, file);
	HOLDS(size == (size_t)stat.st_size);
	LLVMFuzzerTestOneInput(data, size);
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
