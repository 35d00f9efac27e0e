#!/bin/bash
# SPDX-License-Identifier: ISC
# What the start of a process costs, and the memory that it then has: exec of true, beside other ways to confine it.
. "$(dirname "$0")/lib.sh"
roots_make

command=(/bin/true)
start()
{
	local turns=$1 row=$2
	shift 2
	groups "$@"
	say "start: $row"
	"$programs/prog_turns" "$turns" start "$row" "${groups[@]}"
}
start "$(full 201 3)" 'true' bare launcher preclude 100-roots gated run run-100-roots libtrace fakechroot bwrap \
	strace strace-bpf
start "$(full 25 2)" 'true, slower ones' bare 10000-roots run-10000-roots fakechroot-command firejail firejail-profile

# The kernel's own count of the process that reads it.
command=(cat /proc/self/smaps_rollup)
for variant in $(only bare launcher preclude 100-roots 10000-roots libtrace fakechroot); do
	before "$variant"
	for ((turn = 0; turn < $(full 5 2); turn++)); do
		env -i PATH=/usr/bin:/bin "${before[@]}" cat /proc/self/smaps_rollup >rollup 2>/dev/null ||
			absent memory 'cat, resident' "$variant" 'it fails here'
		awk -v variant="$variant" -v turn="$turn" -v OFS='\t' '
			$1 == "Rss:" { print "memory", "cat, resident", variant, turn, $2, "KiB" }
			/^Private_/ { private += $2 }
			END { if (private) print "memory", "cat, its own", variant, turn, private, "KiB" }' rollup
	done
done
