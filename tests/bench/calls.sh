#!/bin/bash
# SPDX-License-Identifier: ISC
# What a call costs: where it leads, how deep, how many roots there are; beside what a user would pick instead.
. "$(dirname "$0")/lib.sh"

mkdir -p in/d/d/d granted out
deep=in/w
for ((depth = 1; depth <= 16; depth++)); do
	mkdir -p "$deep"
	: >"$deep/f"
	deep=$deep/d
done
: >in/d/d/d/f
: >granted/f
: >out/f
roots_make

readable=(/mnt/granted)
command=("$programs/prog_calls" work)
calls()
{
	local table=$1
	shift
	groups "$@"
	say "$table"
	"$programs/prog_calls" "$(full 61 3)" "$table" "${groups[@]}"
}
calls calls bare launcher preclude anchored gated confined unanchored logged observed \
	libtrace fakechroot strace strace-bpf bwrap firejail
calls depth bare launcher preclude anchored
calls roots preclude 100-roots 10000-roots
