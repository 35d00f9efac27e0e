/* SPDX-License-Identifier: ISC */
/*
 * .eh_frame_hdr is a sorted table from code addresses to FDEs. An FDE describes one function and refers to a CIE, which
 * says what many functions have in common. The format is that of the Linux Standard Base. Objects are trusted as far as
 * the loader trusts them, but no read leaves the object's mapping.
 */
#include "shim/stack/cfi.h"

uintptr_t cursor_leb(struct cursor *c, bool is_signed)
{
	uintptr_t value = 0;
	unsigned shift = 0;
	uint8_t byte = 0;

	do {
		byte = cursor_byte(c);
		if (shift < 8 * sizeof(value))
			value |= (uintptr_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && byte & 0x40 && shift < 8 * sizeof(value))
		value |= ~(uintptr_t)0 << shift;
	return value;
}

/* Size of a pointer encoding (DW_EH_PE_*), 0 for those that are not read here. */
static size_t encoded_size(uint8_t encoding)
{
	static const uint8_t size[8] = {sizeof(uintptr_t), 0, 2, 4, 8, 0, 0, 0};

	return size[encoding & 7];
}

/* A record: its length, then that much. The first word behind the length stays to be read. */
static struct cursor record(const struct unwind_object *object, uintptr_t address)
{
	struct cursor c = {NULL, NULL};
	uint32_t length;

	if (address < object->start || address > object->end - 8)
		return c;
	memcpy(&length, (const void *)address, sizeof(length));
	if (length < 4 || length > object->end - address - 4)
		return c;
	c.at = (const uint8_t *)address + 4;
	c.end = c.at + length;
	return c;
}

static bool parse_common(struct cfi_entry *e, uint8_t *encoding, bool *sized)
{
	struct cursor *c = &e->common;
	uint8_t version;
	const char *letters;

	*encoding = 0;
	if (cursor_fixed(c, 4) != 0)
		return false;
	version = cursor_byte(c);
	letters = (const char *)c->at;
	while (cursor_byte(c) != 0)
		;
	e->code_align = (uint32_t)cursor_uleb(c);
	e->data_align = (uint32_t)cursor_leb(c, true);
	e->return_column = (uint32_t)(version == 1 ? cursor_byte(c) : cursor_uleb(c));
	*sized = letters[0] == 'z';
	if (*sized) {
		uintptr_t length = cursor_uleb(c);
		struct cursor data = *c;

		cursor_skip(c, length);
		for (letters++; *letters; letters++)
			switch (*letters) {
			case 'R':
				*encoding = cursor_byte(&data);
				break;
			case 'P': /* the personality routine, in an encoding of its own */
				cursor_skip(&data, encoded_size(cursor_byte(&data)));
				break;
			case 'L':
				cursor_byte(&data);
				break;
			case 'S':
				e->signal = true;
				break;
			default: /* aarch64's B and G carry no data */
				break;
			}
	} else if (letters[0]) {
		return false;
	}
	return c->at < c->end;
}

bool cfi_find(const struct unwind_object *object, uintptr_t pc, struct cfi_entry *e)
{
	const uint8_t *header = object->eh_frame_hdr;
	const uintptr_t base = (uintptr_t)header;
	uint32_t count, low = 0, high;
	int32_t pair[2];
	uint8_t encoding;
	uintptr_t link;
	bool sized;

	/* Version 1; pointer, count and table in the encodings that every linker uses. */
	if (!header || base > object->end - 12 || memcmp(header, "\x01\x1b\x03\x3b", 4))
		return false;
	memcpy(&count, header + 8, sizeof(count));
	if (count > (object->end - base - 12) / sizeof(pair))
		return false;
	for (high = count; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		memcpy(pair, header + 12 + middle * sizeof(pair), sizeof(pair));
		if (base + (uintptr_t)pair[0] <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	memcpy(pair, header + 12 + (low - 1) * sizeof(pair), sizeof(pair));
	e->begin = base + (uintptr_t)pair[0];
	e->function = record(object, base + (uintptr_t)pair[1]);
	if (!e->function.at)
		return false;
	link = (uintptr_t)e->function.at;
	e->common = record(object, link - (uint32_t)cursor_fixed(&e->function, 4));
	if (!e->common.at || !parse_common(e, &encoding, &sized) || !encoded_size(encoding))
		return false;
	cursor_skip(&e->function, encoded_size(encoding)); /* begin, which the table has told */
	if (pc - e->begin >= cursor_fixed(&e->function, encoded_size(encoding)))
		return false;
	if (sized)
		cursor_skip(&e->function, cursor_uleb(&e->function));
	return true;
}
