/* SPDX-License-Identifier: ISC */
/* What test_transparent.c (which makes the files) and prog_transparent.c (which makes the calls) agree on. */
#ifndef PRECLUDE_TESTS_SHIM_TRANSPARENT_H
#define PRECLUDE_TESTS_SHIM_TRANSPARENT_H

#include "../tree.h"

/* The same in every run: each has a tmpfs of its own here. */
#define PLACE "/var/tmp/transparent"

#define REQUEST 1

/* Asks for fresh files, whose `obj` is `object`; the answer is one byte. Then a line comes, and the next of these. */
struct request {
	char kind; /* REQUEST, with which no line begins */
	char row[48], situation[160];
	enum object object;
	bool compare_enforced; /* whether what it does is permitted in a domain */
	int wall;              /* what a domain may answer where `compare_enforced` does not say */
	bool metadata;         /* it changes metadata, and no domain minds */
	bool outside, escapes; /* where it leads, by the situation */
};

/* Descriptors of the program: the socket that leads to the test, and directories. */
enum { TEST = 100, HERE = AT_FDCWD, ROOT = 20, OUT, PLAIN, HELD, UNUSED = 99 };

#endif
