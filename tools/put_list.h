/* SPDX-License-Identifier: ISC */
/* A list of grants as the variables that it takes: NAME, and NAME_2 and so forth where the kernel passes no longer one.
 */
#ifndef PRECLUDE_TOOLS_PUT_LIST_H
#define PRECLUDE_TOOLS_PUT_LIST_H

/* Calls `put` for each of them. Refuses what no number of variables holds. */
void put_list(const char *variable, const char *list, void (*put)(const char *name, const char *value));

#endif
