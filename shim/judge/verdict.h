/* SPDX-License-Identifier: ISC */
/* From facts to words: what is said of a call, and whether it is said. Pure. */
#ifndef PRECLUDE_SHIM_JUDGE_VERDICT_H
#define PRECLUDE_SHIM_JUDGE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/call.h"

struct verdict {
	/* facts */
	bool enforced;     /* a domain is in force */
	uint64_t in_force; /* filesystem rights that it handles, or in observe mode would handle */
	enum where where;  /* of the object; may become WHERE_UNKNOWN when errno says otherwise */
	uint64_t rights;   /* filesystem rights that the policy allows there */
	bool directory;
	bool regular;
	bool exists;
	bool from_root;
	bool two;      /* two paths: EXDEV may be the domain's word */
	bool confined; /* the library refused the call */
	bool against;  /* it does, wherever it confines */
	/* words */
	uint64_t asks; /* of the right, what the kernel asks for what is there */
	bool escape;
	enum effect effect;
	enum by by;
	bool doubtful; /* the policy allows what failed with EACCES: file permissions must explain it */
};

/* Fills the words. `right`: what the call asks for, `error`: 0 or the errno that it failed with. */
void verdict_judge(struct verdict *verdict, uint64_t right, int error);

/* A doubtful refusal that nothing else explains either: where it led is unknown. */
void verdict_doubt(struct verdict *verdict);

/* Whether FLAG_OBJECTS asks for each object of such a call. */
bool verdict_objects(const struct call_event *event, unsigned flags);

/* Whether FLAG_* ask for an event of this call. */
bool verdict_flagged(const struct call_event *event, unsigned flags);

#endif
