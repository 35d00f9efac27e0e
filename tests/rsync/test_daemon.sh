#!/bin/bash
# SPDX-License-Identifier: ISC
# Unmodified rsync daemons, bare and under the library, do the same work with the same result; and what leaves the
# modules is stopped and named. Debian's rsync, and pristine 3.2.7 as the legacy receiver.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)

receivers

# What a backup meets: odd modes and owners, links of each kind, ACLs, attributes, names, times.
make_source()
{
	local dir=$1
	mkdir -p "$dir/deep/er/still" "$dir/closed" "$dir/acl.d"
	head -c 300000 /dev/urandom >"$dir/big"
	echo plain >"$dir/plain"
	: >"$dir/empty"
	echo odd >"$dir/deep/er/name with 'quotes', \\ and "$'\303\244\001\377'
	echo hard >"$dir/hard1"
	ln "$dir/hard1" "$dir/deep/hard2"
	ln "$dir/hard1" "$dir/deep/er/hard3"
	ln -s plain "$dir/link"
	ln -s ../../plain "$dir/deep/er/link-up"
	ln -s nowhere "$dir/dangling"
	mkfifo "$dir/fifo"
	echo suid >"$dir/suid"
	if is_root; then
		chown 1234:4321 "$dir/plain" "$dir/suid" "$dir/deep/er"
		chown -h 1234:4321 "$dir/link"
		setfattr -n trusted.note -v root "$dir/big"
	fi
	chmod 4751 "$dir/suid"
	chmod 1777 "$dir/deep"
	chmod 0700 "$dir/closed"
	setfacl -m u:1234:rw,g:4321:r "$dir/plain"
	setfacl -m u:77:rwx -d -m u:78:rx "$dir/acl.d"
	setfattr -n user.note -v hello "$dir/plain" "$dir/closed"
	# All in the past: rsync takes what was made in the same second for unchanged.
	find "$dir" -depth -exec touch -h -d '2001-02-03 04:05:06.789012345' {} +
	touch -h -d '2002-02-03 04:05:06.7' "$dir/link" "$dir/plain" "$dir/deep/er/still"
}

change_source()
{
	local dir=$1
	rm -r "$dir/deep/er/still" "$dir/dangling"
	dd if=/dev/urandom of="$dir/big" bs=1000 seek=100 count=3 conv=notrunc status=none
	echo changed >>"$dir/plain"
	chmod 640 "$dir/empty"
	setfattr -x user.note "$dir/closed"
	setfacl -b "$dir/acl.d"
	echo new >"$dir/deep/new"
	mv "$dir/link" "$dir/link-moved"
	find "$dir" -depth -newermt yesterday -exec touch -h -d '2003-02-03 04:05:06.789' {} +
}

# One command of a session and the module it is about: its status and what it left are the session's result.
step()
{
	local name=$1 dir=$2 module=$3
	shift 3
	"$@" >>"$dir/client.out" 2>&1
	echo "$name: status $?"
	daemon_idle || echo "$name: children linger"
	listing "$dir/$module" >"$dir/lists/$name"
}

# The same working day for each daemon: session DIR BINARY. Prints the statuses.
session()
{
	local dir=$1 rsync=$2 all=(-aHAX --numeric-ids)
	mkdir "$dir/lists" "$dir/two/.tmp"
	step push-auth "$dir" one "$rsync" "${all[@]}" "$scratch/src1/" "$url/one/"
	step push "$dir" two "$rsync" "${all[@]}" "$scratch/src1/" "$url/two/"
	step pull "$dir" pulled "$rsync" "${all[@]}" "$url/one/" "$dir/pulled/"
	step delete "$dir" one "$rsync" "${all[@]}" --delete "$scratch/src2/" "$url/one/"
	step temp-dir "$dir" two "$rsync" "${all[@]}" --temp-dir=.tmp "$scratch/src2/" "$url/two/"
	step backup-dir "$dir" two "$rsync" "${all[@]}" --backup --backup-dir=.old --delete --exclude=/.tmp \
		"$scratch/src1/" "$url/two/"
	step inplace "$dir" one "$rsync" "${all[@]}" --inplace "$scratch/src1/" "$url/one/"
	step partial "$dir" one "$rsync" "${all[@]}" --partial-dir=.part --delay-updates "$scratch/src2/" "$url/one/"
	step remove-source "$dir" moved "$rsync" "${all[@]}" --remove-source-files "$url/one/deep/" "$dir/moved/"
	find "$dir/one" | sed "s|^$dir||" | LC_ALL=C sort >"$dir/lists/what-remains"
}

