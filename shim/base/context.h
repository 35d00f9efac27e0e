/* SPDX-License-Identifier: ISC */
/*
 * What a process under preclude knows about itself: written once at start, before main, and read-only from then on, so
 * that any thread, signal handler or vfork child may read it.
 */
#ifndef PRECLUDE_SHIM_BASE_CONTEXT_H
#define PRECLUDE_SHIM_BASE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/policy.h"
#include "sandbox/sandbox.h"

/* Bits of struct rights.fs that wrappers use in rows of functions.def. */
#define FS(name) RIGHT_MASK(FS, name)
/* A right that no policy grants: what a domain denies whatever its rules say (mount and its kin). */
#define RIGHT_NEVER (UINT64_C(1) << 62)
/* The mediated call is made where no wrapper sees its result. */
#define RIGHT_HIDDEN (UINT64_C(1) << 61)
/* The library that has the function makes the call by way of a wrapper of ours: what is to be enforced is there. */
#define RIGHT_INNER (UINT64_C(1) << 60)
#define RIGHTS_BITS 17
#define RIGHTS_MASK ((UINT64_C(1) << RIGHTS_BITS) - 1)

/* Whatever is packed beside filesystem rights begins at RIGHTS_BITS: one more right needs one more bit there. */
#define RIGHT_FITS_FS(bit)     _Static_assert((bit) < RIGHTS_BITS, "a filesystem right has no bit in RIGHTS_MASK");
#define RIGHT_FITS_NET(bit)    /* not packed */
#define RIGHT_FITS_SCOPE(bit)  /* not packed */
#define RIGHT(group, bit, ...) RIGHT_FITS_##group(bit)
#include "sandbox/rights.def"
#undef RIGHT
_Static_assert(!((RIGHT_NEVER | RIGHT_HIDDEN | RIGHT_INNER) & RIGHTS_MASK), "a row's own bit is a filesystem right");

/* As syscall(2), but for the result, which is the kernel's word. */
typedef long gate_function(long nr, long a, long b, long c, long d, long e, long f);

struct shim {
	bool active;  /* started, with a policy: wrappers watch */
	bool quiet;   /* plain calls (one name, not followed, inside) need no event */
	bool tells;   /* an open that stayed beneath a root tells all that there is to say of it */
	bool beneath; /* and needs no event */
	bool made; /* metadata of a file that the process made itself are changed where it may (shim/locate/holdings.h)
		    */
	bool enforced;     /* a Landlock domain is in force */
	bool ancestors;    /* PRECLUDE_ANCESTORS=on, and there is something to make up for */
	bool confining;    /* the library itself refuses: PRECLUDE_CONFINE, PRECLUDE_ANCHOR, outside observe mode */
	uint64_t metadata; /* the right that the metadata of an object asks for then (shim/judge/pin.c), or 0 */
	bool write_grants; /* some directory outside the roots may be written */
	bool looks;        /* calls that look or enter are resolved: they may be refused, or they are logged */
	uint64_t in_force; /* filesystem rights that the domain handles; in observe mode those it would */
	void (*raw_again)(void); /* PRECLUDE_RAW=on: arms the thread again, where it is not; else NULL */
	gate_function
	    *gate; /* PRECLUDE_CONFINE_RAW=on: where metadata is changed from (shim/syscall/gate.h); else NULL */
	struct policy policy;
	struct place *places; /* one a grant */
};
extern struct shim shim;

/* Enters: policy, real functions, log, sandbox. Idempotent; called from the constructor and __libc_start_main. */
void shim_start(char *const *argv, char **environment);

/* Fills rules for the terminals on descriptors 0 to 2; returns how many there are. */
unsigned shim_terminals(struct held_rule *held);

/* The root's NAME, or its path when it has none; NULL for a grant that is no root. */
const char *shim_module(uint32_t grant);

#endif
