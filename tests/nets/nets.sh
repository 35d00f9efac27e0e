# SPDX-License-Identifier: ISC
# What the scripts of the nets share; sourced after tests/tap.sh.
#
# A net prints a line for each fault, NAME<tab>DETAILS. known.tsv has a line for each that is known: NET<tab>PATTERN of the
# name, as of the shell's `case`<tab>WHAT happens. A NET that ends in "?" counts only
# for fresh seeds: its patterns are wide, so that the fixed ones find any change.

known=$top/tests/nets/known.tsv

# With fresh seeds until NETS_SECONDS are over, or with the fixed ones.
fresh()
{
	[ -n "${NETS_SECONDS:-}" ]
}

# judge NET FILE: a test for each known fault, and one for each name in FILE that is not known. What is known and did not
# happen is a failure, too, unless the seeds were fresh or the net says "# not met: PATTERN": such a row would hide what comes
# next. A script's function `repeat NAME DETAILS` prints the command that shows a fault again.
judge()
{
	local net pattern what name details number=0
	grep -v '^#' "$2" | cut -f 1 | sort -u >"$scratch/names"
	while IFS=$'\t' read -r net pattern what; do
		[ "$net" = "$1" ] || { fresh && [ "$net" = "$1?" ]; } || continue
		number=0
		while IFS= read -r name; do
			# shellcheck disable=SC2254 # it is a pattern
			case $name in
			$pattern) number=$((number + 1)) ;;
			*) printf '%s\n' "$name" ;;
			esac
		done <"$scratch/names" >"$scratch/others"
		mv "$scratch/others" "$scratch/names"
		tests=$((tests + 1))
		if [ "$number" -gt 0 ]; then
			echo "not ok $tests - $1 $pattern # TODO known: $what"
		elif fresh || grep -qxF "# not met: $pattern" "$2"; then
			echo "ok $tests - $1 $pattern: not met"
		else
			failures=$((failures + 1))
			echo "not ok $tests - $1 $pattern passes now: remove it from tests/nets/known.tsv"
		fi
	done < <(grep -v '^#' "$known")
	while IFS= read -r name; do
		details=$(grep -F -m 3 "$name" "$2")
		ok "$1 $name" fault "$details"
		! declare -F repeat >/dev/null || echo "# to repeat: $(repeat "$name" "$details")"
	done <"$scratch/names"
	ok "$1 finds nothing that is not known" test ! -s "$scratch/names"
}

fault()
{
	printf '%s\n' "$1"
	return 1
}
