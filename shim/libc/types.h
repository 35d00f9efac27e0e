/* SPDX-License-Identifier: ISC */
/*
 * Types that the rows of functions.def and others.def name, kept opaque: a wrapper passes them through. No libc header
 * that declares a wrapped function is included where wrappers are defined (its nonnull attributes would delete our
 * checks, its macros would rename our symbols).
 */
#ifndef PRECLUDE_SHIM_LIBC_TYPES_H
#define PRECLUDE_SHIM_LIBC_TYPES_H

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * musl before 1.2.4 makes macros of the names that end in 64, in headers that are included before this one; the rows
 * mean the symbols, which old binaries import.
 */
#ifndef __GLIBC__
#undef creat64
#undef fopen64
#undef freopen64
#undef fstatat64
#undef ftw64
#undef glob64
#undef lstat64
#undef mkostemp64
#undef mkostemps64
#undef mkstemp64
#undef mkstemps64
#undef nftw64
#undef open64
#undef openat64
#undef scandir64
#undef stat64
#undef statfs64
#undef statvfs64
#undef tmpfile64
#undef truncate64
#endif

struct stat;
struct stat64;
struct statx;
struct statfs;
struct statfs64;
struct statvfs;
struct statvfs64;
struct dirent;
struct dirent64;
struct timespec;
struct timeval;
struct utimbuf;
struct sockaddr;
struct msghdr;
struct mmsghdr;
struct file_handle;
struct open_how;
struct mount_attr;
struct mq_attr;
struct sigaction;

#endif
