/* SPDX-License-Identifier: ISC */
/*
 * Finding instructions without being told where code begins.
 *
 * Two bytes can stand for a system call by chance: in the middle of a constant, or in a table between functions. So the
 * bytes are only a candidate. Decoding x86 from a wrong start falls into step after a few instructions; when most of
 * the starts before a candidate lead to it, it is an instruction. A whole sweep would take seconds for a large program
 * and be led astray by every table.
 */
#include "tools/inspect/instructions.h"

#include <Zydis/Zydis.h>
#include <string.h>

#include "tools/cli/memory.h"
#include "tools/cli/tools.h"
#include "tools/inspect/object.h"

/*
 * Decoding starts at each of STARTS bytes, the last of them APART bytes before the candidate: several instructions (the
 * longest has 15 bytes) to fall into step. From nearer by, the operand of a call in bash was taken for an instruction.
 */
#define STARTS 32
#define APART  96

/* Whether decoding from `start` comes to stand at `candidate`. */
static bool leads_to(const ZydisDecoder *decoder, const struct code *code, size_t start, size_t candidate)
{
	ZydisDecodedInstruction instruction;

	while (start < candidate)
		/* Newer than the decoder, or no code: in step again soon. */
		start += ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(decoder, NULL, code->bytes + start,
								    code->length - start, &instruction))
			     ? instruction.length
			     : 1;
	return start == candidate;
}

static bool is_instruction(const ZydisDecoder *decoder, const struct code *code, size_t candidate)
{
	const size_t last = candidate < APART ? 0 : candidate - APART;
	const size_t first = last < STARTS ? 0 : last - STARTS;
	size_t agree = 0;

	for (size_t start = first; start <= last; start++)
		agree += leads_to(decoder, code, start, candidate);
	return agree * 2 > last - first;
}

static void count_in(const ZydisDecoder *decoder, const struct code *code, struct instructions *out)
{
	static const struct {
		uint8_t bytes[2];
		size_t offset;
	} kinds[] = {
	    {{0x0f, 0x05}, offsetof(struct instructions, syscall)},
	    {{0xcd, 0x80}, offsetof(struct instructions, int80)},
	    {{0x0f, 0x34}, offsetof(struct instructions, sysenter)},
	};

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++) {
		const uint8_t *end = code->bytes + code->length, *at = code->bytes;
		unsigned long *count = (unsigned long *)(void *)((char *)out + kinds[kind].offset);

		while ((at = memmem(at, (size_t)(end - at), kinds[kind].bytes, 2))) {
			*count += is_instruction(decoder, code, (size_t)(at - code->bytes));
			at += 2;
		}
	}
}

/* Sections of code, or where they were stripped, executable segments, which hold more than code. */
static void count_all(const struct object *object, const ZydisDecoder *decoder, struct instructions *out)
{
	Elf_Scn *section = NULL;
	GElf_Phdr segment;
	size_t segments = 0, size = 0;
	const uint8_t *file;
	struct code code;
	bool found = false;

	while (object_next_code(object, &section, &code)) {
		count_in(decoder, &code, out);
		found = true;
	}
	file = found ? NULL : (const uint8_t *)elf_rawfile(object->elf, &size);
	elf_getphdrnum(object->elf, &segments);
	for (size_t i = 0; file && i < segments; i++)
		if (gelf_getphdr(object->elf, (int)i, &segment) && segment.p_type == PT_LOAD &&
		    (segment.p_flags & PF_X) && segment.p_offset < size && segment.p_filesz <= size - segment.p_offset)
			count_in(decoder, &(struct code){.bytes = file + segment.p_offset, .length = segment.p_filesz},
				 out);
}

bool instructions_count(const char *path, struct instructions *out)
{
	struct object object;
	const bool is_elf = object_open(&object, path), readable = object.fd >= 0;
	const int machine = object.header.e_machine;
	const bool wide = machine == EM_X86_64;
	ZydisDecoder decoder;

	*out = (struct instructions){0};
	if (is_elf && (machine == EM_X86_64 || machine == EM_386)) {
		if (ZYAN_FAILED(ZydisDecoderInit(&decoder,
						 wide ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
						 wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32)))
			refused("the disassembler does not start");
		count_all(&object, &decoder, out);
		out->known = true;
	}
	object_close(&object);
	return readable;
}
