#!/bin/bash
# SPDX-License-Identifier: ISC
# The differential fuzzer: the same random calls with and without the library, under each policy (net_fuzz.c).
#
# FUZZ_SEEDS: the seeds, FUZZ_SETTINGS: the policies, FUZZ_STEPS: how many calls each. With NETS_SECONDS fresh seeds, for so
# long.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/nets.sh"
needs_root "to make mount namespaces"

# Each seed stands for other calls where libc has other functions.
made_with=$(sed -n 's/^# made with \(glibc [0-9.]*\):.*/\1/p' "$known")
fresh || [ "$(getconf GNU_LIBC_VERSION)" = "$made_with" ] ||
	skip_rest "known.tsv was made with $made_with, and this is $(getconf GNU_LIBC_VERSION): NETS_SECONDS=60 tries fresh seeds"

net=$B/tests/nets/net_fuzz
settings=${FUZZ_SETTINGS:-everything everything-judged observe enforce all anchor alone raw narrow read-only}
steps=${FUZZ_STEPS:-300}
: >"$scratch/found"

# one SETTING SEED
one()
{
	"$net" run "$1" "$2" "$steps" "$library" >"$scratch/one" 2>&1
	case $? in
	0 | 1) ;;
	77) skip_rest "no machine of its own: $(head -c 200 "$scratch/one")" ;;
	*) printf 'net/%s/%s/ended\t%s\n' "$1" "$2" "$(head -c 200 "$scratch/one")" >>"$scratch/found" ;;
	esac
	sed "s|\$|\tseed $2|" "$scratch/one" >>"$scratch/found"
}

runs=0
if fresh; then
	seed=$(date +%s)
	echo "# seeds from $seed, $steps calls each"
	while [ "$SECONDS" -lt "$NETS_SECONDS" ]; do
		for setting in $settings; do
			one "$setting" "$seed"
			runs=$((runs + 1))
		done
		seed=$((seed + 1))
	done
else
	seeds=${FUZZ_SEEDS:-0 1 2 3 4 5 6 7 8 9}
	echo "# seeds $seeds, $steps calls each"
	for setting in $settings; do
		for seed in $seeds; do
			one "$setting" "$seed"
			runs=$((runs + 1))
		done
	done
fi
echo "# $runs sequences"
judge fuzz "$scratch/found"

# The shortest part of a sequence that still shows what is not known.
while IFS= read -r name; do
	IFS=/ read -r _ setting row kind <<<"$name"
	seed=$(grep -F -m 1 "$name" "$scratch/found" | sed 's/.*\tseed //')
	echo "# to repeat: $net run $setting $seed $steps $library"
	timeout 60 "$net" shrink "$setting" "$seed" "$steps" "$library" "$row" "$kind" 2>&1 | cut -c 1-300 | sed 's/^/#   /'
done < <(head -n 3 "$scratch/names")
finish
