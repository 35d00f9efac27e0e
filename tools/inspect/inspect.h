/* SPDX-License-Identifier: ISC */
/* What preclude inspect found out about one program. */
#ifndef PRECLUDE_TOOLS_INSPECT_INSPECT_H
#define PRECLUDE_TOOLS_INSPECT_INSPECT_H

#include <jansson.h>

#include "tools/inspect/imports.h"
#include "tools/inspect/instructions.h"
#include "tools/program/program.h"

struct finding {
	struct program program;
	enum obstacle obstacle;
	struct imports imports;
	struct instructions instructions;
};

/* For a person: a verdict and what it rests on, and the same as JSON. */
void finding_print(const struct finding *finding);
json_t *finding_json(const struct finding *finding);

#endif
