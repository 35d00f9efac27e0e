#!/bin/bash
# SPDX-License-Identifier: ISC
# strace as second oracle: every outside path that it sees real programs name is in the log of the same run, or on the
# list of what a preload library cannot see (unseen.def).

. "$(dirname "$0")/../tap.sh"

if ! strace -o /dev/null true 2>/dev/null; then
	echo "1..0 # SKIP strace is not there, or may not trace"
	exit 0
fi

root=$scratch/root outside=$scratch/outside
used=$scratch/used
programs=0 paths=0
mkdir -p "$root" "$outside/tree/sub" "$outside/home"
echo one >"$outside/tree/a"
echo two >"$outside/tree/sub/b"
ln -s ../a "$outside/tree/sub/link"
ln -s "$outside/tree" "$root/out"
: >"$used"

# compare NAME COMMAND...: runs it in $outside, both ways at once, and compares.
compare()
{
	local name=$1 said
	local run=$scratch/run.$1
	shift
	mkdir "$run"
	ok "$name runs" traced "$run" "$@"
	jq -r 'select(.event == "call" or .event == "count") |
		[.event, .func, .path // "", .path2 // "", .dir // "", .resolved // "", .count // 0] | @tsv' \
		"$run/log" >"$run/tsv"
	ok "$name: every outside path is in the log" matched "$run"
	said=$(sed -n 's/^compared //p' "$run/said")
	programs=$((programs + 1)) paths=$((paths + ${said:-0}))
}

traced()
{
	local run=$1
	shift
	(cd "$outside" && HOME=$outside/home strace -ff -k -y -qq -s 4096 -e signal=none -e trace=%file,fchdir \
		-E "LD_PRELOAD=$library" -E PRECLUDE_MODE=observe -E PRECLUDE_FLAG=all -E PRECLUDE_FRAMES=2 \
		-E "PRECLUDE_ROOTS=$root" -E "PRECLUDE_LOG=$run/log" -o "$run/trace" "$@" </dev/null)
}

matched()
{
	"$top/tests/shim/strace_compare" "$root" "$outside" "$1/tsv" "$top/tests/shim/unseen.def" "$used" "$1"/trace.* \
		>"$1/said" || { cat "$1/said"; false; }
}

compare rsync rsync -a tree/ "$root/out/" copied/
compare tar tar cf "$root/t.tar" tree
compare untar tar xf "$root/t.tar" -C home
compare cp cp -a tree "$root/out/sub" home
compare find find tree "$root" -newer tree/a -ls
compare git git init -q repo
compare git-add git -C repo add -A
(cd "$outside" && zip -qr "$root/z.zip" tree)
compare unzip unzip -q -o "$root/z.zip" -d unzipped
compare sh sh -c 'cd tree && cat a >>sub/b && mv a c && rm c'

# Whether this libc has a system call for fchmodat without following, as since 2.39.
nofollow=$(printf '2.39\n%s\n' "$(getconf GNU_LIBC_VERSION | cut -d ' ' -f 2)" | sort -VC && echo yes)

while IFS= read -r entry; do
	who=${entry#UNSEEN(} who=${who%%,*}
	if [ "$nofollow" ] && [[ $entry == *fchmodat* ]]; then
		skip "the list's entry for $who: fchmodat without following" "this libc has a system call for it"
		continue
	fi
	# What others than root see of these programs is less.
	is_root || grep -qF "$who (?^:$(sed 's/^[^"]*"\([^"]*\)".*/\1/' <<<"$entry"))" "$used" ||
		{ root_for "the list's entry for $who" "to have a program that does it"; continue; }
	ok "the list's entry for $who, $(sed 's/^[^"]*"\([^"]*\)".*/\1/' <<<"$entry"), is needed" \
		grep -qF "$who (?^:$(sed 's/^[^"]*"\([^"]*\)".*/\1/' <<<"$entry"))" "$used"
done < <(grep '^UNSEEN' "$top/tests/shim/unseen.def")

echo "# $programs programs, $paths outside paths compared with what strace saw"
finish
