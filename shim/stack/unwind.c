/* SPDX-License-Identifier: ISC */
/*
 * Call frame information is a program that says, for each address of a function, where the caller's registers are: the
 * CFA (the caller's stack pointer) and a rule for each register (DWARF 4, section 6.4). Known here are the instructions
 * that occur among the 20 million in the libraries and programs of a Debian system; at others the frame pointer has to
 * do.
 */
#include "shim/stack/unwind.h"

#include <errno.h>
#include <stddef.h>

#include "sandbox/sys.h"
#include "shim/stack/cfi.h"

#define REMEMBERED 2 /* compilers nest DW_CFA_remember_state one deep */
#define OPERANDS   4
#define PAGE       ((uintptr_t)4096)
#define WORD       ((int32_t)sizeof(uintptr_t))

enum kind { SAME, UNDEFINED, AT_CFA, CFA_PLUS, REGISTER, AT_EXPRESSION, EXPRESSION };

/* A rule is a kind in three bits and a value: an offset, a register, or an expression's distance from the object. */
typedef int32_t rule_t;
#define RULE(kind, value) ((rule_t)((uint32_t)(value) << 3 | (kind)))
#define RULE_KIND(rule)   ((enum kind)((rule)&7))
#define RULE_VALUE(rule)  ((rule) >> 3)
_Static_assert(EXPRESSION < 1 << 3, "a kind of rule has more than three bits");

struct row {
	rule_t rule[UNWIND_SLOTS];
	rule_t cfa;    /* CFA_PLUS, counted from base, or EXPRESSION */
	uint32_t base; /* a DWARF register number */
};

static void set_rule(struct row *row, uintptr_t number, rule_t rule)
{
	if (UNWIND_SLOT(number) < UNWIND_SLOTS)
		row->rule[UNWIND_SLOT(number)] = rule;
}

/* Steps over an expression; its rule remembers where its length stands. */
static rule_t expression(struct cursor *c, const struct unwind_object *object, enum kind kind)
{
	ptrdiff_t distance = (ptrdiff_t)((uintptr_t)c->at - object->start);

	cursor_skip(c, cursor_uleb(c));
	return distance < 1 << 28 ? RULE(kind, distance) : RULE(UNDEFINED, 0);
}

/* An instruction that gives the register `number` a rule; `initial`: what restoring one goes back to. False for others.
 */
static bool set_by_one(struct row *row, uint8_t op, uintptr_t number, struct cursor *c, const struct cfi_entry *e,
		       const struct unwind_object *object, rule_t initial)
{
	switch (op) {
	case 0x05: /* DW_CFA_offset_extended */
		set_rule(row, number, RULE(AT_CFA, cursor_uleb(c) * e->data_align));
		return true;
	case 0x06: /* DW_CFA_restore_extended, same_value */
	case 0x08:
		set_rule(row, number, number == e->return_column ? initial : RULE(SAME, 0));
		return true;
	case 0x07: /* DW_CFA_undefined */
		set_rule(row, number, RULE(UNDEFINED, 0));
		return true;
	case 0x09: /* DW_CFA_register */
		set_rule(row, number, RULE(REGISTER, cursor_uleb(c)));
		return true;
	case 0x10: /* DW_CFA_expression */
		set_rule(row, number, expression(c, object, AT_EXPRESSION));
		return true;
	case 0x11: /* DW_CFA_offset_extended_sf */
		set_rule(row, number, RULE(AT_CFA, cursor_leb(c, true) * e->data_align));
		return true;
	case 0x0c: /* DW_CFA_def_cfa, def_cfa_offset */
	case 0x0e:
		row->cfa = RULE(CFA_PLUS, cursor_uleb(c));
		return true;
	case 0x13: /* DW_CFA_def_cfa_offset_sf */
		row->cfa = RULE(CFA_PLUS, cursor_leb(c, true) * e->data_align);
		return true;
	case 0x0f: /* DW_CFA_def_cfa_expression */
		row->cfa = expression(c, object, EXPRESSION);
		return true;
	default:
		return false;
	}
}

/* Runs one program as far as `pc`. False on an instruction that is not known. */
static bool run(struct cursor c, const struct cfi_entry *e, const struct unwind_object *object, uintptr_t pc,
		struct row *row)
{
	/* What DW_CFA_restore goes back to: a CIE has a rule for the return address, and for nothing else. */
	const rule_t initial =
	    UNWIND_SLOT(e->return_column) < UNWIND_SLOTS ? row->rule[UNWIND_SLOT(e->return_column)] : RULE(SAME, 0);
	struct row remembered[REMEMBERED];
	uintptr_t location = e->begin;
	unsigned depth = 0;

