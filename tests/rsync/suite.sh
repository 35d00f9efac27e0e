# SPDX-License-Identifier: ISC
# rsync's own test suite, bare or with every rsync in it under the library (bash): source it after tap.sh.
#
# A script stands in for the binary, and starts it as the variant wants:
#
#   bare       as it is
#   shim       $scratchdir, where each test works, is the only root; the second file system may be written
#   dev        as shim, but device nodes may be made in the root
#   anchor     as shim, and anchored; the suite's source, to which each test has a symlink, is a root too, to be read
#   all        as shim, and what is outside is not even looked at
#   daemon     daemons alone, by the policy that `preclude rsyncd` prints for their configuration: narrowed and guarded
#   observe    as shim, but nothing is restricted, and every call is logged
#
# PRECLUDE_* variables in the environment hold as well; $SUITE_OPTIONS are options for every rsync (--protocol=29). The
# tests run side by side, since each of them sleeps for most of its time.

SUITE_JOBS=${SUITE_JOBS:-8} SUITE_OPTIONS=${SUITE_OPTIONS:-}
self=nobody
[ "$(id -u)" -ne 0 ] || self=root

# chmod-temp-dir wants a second file system.
second=$(mktemp -d /dev/shm/preclude-suite.XXXXXX) || exit 1
at_exit+=("rm -rf $second")

# suite_tree NAME: sets $binary, $built (the same, but for Debian's), and $tree, a copy of its source that any user
# can read, with what the tests run besides rsync. NAME is legacy or second, as tests/obtain has them; or debian, this
# machine's own rsync, which is driven by the tests of second.
suite_tree()
{
	local name=rsync-${1/debian/second} \
		programs='tls getgroups getfsdev testrun trimslash t_unsafe wildtest'
	built=$("$top/tests/obtain" "$name") || return
	tree=$scratch/$(basename "${built%/*}") binary=$built
	[ "$1" != debian ] || binary=/usr/bin/rsync
	[ ! -d "$tree" ] || return 0
	cp -a "${built%/*}" "$tree" || return 1
	# shellcheck disable=SC2086 # a list of words
	env -u MAKEFLAGS -u MAKELEVEL make -C "$tree" $programs \
		testsuite/{chown-fake,devices-fake,xattrs-hlink}.test >"$tree/programs.log" 2>&1 ||
		{ tail -n 20 "$tree/programs.log" >&2; return 1; }
	# Older ones work in their own tree, whatever the environment says.
	sed -i 's|^scratchbase="$TOOLDIR"/|scratchbase="${scratchbase:-$TOOLDIR}"/|' "$tree/runtests.sh"
	chmod -R go+rX "$tree"
	install -D -t "$scratch/lib" "$B/libpreclude.so" "$B/preclude"
}

# suite_version NAME: what that rsync calls itself.
suite_version()
{
	suite_tree "$1" && "$binary" --version | awk 'NR == 1 { print $3 }'
}

# The script that stands in: suite_rsync VARIANT RUN BINARY. argv[0] stays, since --write-batch writes it down to be run
# again.
suite_rsync()
{
	cat <<-EOF
		#!/bin/bash
		set -a
		case '$1 '\$* in
		'daemon '*--daemon*)
			policy=\$('$scratch/lib/preclude' rsyncd --format env "\$scratchdir/test-rsyncd.conf" 2>/dev/null)
			eval "\$policy"
			;;
		bare*|daemon*)
			exec -a "\$0" '$3' "\$@"
			;;
		dev*)
			PRECLUDE_ROOTS=test=\$scratchdir,dev
			;;
		anchor*)
			PRECLUDE_ROOTS=test=\$scratchdir:src=$tree,ro PRECLUDE_ANCHOR=on
			;;
		all*)
			PRECLUDE_ROOTS=test=\$scratchdir PRECLUDE_CONFINE=all
			;;
		observe*)
			PRECLUDE_ROOTS=test=\$scratchdir PRECLUDE_MODE=observe PRECLUDE_FLAG=all
			;;
		*)
			PRECLUDE_ROOTS=test=\$scratchdir
			;;
		esac
		PRECLUDE_EXEC='${3%/*}:$tree:$2' PRECLUDE_LOG='$2/log'
		[ '$1' = daemon ] || PRECLUDE_WRITE=\$RSYNC_TEST_TMP
		case :\$LD_PRELOAD: in
		*:$scratch/lib/libpreclude.so:*) ;;
		*) LD_PRELOAD=$scratch/lib/libpreclude.so\${LD_PRELOAD:+:\$LD_PRELOAD} ;;
		esac
		exec -a "\$0" '$3' "\$@"
	EOF
}

