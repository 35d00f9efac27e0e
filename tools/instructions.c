/* SPDX-License-Identifier: ISC */
/*
 * Finding instructions without being told where code begins.
 *
 * Two bytes can stand for a system call by chance: in the middle of a constant, or in a table between functions. So the
 * bytes are only a candidate. Decoding x86 from a wrong start falls into step after a few instructions; when most of
 * the starts before a candidate lead to it, it is an instruction. A whole sweep would take seconds for a large program
 * and be led astray by every table.
 */
#include "tools/instructions.h"

#include <capstone/capstone.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "tools/tools.h"

#define STARTS 32 /* decoded from, right before a candidate; the longest instruction has 15 bytes */

struct code {
	const uint8_t *bytes;
	size_t length;
};

/* Whether decoding from `start` comes to stand at `candidate`. */
static bool leads_to(csh decoder, cs_insn *insn, const struct code *code, size_t start, size_t candidate)
{
	const uint8_t *at = code->bytes + start;
	size_t left = code->length - start;
	uint64_t address = start;

	while (address < candidate)
		if (!cs_disasm_iter(decoder, &at, &left, &address, insn)) {
			/* Newer than the decoder, or no code: in step again soon. */
			at++;
			left--;
			address++;
		}
	return address == candidate;
}

static bool is_instruction(csh decoder, cs_insn *insn, const struct code *code, size_t candidate)
{
	size_t first = candidate < STARTS ? 0 : candidate - STARTS;
	size_t agree = 0;

	if (candidate == first)
		return true;
	for (size_t start = first; start < candidate; start++)
		agree += leads_to(decoder, insn, code, start, candidate);
	return agree * 2 > candidate - first;
}

static void count_in(csh decoder, cs_insn *insn, const struct code *code, struct instructions *out)
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
			*count += is_instruction(decoder, insn, code, (size_t)(at - code->bytes));
			at += 2;
		}
	}
}

/* Sections of code, or where they were stripped, executable segments, which hold more than code. */
static void count_all(Elf *elf, csh decoder, cs_insn *insn, struct instructions *out)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Phdr segment;
	size_t segments = 0, size = 0;
	const uint8_t *file;
	bool found = false;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data = gelf_getshdr(section, &header) && (header.sh_flags & SHF_EXECINSTR) &&
					 header.sh_type == SHT_PROGBITS
				     ? elf_rawdata(section, NULL)
				     : NULL;

		if (data && data->d_buf)
			count_in(decoder, insn, &(struct code){data->d_buf, data->d_size}, out);
		found |= data != NULL;
	}
	file = found ? NULL : (const uint8_t *)elf_rawfile(elf, &size);
	elf_getphdrnum(elf, &segments);
	for (size_t i = 0; file && i < segments; i++)
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD && (segment.p_flags & PF_X) &&
		    segment.p_offset < size && segment.p_filesz <= size - segment.p_offset)
			count_in(decoder, insn, &(struct code){file + segment.p_offset, segment.p_filesz}, out);
}

bool instructions_count(const char *path, struct instructions *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = fd < 0 || elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	GElf_Ehdr header;
	csh decoder;
	cs_insn *insn;

	*out = (struct instructions){0};
	if (elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header) &&
	    (header.e_machine == EM_X86_64 || header.e_machine == EM_386)) {
		if (cs_open(CS_ARCH_X86, header.e_machine == EM_X86_64 ? CS_MODE_64 : CS_MODE_32, &decoder))
			refused("the disassembler does not start");
		insn = cs_malloc(decoder);
		if (!insn)
			refused("no memory");
		count_all(elf, decoder, insn, out);
		cs_free(insn, 1);
		cs_close(&decoder);
		out->known = true;
	}
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
