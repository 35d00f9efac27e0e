#!/bin/bash
# SPDX-License-Identifier: ISC
# The bench's arithmetic, its tables and plots, on samples whose medians are known; and that its programs run. What they
# measure is nobody's business here.
. "$(dirname "$0")/../tap.sh"

bench=$top/tests/bench
mkdir "$scratch/known"
# Turn by turn: bare 100 200 300 400, ours 110 260 300 480 (ratios 1.1 1.3 1.0 1.2), and one of theirs that misses a turn.
{
	printf '# part\tabcdef0\t2026-01-02 03:04\t0.50\t7\n'
	for turn in 0 1 2 3; do
		printf 'calls\tlstat, four names\tbare\t%d\t%d\tns\n' $turn $((100 * (turn + 1)))
		[ $turn = 1 ] || printf 'calls\tlstat, four names\tlibtrace\t%d\t%d\tns\n' $turn $((200 * (turn + 1)))
	done
	printf 'calls\tlstat, four names\tpreclude\t%s\tns\n' $'0\t110' $'1\t260' $'2\t300' $'3\t480'
	printf 'calls\tlstat, four names\tfakechroot\t0\t-\tit does not run here\n'
	printf 'calls\topen+close, four names\t%s\t0\t%s\tns\n' bare 1000 preclude 1300 launcher 1250
	printf 'start\ttrue\t%s\t0\t%s\tus\n' bare 500 preclude 620.5
	printf 'depth\tlstat, %s\tns\n' $'1\tbare\t0\t100' $'16\tbare\t0\t200' $'1\tpreclude\t0\t100' $'16\tpreclude\t0\t300'
	printf 'connections\tmodules: 1\t%s\t0\t%s\trate\n' bare 500 sealed 1000
} >"$scratch/known/part.tsv"
ok 'samples become a page' "$bench/render" "$scratch/known"

stat()
{
	awk -F '\t' -v OFS=' ' -v row="$1" -v variant="$2" '$2 == row && $3 == variant {
		$1 = $2 = $3 = ""; sub(/^ */, ""); print }' "$scratch/known/stats"
}
is 'of an even number the median is the mean of the two in the middle' \
	"$(stat 'lstat, four names' bare)" 'ns 4 250 100 400 1 1 1 0'
is 'ratio and difference are taken turn by turn' \
	"$(stat 'lstat, four names' preclude)" 'ns 4 280 110 480 1.15 1 1.3 35'
is 'a turn that is missing has no ratio' "$(stat 'lstat, four names' libtrace)" 'ns 3 600 200 800 2 2 2 300'
is 'what does not run has a reason' "$(stat 'lstat, four names' fakechroot)" 'it does not run here 0 - - - - - - -'
awk 'BEGIN { for (i = 10; i >= 0; i--) printf "calls\tr\tbare\t%d\t%d\tns\n", i, i * i }' >"$scratch/eleven"
is 'the spread is from the 10th percentile to the 90th' "$(awk -f "$bench/stats.awk" "$bench/tables.tsv" \
	"$scratch/eleven" | cut -f 5-8)" $'11\t25\t1\t81'

says()
{
	grep -qxF -- "$1" "$scratch/known/BENCHMARKS.md" || { cat "$scratch/known/BENCHMARKS.md"; return 1; }
}
ok 'a row of ratios' says '| lstat, four names | 250 ns | 1.15 (1.00–1.30) | 2.00 (2.00–2.00) | it does not run here |  |  |  |  |'
ok 'a line of what is added' says '| preclude | 620 µs | 620 µs – 620 µs | 120 µs | 1.24 |'
ok 'a rate is of things a second, its ratio of times' says '| modules: 1 | 2,000/s |  | 2.00 (2.00–2.00) |  |'
ok 'a target that is met' says '| `lstat`, four names deep, exact | 2.40 | 1.15 | met | `openat2`+`fstat`+`close`: 2.3 |'
ok 'one that is missed, beside its floor' \
	says '| `open`+`close`, four names deep, exact | 1.15 | 1.30 | **missed** | launcher: 1.25 |'
