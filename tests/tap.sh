# SPDX-License-Identifier: ISC
# TAP for shell scripts (bash): source it, call ok, is, skip and needs_root, end with finish.
#
# $scratch is a directory of the script's own, on disk, removed when the script ends; add to at_exit what else must be undone.

tests=0 failures=0
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
B=$(cd "${B:-$top/build}" && pwd) || exit 1
library=$B/libpreclude.so
. "$top/tests/wait.sh"

# What a test makes is for others to read, whatever the caller's umask is; a build may not be: install -m 755 copies it.
umask 022

# Not /tmp, which may be a tmpfs without user xattrs; not below a directory that other users cannot enter either.
scratch=$(mktemp -d /var/tmp/preclude-test.XXXXXX) || exit 1
chmod 755 "$scratch"
at_exit=()

cleanup()
{
	local undo
	for undo in "${at_exit[@]}"; do $undo; done
	chmod -R u+rwX "$scratch" 2>/dev/null
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# ok NAME COMMAND...: passes when the command does; what it said is shown when it does not.
ok()
{
	local name=$1 said
	shift
	tests=$((tests + 1))
	# The shell would warn of null bytes, which a variable cannot hold.
	if { said=$("$@" 2>&1); } 2>/dev/null; then
		echo "ok $tests - $name"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $tests - $name"
	printf '%s' "$*" | head -c 2000 | sed 's/^/# /'
	echo
	[ -z "$said" ] || sed 's/^/#   /' <<<"${said:0:4000}"
	return 1
}

# is NAME GOT WANTED
is()
{
	ok "$1" same "$2" "$3"
}

same()
{
	[ "$1" = "$2" ] && return 0
	printf 'got:    %s\nwanted: %s\n' "$1" "$2"
	return 1
}

not()
{
	! "$@"
}

# skip NAME REASON
skip()
{
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# skip_rest REASON: ends the script; what was not run yet is skipped.
skip_rest()
{
	if [ "$tests" -eq 0 ]; then
		echo "1..0 # SKIP $1"
		exit 0
	fi
	skip "what follows" "$1"
	finish
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# In front of a command: who is nobody special. Others than root are already.
nobody=(env)
! is_root || nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# needs_root PURPOSE: skips the rest of the script unless the user is root: needs_root "to mount file systems"
needs_root()
{
	is_root || skip_rest "needs root: $1"
}

# root_for NAME PURPOSE: false unless the user is root, and test NAME is skipped: if root_for "a device" "to make it"; then
root_for()
{
	is_root && return
	skip "$1" "needs root: $2"
	return 1
}

# obtain VARIABLE NAME [TESTS]: sets VARIABLE to the path of what tests/obtain has under NAME. Where no source of it is
# available, TESTS are skipped with the reason, and it fails; without TESTS, the rest of the script is skipped.
obtain()
{
	local path status=0
	path=$("$top/tests/obtain" "$2" 2>"$scratch/obtain") || status=$?
	case $status in
	0)
		printf -v "$1" %s "$path"
		return
		;;
	77)
		[ $# -gt 2 ] || skip_rest "$(tail -n 1 "$scratch/obtain")"
		skip "$3" "$(tail -n 1 "$scratch/obtain")"
		;;
	*)
		ok "tests/obtain $2" not cat "$scratch/obtain"
		[ $# -gt 2 ] || finish
		;;
	esac
	return 1
}

finish()
{
	echo "1..$tests"
	exit $((failures > 0))
}
