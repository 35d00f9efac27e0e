#!/bin/bash
# SPDX-License-Identifier: ISC
# preclude observe: a command tree runs as it always does, and then there is a report.

. "$(dirname "$0")/../../tap.sh"

preclude=$B/preclude
root=$scratch/root outside=$scratch/outside
mkdir -p "$root" "$outside"
echo data >"$root/file"
cd "$root" || exit 1
unset PRECLUDE_LOG PRECLUDE_MODE PRECLUDE_FLAG PRECLUDE_ROOTS
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"

# What the command's caller sees stays as it is.
same_as_bare()
{
	is "the command keeps its input and output" "$("$preclude" observe sh -c 'cat; echo out' <<<in 2>/dev/null)" "in
out"
	is "the exit status is the command's" "$("$preclude" observe sh -c 'exit 7' 2>/dev/null; echo $?)" 7
	is "a command that succeeds is a success" "$("$preclude" observe true 2>/dev/null; echo $?)" 0
	is "a command that is not there is named" "$("$preclude" observe -- ./nowhere 2>&1; echo $?)" "preclude: ./nowhere: No such file or directory
127"
	is "no program" "$("$preclude" observe -- ./file 2>&1; echo $?)" "preclude: ./file: Permission denied
126"
	is "no command" "$("$preclude" observe 2>&1; echo $?)" \
		"preclude: refused: which command? preclude observe [POLICY...] [REPORT...] [--] COMMAND [ARG...]; see preclude(1)
125"
	"$preclude" observe sh -c 'kill -TERM $$' 2>/dev/null
	is "killed by a signal, so is observe" $? 143
	is "observe does not die of the command's SIGSEGV" "$(bash -c "'$preclude' observe sh -c 'kill -SEGV \$\$' 2>/dev/null; echo \$?" 2>/dev/null)" 139
	is "nothing is left behind" "$(ls -A "$TMPDIR")" ""
}

# A signal that is sent to observe alone reaches the command, and the report comes all the same.
signals()
{
	local pid

	"$preclude" observe sh -c 'trap "echo got it; exit 9" TERM; : >ready; while :; do sleep 0.05; done' \
		>"$scratch/out" 2>"$scratch/err" &
	pid=$!
	wait_until test -e ready
	kill -TERM $pid
	wait $pid
	is "TERM is passed on" "$? $(cat "$scratch/out")" "9 got it"
	ok "a run that was ended by TERM is reported" grep -q 'call sites*$' "$scratch/err"
	rm ready
}

report()
{
	local said

	said=$("$preclude" observe --confine off sh -c "cat file; chmod 700 $outside; : >$outside/new" 2>&1 >/dev/null)
	ok "the working directory is the root" grep -q 'inside, unanchored: passed, module '"$root"'$' <<<"$said"
	ok "worst first" test "$(grep -nE '^  (fchmodat|chmod) ' <<<"$said" | cut -d: -f1)" -lt \
		"$(grep -n 'would-deny' <<<"$said" | head -1 | cut -d: -f1)"
	ok "nothing was restricted" test -e "$outside/new"
	said=$("$preclude" observe --root "$outside" cat "$root/file" 2>&1 >/dev/null)
	ok "another root" grep -q 'open outside, unanchored: would-deny' <<<"$said"
	is "to a file" "$("$preclude" observe --output "$scratch/json" --format json cat file 2>&1)" data
	is "in any format" "$(jq -r '.sites[] | select(.func == "open") | "\(.where) \(.how)"' "$scratch/json")" "inside unanchored"
	is "a log that is kept" "$("$preclude" observe --log "$scratch/log" cat file 2>/dev/null;
		jq -r .event "$scratch/log" | sort -u | head -1)" "data
call"
	ok "is added to, and only what is new is reported" grep -q '^[1-9][0-9]* calls* by 1 process,' \
		<<<"$("$preclude" observe --log "$scratch/log" cat file 2>&1)"
	is "a log that cannot be read back" "$("$preclude" observe --log stderr true 2>&1; echo $?)" \
		"preclude: refused: --log stderr: preclude observe reads the log; write the absolute path of a file, or leave it out; see preclude(1)
125"
	is "a relative log" "$("$preclude" observe --log ../x true 2>&1 | cut -d ' ' -f 1-4)" "preclude: refused: --log ../x:"
	is "a log that the environment names" "$(PRECLUDE_LOG=stderr "$preclude" observe true 2>&1 | cut -d : -f 1-3)" \
		'preclude: refused: PRECLUDE_LOG, "stderr"'
	is "it never enforces" "$("$preclude" observe --mode enforce true 2>&1; echo $?)" \
		"preclude: refused: --mode enforce: preclude observe never restricts; use preclude run for that; see preclude(1)
125"
}

gate()
{
	local option

	for option in $(grep -ohE -- '--[a-z]+(-[a-z]+)*' <(sed -n '/preclude observe/,/make check/p; /preclude report/,/CALLS/p' \
		"$top/docs/CI.md") | sort -u); do
		ok "docs/CI.md: $option" grep -q -- "^  $option " <<<"$("$preclude" observe --help)"
	done
	"$preclude" observe --write-baseline "$scratch/known" cat file >/dev/null 2>&1
	is "known" "$("$preclude" observe --baseline "$scratch/known" --fail-on new cat file 2>/dev/null; echo $?)" "data
0"
	is "found" "$("$preclude" observe --baseline "$scratch/known" --fail-on new ls file 2>/dev/null; echo $?)" "file
3"
	is "found wins over the command's failure" "$("$preclude" observe --fail-on outside sh -c ": >$outside/new; exit 5" \
		2>/dev/null; echo $?)" 3
	is "nothing found, the command's failure" "$("$preclude" observe --fail-on outside sh -c "exit 5" \
		2>/dev/null; echo $?)" 5
}

