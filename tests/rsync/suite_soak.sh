#!/bin/bash
# SPDX-License-Identifier: ISC
# The test suites that come with two old releases of rsync, and the later one with Debian's rsync, bare and under the library: as
# root, as nobody, as nobody under fakeroot, with older protocols, and with what the policy can turn on. Each row of the
# table is a whole suite.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/suite.sh"

# The bare run that a row is compared with is made once for each version, user and protocol.
row()
{
	local version=$1 variant=$2 user=$3 name bare run variable
	shift 3
	name="$version $variant as $user${*:+, $*}" run=$scratch/$tests
	for variable in "$@"; do export "${variable?}"; done
	bare=$scratch/bare-$version-$user$SUITE_OPTIONS
	[ -e "$bare/results" ] || ok "$version bare as $user${SUITE_OPTIONS:+, $SUITE_OPTIONS} runs" \
		suite_run "$version" bare "$user" "$bare"
	ok "$name runs" suite_run "$version" "$variant" "$user" "$run"
	suite_compare "$name" "$version" "$variant" "$user" "$bare" "$run"
	for variable in "$@"; do unset "${variable%%=*}"; done
	SUITE_OPTIONS=
}

for version in legacy second debian; do
	obtain _ "rsync-${version/debian/second}" "the suite with $version" || continue
	row $version shim root
	row $version shim nobody
	row $version shim fakeroot
	row $version dev root
	row $version anchor root
	row $version anchor nobody
	row $version anchor fakeroot
	row $version all root
	row $version all fakeroot
	row $version shim root PRECLUDE_CONFINE=off
	row $version daemon root
	row $version daemon nobody
	row $version observe root
	row $version shim root PRECLUDE_FLAG=all
	row $version shim root PRECLUDE_RAW=on
	row $version shim root SUITE_OPTIONS=--protocol=29
	row $version daemon root SUITE_OPTIONS=--protocol=30
done
finish
