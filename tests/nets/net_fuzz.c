/* SPDX-License-Identifier: ISC */
/*
 * The differential fuzzer: the same random calls by one process without the library and by one with it, each on a
 * machine of its own (world.h) with equal files. What the policy permits must come out alike: result, errno, what was
 * said, descriptors, and all that the files are. What it does not permit is only tried with the library: it must fail
 * and change nothing (model.h).
 *
 *   net_fuzz run SETTING SEED STEPS LIBRARY [LEFT-OUT]    one sequence; prints what differs
 *   net_fuzz shrink SETTING SEED STEPS LIBRARY ROW KIND   the shortest part of it that still shows that
 *
 * Each difference is a line "DISTURBANCE/SETTING/ROW/KIND<tab>STEP<tab>CALL<tab>BARE<tab>WITH THE LIBRARY". KIND:
 * result, errno, said, number (of a descriptor), content (of what was opened), state (of the files), passed (what had
 * to be refused), changed (files, by what had to be refused), died. A difference in the state ends the sequence. Exit
 * status: 0, 1 after a difference, 77 when no such machine can be made here.
 */
#include "fuzz_state.h"
#include "machine.h"

#include <poll.h>

/* The process under test, with the library or without it. */

static int worker(unsigned steps, const char *without)
{
	preloaded = getenv("LD_PRELOAD") != NULL;
	find_symbols();
	know_roots();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(shared != MAP_FAILED, "share memory");
	left_out = calloc(steps + 1, 1);
	for (const char *at = without; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if ((unsigned)atoi(at) < steps)
			left_out[atoi(at)] = 1;
	if (roots_that_count == 1)
		must(chdir(tops[2]) == 0 && chdir(tops[0]) == 0, "enter the module");
	else
		must(chdir(seed % 3 || setting->looks ? tops[seed % 2] : tops[2]) == 0, "chdir");
	shared->until = steps;
	run_steps();
	return 0;
}

struct run {
	int pid, pipe;
	char *text;
	size_t size;
	FILE *out;
	int status;
};

/* A machine, and on it the process under test. */
static void machine(bool library, char **argv, const char *without, int transcript)
{
	new_root(argv[5]);
	make_world(seed);
	dup2(transcript, TRANSCRIPT);
	start_outsider();
	dup2(open("/w/out/victim", O_RDWR), INHERITED);
	dup2(open("/w/out", O_RDONLY | O_DIRECTORY), INHERITED + 1);
	dup2(open("/dev/null", O_RDWR), 0), dup2(0, 1);
	for (int fd = 3; fd < 70; fd++)
		if (fd != INHERITED && fd != INHERITED + 1 && fd != TRANSCRIPT && fd != OUTSIDER)
			close(fd);
	umask(022);
	if (library)
		under_library();
	alarm(60);
	execl("/self", "net_fuzz", "worker", argv[2], argv[3], argv[4], without, NULL);
	must(false, "execute /self");
}

static void start(struct run *run, bool library, char **argv, const char *without)
{
	int ends[2];

	must(pipe2(ends, O_CLOEXEC) == 0, "make a pipe");
	run->pid = fork();
	if (run->pid == 0) {
		close(ends[0]);
		machine(library, argv, without, fcntl(ends[1], F_DUPFD, 80));
	}
	close(ends[1]);
	run->pipe = ends[0];
	run->out = open_memstream(&run->text, &run->size);
}

/* Both at once: neither waits for the other, whatever a pipe holds. */
static void collect(struct run *runs)
{
	struct pollfd polled[2] = {{runs[0].pipe, POLLIN, 0}, {runs[1].pipe, POLLIN, 0}};
	static char buffer[1 << 16];
	int open_ends = 2;

	while (open_ends && poll(polled, 2, -1) > 0)
		for (unsigned i = 0; i < 2; i++) {
			if (polled[i].fd < 0 || !polled[i].revents)
				continue;
			ssize_t count = read(polled[i].fd, buffer, sizeof buffer);

			if (count > 0) {
				fwrite(buffer, 1, (size_t)count, runs[i].out);
				continue;
			}
			close(polled[i].fd);
			polled[i].fd = -1;
			open_ends--;
		}
	for (unsigned i = 0; i < 2; i++) {
		fclose(runs[i].out);
		waitpid(runs[i].pid, &runs[i].status, 0);
	}
	/* Outsiders end with them. */
	while (wait(NULL) > 0)
		;
}

/* Comparing */

enum { NUMBER, VERDICT, WHAT, RESULT, ERRNO, SAID, DESCRIPTORS, CONTENT, STATE, FIELDS };
static const char *const kinds[FIELDS] = {"steps", "verdict", "what",    "result", "errno",
					  "said",  "number",  "content", "state"};

static bool split(char *text_, char **fields)
{
	for (unsigned i = 0; i < FIELDS; i++) {
		fields[i] = text_;
		text_ = strchr(text_, i + 1 < FIELDS ? '\t' : '\0');
		if (!text_)
			return false;
		*text_++ = '\0';
	}
	return true;
}

static char difference_row[64], difference_kind[32];
static const char *wanted_row, *wanted_kind;
static bool found_wanted, quiet;
static unsigned differences;

static void differ(const char *what, const char *kind, const char *number, const char *bare, const char *with_)
{
	snprintf(difference_row, sizeof difference_row, "%.*s", (int)strcspn(what, "(;"), what);
	if (!strncmp(what, "syscall(", 8))
		snprintf(difference_row, sizeof difference_row, "%.*s", (int)(strcspn(what, ")") + 1), what);
	snprintf(difference_kind, sizeof difference_kind, "%s", kind);
	differences++;
	if (wanted_row && !strcmp(wanted_row, difference_row) && !strcmp(wanted_kind, kind))
		found_wanted = true;
	if (!quiet)
		printf("%s/%s/%s/%s\t%s\t%s\t%s\t%s\n", disturbances[seed % DISTURBANCES], setting->name,
		       difference_row, kind, number, what, bare, with_);
}

/* Whether what follows can still be compared. */
static bool compare_lines(char **bare, char **with_, const char *state_before)
{
	char one[256], two[256];
	const bool refused = !strcmp(bare[VERDICT], "refuse");
	const char *kind = NULL;

	for (unsigned i = 0; i < FIELDS && !kind; i++)
		if (strcmp(bare[i], with_[i]) && !(refused && i >= RESULT && i <= CONTENT))
			kind = kinds[i];
	/* A descriptor, but not the lowest that is free. */
	if (kind == kinds[RESULT] && atol(bare[RESULT]) >= 0 && atol(with_[RESULT]) >= 0 &&
	    (strcmp(bare[DESCRIPTORS], with_[DESCRIPTORS]) || !strncmp(bare[WHAT], "hold", 4)))
		kind = kinds[DESCRIPTORS];
	if (refused && atol(with_[RESULT]) >= 0)
		kind = "passed";
	else if (refused && strcmp(with_[STATE], state_before))
		kind = "changed";
	if (!kind)
		return true;
	snprintf(one, sizeof one, "%s %s %s%s%s", bare[RESULT], bare[ERRNO], bare[SAID], bare[DESCRIPTORS],
		 bare[CONTENT]);
	snprintf(two, sizeof two, "%s %s %s%s%s", with_[RESULT], with_[ERRNO], with_[SAID], with_[DESCRIPTORS],
		 with_[CONTENT]);
	differ(with_[WHAT], kind, with_[NUMBER], one, two);
	return !strcmp(bare[STATE], with_[STATE]) && !strcmp(bare[NUMBER], with_[NUMBER]) &&
	       !strcmp(bare[WHAT], with_[WHAT]) && !strcmp(bare[VERDICT], with_[VERDICT]) && strcmp(kind, "passed");
}

static void compare(struct run *runs)
{
	char *at[2] = {runs[0].text, runs[1].text}, *fields[2][FIELDS];
	char state[32] = "";
	bool goes_on = true;

	while (goes_on && *at[0] && *at[1]) {
		for (unsigned i = 0; i < 2; i++) {
			char *end = strchr(at[i], '\n');

			if (!end)
				return;
			*end = '\0';
			if (!split(at[i], fields[i])) {
				printf("cannot read: %s\n", at[i]);
				exit(2);
			}
			at[i] = end + 1;
		}
		if (!*state)
			snprintf(state, sizeof state, "%s", fields[0][STATE]);
		goes_on = compare_lines(fields[0], fields[1], state);
		snprintf(state, sizeof state, "%s", fields[0][STATE]);
	}
	if (goes_on && (runs[1].status || *at[0] || *at[1])) {
		char said_[64];

		snprintf(said_, sizeof said_, "status %x and %x", runs[0].status, runs[1].status);
		differ(said_, "died", "-", at[0], at[1]);
	}
}

/* Returns the exit status. */
static int both(char **argv, const char *without)
{
	struct run runs[2] = {{0}, {0}};

	differences = 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	start(&runs[0], false, argv, without);
	start(&runs[1], true, argv, without);
	collect(runs);
	if (getenv("NET_FUZZ_SHOW"))
		printf("%s\n----\n%s\n", runs[0].text, runs[1].text);
	if (WIFEXITED(runs[0].status) && WEXITSTATUS(runs[0].status) == CANNOT)
		return CANNOT;
	compare(runs);
	free(runs[0].text), free(runs[1].text);
	return differences ? 1 : 0;
}

/* Leaves out ever smaller parts as long as the difference stays. */
static int shrink(char **argv)
{
	unsigned steps = (unsigned)atoi(argv[4]);
	unsigned char *out = calloc(steps + 1, 1), *tried = calloc(steps + 1, 1);
	char *list_ = malloc(steps * 8 + 8);

	wanted_row = argv[6], wanted_kind = argv[7], quiet = true;
	for (unsigned size = steps / 2; size; size /= 2)
		for (unsigned first = 0; first < steps; first += size) {
			memcpy(tried, out, steps);
			memset(tried + first, 1, size < steps - first ? size : steps - first);
			*list_ = '\0';
			for (unsigned i = 0, length = 0; i < steps; i++)
				if (tried[i])
					length += (unsigned)sprintf(list_ + length, "%u,", i);
			if (!memcmp(tried, out, steps))
				continue;
			found_wanted = false;
			both(argv, list_);
			if (found_wanted)
				memcpy(out, tried, steps);
		}
	*list_ = '\0';
	for (unsigned i = 0, length = 0; i < steps; i++)
		if (out[i])
			length += (unsigned)sprintf(list_ + length, "%u,", i);
	setenv("NET_FUZZ_SHOW", "1", 1);
	quiet = false;
	return both(argv, list_);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 5 || !(setting = find_setting(argv[2])))
		return CANNOT;
	seed = strtoull(argv[3], NULL, 10);
	if (!strcmp(setting->name, "narrow"))
		roots_that_count = 1;
	second_is_read_only = !strcmp(setting->name, "read-only");
	if (!strcmp(argv[1], "worker"))
		return worker((unsigned)atoi(argv[4]), argc > 5 ? argv[5] : NULL);
	if (!strcmp(argv[1], "shrink") && argc == 8)
		return shrink(argv);
	return argc > 5 ? both(argv, argc > 6 ? argv[6] : "") : CANNOT;
}
