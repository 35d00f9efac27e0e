/* SPDX-License-Identifier: ISC */
/*
 * uthash whose tables lie in an arena. Where one is added to, `arena` is the arena, and a bool `full` becomes true when
 * it has no memory; then the element was not added.
 */
#ifndef PRECLUDE_CONFIG_ARENA_HASH_H
#define PRECLUDE_CONFIG_ARENA_HASH_H

#include "config/arena.h"

#define uthash_malloc(size)          arena_alloc(arena, size)
#define uthash_free(memory, size)    ((void)(memory))
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) (full = true)
#include <uthash.h>

#endif
