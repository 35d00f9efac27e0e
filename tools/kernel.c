/* SPDX-License-Identifier: ISC */
/* Tables and the little arithmetic on them. */
#include "tools/kernel.h"

#define GROUP_FS    "filesystem"
#define GROUP_NET   "network"
#define GROUP_SCOPE "scope"
#define MASK_FS(bit)                                                                                                   \
	{                                                                                                              \
		.fs = UINT64_C(1) << (bit)                                                                             \
	}
#define MASK_NET(bit)                                                                                                  \
	{                                                                                                              \
		.net = UINT64_C(1) << (bit)                                                                            \
	}
#define MASK_SCOPE(bit)                                                                                                \
	{                                                                                                              \
		.scope = UINT64_C(1) << (bit)                                                                          \
	}

const struct right kernel_rights[] = {
#define RIGHT(group, bit, name, abi, on_file) {#name, GROUP_##group, abi, MASK_##group(bit)},
#include "sandbox/rights.def"
#undef RIGHT
};
const size_t kernel_right_count = sizeof(kernel_rights) / sizeof(kernel_rights[0]);

bool right_in(struct rights set, const struct right *right)
{
	return (set.fs & right->mask.fs) || (set.net & right->mask.net) || (set.scope & right->mask.scope);
}

const char *kernel_release(int abi)
{
	static const char *const releases[ABI_LATEST] = {"5.13", "5.19", "6.2", "6.7", "6.10", "6.12",
							 "6.15", "7.0",  "7.1", "7.2", "7.3"};

	return releases[abi < 1 ? 0 : abi > ABI_LATEST ? ABI_LATEST - 1 : abi - 1];
}

const char *const restrict_flag_names[LL_RESTRICT_FLAGS] = {"LOG_SAME_EXEC_OFF", "LOG_NEW_EXEC_ON",
							    "LOG_SUBDOMAINS_OFF", "TSYNC", "NO_NEW_PRIVS"};

const char *erratum_words(int number)
{
	static const char *const words[] = {"TCP sockets told apart", "signals within a process",
					    "disconnected directories"};

	return number <= (int)(sizeof(words) / sizeof(words[0])) ? words[number - 1] : NULL;
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

int rights_abi(struct rights set)
{
	int abi = 0;

	for (size_t i = 0; i < kernel_right_count; i++) {
		if (right_in(set, &kernel_rights[i]) && kernel_rights[i].abi > abi)
			abi = kernel_rights[i].abi;
	}
	return abi;
}