# One side of a comparison, a process of its own: session with its daemon from start to end.
side()
{
	local start=$1 dir=$2 binary=$3
	trap daemon_stop EXIT
	trap 'exit 1' HUP INT TERM
	"$start" "$dir" "$binary" || exit 1
	session "$dir" "$binary" >"$dir/statuses"
	cp "$dir/run/rsyncd.pid" "$dir/pid"
}

# A JSON Lines log that a machine can read: every line one whole object.
valid_log()
{
	[ -s "$1" ] && [ "$(jq -c 'select(type == "object" and .v == 1)' "$1" | wc -l)" -eq "$(wc -l <"$1")" ]
}

# matches LOG FILTER: how many events of the log it selects.
matches()
{
	jq -c "select($2)" "$1" | wc -l
}

# A daemon under the library, its policy in `policy`, and with a HOME, where rsync looks for a .popt that is not there.
confined_start()
{
	local dir=$1 binary=$2
	shift 2
	readarray -t policy < <(rsyncd_policy "$dir" "$library")
	daemon_start "$dir" "$binary" "${policy[@]}" "HOME=$scratch/home" "$@"
}

work()
{
	local version=$1 binary=$2 chroot=$3 name="$1, use chroot $3" bare shim
	[ "$chroot" != yes ] || root_for "$name" "to change its root directory" || return
	bare=$scratch/$version-$chroot/bare shim=$scratch/$version-$chroot/shim
	rsyncd_setup "$bare" "$chroot"
	rsyncd_setup "$shim" "$chroot"
	(side daemon_start "$bare" "$binary") &
	(side confined_start "$shim" "$binary") &
	wait

	is "$name: every transfer succeeds" "$(grep -v 'status 0$' "$shim/statuses"; wc -l <"$shim/statuses")" 9
	ok "$name: as it does bare" diff "$bare/statuses" "$shim/statuses"
	ok "$name: pushed what there was" diff "$scratch/src1.list" "$shim/lists/push-auth"
	ok "$name: pulled what there was" diff "$scratch/src1.list" "$shim/lists/pull"
	ok "$name: deleted and changed as told" diff "$scratch/src2.list" "$shim/lists/delete"
	ok "$name: the backup directory holds what was replaced" \
		cmp "$scratch/src2/deep/new" "$shim/two/.old/deep/new"
	ok "$name: after every step the tree is as with the bare daemon" diff -r "$bare/lists" "$shim/lists"
	ok "$name: the pid file could be written" test -s "$shim/pid"
	ok "$name: and is gone after the end" not test -e "$shim/run/rsyncd.pid"
	ok "$name: the lock file could be made" test -e "$shim/run/rsyncd.lock"

	ok "$name: every log line is valid" valid_log "$shim/preclude.log"
	is "$name: one start for the daemon and its children" "$(matches "$shim/preclude.log" '.event == "start"')" 1
	is "$name: one sandbox" "$(matches "$shim/preclude.log" '.event == "sandbox"')" 1
	is "$name: it is enforced" "$(jq -r 'select(.event == "sandbox") | .outcome' "$shim/preclude.log")" enforced
	is "$name: nothing of that work leaves the roots" \
		"$(jq -c 'select(.event == "call" or .event == "count")' "$shim/preclude.log" | head -n 3)" ""
}

# What a planted symlink leads to: `pwn` in module two, to a directory that belongs to nobody's module.
plant()
{
	local dir=$1
	rm -rf "$dir/two/pwn" "$dir/outside"
	mkdir "$dir/outside"
	chmod 755 "$dir/outside"
	echo secret >"$dir/outside/secret"
	ln -s "$dir/outside" "$dir/two/pwn"
}

written_through()
{
	local dir=$1 rsync=$2
	"$rsync" -rK "$scratch/evil/" "$url/two/" >/dev/null 2>&1
	daemon_idle
	test -e "$dir/outside/evil.txt"
}

deleted_through()
{
	local dir=$1 rsync=$2
	"$rsync" -rK --delete "$scratch/evil/" "$url/two/" >/dev/null 2>&1
	daemon_idle
	test ! -e "$dir/outside/secret"
}

