#!/bin/bash
# SPDX-License-Identifier: ISC
# Whoever swaps directories and files for symlinks while a confined process calls through them never gets one call
# outside; without the library, nearly every function does go there. PRECLUDE_SWAPS: how many calls a function.

. "$(dirname "$0")/../../tap.sh"
needs_root "to swap what lies in a world of its own"

calls=${PRECLUDE_SWAPS:-600}
unset PRECLUDE_SWAPS # the library would not know it

attacked()
{
	"$B/tests/shim/judge/prog_swaps" "$1" "$2" "$library" "$B/tests/kernels/prog_fake_kernel" >"$scratch/$1" 2>&1
}

escaped()
{
	grep -E ' escaped [1-9]' "$scratch/$1"
}

held()
{
	ok "$1: the victim lived" attacked "$1" "$2"
	ok "$1: enough functions were called" test "$(grep -c ' escaped ' "$scratch/$1")" -ge "$3"
	is "$1: not one call outside" "$(escaped "$1")" ""
	ok "$1: and all that lies there is as it was" grep -qx 'outside as it was' "$scratch/$1"
	sed -n 's/^swaps \(.*\)/# \1 swaps/p' "$scratch/$1"
	ok "$1: it was attacked all the while" test "$(sed -n 's/^swaps //p' "$scratch/$1")" -gt "$calls"
}

ok "without the library: the victim lived" attacked bare 1000
all=$(grep -c ' escaped ' "$scratch/bare") out=$(escaped bare | wc -l)
echo "# $out of $all functions got out"
ok "without the library: most functions get out" test "$out" -ge $((all * 3 / 4))

held metadata $((calls * 5)) 30
held both $((calls / 2)) 160
held anchor "$calls" 160
held past $((calls / 4)) 160

# What is judged first and then called by its path is what the document says.
# Of a list, the functions that this libc has.
present()
{
	LC_ALL=C comm -12 - <(nm -D --defined-only "$(ldd /bin/sh | sed -n 's/.*=> \(.*libc\.so[^ ]*\).*/\1/p')" |
		awk '{ sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort -u)
}
is "docs/BLIND-SPOTS.md lists what is called by path" \
	"$(sed -n 's/ by path$//p' "$scratch/anchor" | grep -v '^syscall(' | LC_ALL=C sort)" \
	"$(sed -n '/^<!-- by path -->/,/^<!-- end -->/p' "$top/docs/BLIND-SPOTS.md" | grep -o '`[A-Za-z0-9_]*`' | tr -d '`' | LC_ALL=C sort | present)"
finish
