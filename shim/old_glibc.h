/* SPDX-License-Identifier: ISC */
/*
 * Put in front of every file of a library for old systems (make compat): what is built against a new glibc asks for its
 * newest versions of some names, and an older one would not load it. These are the oldest, which every glibc still has,
 * although for programs of 2.34 they moved from libdl to libc.
 */
#ifndef PRECLUDE_SHIM_OLD_GLIBC_H
#define PRECLUDE_SHIM_OLD_GLIBC_H

#ifndef __x86_64__
#error "other architectures began with other versions of these names"
#endif
#define PRECLUDE_OLD_GLIBC 1

__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");
__asm__(".symver dladdr,dladdr@GLIBC_2.2.5");

#endif
