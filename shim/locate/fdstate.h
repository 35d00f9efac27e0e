/* SPDX-License-Identifier: ISC */
/* What the wrappers of close and its kin tell those who keep notes about descriptor numbers. */
#ifndef PRECLUDE_SHIM_LOCATE_FDSTATE_H
#define PRECLUDE_SHIM_LOCATE_FDSTATE_H

/*
 * The numbers first to last do not mean what they did: closed, or replaced by dup2. Told after the fact, since a note
 * taken between telling and closing would outlive its descriptor; a note lost to another thread's quick reuse of the
 * number is only taken again.
 */
void fd_forgotten(int first, int last);

#endif
