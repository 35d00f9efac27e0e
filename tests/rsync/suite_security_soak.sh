#!/bin/bash
# SPDX-License-Identifier: ISC
# The test suite of rsync 3.5.x, in the source package of Debian's security suite: bare, and with the peer (each daemon, and each
# server behind a remote shell) under the library. A daemon has the policy that `preclude rsyncd` prints for its configuration;
# a server has the test's directory as its only root, anchored. Each test ends as it does bare, but for those that
# suite-differences.txt names. suite_security_soak.sh [TEST...]: these alone.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/suite.sh"
needs_root "to chroot, as most of its daemons do"

# Mounts of tests are theirs.
if [ -z "$MOUNTS" ]; then
	MOUNTS=1 exec unshare -m "$BASH" "$0" "$@"
fi

obtain built rsync-security-source
[ -d "$built" ] || built=${built%/*}
tree=$scratch/source
cp -a "$built" "$tree"
env -u MAKEFLAGS -u MAKELEVEL make -C "$tree" check-progs >"$scratch/programs.log" 2>&1 ||
	{ ok "what the tests run is built" tail -n 20 "$scratch/programs.log" && false; finish; }
install -D -t "$scratch/lib" "$B/libpreclude.so" "$B/preclude"

# The peer. What its hooks, remote shells and helpers run lies in the test's directory and in the source's.
cat >"$tree/peer" <<-EOF
	#!/bin/bash
	configuration=
	for argument; do
		[ "\${argument#--config=}" = "\$argument" ] || configuration=\${argument#--config=}
	done
	set -a
	PRECLUDE_ROOTS=test=\$scratchdir PRECLUDE_ANCHOR=on PRECLUDE_ANCESTORS=on PRECLUDE_EXEC=$tree:$scratch/lib
	if [ "\$configuration" ]; then
		policy=\$('$scratch/lib/preclude' rsyncd --format env "\$configuration" 2>/dev/null)
		unset PRECLUDE_ROOTS PRECLUDE_EXEC
		eval "\$policy"
	fi
	PRECLUDE_LOG=$scratch/sealed/log
	LD_PRELOAD=$scratch/lib/libpreclude.so
	exec -a "\$0" '$tree/rsync' "\$@"
EOF
chmod 755 "$tree/peer"

# run NAME [OPTION...] -- [TEST...]: the suite's results, "TEST PASS", FAIL, SKIP, or RACE where the race that a test is about did not come about.
# Many tests race: what fails, or does not race, is tried once more.
run()
{
	local name=$1 options=() again
	shift
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	mkdir -p "$scratch/$name"
	export scratchbase=$scratch/$name
	cd "$tree" || return 1
	results "${options[@]}" -- "$@" >"$scratch/$name/first"
	again=$(sed -nE 's/ (FAIL|RACE)$//p' "$scratch/$name/first")
	{
		grep -vE ' (FAIL|RACE)$' "$scratch/$name/first"
		# shellcheck disable=SC2086 # a list of words
		[ -z "$again" ] || results "${options[@]}" -- $again
	} | LC_ALL=C sort >"$scratch/$name/results"
}

results()
{
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	./runtests.py -j "$SUITE_JOBS" --race-timeout 2 --preserve-scratch "${options[@]}" "$@" >"$scratchbase/said" 2>&1
	sed -nE 's/^SKIP +([^ ]+) \(race did not .*/\1 RACE/p; t; s/^(PASS|FAIL|SKIP|XFAIL|ERROR) +([^ ]+)( \(.*)?$/\2 \1/p' "$scratchbase/said"
}

run bare -- "$@"
ok "bare, nearly all tests pass" test "$(grep -c ' FAIL$' "$scratch/bare/results")" -lt $(($(wc -l <"$scratch/bare/results") / 20 + 1))
run sealed --rsync-bin2 "$tree/peer" -- "$@"
known=$(suite_expected security peer root)
[ $# -eq 0 ] || known=$(grep -E "^($(paste -sd '|' < <(printf '%s\n' "$@"))) " <<<"$known")
is "each test ends with its peer sealed as it does bare, but for what is known" \
	"$(LC_ALL=C join "$scratch/bare/results" "$scratch/sealed/results" | awk '!/ RACE/ && $2 != $3')" "$known"
for racing in $(sed -n 's/ RACE$//p' "$scratch"/{bare,sealed}/results | sort -u); do
	skip "$racing" "the race that it is about did not come about, in two tries"
done
is "all of them ran" "$(wc -l <"$scratch/sealed/results")" "$(wc -l <"$scratch/bare/results")"
ok "and peers were sealed" test "$(jq -c 'select(.event == "sandbox" and .outcome == "enforced")' "$scratch/sealed/log" | wc -l)" -gt 0
ok "none was refused its policy" not jq -e 'select(.event == "refused")' "$scratch/sealed/log"
finish