across_modules()
{
	local dir=$1 rsync=$2
	rm -f "$dir/two/other" "$dir/one/evil.txt"
	ln -s "$dir/one" "$dir/two/other"
	"$rsync" -r "$scratch/evil/pwn/" "$url/two/other/" >/dev/null 2>&1
	daemon_idle
	test -e "$dir/one/evil.txt"
}

read_through()
{
	local dir=$1 rsync=$2
	rm -rf "$dir/loot"
	"$rsync" -rL "$url/two/" "$dir/loot/" >/dev/null 2>&1
	daemon_idle
	test -e "$dir/loot/pwn/secret"
}

# The call of a denied write, as the log must have it.
denied_write()
{
	local log=$1 dir=$2 binary=$3
	jq -se --arg outside "$dir/outside" --arg binary "$binary" '
		map(select(.event == "call" and .func == "mkstemp")) | .[0] |
		(.path | startswith("pwn/.evil.txt.")) and (.resolved | startswith($outside + "/.evil.txt.")) and
		(.dir | endswith("/two")) and .module == "two" and .where == "outside" and .from == "root" and
		.escape and .does == "create" and .effect == "denied" and .by == "landlock" and .error == "EACCES" and
		(.frames | length) > 2 and all(.frames[:3][]; .object == $binary and .offset > 0)' "$log" ||
		{ jq -c 'select(.event == "call" and .effect == "denied")' "$log"; false; }
}

escape()
{
	local bare=$scratch/escape-bare shim=$scratch/escape-shim
	rsyncd_setup "$bare" no
	rsyncd_setup "$shim" no
	plant "$bare"
	plant "$shim"

	daemon_start "$bare" "$pristine"
	ok "bare 3.2.7 writes through a planted symlink" written_through "$bare" "$pristine"
	ok "bare 3.2.7 reads through it" read_through "$bare" "$pristine"
	ok "bare 3.2.7 deletes through it" deleted_through "$bare" "$pristine"
	daemon_stop

	confined_start "$shim" "$pristine"
	ok "3.2.7 with the library does not write through it" not written_through "$shim" "$pristine"
	ok "3.2.7 with the library does not read through it" not read_through "$shim" "$pristine"
	ok "3.2.7 with the library does not delete through it" not deleted_through "$shim" "$pristine"
	ok "3.2.7 with the library: modules are roots, a link from one to the other is open" \
		across_modules "$shim" "$pristine"
	"$pristine" -rpK --chmod=D700 "$scratch/evil/" "$url/two/" >/dev/null 2>&1
	daemon_idle
	is "3.2.7 with the library does not change a mode through it" "$(stat -c %a "$shim/outside")" 755
	daemon_stop
	is "the library refused that, not the kernel" "$(jq -c 'select(.event == "call" and .does == "metadata" and
		.effect == "denied" and .by == "confine" and .escape) | .resolved' "$shim/preclude.log" | sort -u)" "\"$shim/outside\""
	ok "after escapes every log line is valid" valid_log "$shim/preclude.log"
	ok "the denied write is in the log, with its path, where it led, and rsync's frames" \
		denied_write "$shim/preclude.log" "$shim" "$pristine"
	ok "so is the directory that was not to be read" test "$(matches "$shim/preclude.log" '.event == "call" and .effect == "denied" and
		.resolved == "'"$shim"'/outside" and .escape')" -gt 0
	is "the way from module to module is no escape from the roots" \
		"$(matches "$shim/preclude.log" '.path != null and (.path | startswith("other")) and .escape')" 0
	is "nothing that passed did more than look outside" \
		"$(jq -c 'select(.event == "call" and .effect == "passed" and .where != "inside" and .does != "look" and
			.does != "enter")' "$shim/preclude.log")" ""

	# The same site in twenty connections, each with a temporary name of its own.
	: >"$shim/preclude.log"
	plant "$shim"
	confined_start "$shim" "$pristine"
	for ((i = 0; i < 20; i++)); do written_through "$shim" "$pristine"; done
	daemon_stop
	local said
	said=$(matches "$shim/preclude.log" '.event == "call" and .func == "mkstemp"')
	ok "a site is said for 16 objects at most, not once a connection ($said)" test "$said" -ge 1 -a "$said" -le 16
	ok "the rest is counted" test "$(matches "$shim/preclude.log" '.event == "count" and .count > 1')" -gt 0
}

