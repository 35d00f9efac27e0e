/* SPDX-License-Identifier: ISC */
/*
 * rsync's own reading of its configuration, byte for byte: what is a name, where a value ends, what a backslash at the
 * end of a line joins.
 *
 * rsync reads with a small state machine from the days of stdio, and its corners are behaviour: a NUL byte ends a
 * value, but where a line would begin it ends the file; a continued value keeps the blanks before the backslash and
 * those that begin the next line; two backslashes at the end of a line join two lines, since the second is found again.
 */
#include "config/rsyncd_lex.h"

#define END (-1)

bool rsyncd_lexer_start(struct rsyncd_lexer *lexer, struct slice text, struct arena *arena)
{
	/* Each byte of the text becomes one at most; ends of names and values take the place of '=' and newline. */
	*lexer = (struct rsyncd_lexer){.text = text, .line = 1, .out = arena_alloc(arena, text.length + 2)};
	return lexer->out;
}

static int next(struct rsyncd_lexer *lexer)
{
	int c;

	if (lexer->at >= lexer->text.length)
		return END;
	c = (unsigned char)lexer->text.text[lexer->at++];
	lexer->line += c == '\n';
	return c;
}

static int next_word(struct rsyncd_lexer *lexer)
{
	int c;

	do
		c = next(lexer);
	while (rsyncd_space(c) && c != '\n');
	return c;
}

/* The rest of the line. What ended it: a newline, or what ends the file. */
static int next_line(struct rsyncd_lexer *lexer)
{
	int c;

	do
		c = next(lexer);
	while (c != '\n' && c > 0);
	return c;
}

/* Where the backslash is that ends the `length` bytes read so far, blanks behind it aside; or -1. */
static ptrdiff_t continued(const char *text, ptrdiff_t length)
{
	do
		length--;
	while (length >= 0 && rsyncd_space((unsigned char)text[length]));
	return length >= 0 && text[length] == '\\' ? length : -1;
}

/*
 * A name that is being read: `end` is where it ends without a blank behind it, `at` where the next byte goes. Blanks
 * become one space.
 */
struct name {
	char *text;
	ptrdiff_t at;
	ptrdiff_t end;
};

static int put_in_name(struct rsyncd_lexer *lexer, struct name *name, int c)
{
	if (rsyncd_space(c)) {
		name->text[name->end] = ' ';
		name->at = name->end + 1;
		return next_word(lexer);
	}
	name->text[name->at++] = (char)c;
	name->end = name->at;
	return next(lexer);
}

/* At a newline in a name: false when the line is not continued. */
static bool join_name(struct name *name)
{
	ptrdiff_t backslash = continued(name->text, name->at);

	if (backslash < 0)
		return false;
	name->at = backslash;
	name->end = backslash > 0 && name->text[backslash - 1] == ' ' ? backslash - 1 : backslash;
	return true;
}

/* The name is complete, and the next text begins behind it. */
static const char *close_name(struct rsyncd_lexer *lexer, struct name *name)
{
	name->text[name->end] = '\0';
	lexer->out = name->text + name->end + 1;
	return name->text;
}

static void bad(struct rsyncd_item *item, const char *why)
{
	item->kind = ITEM_BAD;
	item->value = why;
}

/* Behind a "[". */
static void read_section(struct rsyncd_lexer *lexer, struct rsyncd_item *item)
{
	struct name name = {.text = lexer->out};
	int c = next_word(lexer);

	while (c > 0) {
		if (c == ']') {
			if (!name.end) {
				bad(item, "a section without a name");
				return;
			}
			item->kind = ITEM_SECTION;
			item->name = close_name(lexer, &name);
			next_line(lexer);
			return;
		}
		if (c != '\n') {
			c = put_in_name(lexer, &name, c);
		} else if (join_name(&name)) {
			c = next(lexer);
		} else {
			bad(item, "a section's name has no \"]\"");
			return;
		}
	}
	bad(item, "the file ends in a section's name");
}

/* From its first byte that is no blank, `c`, to the end of the line. */
static const char *read_value(struct rsyncd_lexer *lexer, int c)
{
	char *text = lexer->out;
	ptrdiff_t at = 0, end = 0;

	while (c > 0) {
		if (c == '\n') {
			at = continued(text, at);
			if (at < 0)
				break;
			end = at;
		} else if (c != '\r') {
			text[at++] = (char)c;
			if (!rsyncd_space(c))
				end = at;
		}
		c = next(lexer);
	}
	text[end] = '\0';
	lexer->out = text + end + 1;
	return text;
}

/* `c` is the first byte of the line that is no blank. */
static void read_parameter(struct rsyncd_lexer *lexer, struct rsyncd_item *item, int c)
{
	struct name name = {.text = lexer->out};
	bool directive = c == '&';

	item->kind = directive ? ITEM_DIRECTIVE : ITEM_PARAMETER;
	for (;;) {
		if (c == '=') {
			if (!name.end) {
				bad(item, "a parameter without a name");
				return;
			}
			item->name = close_name(lexer, &name);
			item->value = read_value(lexer, next_word(lexer));
			return;
		}
		if (directive && (c == ' ' || c == '\t')) {
			item->name = close_name(lexer, &name);
			c = next_word(lexer);
			item->value = read_value(lexer, c == '=' ? next_word(lexer) : c);
			return;
		}
		if (c <= 0 || (c == '\n' && !join_name(&name))) {
			item->kind = ITEM_IGNORED;
			item->name = close_name(lexer, &name);
			return;
		}
		c = c == '\n' ? next(lexer) : put_in_name(lexer, &name, c);
	}
}

void rsyncd_next(struct rsyncd_lexer *lexer, struct rsyncd_item *item)
{
	int c = next_word(lexer);

	/* A backslash that begins a line is passed over, and what follows it is the line. */
	while (c == '\n' || c == ';' || c == '#' || c == '\\')
		c = c == ';' || c == '#' ? next_line(lexer) : next_word(lexer);
	*item = (struct rsyncd_item){.kind = ITEM_END, .line = lexer->line};
	if (c <= 0)
		return;
	if (c == '[')
		read_section(lexer, item);
	else
		read_parameter(lexer, item, c);
}
