# SPDX-License-Identifier: ISC
# TAP for shell scripts (bash): source it, call ok and is and skip, end with finish.
#
# $scratch is a directory of this script's own, on disk, gone when it ends; add to at_exit what else must be undone.

tests=0 failures=0
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
B=$(cd "${B:-$top/build}" && pwd) || exit 1
library=$B/libpreclude.so

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
	if said=$("$@" 2>&1); then
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

skip()
{
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

finish()
{
	echo "1..$tests"
	exit $((failures > 0))
}
