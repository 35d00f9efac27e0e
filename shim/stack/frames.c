/* SPDX-License-Identifier: ISC */
/*
 * Call sites: which objects are loaded, who called, and what that is called.
 *
 * glibc (from 2.35) tells which object holds an address without a lock: _dl_find_object. Elsewhere the objects that are
 * there at start are remembered; those are never unloaded. dladdr and dl_iterate_phdr take a lock that a signal
 * handler, or a child forked from a thread, may find held for good, so that nothing here calls them later. What such a
 * loader opens afterwards has an address and no name.
 */
#include "shim/stack/frames.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

#include "sandbox/sys.h"
#include "shim/stack/backtrace_cache.h"
#include "shim/stack/cfi_cache.h"
#include "shim/stack/unwind.h"

#define OBJECTS_MAX 128
#define STEPS_MAX   64 /* frames looked at, ours included */

struct object {
	struct unwind_object code;
	uintptr_t bias; /* what the loader added to link-time addresses */
	const ElfW(Dyn) * dynamic;
	const char *name;
};

/* glibc's struct dl_find_object, which other libcs do not declare, up to the fields used here. */
struct found {
	unsigned long long flags;
	uintptr_t start;
	uintptr_t end;
	const struct link_map *map;
	const uint8_t *eh_frame_hdr;
	unsigned long long reserved[12];
};

static int (*find_object)(void *, struct found *);
static LARGE struct object objects[OBJECTS_MAX]; /* without find_object */
static unsigned object_count;
static const char *program_path;
static uintptr_t own_start, own_end;

static bool find(uintptr_t address, struct object *out)
{
	struct found found;

	if (find_object) {
		/* The loader's function takes any address as a pointer and does not follow it. */
		if (find_object((void *)address, &found) != 0) // NOLINT(performance-no-int-to-ptr)
			return false;
		*out = (struct object){.code = {found.start, found.end, found.eh_frame_hdr},
				       .bias = found.map->l_addr,
				       .dynamic = found.map->l_ld,
				       .name = found.map->l_name};
		return true;
	}
	for (unsigned i = 0; i < object_count; i++)
		if (address - objects[i].code.start < objects[i].code.end - objects[i].code.start) {
			*out = objects[i];
			return true;
		}
	return false;
}

static int remember(struct dl_phdr_info *info, size_t size, void *context)
{
	struct object *o = &objects[object_count];
	uintptr_t start = UINTPTR_MAX, end = 0;

	(void)size;
	(void)context;
	if (object_count == OBJECTS_MAX)
		return 1;
	memset(o, 0, sizeof(*o));
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		const uintptr_t at = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD) {
			start = at < start ? at & ~(uintptr_t)4095 : start;
			end = at + p->p_memsz > end ? at + p->p_memsz : end;
		} else if (p->p_type == PT_DYNAMIC) {
			o->dynamic = (const ElfW(Dyn) *)at; // NOLINT(performance-no-int-to-ptr)
		} else if (p->p_type == PT_GNU_EH_FRAME) {
			o->code.eh_frame_hdr = (const uint8_t *)at; // NOLINT(performance-no-int-to-ptr)
		}
	}
	if (start >= end)
		return 0;
	o->code.start = start;
	o->code.end = end;
	o->bias = info->dlpi_addr;
	o->name = info->dlpi_name;
	object_count++;
	return 0;
}

void frames_init(const char *program)
{
	struct object self;

	backtrace_init();
	program_path = program;
	*(void **)&find_object = dlsym(RTLD_DEFAULT, "_dl_find_object");
	object_count = 0;
	if (!find_object)
		dl_iterate_phdr(remember, NULL);
	/* Linked into a program, as the tests do it, there is no library of ours to leave out. */
	if (find((uintptr_t)frames_init, &self) &&
	    getauxval(AT_ENTRY) - self.code.start >= self.code.end - self.code.start) {
		own_start = self.code.start;
		own_end = self.code.end;
	}
}

bool frames_object(uintptr_t address, uintptr_t *start, uintptr_t *end)
{
	struct object object;

	if (!find(address, &object))
		return false;
	*start = object.code.start;
	*end = object.code.end;
	return true;
}

static bool own(uintptr_t pc)
{
	return pc - own_start < own_end - own_start;
}

/* Not inlined: its frame, and all below, is the same whoever asks. */
static __attribute__((noinline)) unsigned walk_up(struct backtrace_walk *walk, uintptr_t *pcs)
{
	const uint64_t generation = cfi_cache_generation();
	struct unwind at;
	struct object object;
	bool reached = false, stepped, exact;
	unsigned count;

	unwind_here(&at);
	at.end = backtrace_end(at.reg[UNWIND_SP]);
	count = backtrace_walk(
	    walk, (struct unwind_quick){at.reg[UNWIND_SP], at.reg[UNWIND_FP], at.reg[UNWIND_PC], at.end}, pcs);
	if (count)
		return count;
	pcs[count++] = walk->caller;
	for (unsigned step = 0; count < walk->max && step < STEPS_MAX; step++) {
		uintptr_t pc = at.reg[UNWIND_PC];

		if (!find(pc - !at.exact, &object)) {
			/* Generated code may call us; who called it, only a frame pointer knows. */
			if (pc != walk->caller)
				break;
			memset(&object, 0, sizeof(object));
		}
		if (!reached)
			reached = pc == walk->caller;
		else if (!own(pc))
			pcs[count++] = pc + at.exact; /* frames_describe takes 1 off again */
		exact = at.exact;
		stepped = unwind_step(&at, &object.code);
		if (!exact && object.code.start)
			cfi_cache_keep(generation, pc, at.cfi_rule);
		if (!stepped)
			break;
	}
	return count;
}