ok 'one in a unit' says '| start of a process, one root, above bare | 150 µs | 120 µs | met |  |'
ok 'one that was not measured' says '| memory of a process, above bare | 2 MiB |  | not measured |  |'
ok 'where it was measured' says '| part | abcdef0 | 2026-01-02 03:04 | 0.50 | 7 |'
ok 'nothing is left to fill in' not grep -n '^@' "$scratch/known/BENCHMARKS.md"
for plot in "$scratch"/known/*.svg; do
	ok "$(basename "$plot") is well-formed" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$plot"
done
# 1.15 on an axis from 1, where 2.00 is the next.
is 'a dot lies where its value is' "$(awk -F "'" '
	/class=.one/ { one = $2 }
	/<circle/ { dot[++dots] = $2 }
	END { printf "%.2f", (dot[1] - one) / (dot[2] - one) }' "$scratch/known/calls.svg")" 0.15
ok 'each plot is on the page' eval 'for plot in "$scratch"/known/*.svg; do
	grep -q "benchmarks/$(basename "$plot")" "$bench/BENCHMARKS.md.in" || { echo "$plot"; exit 1; }; done'

# A name that is misspelt in a table would be a hole on the page.
is 'tables, plots and targets name variants that there are' "$(awk -F '\t' '
	/^#/ { next }
	FILENAME ~ /variants/ { known[$1] = 1; next }
	FILENAME ~ /tables/ { words = $3 " " $5 }
	FILENAME ~ /plots/ { words = $6 }
	FILENAME ~ /targets/ { words = $4 }
	{ n = split(words, word, " "); for (i = 1; i <= n; i++) if (!(word[i] in known) && word[i] != "-") print word[i] }' \
	"$bench/variants.tsv" "$bench/tables.tsv" "$bench/plots.tsv" "$bench/targets.tsv")" ''
is 'the page has each table' "$(grep -v '^#' "$bench/tables.tsv" | cut -f 1 | sort -u)" \
	"$(sed -n 's/^@\(.*\)@$/\1/p' "$bench/BENCHMARKS.md.in" | grep -vx 'targets\|machine\|ran\|variants' | sort)"

# Another build beside this one: twice as dear as bare, then three times; and one row whose spread is wider than the change.
{
	for turn in 0 1 2; do
		printf 'calls\t%s\t%s\t%d\t%d\tns\n' chmod bare $turn 100 chmod preclude $turn 300 chmod preclude@peer $turn 200 \
			lstat bare $turn 100 lstat preclude $turn $((100 + 30 * turn)) lstat preclude@peer $turn 100
	done
} >"$scratch/peer.tsv"
awk -f "$bench/stats.awk" "$bench/tables.tsv" "$scratch/peer.tsv" | awk -f "$bench/peer.awk" >"$scratch/peer"
is 'a row that became slower than the other build is named' "$(grep -c '| calls, chmod | preclude | 2.00 | 3.00 | +1.00 | 0.00 | slower |' "$scratch/peer")" 1
is 'a row whose spread is wider than the difference is not' "$(grep -c 'lstat.*+0.30 | 0.60 |  |' "$scratch/peer")" 1

# As make bench runs them, but for what one would use instead.
run()
{
	BENCH_OUT=$scratch/run BENCH_QUICK=1 BENCH_ONLY='bare launcher preclude run report' B=$B "$bench/run.sh" "$@" 2>&1
}
# Others than root take a user namespace for that, which a chroot, among others, does not allow.
if is_root || unshare --user --map-root-user --mount --net true 2>/dev/null; then
	ok 'calls, start and report run' run calls start report
	is 'and everything has its price' "$(grep -P '\t-\t' "$scratch"/run/*.tsv | grep -v 'outside.*EACCES')" ''
	ok 'another build is measured in the same turns' env BENCH_PEER="$B" BENCH_OUT="$scratch/both" BENCH_QUICK=1 \
		BENCH_ONLY='bare preclude' B="$B" "$bench/run.sh" calls
	is 'and each row of this build has one of the other' \
		"$(cut -f 3 "$scratch/both/calls.tsv" | grep -c '^preclude$')" \
		"$(cut -f 3 "$scratch/both/calls.tsv" | grep -c '^preclude@peer$')"
	is 'for three variants, and a fourth at the start' "$(cut -f 1,3 "$scratch"/run/*.tsv | grep -v '^#' | sort -u | tr '\t\n' ' ,')" \
		'calls bare,calls launcher,calls preclude,depth bare,depth launcher,depth preclude,memory bare,memory launcher,memory preclude,report report,roots preclude,start bare,start launcher,start preclude,start run,'
	ok 'they were measured under the library' grep -q 'lstat, one name.*preclude' "$scratch/run/stats"
else
	skip 'calls, start and report run' 'needs root, or user namespaces'
fi
ok 'a storm has its price' test "$("$B/tests/bench/prog_storm" 20 /bin/true | tr -d '\n.')" -gt 0
printf 'use chroot = no\nlog file = /dev/null\n[m]\npath = %s\n' "$scratch" >"$scratch/conf"
for port in 20731 21843 22951; do
	rsync --daemon --no-detach --address=127.0.0.1 --port=$port --config="$scratch/conf" >/dev/null 2>&1 &
	daemon=$!
	at_exit+=("kill $daemon")
	for ((tries = 0; tries < 100; tries++)); do
		"$B/tests/bench/prog_connect" $port m 1 >/dev/null && break 2
		kill -0 $daemon 2>/dev/null || break
		sleep 0.05
	done
done
ok 'so has a connection' "$B/tests/bench/prog_connect" $port m 3
finish
