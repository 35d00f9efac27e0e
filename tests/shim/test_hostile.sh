#!/bin/bash
# SPDX-License-Identifier: ISC
# Hostile surroundings: descriptors closed in heaps, a log that cannot be written, small limits, chroot, setuid, dropped
# environments, a child that scribbles over shared memory. The program gets what it would get, the log what it can.

. "$(dirname "$0")/../tap.sh"

prog=$B/tests/shim/prog_hostile root=$scratch/root outside=$scratch/outside log=$scratch/log
mkdir "$root" "$root/d" "$outside"
echo secret >"$outside/file"

# under SITUATION [NAME=VALUE...]: under the library, in a minute.
under()
{
	local situation=$1
	shift
	timeout "$(patience 60)" env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$root" "PRECLUDE_LOG=$log" "$@" \
		"$prog" "$situation" "$root" "$outside"
}

# run SITUATION [NAME=VALUE...]: the same as a test, with a fresh log, which must be whole.
run()
{
	rm -f "$log"
	ok "$1: the program notices nothing" under "$@"
	ok "$1: the log is whole" whole
	is "$1: nothing was made outside" "$(ls "$outside")" file
}

whole()
{
	jq -es 'all(.[]; .v == 1)' "${1:-$log}" >/dev/null && [ "$(tail -c 1 "${1:-$log}")" = "" ]
}

# said FILTER: some event is so.
said()
{
	jq -es "any(.[]; $1)" "${2:-$log}" >/dev/null || { cat "${2:-$log}"; false; }
}

denied()
{
	said ".event == \"call\" and .resolved == \"$1\" and .effect == \"denied\" and .where == \"outside\""
}

