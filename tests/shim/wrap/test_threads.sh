#!/bin/bash
# SPDX-License-Identifier: ISC
# Threads, cancellation, signal handlers, jumps out of calls, vfork and small stacks: the program notices nothing, the
# log stays whole. Each situation of prog_threads.c runs bare first: what fails there is no fault of the library's.

. "$(dirname "$0")/../../tap.sh"

# Where other users may enter: a checkout may lie in somebody's private home.
install -m 755 "$B/tests/shim/wrap/prog_threads" "$scratch"
prog=$scratch/prog_threads outside=$scratch/outside log=$scratch/log
mkdir "$outside"

# run SITUATION [NAME=VALUE...]: bare, then in a fresh root under the library.
run()
{
	local situation=$1
	shift
	root=$scratch/$situation
	mkdir "$root.bare" "$root"
	rm -f "$log" "$outside"/*
	chmod 555 "$outside"
	! is_root || chown 65534 "$root.bare"
	ok "$situation: without the library" "${nobody[@]}" \
		timeout "$(patience 60)" "$prog" "$situation" "$root.bare" "$outside"
	chmod 755 "$outside"
	ok "$situation: under it, the same" timeout "$(patience 60)" env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" \
		"PRECLUDE_LOG=$log" "$@" "$prog" "$situation" "$root" "$outside"
	is "$situation: nothing was made outside" "$(ls "$outside")" ""
	ok "$situation: the log is whole" whole
	is "$situation: and holds nothing that is unknown" "$(events '.where == "unknown"')" ""
}

whole()
{
	jq -es 'all(.[]; .v == 1)' "$log" >/dev/null && [ "$(tail -c 1 "$log")" = "" ] && ! grep -q '^$' "$log"
}

events()
{
	jq -c "select($1)" "$log"
}

# total FILTER: how many calls of the sites that it selects were made: the counted ones, and those seen only once.
total()
{
	jq -s "map(select(.event == \"count\" and ($1)) | .count) | add // 0" "$log"
}

denied='.func == "open" and .effect == "denied" and .where == "outside"'

run threads PRECLUDE_FRAMES=16
is "a thousand threads: each denied call was counted" "$(total "$denied")" 1000
is "from ten call sites" "$(events ".event == \"count\" and $denied" | wc -l)" 10
is "of each, sixteen objects were said" "$(events ".event == \"call\" and $denied" | wc -l)" 160
run cancelled
run cancelled-anywhere
ok "after four hundred cancelled threads the next call is said" test "$(events '.event == "call"' | wc -l)" -gt 1
run handlers
is "calls of the handler and of what it interrupted: two sites" "$(events ".event == \"count\" and $denied" | wc -l)" 2
run jump-out-of-open
is "after the jumps the log goes on" "$(events "$denied" | jq -r .resolved)" "$outside/t3000"
run jump-anywhere
is "no line is lost to a jump: sixteen of the site and one after" \
	"$(events ".event == \"call\" and $denied" | wc -l)" 17
run vforked PRECLUDE_FLAG=outside:looks
is "calls of vfork children that had moved away" "$(total "$denied")" 200
is "and nothing of their parent's, which had not" "$(events ".event == \"call\" and $denied" | jq -r .resolved | sort)" \
	"$outside/from-vfork
$outside/t4000"
is "who goes on knowing where it is: its looks through a link are escapes" \
	"$(total '.func == "stat" and .escape and .from == "root"')" 200
run small-stacks PRECLUDE_FLAG=outside:looks
for func in open stat rename mkdir chmod symlink unlink chdir execve; do
	ok "on 8 KiB of stack: $func is logged" test -n "$(events ".event == \"call\" and .func == \"$func\" and
		.where == \"outside\"")"
done
finish