# suite_tests RUN BECOME... -- TEST...: the tests named, several at once, each a line "TEST PASS", FAIL or SKIP.
suite_tests()
{
	local become=()
	export scratchbase=$1 rsync_bin=$1/rsync RSYNC_TEST_TMP=$second SUITE_OPTIONS
	shift
	while [ "$1" != -- ]; do become+=("$1"); shift; done
	shift
	cd "$tree" || return 1
	# shellcheck disable=SC2016 # for the inner shell
	printf '%s\n' "$@" | xargs -P "$SUITE_JOBS" -I TEST "${become[@]}" sh -c \
		'whichtests=TEST.test ./runtests.sh $SUITE_OPTIONS >"$scratchbase/TEST.out" 2>&1
		sed -n "s/^\(PASS\|FAIL\|SKIP\|XFAIL\) *TEST\( .*\)*$/TEST \1/p" "$scratchbase/TEST.out"'
}

# suite_run NAME VARIANT USER RUN [TEST...]: all tests, or those named, as root, as nobody, or as nobody under
# fakeroot. What came of them is in RUN/results, sorted; what each said in RUN/TEST.out; and the library's log in
# RUN/log. What fails is tried once more: some tests (hardlinks) compare the times of two directories that they
# made one after the other, and fail, bare too, when a second begins in between.
suite_run()
{
	local version=$1 variant=$2 user=$3 run=$4 become=() real again
	shift 4
	suite_tree "$version" || return 1
	mkdir -p "$run/testtmp"
	case $user in
	"$self") real=$binary ;;
	nobody) become=(setpriv --reuid=65534 --regid=65534 --clear-groups) ;;
	fakeroot) become=(setpriv --reuid=65534 --regid=65534 --clear-groups fakeroot) ;;
	*) echo "$user needs root"; return 1 ;;
	esac
	# Others may not be able to enter the directory that the build is in.
	[ "$user" = "$self" ] || { real=${binary/#"${built%/*}"/$tree}; chown nobody:nogroup "$run" "$run/testtmp" "$second"; }
	suite_rsync "$variant" "$run" "$real" >"$run/rsync"
	chmod 755 "$run/rsync"
	# shellcheck disable=SC2046 # a list of words
	[ $# -gt 0 ] || set -- $(cd "$tree/testsuite" && ls -- *.test | sed 's/\.test$//')
	(suite_tests "$run" "${become[@]}" -- "$@") >"$run/first"
	again=$(sed -n 's/ FAIL$//p' "$run/first")
	# shellcheck disable=SC2086 # a list of words
	{
		grep -v ' FAIL$' "$run/first"
		[ -z "$again" ] || (suite_tests "$run" "${become[@]}" -- $again)
	} | LC_ALL=C sort >"$run/results"
	[ "$user" = "$self" ] || chown "$(id -u):$(id -g)" "$second"
	[ "$(wc -l <"$run/results")" -eq $# ] || { echo "$# tests, but $(wc -l <"$run/results") results"; return 1; }
}

# suite_expected NAME VARIANT USER: the differences that suite-differences.txt knows, "TEST BARE CONFINED".
suite_expected()
{
	awk -v version="$1" -v variant="$2" -v user="$3" '
		function is(pattern, text) { return index("," pattern ",", "," text ",") || pattern == "any" }
		!/^#/ && is($1, version) && is($2, variant) && is($3, user) { sub(/:$/, "", $6); print $4, $5, $6 }' \
		"$top/tests/rsync/suite-differences.txt" | LC_ALL=C sort
}

# suite_denied RUN TESTS: what the library's log of the run says was denied, but in the tests named.
suite_denied()
{
	jq -r --arg tests "$2" '($tests | split(" ")) as $known |
		select(.effect == "denied" or .event == "refused" or .action == "rejected" or .outcome == "error") |
		select(((.resolved // .path // "") | capture("/testtmp/(?<test>[^/]+)").test // "") as $test |
			$known | index($test) | not) |
		[.event, .func, .path, .resolved, .error, .option, .value, .reason] | map(select(.)) | join(" ")' "$1/log"
}

# suite_compare TITLE NAME VARIANT USER BARE RUN: TAP. BARE and RUN are the directories of two runs.
suite_compare()
{
	local name=$1 version=$2 variant=$3 user=$4 bare=$5 run=$6 known
	known=$(suite_expected "$version" "$variant" "$user")
	is "$name: each test ends as it does bare, but for what is known" \
		"$(LC_ALL=C join "$bare/results" "$run/results" | awk '$2 != $3')" "$known" ||
		suite_said "$bare" "$run"
	# NSS and bash look about.
	[ "$variant" = all ] || is "$name: nothing is denied${known:+ but there}" \
		"$(suite_denied "$run" "$(awk '{ printf "%s ", $1 }' <<<"$known")")" ""
	# A suite that fails bare too would compare well.
	ok "$name: which means, nearly all of them pass" test "$(grep -c ' PASS$' "$run/results")" -ge \
		$(($(wc -l <"$run/results") * 4 / 5))
	ok "$name: rsync was under the library" test "$(jq -c 'select(.event == "sandbox" and (.outcome == "enforced" or
		.outcome == "observed"))' "$run/log" | wc -l)" -gt 0
}

# The end of what the first tests said that ended differently.
suite_said()
{
	local test
	LC_ALL=C join "$1/results" "$2/results" | awk '$2 != $3 { print $1 }' | head -n 3 | while read -r test; do
		tail -n 15 "$2/$test.out" | sed "s/^/#   $test: /"
	done
}
