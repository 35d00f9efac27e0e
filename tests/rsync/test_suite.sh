#!/bin/bash
# SPDX-License-Identifier: ISC
# The test suite that comes with pristine rsync 3.2.7 ends the same with every rsync in it under the library, confined and
# anchored, and with each daemon narrowed by its own configuration. The rest (3.4.1, other users, older protocols) is
# make soak's.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/suite.sh"

# Whatever does not pass under the library is run bare too. Tests that have no daemon need no daemon's policy.
both()
{
	local variant=$1 run=$scratch/$1 bare=$scratch/$1-bare
	shift
	suite_run 3.2.7 "$variant" "$self" "$run" "$@" || return 1
	mkdir "$bare" && : >"$bare/results"
	# shellcheck disable=SC2046 # a list of words
	set -- $(awk '$2 != "PASS" { print $1 }' "$run/results")
	[ $# -eq 0 ] || suite_run 3.2.7 bare "$self" "$bare" "$@"
}

ok "the suite runs" both anchor
suite_compare "3.2.7" 3.2.7 anchor "$self" "$scratch/anchor-bare" "$scratch/anchor"
ok "the tests of the daemon run" both daemon daemon daemon-gzip-upload daemon-gzip-download batch-mode chmod-option
suite_compare "3.2.7, daemons narrowed" 3.2.7 daemon "$self" "$scratch/daemon-bare" "$scratch/daemon"
ok "every module that was entered is narrowed" test "$(jq -c 'select(.event == "sandbox" and .scope == "module") |
	.outcome' "$scratch/daemon/log" | sort | uniq -c | tr -d ' ' | tr '\n' ' ')" = '8"enforced" '
finish
