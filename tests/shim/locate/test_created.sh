#!/bin/bash
# SPDX-License-Identifier: ISC
# What a process made itself may be changed by the descriptor that it was made with, and costs little; what has that
# number afterwards is another matter. tests/shim/locate/prog_created.c makes the calls. A note is taken from the second file on,
# so each case changes the mode of one before: "ok 640" is that one's.
. "$(dirname "$0")/../../tap.sh"

program=$B/tests/shim/locate/prog_created
mkdir -p "$scratch"/{root/two,out,grant}

# made VARIABLE=VALUE... -- STEP...: one line. What lies outside may be read.
made()
{
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	rm -f "$scratch"/{root,root/two,out,grant}/*.?????? "$scratch"/root/new "$scratch/log"
	echo >"$scratch/out/file"
	chmod 600 "$scratch/out/file"
	(cd "$scratch" && env LD_PRELOAD="$library" PRECLUDE_ROOTS="$scratch/root" PRECLUDE_READ="$scratch/out" \
		PRECLUDE_WRITE="$scratch/grant" PRECLUDE_LOG="$scratch/log" "${variables[@]}" \
		"$program" temp root fchmod "$@" 2>&1) | paste -sd ' '
}

is "made beneath a root" "$(made -- temp root fchmod excl root/new fchmod)" "ok 640 ok 640 ok 640"
is "made beneath a write grant" "$(made -- temp grant fchmod)" "ok 640 ok 640"
is "by a copy, in a child" "$(made -- temp root dup fchmod fork fchmod)" "ok 640 ok 640 ok 640"
is "no event" "$(jq -r 'select(.event == "call")' "$scratch/log")" ""

# The number is another file's.
is "closed, and another file has the number" "$(made -- temp root close open out/file fchmod)" "ok 640 EACCES 600"
is "closed by a stream" "$(made -- temp root fclose open out/file fchmod)" "ok 640 EACCES 600"
is "closed unseen" "$(made -- temp root rawclose rawopen out/file fchmod)" "ok 640 EACCES 600"
is "replaced by dup2" "$(made -- temp root over out/file fchmod)" "ok 640 EACCES 600"
is "made by a vfork child, whose number it is not here" "$(made -- vfork root open out/file fchmod)" "ok 640 EACCES 600"
is "and it is said" "$(jq -r 'select(.event == "call") | "\(.func) \(.where) \(.effect) \(.by)"' "$scratch/log")" \
	"fchmod granted denied confine"
is "a descriptor that was never opened" "$(made -- fchmod close fchmod)" "ok 640 ok 640 EBADF 0"

# Narrowing takes rights away.
is "made before the process was narrowed to another module" \
	"$(made PRECLUDE_NARROW=on "PRECLUDE_ROOTS=one=$scratch/root:two=$scratch/out" -- temp root enter out fchmod)" \
	"ok 640 EACCES 600"
is "and after, in that module" \
	"$(made PRECLUDE_NARROW=on "PRECLUDE_ROOTS=one=$scratch/root:two=$scratch/out" -- enter out temp . fchmod temp . fchmod)" \
	"ok 640 ok 640 ok 640"

# moved STEP...: somebody who is not confined moves root/new out, where it says "wait".
moved()
{
	mkfifo "$scratch/go"
	made -- "$@" <"$scratch/go" &
	exec 9>"$scratch/go"
	wait_until test -e "$scratch/root/new"
	mv "$scratch/root/new" "$scratch/out/moved"
	echo go >&9
	exec 9>&-
	wait
	rm -f "$scratch/go" "$scratch/out/moved"
}
is "what it opened, and somebody moved out" "$(moved creat root/new wait fchmod)" "ok 640 ready EACCES 600"
is "what it made, and somebody moved out, is its own still" "$(moved excl root/new wait fchmod)" "ok 640 ready ok 640"

# Four system calls to find out where a descriptor leads; then none but the one that compares.
calls()
{
	strace -f -e trace="$1" -o "$scratch/trace" env LD_PRELOAD="$library" PRECLUDE_ROOTS="$scratch/root" \
		PRECLUDE_LOG="$scratch/log" "${@:2}" "$program" many "$scratch/root" 100
	grep -c '"thread-self/fd/' "$scratch/trace"
}
is "a hundred files are asked for by name once" "$(calls readlinkat)" 1
ok "and where everything is logged" [ "$(calls readlinkat PRECLUDE_FLAG=all)" -lt 10 ]
ok "where nothing is enforced, each is" [ "$(calls readlinkat PRECLUDE_MODE=observe)" -ge 100 ]
finish
