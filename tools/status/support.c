/* SPDX-License-Identifier: ISC */
/* The little that is worked out, and words for numbers. */
#include "tools/status/support.h"

#include <stddef.h>

const char *const restrict_flag_names[LL_RESTRICT_FLAGS] = {"LOG_SAME_EXEC_OFF", "LOG_NEW_EXEC_ON",
							    "LOG_SUBDOMAINS_OFF", "TSYNC", "NO_NEW_PRIVS"};

const char *erratum_words(int number)
{
	static const char *const words[] = {"TCP sockets told apart", "signals within a process",
					    "disconnected directories"};

	return number <= (int)(sizeof(words) / sizeof(*words)) ? words[number - 1] : NULL;
}

struct rights rights_by_default(void)
{
	const struct policy nothing_special = {.mode = MODE_ENFORCE};

	return rights_wanted(&nothing_special);
}

struct rights offer_lacks(const struct offer *offer)
{
	return rights_minus(rights_by_default(), offer->rights);
}

const char *offer_status(const struct offer *offer)
{
	if (offer->missing)
		return "none";
	return rights_none(offer_lacks(offer)) ? "full" : "partial";
}