unsigned frames_capture(uintptr_t caller, uintptr_t *pcs, unsigned max)
{
	/* To be asked for, it must be there: this frame's own registers are saved where the walk finds them. */
	const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	struct backtrace_walk walk = {caller, frame, backtrace_end(frame), own, max};
	unsigned count = max ? backtrace_follow(&walk, pcs) : 0;

	if (!count && max)
		count = walk_up(&walk, pcs);
	__asm__ volatile("" : : : "memory"); /* a call, not a jump: this frame must stay */
	return count;
}

/* An address in a dynamic section: glibc relocates most of them in place, other loaders and the vDSO do not. */
static const void *dynamic_address(const struct object *o, uintptr_t value)
{
	if (value - o->code.start >= o->code.end - o->code.start)
		value += o->bias;
	if (value - o->code.start >= o->code.end - o->code.start)
		return NULL;
	return (const void *)value; // NOLINT(performance-no-int-to-ptr)
}

/* How many symbols a GNU hash table knows: the last one ends the chain of the highest bucket. */
static uint32_t gnu_hash_symbols(const uint32_t *table)
{
	const uint32_t *buckets = table + 4 + table[2] * (sizeof(uintptr_t) / sizeof(*table));
	const uint32_t *chains = buckets + table[0];
	uint32_t last = 0;

	for (uint32_t i = 0; i < table[0]; i++)
		last = buckets[i] > last ? buckets[i] : last;
	if (last < table[1])
		return table[1];
	while (!(chains[last - table[1]] & 1))
		last++;
	return last + 1;
}

/* The nearest dynamic symbol that covers a link-time address; of its aliases one without an underscore. */
static const char *symbol_at(const struct object *o, uintptr_t address)
{
	const ElfW(Sym) *symbols = NULL, *best = NULL;
	const char *strings = NULL;
	const uint32_t *gnu = NULL, *sysv = NULL;
	uint32_t count;

	for (const ElfW(Dyn) *d = o->dynamic; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			symbols = dynamic_address(o, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			strings = dynamic_address(o, d->d_un.d_ptr);
		else if (d->d_tag == DT_GNU_HASH)
			gnu = dynamic_address(o, d->d_un.d_ptr);
		else if (d->d_tag == DT_HASH)
			sysv = dynamic_address(o, d->d_un.d_ptr);
	}
	if (!symbols || !strings || (!gnu && !sysv))
		return NULL;
	count = sysv ? sysv[1] : gnu_hash_symbols(gnu);
	for (const ElfW(Sym) *s = symbols; s < symbols + count; s++)
		if (s->st_shndx != SHN_UNDEF && address - s->st_value < s->st_size &&
		    ((s->st_info & 15) == STT_FUNC || (s->st_info & 15) == STT_GNU_IFUNC) &&
		    (!best || s->st_value > best->st_value ||
		     (s->st_value == best->st_value && strings[best->st_name] == '_')))
			best = s;
	return best ? strings + best->st_name : NULL;
}

/* The build-id lies in a note; program headers follow the ELF header, which the first mapping begins with. */
static void read_build_id(const struct object *o, struct frame *out)
{
	const uintptr_t start = o->code.start;
	const ElfW(Ehdr) *header = (const void *)start; // NOLINT(performance-no-int-to-ptr)

	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phoff > 4096)
		return;
	for (unsigned i = 0; i < header->e_phnum; i++) {
		const ElfW(Phdr) *p = (const ElfW(Phdr) *)(const void *)((const char *)header + header->e_phoff) + i;
		uintptr_t at = o->bias + p->p_vaddr;

		if (p->p_type != PT_NOTE || at - start >= o->code.end - start)
			continue;
		for (uintptr_t end = at + p->p_memsz; end - at > sizeof(ElfW(Nhdr)) && at < end;) {
			const ElfW(Nhdr) *note = (const void *)at; // NOLINT(performance-no-int-to-ptr)
			const uint8_t *text = (const uint8_t *)(note + 1);

			if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(text, "GNU", 4)) {
				out->build_id_length = note->n_descsz > sizeof(out->build_id) ? sizeof(out->build_id)
											      : (uint8_t)note->n_descsz;
				memcpy(out->build_id, text + 4, out->build_id_length);
				return;
			}
			/* Both parts are padded to four bytes, or in notes of x86 properties to the segment's eight. */
			at += sizeof(*note) + ((note->n_namesz + 3u) & ~3u) + note->n_descsz;
			at = (at + p->p_align - 1) & ~(uintptr_t)(p->p_align - 1);
		}
	}
}

int frames_describe(uintptr_t pc, struct frame *out)
{
	struct object object;

	memset(out, 0, sizeof(*out));
	if (!find(pc - 1, &object))
		return 0;
	out->object = object.name && object.name[0] ? object.name : program_path;
	out->offset = pc - 1 - object.bias;
	out->symbol = symbol_at(&object, (uintptr_t)out->offset);
	read_build_id(&object, out);
	return 1;
}
