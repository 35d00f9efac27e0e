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

const char *error_name(int error)
{
#define NAME(error)                                                                                                    \
	case error:                                                                                                    \
		return #error
	switch (error) {
		NAME(EPERM);
		NAME(ENOENT);
		NAME(EINTR);
		NAME(EIO);
		NAME(ENXIO);
		NAME(E2BIG);
		NAME(ENOEXEC);
		NAME(EBADF);
		NAME(EAGAIN);
		NAME(ENOMEM);
		NAME(EACCES);
		NAME(EFAULT);
		NAME(ENOTBLK);
		NAME(EBUSY);
		NAME(EEXIST);
		NAME(EXDEV);
		NAME(ENODEV);
		NAME(ENOTDIR);
		NAME(EISDIR);
		NAME(EINVAL);
		NAME(ENFILE);
		NAME(EMFILE);
		NAME(ENOTTY);
		NAME(ETXTBSY);
		NAME(EFBIG);
		NAME(ENOSPC);
		NAME(ESPIPE);
		NAME(EROFS);
		NAME(EMLINK);
		NAME(EPIPE);
		NAME(ERANGE);
		NAME(ENAMETOOLONG);
		NAME(ENOSYS);
		NAME(ENOTEMPTY);
		NAME(ELOOP);
		NAME(ENOMSG);
		NAME(ENODATA);
		NAME(EOVERFLOW);
		NAME(EBADFD);
		NAME(ELIBBAD);
		NAME(EUSERS);
		NAME(ENOTSOCK);
		NAME(EPROTOTYPE);
		NAME(EOPNOTSUPP);
		NAME(EADDRINUSE);
		NAME(ECONNREFUSED);
		NAME(ESTALE);
		NAME(EUCLEAN);
		NAME(EDQUOT);
		NAME(ECANCELED);
		NAME(ENOKEY);
	default:
		return NULL;
	}
#undef NAME
}
