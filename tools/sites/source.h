/* SPDX-License-Identifier: ISC */
/* From addresses to functions, files and lines. */
#ifndef PRECLUDE_TOOLS_SITES_SOURCE_H
#define PRECLUDE_TOOLS_SITES_SOURCE_H

#include "tools/sites/sites.h"

/*
 * Symbolises the stacks of all sites: debug information in the object, beneath /usr/lib/debug by name or build-id, or
 * from debuginfod when DEBUGINFOD_URLS is set. An object that is no longer the one that was logged is not used, and
 * report->notes say so.
 */
void source_resolve(struct report *report);

#endif
