/* SPDX-License-Identifier: ISC */
/* preclude status: what this kernel offers, each right as probed. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "tools/cli/json_write.h"
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

static void put_rights(struct json_writer *json, const struct offer *offer)
{
	const struct rights all = rights_of_abi(INT_MAX);
	const struct rights needed = rights_by_default();
	unsigned cursor = 0, row = 0;
	const char *name;

	json_open(json, "rights", '[');
	while ((name = rights_next(all, &cursor))) {
		const struct rights right = rights_take(all, &row);

		json_open(json, NULL, '{');
		json_put_text(json, "name", name);
		json_put_text(json, "group", right.fs ? "filesystem" : right.net ? "network" : "scope");
		json_put_number(json, "abi", rights_abi(right));
		json_put_text(json, "linux", abi_linux(rights_abi(right)));
		json_put_bool(json, "offered", rights_none(rights_minus(right, offer->rights)));
		json_put_bool(json, "default", rights_none(rights_minus(right, needed)));
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_names(struct json_writer *json, const char *key, struct rights set)
{
	unsigned cursor = 0;
	const char *name;

	json_open(json, key, '[');
	while ((name = rights_next(set, &cursor)))
		json_put_text(json, NULL, name);
	json_close(json, ']');
}

static void put_errata(struct json_writer *json, int bits)
{
	if (bits < 0) {
		json_put_text(json, "errata", NULL);
		return;
	}
	json_open(json, "errata", '[');
	for (int number = 1; number <= ERRATA; number++) {
		if (bits >> (number - 1) & 1)
			json_put_number(json, NULL, number);
	}
	json_close(json, ']');
}

static void put_restrict_flags(struct json_writer *json, unsigned bits)
{
	json_open(json, "restrict_flags", '[');
	for (unsigned bit = 0; bit < LL_RESTRICT_FLAGS; bit++) {
		if (bits >> bit & 1)
			json_put_text(json, NULL, restrict_flag_names[bit]);
	}
	json_close(json, ']');
}

/* Members come in the order in which a reader asks. */
static void status_print_json(const struct offer *offer, const char *version)
{
	const struct rights lacks = offer_lacks(offer);
	const int abi = rights_abi(lacks);
	struct json_writer json = {0};

	json_open(&json, NULL, '{');
	json_put_number(&json, "v", 1);
	json_put_text(&json, "kernel", version);
	json_put_text(&json, "landlock", reason(offer->missing));
	json_put_number(&json, "errno", offer->missing);
	json_put_number(&json, "abi", offer->abi);
	json_put_text(&json, "status", offer_status(offer));
	put_names(&json, "missing", lacks);
	if (abi) {
		json_open(&json, "needs", '{');
		json_put_number(&json, "abi", abi);
		json_put_text(&json, "linux", abi_linux(abi));
		json_close(&json, '}');
	} else {
		json_put_text(&json, "needs", NULL);
	}
	put_rights(&json, offer);
	put_errata(&json, offer->errata);
	put_restrict_flags(&json, offer->restrict_flags);
	json_close(&json, '}');
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
