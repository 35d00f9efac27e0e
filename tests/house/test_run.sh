#!/bin/bash
# SPDX-License-Identifier: ISC
# tests/run and what it gives to the tests: counts, failures, the list of skips, time limits.
. "$(dirname "$0")/../tap.sh"

floor=$scratch/some/floor
mkdir -p "$floor" "$scratch/build"
unset TEST_PATIENCE # a caller's, which may be tests/run

# file NAME: a script of this name, whose text is standard input.
file()
{
	{
		echo '#!/bin/sh'
		cat
	} >"$floor/$1"
	chmod +x "$floor/$1"
}

# counted NAME SUMMARY: standard input is a file that tests/run sums up so, its own exit status in front. $scratch/said has it all.
counted()
{
	file one
	TEST_TIMEOUT=1 TEST_PATIENCE=1 B=$scratch/build "$top/tests/run" "$floor/one" >"$scratch/said" 2>&1
	is "$1" "$?: $(tail -n 1 "$scratch/said")" "$2"
}

counted "passes" "0: 2 passed, 0 failed" <<-'END'
	echo 'ok 1 - a'
	echo 'ok 2 - b'
	echo 1..2
END
counted "one that fails" "1: 1 passed, 1 failed" <<-'END'
	echo 1..2
	echo 'not ok 1 - this one'
	echo '# its reason'
	echo 'ok 2 - and not this one'
	exit 1
END
ok "is shown with its reason" grep -q '# its reason' "$scratch/said"
ok "without what passed" not grep -q 'and not this one' "$scratch/said"
counted "skips are neither" "0: 1 passed, 0 failed, 1 skipped" <<-'END'
	echo 'ok 1 - a'
	echo 'ok 2 - b # SKIP no reason'
	echo 1..2
END
counted "only skips are no success" "1: 0 passed, 0 failed, 1 skipped" <<-'END'
	echo '1..0 # SKIP all'
END
is "and a whole file is named with the reason" "$(tail -n 3 "$scratch/said" | head -n 2)" "skipped: all
      floor/one"
counted "cmocka's skips are neither" "0: 1 passed, 0 failed, 3 skipped" <<-'END'
	echo 1..4
	echo '# SKIP needs root: to mount'
	echo 'not ok 1 # SKIP test_mount'
	echo 'ok 2 # SKIP test_silent'
	echo 'ok 3 - test_other'
	echo '# SKIP needs root: to mount'
	echo 'ok 4 # SKIP test_umount'
END
is "and are named by the comment before them" "$(tail -n 6 "$scratch/said" | head -n 5)" "skipped: needs root: to mount
      floor/one: test_mount
      floor/one: test_umount
skipped: no reason given
      floor/one: test_silent"
counted "what is known to fail is counted by itself" "0: 1 passed, 0 failed, 1 known to fail" <<-'END'
	echo 1..2
	echo 'ok 1 - a'
	echo 'not ok 2 - b # TODO known: the reason'
END
is "and is named with the reason" "$(tail -n 3 "$scratch/said" | head -n 2)" "known failure: the reason
      floor/one: b"
counted "but it must fail" "1: 1 passed, 1 failed" <<-'END'
	echo 1..2
	echo 'ok 1 - a'
	echo 'ok 2 - b # TODO known: the reason'
END
counted "plans are summed" "0: 3 passed, 0 failed" <<-'END'
	printf '%s\n' 1..1 'ok 1' 1..2 'ok 1' 'ok 2'
END
counted "less than planned" "1: 1 passed, 1 failed" <<-'END'
	printf '%s\n' 'ok 1' 1..2
END
ok "is said" grep -q 'planned 2 tests, ran 1' "$scratch/said"
counted "more than planned" "1: 2 passed, 1 failed" <<-'END'
	printf '%s\n' 'ok 1' 'ok 2' 1..1
END
counted "no plan" "1: 0 passed, 1 failed" <<-'END'
	exit 0
END
counted "an exit status alone" "1: 1 passed, 1 failed" <<-'END'
	printf '%s\n' 'ok 1' 1..1
	exit 3
END
ok "is said too" grep -q 'exit status 3' "$scratch/said"
counted "a signal" "1: 1 passed, 1 failed" <<-'END'
	printf '%s\n' 'ok 1' 1..1
	kill -SEGV $$
END
ok "is named" grep -q 'died of signal 11' "$scratch/said"
counted "bailing out" "1: 1 passed, 1 failed" <<-'END'
	printf '%s\n' 'ok 1' 1..1 'Bail out!'
END
counted "one that hangs" "1: 1 passed, 1 failed" <<-'END'
	printf '%s\n' 'ok 1' 1..1
	exec sleep 60
END
ok "is killed" grep -q 'killed after 1 seconds' "$scratch/said"
is "no test at all is no success" "$(B=$scratch/build "$top/tests/run"; echo $?)" "0 passed, 0 failed
1"

# What a caller has in its environment is none of the tests' affair; B and the place are.
file place <<-'END'
	echo 1..2
	[ -z "${PRECLUDE_ROOTS-}${PRECLUDE_MODE_OF_TOMORROW-}${LL_FS_RO-}" ] && echo "ok 1" || echo "not ok 1"
	[ -x tests/run ] && [ -d "$B" ] && echo "ok 2" || echo "not ok 2"
