#!/bin/bash
# SPDX-License-Identifier: ISC
# tests/run itself: what it counts, what it calls a failure, and what the tests are given.
. "$(dirname "$0")/../tap.sh"

floor=$scratch/some/floor
mkdir -p "$floor" "$scratch/build"

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
	TEST_TIMEOUT=1 B=$scratch/build "$top/tests/run" "$floor/one" >"$scratch/said" 2>&1
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

# Files run side by side are counted all the same, and each leaves its log.
mkdir "$scratch/now"
for i in 1 2 3 4 5 6 7; do
	file "many$i" <<-END
		mkdir $scratch/now/$i && ls $scratch/now | wc -l >>$scratch/running
		sleep 0.1
		rmdir $scratch/now/$i
		echo 'ok 1 - $i'
		echo 1..1
	END
done
is "many at once" "$(JOBS=3 B=$scratch/build "$top/tests/run" "$floor"/many? | tail -n 1)" "7 passed, 0 failed"
is "but no more than were asked for" "$(sort -n "$scratch/running" | tail -n 1)" 3
is "leave their logs" "$(cat "$scratch"/build/tests/floor/many*.log | grep -c '^ok 1')" 7
finish
