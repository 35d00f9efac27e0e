/* SPDX-License-Identifier: ISC */
/*
 * The kernel's own word: Landlock's audit records 1423 (a denial) and 1424 (its domain), and what they tell that no
 * wrapped call does.
 *
 * Read as auditd writes them (type=LANDLOCK_ACCESS or UNKNOWN[1423], also enriched) and as they stand in the kernel's
 * log (type=1423). Records of one event share its serial; who made the call stands in its SYSCALL record.
 */
#ifndef PRECLUDE_TOOLS_SITES_AUDIT_H
#define PRECLUDE_TOOLS_SITES_AUDIT_H

#include "tools/sites/sites.h"

struct audit;

/* Reads a file of records; "-" is standard input. Refuses when it cannot. */
struct audit *audit_read(const char *path);

/*
 * Joins one event of the log: a start tells which domains are ours, a denied call explains a denial at the same place
 * that the same process met at the same time, or the same program later (repeats are counted, not logged).
 */
void audit_join(struct audit *audit, const struct logged *event);

/* Says in the report how many denials there were, and each one of ours that nothing explained: a blind spot. */
void audit_note(const struct audit *audit, struct report *report);

#endif
