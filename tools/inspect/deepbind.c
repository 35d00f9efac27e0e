/* SPDX-License-Identifier: ISC */
/*
 * Finding calls of dlopen without symbols: relocation -> its word in the GOT -> who jumps or calls through that word ->
 * who calls that stub -> the last constant that was put into the register of the flags.
 *
 * The constant is looked for in the few instructions before the call, as compilers put it there; where none is found
 * the flags are said to be open, never to be harmless.
 */
#include "tools/inspect/deepbind.h"

#include <dlfcn.h>
#include <string.h>

#include "tools/inspect/object.h"

#define WORDS   16 /* relocations looked after: one a function and way of calling, in what a linker makes */
#define STUBS   8  /* .plt, .plt.sec, .plt.got, and one for dlmopen each */
#define BEFORE  64 /* bytes before a call that are looked through */
#define KNOWN   (RTLD_LAZY | RTLD_NOW | RTLD_NOLOAD | RTLD_DEEPBIND | RTLD_GLOBAL | RTLD_NODELETE)
#define MOV_ESI 0xbe /* mov $imm32, %esi: dlopen's second parameter; %edx is 0xba: dlmopen's third */
#define MOV_EDX 0xba

struct target {
	uint64_t word;         /* its place in the GOT */
	uint64_t stubs[STUBS]; /* where code begins that jumps there */
	unsigned count;
	uint8_t load; /* opcode that loads its flags */
};

/* Where the four bytes at `at` of an instruction that ends right after them lead to. */
static uint64_t relative(const struct code *code, size_t at)
{
	int32_t distance;

	memcpy(&distance, code->bytes + at, sizeof(distance));
	return code->address + at + sizeof(distance) + (uint64_t)(int64_t)distance;
}

static void judge(const struct code *code, size_t call, uint8_t load, struct deepbind *out)
{
	for (size_t back = 5; back <= BEFORE && back <= call; back++) {
		uint32_t flags;

		memcpy(&flags, code->bytes + call - back + 1, sizeof(flags));
		if (code->bytes[call - back] != load || !flags || (flags & ~(uint32_t)KNOWN))
			continue;
		if (flags & RTLD_DEEPBIND)
			out->with++;
		else
			out->without++;
		return;
	}
	out->open++;
}

/* jmp *word(%rip), and the landing pads that may stand before it; call *word(%rip) is a call already. */
static void through_word(const struct code *code, struct target *target, struct deepbind *out)
{
	static const uint8_t pad[] = {0xf3, 0x0f, 0x1e, 0xfa};

	for (size_t i = 0; i + 6 <= code->length; i++) {
		size_t start = i;

		if (code->bytes[i] != 0xff || relative(code, i + 2) != target->word)
			continue;
		if (code->bytes[i + 1] == 0x15)
			judge(code, i, target->load, out);
		if (code->bytes[i + 1] != 0x25)
			continue;
		if (start && code->bytes[start - 1] == 0xf2)
			start--;
		if (start >= sizeof(pad) && !memcmp(code->bytes + start - sizeof(pad), pad, sizeof(pad)))
			start -= sizeof(pad);
		if (target->count < STUBS)
			target->stubs[target->count++] = code->address + start;
	}
}

static void through_stubs(const struct code *code, const struct target *target, struct deepbind *out)
{
	for (size_t i = 0; i + 5 <= code->length; i++) {
		if (code->bytes[i] != 0xe8 && code->bytes[i] != 0xe9)
			continue;
		for (unsigned j = 0; j < target->count; j++)
			if (relative(code, i + 1) == target->stubs[j])
				judge(code, i, target->load, out);
	}
}

/* All of the stubs first: code may call one that lies behind it. */
static void find_calls(const struct object *object, struct target *target, struct deepbind *out)
{
	Elf_Scn *section = NULL;
	struct code code;

	while (object_next_code(object, &section, &code))
		through_word(&code, target, out);
	while (object_next_code(object, &section, &code))
		through_stubs(&code, target, out);
}

/* Of the dynamic symbols that a section of relocations is linked to. */
static void look(const struct object *object, Elf_Scn *relocations, const GElf_Shdr *header, unsigned *words,
		 struct deepbind *out)
{
	Elf_Data *data = elf_getdata(relocations, NULL);
	Elf_Scn *symbols = elf_getscn(object->elf, header->sh_link);
	Elf_Data *table = symbols ? elf_getdata(symbols, NULL) : NULL;
	GElf_Shdr names;
	GElf_Rela rela;
	GElf_Sym symbol;

	if (!data || !table || !gelf_getshdr(symbols, &names))
		return;
	for (int i = 0; gelf_getrela(data, i, &rela); i++) {
		const char *name = gelf_getsym(table, (int)GELF_R_SYM(rela.r_info), &symbol)
				       ? elf_strptr(object->elf, names.sh_link, symbol.st_name)
				       : NULL;
		bool dlmopen = name && !strcmp(name, "dlmopen");

		if ((!dlmopen && !(name && !strcmp(name, "dlopen"))) || ++*words > WORDS)
			continue;
		struct target target = {.word = rela.r_offset, .load = dlmopen ? MOV_EDX : MOV_ESI};

		find_calls(object, &target, out);
	}
}

void deepbind_look(const char *path, struct deepbind *out)
{
	struct object object;
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	unsigned words = 0;

	*out = (struct deepbind){.known = object_open(&object, path) && object.header.e_machine == EM_X86_64};
	while (out->known && (section = elf_nextscn(object.elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_RELA)
			look(&object, section, &header, &words, out);
	object_close(&object);
}