END
ok "no policy is handed on" env PRECLUDE_ROOTS=/nowhere PRECLUDE_MODE_OF_TOMORROW=x LL_FS_RO=/ B="$scratch/build" \
	"$top/tests/run" "$floor/place"

# Scripts of tests/tap.sh and what they skip; the list comes last, even when something failed.
tap()
{
	{
		echo '#!/bin/bash'
		echo ". '$top/tests/tap.sh'"
		cat
	} | file "$1"
	sed -i 1d "$floor/$1"
}
tap all <<-'END'
	is_root() { false; }
	needs_root "to mount"
	ok "not reached" false
	finish
END
tap rest <<-'END'
	ok "a - b" true
	skip "c # d" "not installed"
	is_root() { false; }
	if root_for "e" "to mount"; then ok e false; fi
	ok "on it goes" true
	needs_root "to change owners"
	ok "not reached" false
	finish
END
tap root <<-'END'
	is_root() { true; }
	needs_root "to mount"
	if root_for "a device" "to make it"; then ok "a device" true; fi
	skip_rest "no such file system"
END
tap bad <<-'END'
	skip "f" "not installed"
	ok "g" false
	finish
END
B=$scratch/build "$top/tests/run" "$floor"/{all,rest,root,bad} >"$scratch/said" 2>&1
is "skips of scripts are listed, grouped by reason" "$(sed -n '/^skipped/,$p' "$scratch/said")" "skipped: needs root: to change owners
      floor/rest: what follows
skipped: needs root: to mount
      floor/all
      floor/rest: e
skipped: no such file system
      floor/root: what follows
skipped: not installed
      floor/rest: c # d
      floor/bad: f
3 passed, 1 failed, 6 skipped"

# Limits: how slow the machine is at the moment is measured, unless the caller says it.
file limits <<-END
	echo "\$TEST_PATIENCE" >>"$scratch/patience"

	echo 'ok 1'
	echo 1..1
END
B=$scratch/build "$top/tests/run" "$floor/limits" >/dev/null
TEST_PATIENCE=7 B=$scratch/build "$top/tests/run" "$floor/limits" >/dev/null
is "the factor is handed on" "$(sed 1d "$scratch/patience")" 7
ok "and measured, a whole number from 1 on" grep -q '^[1-9][0-9]*$' "$scratch/patience"

# The work is done by programs of the caller's PATH: here awk takes a second.
mkdir "$scratch/slow"
printf '#!/bin/sh\nsleep 1\nexec %s "$@"\n' "$(command -v awk)" >"$scratch/slow/awk"
chmod +x "$scratch/slow/awk"
: >"$scratch/patience"
PATH=$scratch/slow:$PATH B=$scratch/build "$top/tests/run" "$floor/limits" >/dev/null
ok "a slow machine has a greater one" [ "$(cat "$scratch/patience")" -gt 10 ]
file slow <<-'END'
	sleep 2
	echo 'ok 1'
	echo 1..1
END
is "a file that is as slow as the machine is not killed" \
	"$(TEST_TIMEOUT=1 TEST_PATIENCE=60 B=$scratch/build "$top/tests/run" "$floor/slow" | tail -n 1)" "1 passed, 0 failed"
tap bytes <<-'END'
	ok "null bytes" printf 'a\0b'
	ok "of what fails" eval "printf 'a\0b'; false"
	finish
END
is "null bytes in what a test says are no reason to warn" \
	"$(B=$scratch/build "$floor/bytes" 2>&1)" "ok 1 - null bytes
not ok 2 - of what fails
# eval printf 'a\0b'; false
#   ab
1..2"
tap waits <<-'END'
	(sleep 0.5 && : >"$scratch/event") &
	ok "an event is waited for" wait_until test -e "$scratch/event"
	is "a limit is multiplied" "$(TEST_PATIENCE=3 patience 20)" 60
	is "alone a script has the limit as it is written" "$(unset TEST_PATIENCE; patience 20)" 20
	patience() { echo 1; }
	ok "not for ever" not wait_until false
	finish
END
is "scripts wait with the same patience" "$(B=$scratch/build "$top/tests/run" "$floor/waits" | tail -n 1)" "4 passed, 0 failed"

file descriptors <<-'END'
	echo 1..1
	[ -e /proc/self/fd/7 ] && echo "not ok 1" || echo "ok 1"
END
ok "no descriptor is handed on" env B="$scratch/build" "$top/tests/run" "$floor/descriptors" 7</dev/null

# Files run side by side are counted all the same, and each leaves its log.
mkdir "$scratch/now" "$scratch/began"
for i in 1 2 3 4 5 6 7; do
	file "many$i" <<-END
		# The first three wait until they have met.
		mkdir $scratch/now/$i $scratch/began/$i && ls $scratch/now | wc -l >>$scratch/running
		until [ -e $scratch/began/3 ] && [ -e $scratch/began/2 ] && [ -e $scratch/began/1 ]; do sleep 0.01; done
		ls $scratch/now | wc -l >>$scratch/running
		rmdir $scratch/now/$i
		echo 'ok 1 - $i'
		echo 1..1
	END
done
is "many at once" "$(JOBS=3 B=$scratch/build "$top/tests/run" "$floor"/many? | tail -n 1)" "7 passed, 0 failed"
is "but no more than were asked for" "$(sort -n "$scratch/running" | tail -n 1)" 3
is "leave their logs" "$(cat "$scratch"/build/tests/floor/many*.log | grep -c '^ok 1')" 7
finish