	while (c.at < c.end && location <= pc) {
		uint8_t op = cursor_byte(&c);
		uintptr_t number = 0;

		if (op & 0xc0) { /* DW_CFA_advance_loc, _offset, _restore, with their first operand inside */
			number = op & 0x3f;
			op = "\0\0\x05\x06"[op >> 6];
		} else if ((op >= 0x05 && op <= 0x09) || op == 0x10 || op == 0x11) {
			number = cursor_uleb(&c);
		} else if (op == 0x0c || op == 0x0d) {
			row->base = (uint32_t)cursor_uleb(&c);
		}
		if (set_by_one(row, op, number, &c, e, object, initial))
			continue;
		switch (op) {
		case 0x00: /* DW_CFA_nop, or advance_loc */
			location += number * e->code_align;
			break;
		case 0x02: /* DW_CFA_advance_loc1, 2, 4 */
		case 0x03:
		case 0x04:
			location += cursor_fixed(&c, (size_t)1 << (op - 2)) * e->code_align;
			break;
		case 0x0a: /* DW_CFA_remember_state */
			if (depth == REMEMBERED)
				return false;
			remembered[depth++] = *row;
			break;
		case 0x0b: /* DW_CFA_restore_state */
			if (!depth)
				return false;
			*row = remembered[--depth];
			break;
		case 0x0d: /* DW_CFA_def_cfa_register */
			break;
		case 0x2d: /* DW_CFA_AARCH64_negate_ra_state: addresses are stripped in any case */
			break;
		case 0x2e: /* DW_CFA_GNU_args_size */
			cursor_uleb(&c);
			break;
		default:
			return false;
		}
	}
	return true;
}

/*
 * The kernel reads a new signal mask before it finds that it does not know what to do with it: the cheapest way to ask
 * for a page without touching it, and one that no seccomp filter forbids.
 */
static bool page_readable(uintptr_t page)
{
	return sys(SYS_rt_sigprocmask, -1, page, 0, 8) != -EFAULT;
}

bool unwind_readable(struct unwind_quick *at, uintptr_t to)
{
	while (at->end < to && page_readable(at->end))
		at->end += PAGE;
	return at->end >= to;
}

/* A word of the stack. */
__attribute__((no_sanitize("address"))) static bool load(struct unwind *at, uintptr_t address, uintptr_t *out)
{
	const uintptr_t page = address & ~(PAGE - 1);

	if (address % sizeof(*out) || address < at->reg[UNWIND_SP] || !page)
		return false;
	if (address - at->low >= at->end - at->low) {
		if (!page_readable(page))
			return false;
		if (page != at->end)
			at->low = page;
		at->end = page + PAGE;
	}
	*out = *(const uintptr_t *)address;
	return true;
}

/*
 * A DWARF expression: those operators that describe signal frames, realigned stacks and, where a signal may come as
 * well, PLT stubs.
 */
static bool evaluate(struct unwind *at, const struct unwind_object *object, int32_t distance, uintptr_t *out)
{
	struct cursor c = {(const uint8_t *)object->start + distance, (const uint8_t *)object->end};
	uintptr_t length = cursor_uleb(&c);
	uintptr_t stack[OPERANDS];
	unsigned depth = 0;

	if (length > (uintptr_t)(c.end - c.at))
		return false;
	c.end = c.at + length;
	while (c.at < c.end) {
		const uint8_t op = cursor_byte(&c);
		uintptr_t *top = &stack[depth ? depth - 1 : 0];

		if (op >= 0x30 && op <= 0x4f && depth < OPERANDS) { /* DW_OP_lit0 to 31 */
			stack[depth++] = op - 0x30u;
		} else if (op >= 0x70 && op <= 0x8f && depth < OPERANDS) { /* DW_OP_breg0 to 31 */
			if (UNWIND_SLOT(op - 0x70u) >= UNWIND_SLOTS)
				return false;
			stack[depth++] = at->reg[UNWIND_SLOT(op - 0x70u)] + (uintptr_t)cursor_sleb(&c);
		} else if (op == 0x06 && depth) { /* DW_OP_deref */
			if (!load(at, *top, top))
				return false;
		} else if (op == 0x23 && depth) { /* DW_OP_plus_uconst */
			*top += cursor_uleb(&c);
		} else if (depth > 1 && (op == 0x1a || op == 0x22 || op == 0x24 || op == 0x2a)) {
			depth--;
			top[-1] = op == 0x1a   ? top[-1] & *top                       /* DW_OP_and */
				  : op == 0x22 ? top[-1] + *top                       /* DW_OP_plus */
				  : op == 0x24 ? top[-1] << (*top & 31)               /* DW_OP_shl */
					       : (intptr_t)top[-1] >= (intptr_t)*top; /* DW_OP_ge */
		} else {
			return false;
		}
	}
	if (depth)
		*out = stack[depth - 1];
	return depth > 0;
}

