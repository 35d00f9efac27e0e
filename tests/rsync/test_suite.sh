#!/bin/bash
# SPDX-License-Identifier: ISC
# The test suite that comes with the legacy rsync ends the same with every rsync in it under the library, confined and
# anchored, and with each daemon narrowed by its own configuration. The rest (other versions, other users, older protocols) is
# make soak's.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/suite.sh"
obtain legacy rsync-legacy
version=$(suite_version legacy)

# Whatever does not pass under the library is run bare too. Tests that have no daemon need no daemon's policy.
both()
{
	local variant=$1 run=$scratch/$1 bare=$scratch/$1-bare
	shift
	suite_run legacy "$variant" "$self" "$run" "$@" || return 1
	mkdir "$bare" && : >"$bare/results"
	# shellcheck disable=SC2046 # a list of words
	set -- $(awk '$2 != "PASS" { print $1 }' "$run/results")
	[ $# -eq 0 ] || suite_run legacy bare "$self" "$bare" "$@"
}

ok "the suite runs" both anchor
suite_compare "$version" legacy anchor "$self" "$scratch/anchor-bare" "$scratch/anchor"
ok "the tests of the daemon run" both daemon daemon daemon-gzip-upload daemon-gzip-download batch-mode chmod-option
suite_compare "$version, daemons narrowed" legacy daemon "$self" "$scratch/daemon-bare" "$scratch/daemon"
ok "every module that was entered is narrowed" test "$(jq -c 'select(.event == "sandbox" and .scope == "module") |
	.outcome' "$scratch/daemon/log" | sort | uniq -c | tr -d ' ' | tr '\n' ' ')" = '8"enforced" '
finish
