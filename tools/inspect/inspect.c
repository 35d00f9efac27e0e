/* SPDX-License-Identifier: ISC */
/* preclude inspect: what the library will see of a program, before it runs. */
#include "tools/inspect/inspect.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/tools.h"
#include "tools/events/json_text.h"
#include "tools/program/preload.h"

static const struct argp inspect_argp = {
    .options = json_options,
    .parser = parse_json,
    .args_doc = "[--json] PROGRAM...",
    .doc = "Says of each program whether the library can enter it, which path functions it imports,\n"
	   "and what of it will not be seen.",
};

/* False when the program is not there or cannot be read, which has been said. */
static bool look_at(const char *name, const char *library, struct finding *out)
{
	int error;

	*out = (struct finding){0};
	error = program_find(&out->program, name);
	/* A library need not be executable. */
	if (error == EACCES && strchr(name, '/') && !access(name, R_OK))
		error = 0;
	if (!error) {
		program_examine(&out->program, library);
		out->obstacle = program_obstacle(&out->program, false);
		if (!instructions_count(out->program.object, &out->instructions))
			error = errno;
	}
	if (error) {
		warning("%s: %s", name, strerror(error));
		return false;
	}
	imports_read(out->program.object, library, &out->imports);
	return true;
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

		if (!look_at(argv[i], library, &finding)) {
			status = PRECLUDE_EXIT_REFUSED;
			continue;
		}
		if (json)
			json_array_append_new(programs, finding_json(&finding));
		else
			finding_print(&finding);
		imports_free(&finding.imports);
	}
	if (json)
		json_print(json_pack("{s:i, s:o}", "v", 1, "programs", programs), stdout);
	finish_output();
	return status;
}
