#!/bin/bash
# SPDX-License-Identifier: ISC
# Threads and children call through names that somebody swaps and moves (net_race.c): nothing outside changes, nobody dies. What
# chance finds here it need not find again, so a fault that is known may as well not be met. RACE_MILLISECONDS: how long each.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/nets.sh"
needs_root "to make mount namespaces"

net=$B/tests/nets/net_race
milliseconds=${RACE_MILLISECONDS:-1200}
: >"$scratch/found"

# one SETTING SEED
one()
{
	"$net" "$1" "$2" "$milliseconds" "$library" >"$scratch/one" 2>&1
	case $? in
	0 | 1) ;;
	77) skip_rest "no machine of its own: $(head -c 200 "$scratch/one")" ;;
	*) printf '%s/ended\t%s\n' "$1" "$(head -c 200 "$scratch/one")" >>"$scratch/found" ;;
	esac
	sed -n "/^#/!s|\$|\tseed $2|p" "$scratch/one" >>"$scratch/found"
	sed -n "s|^#|# $1 $2:|p" "$scratch/one"
}

one bare 1
ok "without the library the same calls do change what lies outside" grep -q '^bare/outside' "$scratch/found"
: >"$scratch/found"
seed=1
if fresh; then
	seed=$(date +%s)
fi
while :; do
	for setting in ${RACE_SETTINGS:-enforce anchor raw}; do
		one "$setting" "$seed"
	done
	seed=$((seed + 1))
	fresh && [ "$SECONDS" -lt "$NETS_SECONDS" ] || break
done
repeat() { echo "$net ${1%%/*} $(sed -n '1s/.*\tseed //p' <<<"$2") $milliseconds $library"; }
NETS_SECONDS=${NETS_SECONDS:-0}
judge race "$scratch/found"
finish
