/* SPDX-License-Identifier: ISC */
/* preclude inspect: its words and its JSON. */
#include <stdio.h>
#include <string.h>

#include "shim/base/names.h"
#include "tools/cli/tools.h"
#include "tools/events/json_text.h"
#include "tools/inspect/inspect.h"

#define COLUMN 18

static unsigned long own_calls(const struct finding *f)
{
	return f->instructions.syscall + f->instructions.int80 + f->instructions.sysenter;
}

static size_t unwrapped(const struct imports *imports)
{
	size_t count = 0;

	for (size_t i = 0; i < imports->count; i++)
		count += !imports->paths[i].wrapped;
	return count;
}

/* One sentence for a person, without a subject: what the library can do for this program, and what it cannot. */
static const char *finding_verdict(const struct finding *f)
{
	const struct imports *imports = &f->imports;

	if (imports->shared)
		return "is a library: it is seen in the programs that load it";
	switch (f->obstacle) {
	case OBSTACLE_NONE:
		break;
	case OBSTACLE_UNREADABLE:
		return "may be executed but not read: whether it can be preloaded, only a run can tell";
	case OBSTACLE_STATIC:
		return imports->go
			   ? "cannot be preloaded: it is a static Go program; preclude run holds it by the outer layer"
			   : "cannot be preloaded: it is static; preclude run holds it by the outer layer";
	case OBSTACLE_CLASS:
	case OBSTACLE_MACHINE:
		return "cannot be preloaded by this library: it needs one that is built for its machine";
	case OBSTACLE_LIBC:
		return "cannot be preloaded by this library: it needs one that is built for its libc";
	case OBSTACLE_OLD:
		return "cannot be preloaded by this library: its own libc is too old, and it would not start";
	case OBSTACLE_SETID:
		return "cannot be preloaded: it is setuid or setgid; under no_new_privs it can, without the other id";
	case OBSTACLE_CAPABILITIES:
		return "cannot be preloaded: it has file capabilities";
	}
	if (imports->go)
		return "can be preloaded, but Go makes its system calls itself: it is confined and hardly logged";
	if (own_calls(f))
		return "can be preloaded, but makes system calls of its own: they are confined, and logged with "
		       "PRECLUDE_RAW=on";
	if (unwrapped(imports))
		return "can be preloaded, but not all of its path functions are wrapped: those are confined and not "
		       "logged";
	if (f->program.marked || f->program.endowed)
		return "can be preloaded by you alone: for others it is setuid, setgid or has file capabilities";
	return imports->count ? "can be preloaded: each of its path calls is seen"
			      : "can be preloaded: it calls no path function itself";
}

/* One fact a line, under the verdict. */
static void label(const char *text)
{
	printf("  %-*s", COLUMN, text);
}

static void print_functions(const struct imports *imports)
{
	size_t missing = unwrapped(imports), at = 0;

	label("path functions");
	printf("%zu, %s", imports->count, missing ? "not all wrapped:" : "all wrapped\n");
	for (size_t i = 0; i < imports->count; i++) {
		if (!imports->paths[i].wrapped)
			printf(" %s", imports->paths[i].name);
		at += imports->paths[i].at;
	}
	if (missing)
		putchar('\n');
	for (size_t i = 0; i < imports->count; i++) {
		const struct import *import = &imports->paths[i];

		if (!i || import->does != import[-1].does) {
			printf("%s    %-*s", i ? "\n" : "", COLUMN - 2, does_name(import->does));
			printf("%s", import->name);
		} else {
			printf(" %s", import->name);
		}
	}
	putchar('\n');
	label("*at forms");
	if (!at)
		puts("none: every name is resolved as a whole path, at the time of the call");
	for (size_t i = 0; i < imports->count; i++)
		if (imports->paths[i].at)
			printf("%s%s", imports->paths[i].name, --at ? " " : "\n");
}

static void print_instructions(const struct finding *f)
{
	const struct instructions *i = &f->instructions;

	label("own system calls");
	if (!i->known)
		puts("not known for this machine");
	else if (!own_calls(f))
		puts("none");
	else
		printf("%lu syscall, %lu int $0x80, %lu sysenter%s\n", i->syscall, i->int80, i->sysenter,
		       f->obstacle == OBSTACLE_NONE && !f->imports.shared ? "; PRECLUDE_RAW=on sees them" : "");
}

void finding_print(const struct finding *f)
{
	const struct program *program = &f->program;
	const struct imports *imports = &f->imports;
	const bool script = program->object != program->path;
	const bool enters = f->obstacle == OBSTACLE_NONE && !imports->shared;
	struct refusal line; /* for its escaping */

	refuse(&line, "%s%s%s: %s", program->path, script ? ", run by " : "", script ? program->object : "",
	       finding_verdict(f));
	puts(line.text);
	if (enters) {
		label("enters");
		puts(imports->own_entry ? "from the library's constructor: the program never calls __libc_start_main"
					: "before main and the program's own constructors");
	}
	if (program->marked || program->endowed) {
		label("privileges");
		puts(program->marked ? "setuid or setgid" : "file capabilities");
	}
	if (imports->count)
		print_functions(imports);
	if (imports->hidden_count) {
		label("inside libc");
		for (size_t i = 0; i < imports->hidden_count; i++)
			printf("%s ", imports->hidden[i]);
		puts("(files that libc opens by itself: only the kernel sees them)");
	}
	print_instructions(f);
	if (imports->opens) {
		label("dlopen");
		puts("yes; a library that is opened with RTLD_DEEPBIND finds libc before ours");
	}
}

json_t *finding_json(const struct finding *f)
{
	const struct instructions *i = &f->instructions;
	const struct imports *imports = &f->imports;
	json_t *counts = i->known ? json_pack("{s:I, s:I, s:I}", "syscall", (json_int_t)i->syscall, "int80",
					      (json_int_t)i->int80, "sysenter", (json_int_t)i->sysenter)
				  : json_null();
	json_t *functions = json_array(), *hidden = json_array();

	for (size_t at = 0; at < imports->count; at++) {
		const struct import *import = &imports->paths[at];

		json_array_append_new(functions,
				      json_pack("{s:s, s:s, s:b, s:b}", "name", import->name, "does",
						does_name(import->does), "at", import->at, "wrapped", import->wrapped));
	}
	for (size_t at = 0; at < imports->hidden_count; at++)
		json_array_append_new(hidden, json_string(imports->hidden[at]));
	return json_pack("{s:o, s:o, s:b, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o}", "program",
			 json_text(f->program.path), "object", json_text(f->program.object), "preload",
			 f->obstacle == OBSTACLE_NONE, "reason", obstacle_words(f->obstacle), "verdict",
			 finding_verdict(f), "library", imports->shared, "setid", f->program.marked, "capabilities",
			 f->program.endowed, "go", imports->go, "own_entry", imports->own_entry, "dlopen",
			 imports->opens, "functions", functions, "hidden", hidden, "instructions", counts);
}
