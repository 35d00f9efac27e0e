/* SPDX-License-Identifier: ISC */
/* Inside config only: the text of one rsyncd.conf -> sections, parameters and directives, one after the other. */
#ifndef PRECLUDE_CONFIG_RSYNCD_LEX_H
#define PRECLUDE_CONFIG_RSYNCD_LEX_H

#include "config/arena.h"
#include "config/list.h"

enum rsyncd_item_kind {
	ITEM_END,
	ITEM_SECTION,   /* name */
	ITEM_PARAMETER, /* name, value */
	ITEM_DIRECTIVE, /* name with its "&", value */
	ITEM_IGNORED,   /* a line that rsync says it ignores; name is what there is of it */
	ITEM_BAD,       /* rsync gives the whole configuration up; value says why */
};

struct rsyncd_item {
	enum rsyncd_item_kind kind;
	const char *name;
	const char *value;
	unsigned line; /* where it begins */
};

struct rsyncd_lexer {
	struct slice text;
	size_t at;
	unsigned line;
	char *out; /* what is read is put together here: never longer than the text */
};

/* False when out of memory. Items point into the arena and stay. */
bool rsyncd_lexer_start(struct rsyncd_lexer *lexer, struct slice text, struct arena *arena);
void rsyncd_next(struct rsyncd_lexer *lexer, struct rsyncd_item *item);

/* Space as rsync's isspace() has it in a UTF-8 or C locale. */
static inline bool rsyncd_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
