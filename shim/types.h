/* SPDX-License-Identifier: ISC */
/*
 * Types that the rows of paths.def and others.def name, kept opaque: a wrapper passes them through. No libc header that
 * declares a wrapped function is included where wrappers are defined (its nonnull attributes would delete our checks,
 * its macros would rename our symbols).
 */
#ifndef PRECLUDE_SHIM_TYPES_H
#define PRECLUDE_SHIM_TYPES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

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
struct file_handle;
struct open_how;
struct mount_attr;
struct mq_attr;

#endif