descriptors()
{
	local how
	for how in closefrom close-loop close-range; do
		run "$how"
		ok "$how: and the log goes on" denied "$outside/more"
		is "$how: the user's file holds what the user wrote" "$(cat "$root/${how#close-}")" user
	done
	run dup-over
	ok "dup-over: and the log goes on" denied "$outside/over"
}

# The log on file systems and streams that take no more. ENOENT stays ENOENT, and no signal comes.
sinks()
{
	mkdir "$scratch/tiny"
	if ! root_for "a full disk" "to mount it"; then
		:
	elif unshare -m sh -c "mount -t tmpfs -o size=4k tiny $scratch/tiny" 2>/dev/null; then
		ok "a full disk: the program notices nothing" unshare -m sh -c "
			mount -t tmpfs -o size=8k tiny $scratch/tiny &&
			head -c 4096 /dev/zero >$scratch/tiny/filler &&
			LD_PRELOAD=$library PRECLUDE_ROOTS=$root PRECLUDE_LOG=$scratch/tiny/log \
				$prog denied $root $outside &&
			cp $scratch/tiny/log $scratch/full"
		ok "a full disk: what is in the log is whole" whole "$scratch/full"
		ok "a full disk: it filled up in the middle" test "$(wc -l <"$scratch/full")" -lt 12
		ok "a disk that is full before: refused, or run in silence, never half" unshare -m sh -c "
			mount -t tmpfs -o size=4k tiny $scratch/tiny &&
			head -c 4096 /dev/zero >$scratch/tiny/filler
			: >$scratch/tiny/log
			LD_PRELOAD=$library PRECLUDE_ROOTS=$root PRECLUDE_LOG=$scratch/tiny/log \
				$prog denied $root $outside && ! test -s $scratch/tiny/log"
	else
		skip "a full disk" "no file systems can be mounted here"
	fi

	ok "a pipe that nobody reads any more: no SIGPIPE" bash -c \
		"exec 2> >(exec true); wait \$!; exec env LD_PRELOAD=$library PRECLUDE_ROOTS=$root PRECLUDE_LOG=stderr \
			$prog signals $root $outside"
	ok "as fd:N too" bash -c "exec 9> >(exec true); wait \$!
		exec env LD_PRELOAD=$library PRECLUDE_ROOTS=$root PRECLUDE_LOG=fd:9 $prog signals $root $outside"

	mkfifo "$scratch/fifo"
	under denied "PRECLUDE_LOG=$scratch/fifo" >"$scratch/refused" 2>&1
	is "a FIFO without a reader is refused" $? 125
	ok "with words" grep -q 'refused: PRECLUDE_LOG, .*nobody reads this FIFO' "$scratch/refused"
	exec 8<>"$scratch/fifo"
	ok "a FIFO that is never emptied: the program goes on" under denied "PRECLUDE_LOG=$scratch/fifo"
	exec 8>&-

	rm -f "$log"
	ok "beyond RLIMIT_FSIZE: no SIGXFSZ" bash -c "ulimit -f 2; exec env LD_PRELOAD=$library \
		PRECLUDE_ROOTS=$root PRECLUDE_LOG=$log $prog signals $root $outside"
	ok "what is in the log is whole" whole
	ok "and no longer than the limit" test "$(stat -c %s "$log")" -le 2048
}

limits()
{
	local limit bare
	for limit in 16 64; do
		rm -f "$log"
		chmod 711 "$outside"
		# The numbers that the library holds are the only ones that it may cost.
		bare=$((limit - 3))
		ok "RLIMIT_NOFILE $limit: the program runs" bash -c "ulimit -n $limit; exec env LD_PRELOAD=$library \
			PRECLUDE_ROOTS=$root PRECLUDE_LOG=$log $prog descriptors $root $outside 3>&- >$scratch/count"
		ok "RLIMIT_NOFILE $limit: and has all but a few descriptors" \
			test "$(cat "$scratch/count")" -ge $((bare - 4))
		ok "RLIMIT_NOFILE $limit: the log is whole" whole
		ok "RLIMIT_NOFILE $limit: and goes on once there are some again" denied "$outside/afterwards"
		ok "RLIMIT_NOFILE $limit: without one, nothing is taken for inside" \
			said '.event == "call" and .func == "chmod" and .where != "inside"'
	done
}

worlds()
{
	root_for "chroot and setuid" "to make these calls" || return
	run chroot-outside
	ok "chroot without /proc: a look at what was entered, by its name then" \
		said '.event == "call" and .func == "open" and .effect == "denied" and .where == "outside"'
	ok "chroot without /proc: making something there is denied, and logged" \
		said '.event == "call" and .func == "mkdir" and .effect == "denied" and .where == "outside"'
	run chroot-inside
	ok "chroot to below a root: nothing to say" not said '.event == "call" and .func != "chroot"'
	chmod 755 "$scratch" "$outside"
	run setuid
	ok "setuid: the log goes on, though its file is another user's" denied "$outside/user"
	is "setuid: which nobody else may read" "$(stat -c %a "$log")" 600
}

environments()
{
	local how lost
	for how in clearenv chosen; do
		lost=LD_PRELOAD
		[ $how = clearenv ] || lost=PRECLUDE_ROOTS
		rm -f "$log"
		under "$how"
		is "$how: what runs with it is in the domain all the same" $? 7
		is "$how: and makes nothing outside" "$(ls "$outside")" file
		ok "$how: the exec that lost the log is in the log" said '.event == "warning" and
			(.reason | test("since '$lost' in its environment"))'
	done
}

memory()
{
	local with
	for with in random ones zeros; do
		run "scribbled-$with"
		ok "a child scribbles $with over what is shared: its parent's denials are told" \
			said ".event == \"call\" and .func == \"open\" and .effect == \"denied\" and .where == \"outside\""
		is "$with: and nothing that did not happen" "$(jq -r 'select(.event == "call" or .event == "count") |
			[.func, .where, .effect] | join(" ")' "$log" | sort -u |
			grep -v '^open outside denied$\|^mkdir outside denied$')" ""
	done
}

descriptors
sinks
limits
worlds
environments
memory
finish
