#!/bin/bash
# SPDX-License-Identifier: ISC
# The short way of looks and metadata (shim/judge/fast_path.c) says what the long one says: it ends where a root may not be written,
# where a link leads out, and where another thread moves.
. "$(dirname "$0")/../../tap.sh"

mkdir -p "$scratch"/{root,out}/dir
for file in "$scratch"/{root,out}/dir/file; do
	echo >"$file"
	chmod 600 "$file"
done
ln -s ../out "$scratch/root/link"

# quick ROOTS [NAME=VALUE...] COMMAND...: from the root's directory, what it said, and the two modes.
quick()
{
	local roots=$1
	shift
	chmod 600 "$scratch"/{root,out}/dir/file
	rm -f "$scratch/log"
	(cd "$scratch/root" && env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$roots" PRECLUDE_READ="$scratch/out" \
		"PRECLUDE_LOG=$scratch/log" "$@" 2>&1) | sed 's/.*: //'
	stat -c %a "$scratch"/{root,out}/dir/file | paste -sd ' '
}
says() { jq -r 'select(.event == "call") | "\(.func) \(.where) \(.effect)"' "$scratch/log" | sort -u | paste -sd ' '; }

is "beneath a root" "$(quick "$scratch/root" chmod 700 dir/file)" "700 600"
is "by its name" "$(quick "$scratch/root" chmod 700 "$scratch/root/dir/file")" "700 600"
is "no event" "$(says)" ""
is "beneath a root that may not be written" "$(quick "$scratch/root,ro" chmod 700 dir/file)" "$(printf 'Permission denied\n600 600')"
is "by its name, too" "$(quick "$scratch/root,ro" chmod 700 "$scratch/root/dir/file")" "$(printf 'Permission denied\n600 600')"
is "which is said" "$(says)" "fchmodat inside denied"
is "through a link" "$(quick "$scratch/root" chmod 700 link/dir/file)" "$(printf 'Permission denied\n600 600')"
is "through a link, and nothing is confined" "$(quick "$scratch/root" PRECLUDE_CONFINE=off chmod 700 link/dir/file)" "600 700"
is "which is said, too" "$(says)" "fchmodat granted passed"
is "what is missing" "$(quick "$scratch/root" stat dir/none dir/file/none)" \
	"$(printf 'No such file or directory\nNot a directory\n600 600')"

# A look that cannot be refused and that nobody asks for is made as it stands, and not logged.
is "a look through a link is not logged" "$(quick "$scratch/root" stat -c %a link/dir/file; says)" "$(printf '600\n600 600')"
is "nor is ls -la of a root" "$(quick "$scratch/root" ls -la | grep -c link; says)" "1"
is "with flag looks both are" "$(quick "$scratch/root" PRECLUDE_FLAG=looks sh -c 'stat link/dir/file; cd ..; ls -la root' >/dev/null
	says | grep -o 'chdir outside passed\|statx granted passed\|statx outside passed')" \
	"$(printf 'chdir outside passed\nstatx granted passed\nstatx outside passed')"
is "by default while observing" "$(quick "$scratch/root" PRECLUDE_MODE=observe stat -c %a link/dir/file >/dev/null; says)" "statx granted passed"

# How short: a look is opened and looked at, one that finds nothing not even that.
calls()
{
	rm -f "$scratch/log"
	(cd "$scratch/root" && strace -f -o "$scratch/trace" env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$scratch/root" \
		"PRECLUDE_LOG=$scratch/log" "$@")
	sed -nE '/(openat2|newfstatat)\(AT_FDCWD, "dir/,$ s/^[0-9]+ +(openat2|newfstatat|fstat|statx|readlinkat)\(.*/\1/p' "$scratch/trace" | paste -sd ' '
}
is "the calls of two looks, the second in vain" "$(calls PRECLUDE_ANCHOR=on bash -c '[ -L dir/file ]; [ -L dir/none ]')" \
	"openat2 newfstatat openat2"
is "as many as without the library where nobody asks" "$(calls bash -c '[ -L dir/file ]; [ -L ../dir ]')" "newfstatat newfstatat"

is "while another thread moves" "$(quick "$scratch/root" "$B/tests/shim/judge/prog_fast_path" "$scratch/root" "$scratch/out")" \
	"$(printf 'passed 600\n700 600')"
finish
