/* SPDX-License-Identifier: ISC */
/* What asks libc for names: the answer is libc's own, and one that finds nothing is looked into (shim/judge/lookup.c).
 */
#include <errno.h>
#include <stdbool.h>

#include "shim/judge/lookup.h"
#include "shim/libc/real.h"

#define NUMERIC_HOST 4 /* AI_NUMERICHOST: nothing is looked up */

static bool is_numeric(const void *hints)
{
	return hints && (*(const int *)hints & NUMERIC_HOST);
}

#define LOOKUP(lookup, ret, name, params, args, found_nothing)                                                         \
	WRAPPER(ret, name, params)                                                                                     \
	{                                                                                                              \
		ret answer;                                                                                            \
                                                                                                                       \
		if (!REAL(name))                                                                                       \
			return errno = ENOSYS, FAILURE(ret);                                                           \
		answer = real.name args;                                                                               \
		if (found_nothing)                                                                                     \
			lookup_failed(LOOKUP_##lookup, #name);                                                         \
		return answer;                                                                                         \
	}

LOOKUP(HOST, void *, gethostbyname, (const char *name), (name), !answer)
LOOKUP(HOST, void *, gethostbyname2, (const char *name, int family), (name, family), !answer)
LOOKUP(HOST, void *, gethostbyaddr, (const void *address, unsigned length, int family), (address, length, family),
       !answer)
LOOKUP(HOST, int, gethostbyname_r, (const char *name, void *host, char *room, size_t size, void **found, int *error),
       (name, host, room, size, found, error), !answer && !*found)
LOOKUP(HOST, int, gethostbyname2_r,
       (const char *name, int family, void *host, char *room, size_t size, void **found, int *error),
       (name, family, host, room, size, found, error), !answer && !*found)
LOOKUP(HOST, int, gethostbyaddr_r,
       (const void *address, unsigned length, int family, void *host, char *room, size_t size, void **found,
	int *error),
       (address, length, family, host, room, size, found, error), !answer && !*found)
LOOKUP(HOST, int, getaddrinfo, (const char *node, const char *service, const void *hints, void **found),
       (node, service, hints, found), answer &&node && !is_numeric(hints))
LOOKUP(HOST, int, getnameinfo,
       (const void *address, unsigned length, char *host, unsigned host_size, char *service, unsigned service_size,
	int flags),
       (address, length, host, host_size, service, service_size, flags), answer &&host_size)
LOOKUP(USER, void *, getpwnam, (const char *name), (name), !answer)
LOOKUP(USER, void *, getpwuid, (unsigned id), (id), !answer)
LOOKUP(USER, int, getpwnam_r, (const char *name, void *user, char *room, size_t size, void **found),
       (name, user, room, size, found), !*found)
LOOKUP(USER, int, getpwuid_r, (unsigned id, void *user, char *room, size_t size, void **found),
       (id, user, room, size, found), !*found)
LOOKUP(GROUP, void *, getgrnam, (const char *name), (name), !answer)
LOOKUP(GROUP, void *, getgrgid, (unsigned id), (id), !answer)
LOOKUP(GROUP, int, getgrnam_r, (const char *name, void *group, char *room, size_t size, void **found),
       (name, group, room, size, found), !*found)
LOOKUP(GROUP, int, getgrgid_r, (unsigned id, void *group, char *room, size_t size, void **found),
       (id, group, room, size, found), !*found)
/* These find the group that they were given in any case. */
LOOKUP(GROUP, int, getgrouplist, (const char *name, unsigned group, unsigned *groups, int *count),
       (name, group, groups, count), true)
LOOKUP(GROUP, int, initgroups, (const char *name, unsigned group), (name, group), true)
