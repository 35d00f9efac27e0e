#!/bin/bash
# SPDX-License-Identifier: ISC
# The escape matrix: every way out of a module that needs no race, on a pristine rsync without chroot and with links in the
# module: test_escapes.sh [NAME], as tests/obtain knows it; `make soak` has another. Each is shown to lead out of a bare daemon, and then what becomes of it under the policy of `preclude rsyncd`.

# A bare daemon really reads /etc: it gets a copy of its own, with names that are nowhere else. Without root there is none.
[ -n "${ESCAPES_INSIDE:-}" ] || [ "$(id -u)" -ne 0 ] || ESCAPES_INSIDE=1 exec unshare -m "$0" "$@"

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)

obtain pristine "${1:-rsync-legacy}"
version=$("$pristine" --version | awk 'NR == 1 { print $3 }')
canary=canary-$$

# One row a cell: its name, the least that stops it (landlock, confine or anchor), and what the attacker does. In the commands $in is the cell's directory in module two as the client names it, where `link` leads
# outside; $loot takes what comes back.
cells()
{
	grep -v "$left_out" <<-'EOF'
		write        landlock  "$pristine" "$evil/file" "$in/link/"
		read         landlock  "$pristine" "$in/link/secret" "$loot/"
		read-L       landlock  "$pristine" -rL "$in/" "$loot/"
		across-write landlock  "$pristine" "$evil/file" "$in/link/"
		across-read  landlock  "$pristine" -rL "$in/" "$loot/"
		chmod-K      confine   "$pristine" -rpK --chmod=D700 "$evil/empty/" "$in/"
		write-K      landlock  "$pristine" -rK "$evil/full/" "$in/"
		delete-K     landlock  "$pristine" -rK --delete "$evil/empty/" "$in/"
		shadow       landlock  "$pristine" -L "$in/link" "$loot/"
		passwd       anchor    "$pristine" -L "$in/link" "$loot/"
	EOF
}

# Where the link of a cell leads.
target()
{
	case $1 in
	across-*) echo "$dir/one" ;;
	shadow | passwd) echo "/etc/$1" ;;
	*) echo "$dir/outside/$1" ;;
	esac
}

# Whether the outside of a cell was changed, or its content arrived.
escaped()
{
	case $1 in
	write | write-K | across-write) test -e "$(target "$1")/file" ;;
	read | read-L | across-read | shadow | passwd) grep -rqF "$canary" "$dir/loot/$1" ;;
	chmod-K) test "$(stat -c %a "$dir/outside/$1")" = 700 ;;
	delete-K) test ! -e "$dir/outside/$1/secret" ;;
	esac
}

# The log's word on where a cell's link leads: those events only. Also what was called from there: rsync goes there first.
led()
{
	jq -c --arg to "$(target "$1")" 'select(.event == "call" and
		(.resolved == $to or ((.resolved // "") | startswith($to + "/"))))' "$dir/preclude.log"
}

# logged CELL EFFECT [BY]
logged()
{
	led "$1" | jq -se --arg effect "$2" --arg by "${3:-}" '
		any(.[]; .effect == $effect and (if $effect == "passed" then .escape else $by == "" or .by == $by end))' >/dev/null ||
		{ led "$1"; false; }
}

# setup DIR: the modules, with one directory a cell in module two and its link, and what they lead to.
setup()
{
	local cell rest
	dir=$1
	rsyncd_setup "$dir" no
	echo "$canary" >"$dir/one/secret"
	while read -r cell rest; do
		mkdir -p "$dir/two/$cell" "$dir/outside/$cell" "$dir/loot/$cell"
		chmod 755 "$dir/outside/$cell"
		echo "$canary" >"$dir/outside/$cell/secret"
		ln -s "$(target "$cell")" "$dir/two/$cell/link"
	done < <(cells)
}

# attack CELL COMMAND
attack()
{
	local in=$url/two/$1 loot=$dir/loot/$1
	eval "$2" >"$dir/client.out" 2>&1 </dev/null
	daemon_idle
}

# bare: each cell against a daemon without the library.
bare()
{
	local cell by command
	setup "$scratch/bare"
	daemon_start "$dir" "$pristine" || exit 1
	while read -r cell by command; do
		attack "$cell" "$command"
		ok "bare $version: $cell escapes" escaped "$cell"
	done < <(cells)
	daemon_stop KILL
}

# sealed LEVEL: each cell against one under preclude.
sealed()
{
	local level=$1 name="$version, $1" cell by command passed=() policy
	setup "$scratch/$level"
	rsyncd_sealed "$dir"
	readarray -t -O "${#policy[@]}" policy < <(protection "$level")
	daemon_start "$dir" "$pristine" "${policy[@]}" || exit 1
	while read -r cell by command; do
		# What the kernel stops, it stops beside confinement too.
		[ "$level" != metadata ] || [ "$by" != landlock ] || continue
		attack "$cell" "$command"
		if ! suffices "$level" "$by"; then
			ok "$name: $cell escapes" escaped "$cell"
			ok "$name: $cell is logged as an escape that passed" logged "$cell" passed
			passed+=("$(target "$cell")")
		else
			ok "$name: $cell does not escape" not escaped "$cell"
			# With everything, the library is there before the kernel.
			[ "$level" != whole ] || by=
			ok "$name: $cell is logged as denied${by:+ by $by}" logged "$cell" denied "$by"
		fi
	done < <(cells)
	# Not because it no longer serves.
	ok "$name: a push that stays inside works" "$pristine" -r "$evil/full/" "$url/two/write/"
	ok "$name: and arrives" test -e "$dir/two/write/link/file"
	daemon_idle
	daemon_stop KILL
	is "$name: nothing else escaped" "$(jq -r 'select(.event == "call" and .escape and .effect == "passed" and
		.does != "look" and .does != "enter") | .resolved' "$dir/preclude.log" | sort -u)" \
		"$(printf '%s\n' "${passed[@]}" | sort -u)"
}

left_out='^$'
if root_for "shadow and passwd" "for an /etc of its own"; then
	cp -a /etc "$scratch/etc"
	echo "$canary:x:4242:4242::/nonexistent:/bin/false" >>"$scratch/etc/passwd"
	echo "$canary:!:19000:0:99999:7:::" >>"$scratch/etc/shadow"
	mount --bind "$scratch/etc" /etc || exit 1
else
	left_out='^shadow\|^passwd'
fi

evil=$scratch/evil
mkdir -p "$evil/empty/link" "$evil/full/link"
echo evil | tee "$evil/file" >"$evil/full/link/file"

bare
for level in kernel metadata whole; do sealed $level; done
finish