# Debian's own carries the fixes: it must not be worse with the library than without.
fixed()
{
	local shim=$scratch/fixed-shim
	rsyncd_setup "$shim" no
	plant "$shim"
	confined_start "$shim" "$debian"
	ok "Debian's rsync does not write through a planted symlink" not written_through "$shim" "$debian"
	ok "Debian's rsync still serves afterwards" "$debian" -r "$scratch/evil/pwn/" "$url/two/"
	daemon_stop
	ok "its log is valid" valid_log "$shim/preclude.log"
}

# A device node made in a root would be the raw disk.
devices()
{
	local bare=$scratch/dev-bare shim=$scratch/dev-shim
	mkdir -p "$scratch/dev"
	echo beside >"$scratch/dev/beside"
	root_for "a device node pushed into a module" "to make it" || return
	mknod "$scratch/dev/disk" b 7 200 || {
		skip "a device node pushed into a module" "device nodes cannot be made here"
		return
	}
	rsyncd_setup "$shim" no
	confined_start "$shim" "$pristine"
	"$pristine" -a "$scratch/dev/" "$url/two/" >"$shim/client.out" 2>&1
	ok "a device node pushed into a module is an error" same $? 23
	ok "it is not made" not test -e "$shim/two/disk"
	ok "what lies beside it is" cmp "$scratch/dev/beside" "$shim/two/beside"
	daemon_stop
	rsyncd_setup "$bare" no
	confined_start "$bare" "$pristine" "PRECLUDE_ROOTS=$bare/two,dev"
	"$pristine" -a "$scratch/dev/" "$url/two/" >/dev/null 2>&1
	ok "a root with ,dev takes it" test -b "$bare/two/disk"
	daemon_stop
}

# rsync as a confined process of its own: a local copy, and a server behind a remote shell.
programs()
{
	local version=$1 binary=$2 dir=$scratch/$1-local
	mkdir -p "$dir/in" "$dir/out" "$dir/far"
	cp -a "$scratch/src1/." "$dir/in/"
	cat >"$dir/rsh" <<-EOF
		#!/bin/sh
		# A remote shell that goes nowhere: drops the host, runs the rest.
		shift
		exec "\$@"
	EOF
	chmod 755 "$dir/rsh"
	local confined=(env "LD_PRELOAD=$library" "PRECLUDE_ROOTS=$dir/in,ro:$dir/out" "PRECLUDE_LOG=$dir/log"
		"PRECLUDE_EXEC=$dir/rsh:$binary")

	ok "$version: a local copy in the roots" "${confined[@]}" "$binary" -aHAX "$dir/in/" "$dir/out/"
	ok "$version: is whole" diff "$scratch/src1.list" <(listing "$dir/out")
	ok "$version: a local copy out of the roots fails" not "${confined[@]}" "$binary" -a "$dir/in/" "$dir/far/"
	is "$version: and leaves nothing" "$(ls -A "$dir/far")" ""
	rm -rf "$dir/out"
	mkdir "$dir/out"
	ok "$version: over a remote shell, the server under it confined with it" \
		"${confined[@]}" "$binary" -aHAX -e "$dir/rsh" "$dir/in/" "host:$dir/out/"
	ok "$version: is whole too" diff "$scratch/src1.list" <(listing "$dir/out")
	ok "$version: no server behind the shell gets out" \
		not "${confined[@]}" "$binary" -a -e "$dir/rsh" "$dir/in/" "host:$dir/far/"
	is "$version: and it leaves nothing" "$(ls -A "$dir/far")" ""
	ok "$version: the log of all that is valid" valid_log "$dir/log"
	ok "$version: the stray call is in it" test "$(matches "$dir/log" '.event == "call" and .effect == "denied" and
		(.resolved | startswith("'"$dir"'/far/"))')" -gt 0
}

make_source "$scratch/src1"
cp -a "$scratch/src1" "$scratch/src2"
change_source "$scratch/src2"
listing "$scratch/src1" >"$scratch/src1.list"
listing "$scratch/src2" >"$scratch/src2.list"
mkdir -p "$scratch/evil/pwn"
echo evil >"$scratch/evil/pwn/evil.txt"

for chroot in yes no unset; do
	for version in "${versions[@]}"; do work "$version" "${!version}" "$chroot"; done
done
fixed
for version in "${versions[@]}"; do programs "$version" "${!version}"; done
[ -n "$pristine" ] || finish
escape
devices
finish
