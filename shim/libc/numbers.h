/* SPDX-License-Identifier: ISC */
/* The numbers that syscalls.def names, where a machine's or an older libc's headers lack them. */
#ifndef PRECLUDE_SHIM_LIBC_NUMBERS_H
#define PRECLUDE_SHIM_LIBC_NUMBERS_H

#include "sandbox/sys.h"

/* Numbers that older headers lack: the same on every architecture. */
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
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_fspick
#define SYS_fspick 433
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* Calls that some architectures never had: numbers that no call has. */
#ifndef SYS_stat64
#define SYS_stat64 (-1001)
#endif
#ifndef SYS_lstat64
#define SYS_lstat64 (-1002)
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat (-1003)
#endif
#ifndef SYS_fstatat64
#define SYS_fstatat64 (-1004)
#endif
#ifndef SYS_open
#define SYS_open (-1005)
#endif
#ifndef SYS_creat
#define SYS_creat (-1006)
#endif
#ifndef SYS_stat
#define SYS_stat (-1007)
#endif
#ifndef SYS_lstat
#define SYS_lstat (-1008)
#endif
#ifndef SYS_access
#define SYS_access (-1009)
#endif
#ifndef SYS_readlink
#define SYS_readlink (-1010)
#endif
#ifndef SYS_chmod
#define SYS_chmod (-1011)
#endif
#ifndef SYS_chown
#define SYS_chown (-1012)
#endif
#ifndef SYS_lchown
#define SYS_lchown (-1013)
#endif
#ifndef SYS_utime
#define SYS_utime (-1014)
#endif
#ifndef SYS_utimes
#define SYS_utimes (-1015)
#endif
#ifndef SYS_futimesat
#define SYS_futimesat (-1016)
#endif
#ifndef SYS_link
#define SYS_link (-1017)
#endif
#ifndef SYS_symlink
#define SYS_symlink (-1018)
#endif
#ifndef SYS_rename
#define SYS_rename (-1019)
#endif
#ifndef SYS_renameat
#define SYS_renameat (-1020)
#endif
#ifndef SYS_unlink
#define SYS_unlink (-1021)
#endif
#ifndef SYS_rmdir
#define SYS_rmdir (-1022)
#endif
#ifndef SYS_mkdir
#define SYS_mkdir (-1023)
#endif
#ifndef SYS_mknod
#define SYS_mknod (-1024)
#endif

#endif
