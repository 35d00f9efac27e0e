#!/bin/bash
# SPDX-License-Identifier: ISC
# tests/packages on systems whose archives have other packages: whichever name the archive has is taken, one that only tests
# need may be missing there, and one that the build needs may not. apt and dpkg are the real ones, with an archive and a list of what is
# installed that belong to this test; so nothing of the machine's changes.

. "$(dirname "$0")/../tap.sh"
command -v apt-get >/dev/null || skip_rest "this is no Debian"

mkdir -p "$scratch"/{admin,archive,state,cache,none}
cat >"$scratch/apt.conf" <<END
Dir::State "$scratch/state";
Dir::State::status "$scratch/admin/status";
Dir::Cache "$scratch/cache";
Dir::Etc::sourcelist "$scratch/sources.list";
Dir::Etc::sourceparts "$scratch/none";
Dir::Etc::parts "$scratch/none";
APT::Sandbox::User "root";
END
echo "deb [trusted=yes] file:$scratch/archive ./" >"$scratch/sources.list"
export APT_CONFIG=$scratch/apt.conf DPKG_ADMINDIR=$scratch/admin

# archive NAME...: what there is to install, as of the last apt-get update.
archive()
{
	local name
	for name; do
		printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nFilename: ./%s.deb\nSize: 1\nDescription: none\n\n' \
			"$name" "$name"
	done >"$scratch/archive/Packages"
	apt-get -q update >/dev/null 2>&1
}

# installed PURPOSE...: all that these need, by the first of each name.
installed()
{
	sed -n '/^packages()/,/^}/p; /^compiler()/,/^}/p; /^for_tests()/,/^}/p' "$top/tests/packages" >"$scratch/tables"
	bash -c '. "$1"; shift; for purpose; do packages "$purpose"; done' installed "$scratch/tables" "$@" |
		tr -s ' ' '\n' | sed 's/[|?].*//' | sort -u |
		sed 's/.*/Package: &\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: none\n/' \
		>"$scratch/admin/status"
}

without()
{
	local name
	for name; do sed -i "/^Package: $name$/,/^$/d" "$scratch/admin/status"; done
}

# asked PURPOSE...: what tests/packages says when it may install nothing, and its exit status.
asked()
{
	APT=no "$top/tests/packages" "$@" 2>&1 </dev/null
	echo $?
}
said="preclude: packages are missing, and APT=no says to install nothing. Run$([ "$(id -u)" -eq 0 ] ||
	command -v sudo >/dev/null || echo ' as root'):"
by=
[ "$(id -u)" -eq 0 ] || ! command -v sudo >/dev/null || by='sudo '

installed build check
archive jq
is "nothing is missing" "$(asked build check)" 0
without libhiredis1.1.0
archive libhiredis0.14
is "the name that the archive has" "$(asked check)" "$said
	${by}apt-get install --no-install-recommends libhiredis0.14
1"
archive libhiredis1.1.0
is "on another system the other" "$(asked check)" "$said
	${by}apt-get install --no-install-recommends libhiredis1.1.0
1"
archive jq
left_out="preclude: not in this system's archive, and so left out: libhiredis1.1.0. The tests that need them are skipped."
is "neither is there: the tests go on without" "$(asked check)" "$left_out
0"
without uthash-dev
is "what the build needs is asked for, of newer lists" "$(asked build check)" "$left_out
$said
	${by}apt-get update && ${by}apt-get install --no-install-recommends uthash-dev
1"
archive uthash-dev
is "which have it" "$(asked build check)" "$left_out
$said
	${by}apt-get install --no-install-recommends uthash-dev
1"
rm -rf "$scratch/state/lists"
is "no lists yet, as in a container: they come first" "$(asked build check)" "$said
	${by}apt-get update && ${by}apt-get install --no-install-recommends libhiredis1.1.0 uthash-dev
1"
if [ "$(id -u)" -eq 0 ]; then
	archive jq
	is "root may install, but the archive does not have it" "$("$top/tests/packages" build 2>&1 </dev/null | grep -v '^ *[A-Z]')" \
		"preclude: packages are missing, and this system's archive does not have uthash-dev. Run:
	apt-get update && apt-get install --no-install-recommends uthash-dev"
else
	skip "root may install, but the archive does not have it" "needs root"
fi
finish
