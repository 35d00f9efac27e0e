/* SPDX-License-Identifier: ISC */
/*
 * The real functions, resolved once at start with dlsym(RTLD_NEXT) (so that another preload library behind ours keeps
 * its place). real.NAME is typed by its row in functions.def or others.def; NULL when nothing behind us has the name.
 */
#ifndef PRECLUDE_SHIM_LIBC_REAL_H
#define PRECLUDE_SHIM_LIBC_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "shim/libc/types.h"

struct real {
#define FUNCTION(ret, name, params, ...) ret(*name) params;
#define BY_HAND                          FUNCTION
#define HAND                             FUNCTION
#define OTHER_CALL                       FUNCTION
#include "shim/libc/functions.def"
#include "shim/libc/others.def"
#undef FUNCTION
#undef BY_HAND
#undef HAND
#undef OTHER_CALL
};
extern struct real real;

/* The same by number, F_NAME, in the order of the rows. */
enum function {
#define FUNCTION(ret, name, ...) F_##name,
#define BY_HAND                  FUNCTION
#define HAND                     FUNCTION
#define OTHER_CALL               FUNCTION
#include "shim/libc/functions.def"
#include "shim/libc/others.def"
#undef FUNCTION
#undef BY_HAND
#undef HAND
#undef OTHER_CALL
};
const char *function_name(enum function function);
bool function_find(enum function function); /* as REAL() */

/* Calls it with six words, of which it reads those that are its arguments, as syscall(2) does. */
long function_call(enum function function, const long *words);

/* Whether open and the stat family behind us are libc's own, so that a system call may stand in for them. */
extern bool real_is_libc;

/*
 * Whether that is where libc lies, and the above; after frames_init(). dladdr(3) would look at every symbol: 18 us each
 * time, a fifth of a start.
 */
bool real_of_libc(uintptr_t function);
void real_know(void);

/* Resolves every name that is there at start. Idempotent; two threads doing it at once store the same values. */
void real_resolve(void);

/* The path that the loader has of this library; after real_resolve(). NULL when it is not known. */
extern const char *real_self;

/*
 * For a name that is not resolved: called before start, or of a library that came later (libacl, a newer libc). Stores
 * it in `slot` (a function pointer of struct real) and returns whether it is there. Not async-signal-safe.
 */
bool real_find(void *slot, const char *name);

#define REAL(name) (__builtin_expect(real.name != NULL, 1) || real_find(&real.name, #name))

/* What a function of type `ret` returns when it fails, and whether `result` is that. */
#define FAILURE(ret)   (__extension__(ret) _Generic((ret)0, int : -1, long : -1L, default : 0))
#define FAILED(result) ((result) == _Generic((result), int : -1, long : -1L, default : 0))

/* Exported wrappers: the C name is wrap_NAME, so that libc's prototypes, attributes and macros never meet ours. */
#define EXPORT __attribute__((visibility("default")))
#define WRAPPER(ret, name, params)                                                                                     \
	EXPORT ret wrap_##name params __asm__(#name);                                                                  \
	ret wrap_##name params

#endif
