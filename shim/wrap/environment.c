/* SPDX-License-Identifier: ISC */
/* setenv and putenv: rsync says which module it is about to enter by a variable for its hooks. */
#include <errno.h>
#include <string.h>

#include "shim/libc/real.h"
#include "shim/rsync/guard.h"
#include "shim/rsync/narrow.h"

/* `name` ends at a "=" or a NUL. */
static void heard(const char *name)
{
	const size_t length = strlen(NARROW_ANNOUNCED);

	if (strncmp(name, NARROW_ANNOUNCED, length) != 0 || (name[length] && name[length] != '='))
		return;
	guard_announce();
	narrow_announce();
}

WRAPPER(int, setenv, (const char *name, const char *value, int overwrite))
{
	int result;

	if (!REAL(setenv))
		return errno = ENOMEM, -1;
	result = real.setenv(name, value, overwrite);
	if (result == 0)
		heard(name);
	return result;
}

/* Without a "=" it removes the variable, as unsetenv does: neither takes back what was said. */
WRAPPER(int, putenv, (char *entry))
{
	int result;

	if (!REAL(putenv))
		return errno = ENOMEM, -1;
	result = real.putenv(entry);
	if (result == 0 && strchr(entry, '='))
		heard(entry);
	return result;
}
