/* SPDX-License-Identifier: ISC */
/* What the policy hides of the files that names are looked up in. The kernel is asked, at the moment that one failed.
 */
#include "shim/judge/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "sandbox/sys.h"
#include "shim/base/context.h"
#include "shim/base/shared.h"
#include "shim/locate/narrowed.h"
#include "shim/locate/place.h"
#include "shim/log/log.h"

#define DNS_PORT 53

static const struct {
	enum lookup lookup;
	const char *path;
} files[] = {
    {LOOKUP_HOST, "/etc/nsswitch.conf"}, {LOOKUP_HOST, "/etc/hosts"},  {LOOKUP_HOST, "/etc/resolv.conf"},
    {LOOKUP_USER, "/etc/nsswitch.conf"}, {LOOKUP_USER, "/etc/passwd"}, {LOOKUP_GROUP, "/etc/nsswitch.conf"},
    {LOOKUP_GROUP, "/etc/group"},
};
#define FILES (sizeof files / sizeof *files)

static atomic_uint *said; /* bits of files, and one for the network; shared, so that a daemon says it once */

void lookup_start(void)
{
	said = shared_take(sizeof *said);
}

static bool is_first(unsigned what)
{
	return !(atomic_fetch_or(said, 1u << what) >> what & 1);
}

/* access() is beyond Landlock: where it says yes and open() no, the domain says no. */
static bool is_hidden(const char *path)
{
	const int fd = (int)sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);

	sys_put(fd);
	return fd == -EACCES && sys(SYS_faccessat, AT_FDCWD, path, R_OK) == 0;
}

static void say_hidden(const char *func, const char *path)
{
	struct scratch *scratch = scratch_map();
	const int fd = (int)sys(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);

	if (scratch && fd >= 0) {
		place_name(fd, scratch->resolved);
		log_warning(
		    "%s found nothing, and the policy hides %s: names are not found, and a rule that denies by name "
		    "does not match. %s=%s shows it",
		    func, path, narrow_done() ? "PRECLUDE_READ and PRECLUDE_NARROW_READ" : "PRECLUDE_READ",
		    scratch->resolved);
	}
	sys_put(fd);
	scratch_unmap(scratch);
}

static bool is_dns_cut_off(void)
{
	for (size_t i = 0; i < shim.policy.connect_count; i++)
		if (shim.policy.connect_ports[i] == DNS_PORT)
			return false;
	return shim.policy.net_connect;
}

void lookup_failed(enum lookup lookup, const char *func)
{
	const int before = errno;

	if (!shim.active || !shim.enforced || !said)
		return;
	for (unsigned i = 0; i < FILES; i++)
		if (files[i].lookup == lookup && is_hidden(files[i].path) && is_first(i))
			say_hidden(func, files[i].path);
	if (lookup == LOOKUP_HOST && is_dns_cut_off() && is_first(FILES))
		log_warning(
		    "%s found nothing, and PRECLUDE_NET has no connect=53: a name server is not reached by TCP, nor by "
		    "UDP where the kernel can restrict that, and a rule that denies by name may not match",
		    func);
	errno = before;
}
