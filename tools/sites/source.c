/* SPDX-License-Identifier: ISC */
/*
 * Addresses are looked up object by object, each opened once and closed again: a project's test suite may have logged
 * hundreds of programs, and the debug information of one may be larger than the whole report.
 */
#include "tools/sites/source.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/memory.h"

/* The levels of one address: where the call stands, then the functions that it was inlined into. */
struct address {
	uint64_t offset;
	struct site_frame *frames; /* innermost first; at least one */
	unsigned count;
	UT_hash_handle hh;
};

struct object {
	const char *name; /* build-id and path, kept: equal texts are one pointer */
	const char *path;
	const char *build_id;
	struct address *addresses;
	UT_hash_handle hh;
};

struct source {
	struct report *report;
	struct object *objects;
	struct site_names changed; /* objects that are not what was logged */
	struct site_names missing;
	unsigned changed_count, missing_count;
};

static struct object *object_of(struct source *source, const struct logged_frame *frame)
{
	struct object *object;
	const char *name;
	char both[8192];

	snprintf(both, sizeof(both), "%s %s", frame->build_id ? frame->build_id : "", frame->object);
	name = keep_text(source->report, both);
	HASH_FIND_PTR(source->objects, &name, object);
	if (!object) {
		object = zeroed(sizeof(*object));
		object->name = name;
		object->path = frame->object;
		object->build_id = frame->build_id;
		HASH_ADD_PTR(source->objects, name, object);
	}
	return object;
}

static struct address *address_of(struct source *source, const struct logged_frame *frame)
{
	struct object *object = object_of(source, frame);
	struct address *address;

	HASH_FIND(hh, object->addresses, &frame->offset, sizeof(frame->offset), address);
	if (!address) {
		address = zeroed(sizeof(*address));
		address->offset = frame->offset;
		HASH_ADD(hh, object->addresses, offset, sizeof(address->offset), address);
	}
	return address;
}

static bool build_id_is(Dwfl_Module *module, const char *wanted)
{
	const unsigned char *bits;
	GElf_Addr at;
	int length = dwfl_module_build_id(module, &bits, &at);
	char byte[3];

	if (length <= 0 || strlen(wanted) != (size_t)length * 2)
		return false;
	for (int i = 0; i < length; i++) {
		snprintf(byte, sizeof(byte), "%02x", bits[i]);
		if (memcmp(byte, wanted + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

/* A file as the only module of `dwfl`, or NULL when it is not the object. */
static Dwfl_Module *report_file(Dwfl *dwfl, const char *path, const char *build_id)
{
	Dwfl_Module *module;

	dwfl_report_begin(dwfl);
	module = dwfl_report_offline(dwfl, path, path, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	return module && (!build_id || build_id_is(module, build_id)) ? module : NULL;
}

/* The object where it was; else, when that was replaced or is gone, its debug information alone, by build-id. */
static Dwfl_Module *open_object(struct source *source, Dwfl *dwfl, const struct object *object)
{
	Dwfl_Module *module = report_file(dwfl, object->path, object->build_id);
	char path[512];

	if (!module && object->build_id && strlen(object->build_id) > 2) {
		snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%.2s/%s.debug", object->build_id,
			 object->build_id + 2);
		module = report_file(dwfl, path, object->build_id);
	}
	if (!module) {
		bool there = !access(object->path, F_OK);
		struct site_names *names = there ? &source->changed : &source->missing;

		(*(there ? &source->changed_count : &source->missing_count))++;
		keep_name(source->report, names, object->path);
	}
	return module;
}

/* The unit of an address. clang leaves out the table that tells, so all units are asked where it has no answer. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr at, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, at, bias);

	while (!unit && (unit = dwfl_module_nextcu(module, unit, bias))) {
		do {
			if (dwarf_haspc(unit, at - *bias) > 0)
				return unit;
		} while ((unit = dwfl_module_nextcu(module, unit, bias)));
		break;
	}
	return unit;
}

/* Those that enclose an address, the innermost first: functions inlined into each other, then the real one. */
static int enclosing(Dwfl_Module *module, Dwarf_Die *unit, Dwarf_Addr at, Dwarf_Die **scopes)
{
	Dwarf_Die *around = NULL;
	Dwarf_Die innermost;
	Dwarf_Addr bias;
	int count = dwarf_getscopes(unit, at, &around);

	*scopes = NULL;
	if (count <= 0)
		return 0;
	/* These go on where an inlined function was defined; what encloses the code itself must be asked of the first.
	 */
	const bool found = dwarf_offdie(dwfl_module_getdwarf(module, &bias), dwarf_dieoffset(&around[0]), &innermost);
	free(around);
	count = found ? dwarf_getscopes_die(&innermost, scopes) : 0;
	return count > 0 ? count : 0;
}

struct spot {
	const char *file;
	int line;
};

static struct spot called_from(Dwarf_Die *unit, Dwarf_Die *inlined)
{
	struct spot spot = {0};
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word value;
	size_t count;

	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &value) &&
	    !dwarf_getsrcfiles(unit, &files, &count) && value < count)
		spot.file = dwarf_filesrc(files, value, NULL, NULL);
	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &value))
		spot.line = (int)value;
	return spot;
}