# A gate that judged nothing fails; without one the command's own status counts, and a warning says what was not seen.
unjudged()
{
	is "a static program" "$("$preclude" observe --fail-on escaped -- "$scratch/static" 2>&1 | tail -n 1; echo ${PIPESTATUS[0]})" \
		"preclude: --fail-on judged nothing: no event was logged
125"
	is "and without a gate" "$("$preclude" observe -- "$scratch/static" 2>&1 | sed -n 1p; echo ${PIPESTATUS[0]})" \
		"preclude: warning: $scratch/static is static: the library cannot enter it; nothing is logged
0"
	is "a misspelt program" "$("$preclude" observe --exe catt --fail-on escaped cat file 2>&1 >/dev/null | tail -n 1; echo ${PIPESTATUS[0]})" \
		"preclude: --fail-on judged nothing: no event of --exe 'catt'; did you mean cat? the log has: cat
125"
	is "a static child that is asked for" "$("$preclude" observe --exe static --fail-on escaped sh -c "$scratch/static; exit 0" 2>&1 | tail -n 1
		echo ${PIPESTATUS[0]})" "preclude: --fail-on judged nothing: no event of --exe 'static'; the log has: $(basename "$(realpath /bin/sh)")
125"
	is "with too few descriptors to observe, the command runs" "$(ulimit -n 7; "$preclude" observe sh -c 'exit 3' 2>&1; echo $?)" \
		"preclude: warning: sh runs unobserved: 7 files may be open, too few to observe with; raise the limit to 16 (ulimit -n 16)
3"
	is "a gate fails where descriptors do not suffice to observe" "$(ulimit -n 7; "$preclude" observe --fail-on escaped true 2>&1; echo $?)" \
		"preclude: refused: --fail-on judges a log, and there will be none: 7 files may be open, too few to observe with; raise the limit to 16 (ulimit -n 16); see preclude(1)
125"
	is "where TMPDIR cannot be written, the log is elsewhere" "$(TMPDIR=/nonexistent "$preclude" observe cat file 2>/dev/null; echo $?)" "data
0"
	if root_for "where no log can be written, the command runs" "to mount read-only file systems"; then
		is "where no log can be written, the command runs" "$(unshare -m sh -c "
			mount --bind '$B' /mnt # which may lie in one of them
			for place in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o ro none \$place; done
			TMPDIR=/nonexistent /mnt/preclude observe --root / sh -c 'exit 3' 2>&1; echo \$?")" \
			"preclude: warning: sh runs unobserved: no log can be written to /tmp: Read-only file system; name one with --log FILE
3"
	fi
}

# A tree of a thousand processes, some of which outlive the command.
tree()
{
	local said

	"$preclude" observe --output "$scratch/json" --format json sh -c '
		for i in $(seq 500); do cat file; done >/dev/null
		(for i in $(seq 500); do /bin/cat file; done >/dev/null; : >done; sleep 0.7; cat file >/dev/null) &
		until [ -e done ]; do sleep 0.05; done' 2>/dev/null
	rm done
	is "every process, to the last" "$(jq '[.sites[] | select(.func == "open" and .where == "inside") | .count] | add' \
		"$scratch/json")" 1001
	is "no line of any process was lost" "$(jq '.torn + .foreign' "$scratch/json")" 0
	# It goes away when this does: nobody waits for it but observe, and that not for long.
	said=$("$preclude" observe sh -c 'sleep 300 >/dev/null 2>&1 & echo $! >pid' 2>&1)
	ok "who outlives it for longer is named" grep -q 'note: some processes outlive the command' <<<"$said"
	kill "$(cat pid)"
}

# On a terminal there is a line while the command runs, and it is taken away.
progress()
{
	TERM=xterm script -qefc "stty rows 24 cols 80; timeout $(patience 60) $preclude observe --confine off --output $scratch/text sh -c 'cat file; chmod 600 $outside
		until grep -qa \"call sites; escaped\" $scratch/typescript; do sleep 0.1; done'" \
		"$scratch/typescript" >/dev/null </dev/null
	ok "processes, sites, the worst" grep -qaE 'preclude: [0-9]+ processes, [0-9]+ calls, [0-9]+ call sites; escaped: (fchmodat|chmod) ' \
		"$scratch/typescript"
	ok "it is taken away at the end" test "$(grep -a preclude: "$scratch/typescript" | tail -n 1 | grep -ac "$(printf '\r\033')\[K\(\r\)*$")" = 1
	ok "no part of the terminal is reserved" not grep -qa "$(printf '\033')\[[0-9;]*r" "$scratch/typescript"
	ok "none without one" not grep -qa "$(printf '\033')" <<<"$("$preclude" observe cat file 2>&1)"
}

# In a container that has no Landlock, or hides it.
anywhere()
{
	local fake=$B/tests/kernels/prog_fake_kernel

	ok "without Landlock" grep -q 'open inside, unanchored' <<<"$("$fake" enosys "$preclude" observe cat file 2>&1)"
}

printf 'int main(void) { return 0; }\n' >"$scratch/static.c"
${CC:-cc} -static -o "$scratch/static" "$scratch/static.c"

same_as_bare
signals
report
gate
unjudged
tree
progress
anywhere
finish