/* What a rule makes of one register. */
static bool recover(struct unwind *at, const struct unwind_object *object, rule_t rule, uintptr_t cfa, uintptr_t *out)
{
	const int32_t value = RULE_VALUE(rule);

	switch (RULE_KIND(rule)) {
	case SAME:
		return true;
	case AT_CFA:
		return load(at, cfa + (uintptr_t)value, out);
	case CFA_PLUS:
		*out = cfa + (uintptr_t)value;
		return true;
	case REGISTER:
		if (UNWIND_SLOT((uint32_t)value) >= UNWIND_SLOTS)
			return false;
		*out = at->reg[UNWIND_SLOT((uint32_t)value)];
		return true;
	case AT_EXPRESSION:
		return evaluate(at, object, value, out) && load(at, *out, out);
	case EXPRESSION:
		return evaluate(at, object, value, out);
	case UNDEFINED:
		break;
	}
	return false;
}

/* Code without call frame information: a frame pointer, if it is one, points to its caller's and the return address. */
static bool step_by_frame_pointer(struct unwind *at)
{
	const uintptr_t frame = at->reg[UNWIND_FP];

	if (!load(at, frame, &at->reg[UNWIND_FP]) || !load(at, frame + sizeof(frame), &at->reg[UNWIND_PC]))
		return false;
	at->reg[UNWIND_PC] = UNWIND_ADDRESS(at->reg[UNWIND_PC]);
	at->reg[UNWIND_SP] = frame + 2 * sizeof(frame);
	at->exact = false;
	return true;
}

/* How many words below the CFA a register was saved; 0: not there, or too far. */
static uint64_t words_below(rule_t rule)
{
	const int32_t value = RULE_VALUE(rule);

	return RULE_KIND(rule) == AT_CFA && value < 0 && value >= -255 * WORD && value % WORD == 0
		   ? (uint64_t)(-value / WORD)
		   : 0;
}

static uint64_t cfi_rule_of(const struct row *row, const struct cfi_entry *e)
{
	const rule_t pc = row->rule[UNWIND_SLOT(e->return_column)], fp = row->rule[UNWIND_FP];
	const int32_t above = RULE_VALUE(row->cfa);
	const uint32_t base = UNWIND_SLOT(row->base);

	if (RULE_KIND(pc) == UNDEFINED)
		return CFI_RULE_END;
	if (e->signal || row->rule[UNWIND_SP] || RULE_KIND(row->cfa) != CFA_PLUS || above < 0 || above % WORD ||
	    (base != UNWIND_SP && base != UNWIND_FP) || !words_below(pc) || (fp && !words_below(fp)))
		return 0;
	return CFI_RULE_SIMPLE | (base == UNWIND_FP ? CFI_RULE_BY_FP : 0) | words_below(pc) << CFI_RULE_PC_SHIFT |
	       words_below(fp) << CFI_RULE_FP_SHIFT | (uint64_t)(above / WORD) << CFI_RULE_CFA_SHIFT;
}

bool unwind_step(struct unwind *at, const struct unwind_object *object)
{
	const uintptr_t pc = at->reg[UNWIND_PC] - !at->exact;
	uintptr_t caller[UNWIND_SLOTS];
	struct cfi_entry e = {.signal = false};
	struct row row = {0};
	uintptr_t cfa;

	at->cfi_rule = 0;
	if (!cfi_find(object, pc, &e) || !run(e.common, &e, object, pc, &row) || !run(e.function, &e, object, pc, &row))
		return step_by_frame_pointer(at);
	if (UNWIND_SLOT(row.base) >= UNWIND_SLOTS || UNWIND_SLOT(e.return_column) >= UNWIND_SLOTS)
		return false;
	at->cfi_rule = cfi_rule_of(&row, &e);
	cfa = at->reg[UNWIND_SLOT(row.base)];
	if (!recover(at, object, row.cfa, cfa, &cfa))
		return false;
	memcpy(caller, at->reg, sizeof(caller));
	caller[UNWIND_SP] = cfa;
	for (unsigned i = 0; i < UNWIND_SLOTS; i++)
		if (row.rule[i] && !recover(at, object, row.rule[i], cfa, &caller[i]) &&
		    i == UNWIND_SLOT(e.return_column))
			return false;
	/* A stack grows one way, but for signals, which may have come on another. */
	if (caller[UNWIND_SP] < at->reg[UNWIND_SP] && !e.signal)
		return false;
	caller[UNWIND_PC] = UNWIND_ADDRESS(caller[UNWIND_SLOT(e.return_column)]);
	memcpy(at->reg, caller, sizeof(caller));
	at->exact = e.signal;
	return true;
}