static void put_level(struct source *source, struct address *address, const char *function, struct spot spot,
		      bool inlined)
{
	address->frames = must(reallocarray(address->frames, address->count + 1, sizeof(*address->frames)));
	address->frames[address->count++] = (struct site_frame){
	    .function = keep_text(source->report, function),
	    .source = keep_text(source->report, spot.file),
	    .line = spot.line > 0 ? (unsigned)spot.line : 0,
	    .inlined = inlined,
	};
}

static void look_up(struct source *source, Dwfl_Module *module, GElf_Addr base, struct address *address)
{
	Dwarf_Addr at = address->offset + base;
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = unit_of(module, at, &bias);
	Dwarf_Line *line = unit ? dwarf_getsrc_die(unit, at - bias) : NULL;
	struct spot spot = {0};
	Dwarf_Die *scopes = NULL;
	int count = unit ? enclosing(module, unit, at - bias, &scopes) : 0;

	if (line) {
		spot.file = dwarf_linesrc(line, NULL, NULL);
		dwarf_lineno(line, &spot.line);
	}
	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);
		bool inlined = tag == DW_TAG_inlined_subroutine;

		if (!inlined && tag != DW_TAG_subprogram)
			continue;
		put_level(source, address, dwarf_diename(&scopes[i]), spot, inlined);
		if (!inlined)
			break;
		spot = called_from(unit, &scopes[i]);
	}
	free(scopes);
	if (!address->count) {
		const char *name = dwfl_module_addrname(module, at);

		if (name || spot.file)
			put_level(source, address, name, spot, false);
	}
}

static void resolve_object(struct source *source, const struct object *object)
{
	static const Dwfl_Callbacks callbacks = {
	    .find_elf = dwfl_build_id_find_elf,
	    .find_debuginfo = dwfl_standard_find_debuginfo,
	    .section_address = dwfl_offline_section_address,
	};
	Dwfl *dwfl = *object->path == '/' ? dwfl_begin(&callbacks) : NULL;
	Dwfl_Module *module = dwfl ? open_object(source, dwfl, object) : NULL;
	GElf_Addr base;

	if (module && dwfl_module_getelf(module, &base)) {
		for (struct address *address = object->addresses; address; address = address->hh.next)
			look_up(source, module, base, address);
	}
	dwfl_end(dwfl);
}

/* The levels of all frames, one after the other. */
static void expand(struct source *source, struct site *site)
{
	struct site_frame levels[SITE_FRAMES];
	unsigned count = 0;

	for (unsigned i = 0; i < site->raw_count; i++) {
		const struct logged_frame *raw = &site->raw[i];
		const struct address *address = raw->object ? address_of(source, raw) : NULL;

		for (unsigned level = 0;
		     count < SITE_FRAMES && level < (address && address->count ? address->count : 1); level++) {
			struct site_frame frame = {0};

			if (address && address->count)
				frame = address->frames[level];
			frame.object = raw->object;
			frame.build_id = raw->build_id;
			frame.symbol = raw->symbol;
			frame.offset = raw->offset;
			if (!frame.function)
				frame.function = raw->symbol;
			levels[count++] = frame;
		}
	}
	sites_frames(source->report, site, levels, count);
}

static void say(struct report *report, const struct site_names *names, unsigned count, const char *what)
{
	if (count)
		keep_note(report, "%u object%s %s, so no source lines from there: %s%s%s%s%s%s", count,
			  count == 1 ? "" : "s", what, names->name[0], names->count > 1 ? ", " : "",
			  names->count > 1 ? names->name[1] : "", names->count > 2 ? ", " : "",
			  names->count > 2 ? names->name[2] : "", names->count > 3 ? ", ..." : "");
}

/* The tables first, which leaves their entries in a row. */
static void forget(struct object *objects)
{
	struct object *object = objects, *next_object;

	HASH_CLEAR(hh, objects);
	for (; object; object = next_object) {
		struct address *address = object->addresses, *next;

		HASH_CLEAR(hh, object->addresses);
		for (; address; address = next) {
			next = address->hh.next;
			free(address->frames);
			free(address);
		}
		next_object = object->hh.next;
		free(object);
	}
}

void source_resolve(struct report *report)
{
	struct source source = {.report = report};

	for (size_t i = 0; i < report->site_count; i++) {
		struct site *site = report->sites[i];

		for (unsigned frame = 0; frame < site->raw_count; frame++) {
			if (site->raw[frame].object)
				address_of(&source, &site->raw[frame]);
		}
	}
	for (const struct object *object = source.objects; object; object = object->hh.next)
		resolve_object(&source, object);
	for (size_t i = 0; i < report->site_count; i++)
		expand(&source, report->sites[i]);
	say(report, &source.changed, source.changed_count, "changed since the log was written");
	say(report, &source.missing, source.missing_count, "not on this machine");
	forget(source.objects);
}
