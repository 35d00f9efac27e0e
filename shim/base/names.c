/* SPDX-License-Identifier: ISC */
/* The log's words for values: public names, each written once. */
#include "shim/base/names.h"

#include <errno.h>

/* `type`_name(): the word of a value, by its place in the list. */
#define WORDS(function, type, ...)                                                                                     \
	const char *function(type value)                                                                               \
	{                                                                                                              \
		static const char *const words[] = {__VA_ARGS__};                                                      \
		return (unsigned)value < sizeof(words) / sizeof(*words) ? words[value] : "unknown";                    \
	}

WORDS(where_name, enum where, "inside", "granted", "outside", "unknown")
WORDS(from_name, enum from, "root", "elsewhere")
WORDS(does_name, enum does, "look", "enter", "open", "create", "remove", "rename", "metadata", "run", "connect")
WORDS(how_name, enum how, "anchored", "unanchored")
WORDS(effect_name, enum effect, "passed", "denied", "would-deny", "failed")
WORDS(by_name, enum by, NULL, "landlock", "confine")
WORDS(mode_name, enum mode, "enforce", "observe", "off")
WORDS(outcome_name, enum outcome_kind, "enforced", "unavailable", "error", "observed")
WORDS(status_name, enum status, "full", "partial", "none")
WORDS(guard_action_name, enum guard_action, "rejected", "would-reject", "unavailable")

/* clang-format off */
#define ERRORS(row) \
	row(EPERM) row(ENOENT) row(EINTR) row(EIO) row(ENXIO) row(E2BIG) row(ENOEXEC) row(EBADF) \
	row(EAGAIN) row(ENOMEM) row(EACCES) row(EFAULT) row(ENOTBLK) row(EBUSY) row(EEXIST) row(EXDEV) \
	row(ENODEV) row(ENOTDIR) row(EISDIR) row(EINVAL) row(ENFILE) row(EMFILE) row(ENOTTY) row(ETXTBSY) \
	row(EFBIG) row(ENOSPC) row(ESPIPE) row(EROFS) row(EMLINK) row(EPIPE) row(ERANGE) row(ENAMETOOLONG) \
	row(ENOSYS) row(ENOTEMPTY) row(ELOOP) row(ENOMSG) row(ENODATA) row(EOVERFLOW) row(EBADFD) row(ELIBBAD) \
	row(EUSERS) row(ENOTSOCK) row(EPROTOTYPE) row(EOPNOTSUPP) row(EADDRINUSE) row(ECONNREFUSED) row(ESTALE) row(EUCLEAN) \
	row(EDQUOT) row(ECANCELED) row(ENOKEY)
/* clang-format on */

const char *error_name(int error)
{
#define NAME(error)                                                                                                    \
	case error:                                                                                                    \
		return #error;
	switch (error) {
		ERRORS(NAME)
	default:
		return NULL;
	}
#undef NAME
}
