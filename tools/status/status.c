/* SPDX-License-Identifier: ISC */
/* preclude status: what this kernel offers, each right as probed. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "tools/cli/json_text.h"
#include "tools/cli/tools.h"
#include "tools/status/support.h"

static const struct argp status_argp = {
    .options = json_options,
    .parser = parse_json,
    .args_doc = "[--json]",
    .doc = "Says what this kernel offers: the version of its Landlock, each right as it was\n"
	   "tried, and what is missing for the whole of a policy.",
};

/* As the log's `outcome` has its words: what stands in the way, for a script. */
static const char *reason(int missing)
{
	switch (missing) {
	case 0:
		return "available";
	case ENOSYS:
		return "not built";
	case EOPNOTSUPP:
		return "not enabled";
	default:
		return "refused";
	}
}

static json_t *rights_list(const struct offer *offer)
{
	const struct rights all = rights_of_abi(INT_MAX);
	const struct rights needed = rights_by_default();
	json_t *list = json_array();
	unsigned cursor = 0, row = 0;
	const char *name;

	while ((name = rights_next(all, &cursor))) {
		const struct rights right = rights_take(all, &row);

		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s, s:b, s:b}", "name", name, "group",
						      right.fs    ? "filesystem"
						      : right.net ? "network"
								  : "scope",
						      "abi", rights_abi(right), "linux", abi_linux(rights_abi(right)),
						      "offered", rights_none(rights_minus(right, offer->rights)),
						      "default", rights_none(rights_minus(right, needed))));
	}
	return list;
}

static json_t *names(struct rights set)
{
	json_t *list = json_array();
	unsigned cursor = 0;
	const char *name;

	while ((name = rights_next(set, &cursor)))
		json_array_append_new(list, json_string(name));
	return list;
}

static json_t *errata(int bits)
{
	json_t *list = bits < 0 ? json_null() : json_array();

	for (int number = 1; bits > 0 && number <= ERRATA; number++) {
		if (bits >> (number - 1) & 1)
			json_array_append_new(list, json_integer(number));
	}
	return list;
}

static json_t *restrict_flags(unsigned bits)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < LL_RESTRICT_FLAGS; bit++) {
		if (bits >> bit & 1)
			json_array_append_new(list, json_string(restrict_flag_names[bit]));
	}
	return list;
}

/* The object's members come in the order in which a reader asks. */
void status_print_json(const struct offer *offer, const char *version)
{
	const struct rights lacks = offer_lacks(offer);
	const int abi = rights_abi(lacks);
	json_t *object = json_pack("{s:i, s:s, s:s, s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "v", 1, "kernel", version,
				   "landlock", reason(offer->missing), "errno", offer->missing, "abi", offer->abi,
				   "status", offer_status(offer), "missing", names(lacks), "needs",
				   abi ? json_pack("{s:i, s:s}", "abi", abi, "linux", abi_linux(abi)) : json_null(),
				   "rights", rights_list(offer), "errata", errata(offer->errata), "restrict_flags",
				   restrict_flags(offer->restrict_flags));

	json_print(object, stdout);
}

int command_status(int argc, char **argv)
{
	bool json = false;
	int first = parse_options(&status_argp, argc, argv, &json);
	struct utsname name;
	struct offer offer;

	if (first < argc)
		refused("%s: status takes no arguments", argv[first]);
	uname(&name);
	sandbox_probe(&offer);
	(json ? status_print_json : status_print_text)(&offer, name.release);
	finish_output();
	return 0;
}
