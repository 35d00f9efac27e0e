/* SPDX-License-Identifier: ISC */
/*
 * Put in front of every file of a library for old systems (make compat): what is built against a new glibc asks for its
 * newest version of a name, and an older one would not load it. This is the oldest, which every glibc still has,
 * although for programs of 2.34 it moved from libdl to libc.
 */
#ifndef PRECLUDE_SHIM_BASE_OLD_GLIBC_H
#define PRECLUDE_SHIM_BASE_OLD_GLIBC_H

#ifndef __x86_64__
#error "other architectures began with another version"
#endif
#define PRECLUDE_OLD_GLIBC 1

__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");

#endif
