# SPDX-License-Identifier: ISC
# For the parts of `make bench` (bash): source it. Everything happens in /mnt, a tmpfs that nobody else sees: names are
# short, so that 10,000 roots fit into one variable (128 KiB, execve(2)), and no disk is measured.
#
# A part prints samples, one a line: TABLE, ROW, VARIANT, TURN, VALUE, UNIT, between tabs. A value is what one thing
# cost, in the unit of a time even where the table will show a rate; or "-", and then the unit is the reason why there
# is none. stats.awk makes medians of them.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
: "${B:=$top/build}"
build=$(cd "$B" && pwd) || exit 1
library=$build/libpreclude.so
root=/mnt/in

# Only a private mount namespace makes /mnt ours; and there, a network of our own makes all ports ours.
if [ -z "${BENCH_PRIVATE-}" ]; then
	user=()
	[ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
	BENCH_PRIVATE=1 exec unshare "${user[@]}" --mount --net -- "$0" "$@"
fi
ip link set lo up && mount -t tmpfs -o mode=755,nr_inodes=0,size=90% preclude-bench /mnt || exit 1
mkdir -p "$root" /mnt/tmp /mnt/log
cd /mnt || exit 1
# What is confined is run from its root, which the launcher can grant as well as we.
programs=$root/programs
cp -r "$build/tests/bench" "$programs" || exit 1
export TMPDIR=/mnt/tmp LC_ALL=C

# full N QUICK: how often, how many; QUICK when BENCH_QUICK is set.
full()
{
	if [ -n "${BENCH_QUICK-}" ]; then echo "$2"; else echo "$1"; fi
}

say()
{
	echo "bench: $*" >&2
}

# roots N: the value of PRECLUDE_ROOTS with $root and others, which roots_make made.
roots()
{
	awk -v root="$root" -v n="$1" 'BEGIN { printf "%s", root; for (i = 1; i < n; i++) printf ":/mnt/r/%x", i }'
}

roots_make()
{
	mkdir -p /mnt/r
	awk 'BEGIN { for (i = 1; i < 10000; i++) printf "/mnt/r/%x\n", i }' | xargs mkdir -p
}

# A directory with a whole system, for fakechroot to lead there.
fake()
{
	[ -d /mnt/fake ] || { mkdir /mnt/fake && mount --rbind / /mnt/fake; }
	echo /mnt/fake
}

# before VARIANT: sets $before to what stands before the command, and $log. NAME@peer is NAME with the build in $BENCH_PEER.
before()
{
	local words name=${1%@peer} build=$build library=$library
	log=/mnt/log/$1
	[ "$name" = "$1" ] || build=$BENCH_PEER library=$BENCH_PEER/libpreclude.so
	policy=("LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log"
		${readable[0]+"PRECLUDE_READ=$(IFS=:; echo "${readable[*]}")"})
	words=$(awk -F '\t' -v name="$name" '$1 == name { print $3; found = 1 } END { exit !found }' "$here/variants.tsv") ||
		{ say "no variant $1"; exit 1; }
	eval "before=($words)"
}
readable=() sealed=()

# only NAME...: those of the variants that $BENCH_ONLY, a list, has, if there is one; else all. With $BENCH_PEER, the build
# directory of another version, each variant that runs preclude is followed by the same one with that version.
only()
{
	local variant
	for variant; do
		case " ${BENCH_ONLY:-$variant} " in *" $variant "*) ;; *) continue ;; esac
		echo "$variant"
		[ -z "${BENCH_PEER-}" ] || ! grep -Eq "^$variant	.*(policy|sealed|build)" "$here/variants.tsv" ||
			echo "$variant@peer"
	done
}

# groups NAME...: sets $groups to each variant's name and words, then the words of $command, and ";" (groups.h).
groups()
{
	local variant
	groups=()
	for variant in $(only "$@"); do
		before "$variant"
		groups+=("$variant" "${before[@]}" "${command[@]}" ';')
	done
}

sample()
{
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@"
}

# Nothing of the table can be had from this variant: absent TABLE ROW VARIANT REASON
absent()
{
	sample "$1" "$2" "$3" 0 - "$4"
}

# clock COMMAND...: prints the milliseconds it takes; fails when it does.
clock()
{
	local begin=$EPOCHREALTIME end
	"$@" >/dev/null 2>/mnt/said </dev/null || { say "${*: -6} fails: $(tail -n 1 /mnt/said)"; return 1; }
	end=$EPOCHREALTIME
	awk -v us=$((${end/./} - ${begin/./})) 'BEGIN { printf "%.3f", us / 1000 }'
}

# by_turns TURNS TABLE ROW UNIT VARIANT...: each turn takes one sample of each variant, and begins with another one than
# the turn before. `measure VARIANT` prints a sample. Where turns are many, one more is a rehearsal.
by_turns()
{
	local turns=$1 table=$2 row=$3 unit=$4 turn i variant value
	shift 4
	# shellcheck disable=SC2046 # a list of words
	set -- $(only "$@")
	say "$table: $row"
	[ "$turns" -le 3 ] || measure "$1" >/dev/null
	for ((turn = 0; turn < turns; turn++)); do
		for ((i = 0; i < $#; i++)); do
			variant=${*:(turn + i) % $# + 1:1}
			if value=$(measure "$variant"); then
				sample "$table" "$row" "$variant" "$turn" "$value" "$unit"
			else
				sample "$table" "$row" "$variant" "$turn" - "it failed"
			fi
		done
	done
}
