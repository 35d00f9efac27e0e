/* SPDX-License-Identifier: ISC */
/* preclude inspect: what the library will see of a program, before it runs. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tools/instructions.h"
#include "tools/preload.h"
#include "tools/program.h"
#include "tools/tools.h"

static const struct argp inspect_argp = {
    .options = json_options,
    .parser = parse_json,
    .args_doc = "[--json] PROGRAM...",
    .doc = "Says of each program whether the library can enter it, and whether it makes system\n"
	   "calls by instructions of its own, which only PRECLUDE_RAW=on sees.",
};

struct finding {
	struct program program;
	enum obstacle obstacle;
	struct instructions instructions;
};

static void print_text(const struct finding *f)
{
	const struct program *program = &f->program;
	const struct instructions *i = &f->instructions;
	const bool script = program->object != program->path;
	struct refusal line; /* for its escaping */

	refuse(&line, "%s%s%s: %s", program->path, script ? ", run by " : "", script ? program->object : "",
	       obstacle_words(f->obstacle));
	fputs(line.text, stdout);
	if (!i->known)
		puts("; its system call instructions are not known");
	else if (!(i->syscall + i->int80 + i->sysenter))
		puts("; no system call instructions of its own");
	else
		printf("; system call instructions of its own: %lu syscall, %lu int $0x80, %lu sysenter%s\n",
		       i->syscall, i->int80, i->sysenter,
		       f->obstacle == OBSTACLE_NONE ? "; PRECLUDE_RAW=on sees the calls" : "");
}

static json_t *as_json(const struct finding *f)
{
	const struct instructions *i = &f->instructions;
	json_t *counts = i->known ? json_pack("{s:I, s:I, s:I}", "syscall", (json_int_t)i->syscall, "int80",
					      (json_int_t)i->int80, "sysenter", (json_int_t)i->sysenter)
				  : json_null();

	return json_pack("{s:s, s:s, s:b, s:s, s:o}", "program", f->program.path, "object", f->program.object,
			 "preload", f->obstacle == OBSTACLE_NONE, "reason", obstacle_words(f->obstacle), "instructions",
			 counts);
}

/* False when the program is not there or cannot be read, which has been said. */
static bool look_at(const char *name, const char *library, struct finding *out)
{
	int error;

	*out = (struct finding){0};
	error = program_find(&out->program, name);
	if (!error) {
		program_examine(&out->program, library);
		out->obstacle = program_obstacle(&out->program, false);
		if (!instructions_count(out->program.object, &out->instructions))
			error = errno;
	}
	if (error)
		warning("%s: %s", name, strerror(error));
	return !error;
}

int command_inspect(int argc, char **argv)
{
	bool json = false;
	int first = parse_options(&inspect_argp, argc, argv, &json), status = 0;
	const char *library = preload_library();
	json_t *programs = json_array();

	if (first == argc)
		refused("which program? preclude inspect [--json] PROGRAM...");
	for (int i = first; i < argc; i++) {
		struct finding finding;

		if (!look_at(argv[i], library, &finding))
			status = PRECLUDE_EXIT_REFUSED;
		else if (json)
			json_array_append_new(programs, as_json(&finding));
		else
			print_text(&finding);
	}
	if (json) {
		json_t *object = json_pack("{s:i, s:o}", "v", 1, "programs", programs);

		if (!object || json_dumpf(object, stdout, JSON_INDENT(2)) < 0)
			refused("the JSON cannot be written");
		putchar('\n');
		json_decref(object);
	}
	if (fflush(stdout) || ferror(stdout))
		refused("standard output: %s", strerror(errno));
	return status;
}
