/* SPDX-License-Identifier: ISC */
/* System calls that the machine, or its headers, may lack: numbers that no call has. */
#ifndef PRECLUDE_TESTS_SHIM_CALLS_H
#define PRECLUDE_TESTS_SHIM_CALLS_H

#include <sys/syscall.h>

#ifndef SYS_stat64
#define SYS_stat64 (-1L)
#endif
#ifndef SYS_lstat64
#define SYS_lstat64 (-1L)
#endif
#ifndef SYS_fstatat64
#define SYS_fstatat64 (-1L)
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif
#ifndef SYS_listxattrat
#define SYS_listxattrat 465
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#endif
#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif

#endif
