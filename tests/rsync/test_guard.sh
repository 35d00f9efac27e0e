#!/bin/bash
# SPDX-License-Identifier: ISC
# PRECLUDE_GUARD with unmodified rsync: what clients say in options does not lead out of the module, and what stays in
# it works. Daemons with and without chroot, and servers as ssh starts them. Debian's rsync, and pristine 3.2.7.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)

receivers
mkdir "$scratch/src"
echo new >"$scratch/src/file"
echo same >"$scratch/src/same"
touch -d 2001-02-03 "$scratch/src/same"

# tree DIR: a module's content, with ways out of it, and some that stay.
tree()
{
	[ ! -e "$1/prev" ] || return 0
	mkdir -p "$1/../outside" "$1/prev" "$1/sub/deep" "$1/tmp"
	echo outside >"$1/../outside/list"
	echo file >"$1/list"
	ln -s "$(realpath "$1/../outside")" "$1/out"
	ln -s "$(realpath "$1/../one")" "$1/other"
	ln -s prev "$1/in"
	cp -p "$scratch/src/same" "$1/prev/same"
}

# start DIR BINARY CHROOT [VARIABLE=VALUE...]
start()
{
	local dir=$1 binary=$2
	rsyncd_setup "$dir" "$3"
	shift 3
	tree "$dir/two"
	readarray -t policy < <(rsyncd_policy "$dir" "$library")
	daemon_start "$dir" "$binary" "${policy[@]}" PRECLUDE_NARROW=on PRECLUDE_GUARD=rsync "$@"
}

# The last guard event: option, value, module, action.
event()
{
	jq -r 'select(.event == "guard") | "--\(.option)=\(.value) \(.module) \(.action)"' "$1" | tail -n 1
}

# What the client ends with and says of it: push BINARY DESTINATION OPTION...
push()
{
	local binary=$1 to=$2 said
	shift 2
	said=$("$binary" -rt "$@" "$scratch/src/" "$to" 2>&1)
	echo "$?" "$(sed -n 's/^rsync: \(on remote machine: \)\?--/rsync: --/p' <<<"$said")"
}

# rejected NAME OPTION VALUE [CLIENT-OPTION...]: to the daemon at $url, logged in $log
rejected()
{
	local name=$1 option=$2 value=$3
	shift 3
	is "$name: $option=$value is rejected" "$(push "$binary" "$url/two/${into:-}" "$@" "$option=$value")" \
		"4 rsync: ${option#-M}: rejected by preclude, ${why:-it leads out of} the module: $value"
	is "$name: and logged" "$(event "$log")" "${option#-M}=$value two rejected"
}

permitted()
{
	local name=$1
	shift
	is "$name: $* is permitted" "$(push "$binary" "$url/two/${into:-}" "$@")" "0 "
}

# Without chroot a link leads out.
links()
{
	local name=$1 binary=$2 option dir=$scratch/links-$1 log=$scratch/links-$1/preclude.log
	start "$dir" "$binary" no
	for option in temp-dir partial-dir backup-dir link-dest compare-dest copy-dest; do
		rejected "$name" "--$option" /out -b
		rejected "$name" "--$option" out/further -b
	done
	rejected "$name" --temp-dir /other
	into=sub/deep/ rejected "$name" --link-dest ../../out
	into=sub/deep/ rejected "$name" --partial-dir ../../other
	into=sub/none/ rejected "$name" --compare-dest ../../out
	for option in exclude-from include-from; do rejected "$name" "-M--$option" /out/list; done
	rejected "$name" -M--log-file /tmp/log
	is "$name: the short form" "$(push "$binary" "$url/two/" -M-vT/out)" \
		"4 rsync: --temp-dir: rejected by preclude, it leads out of the module: /out"
	push "$binary" "$url/two/" -M--files-from=/out/list >/dev/null
	is "$name: files-from is rejected" "$(event "$log")" "--files-from=/out/list two rejected"
	rejected "$name, secluded" --temp-dir out -s
	into=sub/deep/ rejected "$name, secluded" --link-dest ../../out -s
	is "$name: nothing was left outside" "$(ls "$dir/outside" "$dir/one")" "$dir/one:

$dir/outside:
list"
	daemon_stop
	# Only what the guard is told to look at.
	start "$dir" "$binary" no PRECLUDE_GUARD=link-dest
	is "$name: an option that is not guarded is the kernel's" "$(push "$binary" "$url/two/a/" --temp-dir=/out)" "23 "
	rejected "$name" --link-dest /out
	daemon_stop
	start "$dir" "$binary" no PRECLUDE_NARROW=off
	rejected "$name, not narrowed" --link-dest /out
	rejected "$name, not narrowed" --link-dest /other
	daemon_stop
	start "$dir" "$binary" no PRECLUDE_MODE=observe
	is "$name: observed" "$(push "$binary" "$url/two/b/" --link-dest=/out)" "0 "
	is "$name: and logged" "$(event "$log")" "--link-dest=/out two would-reject"
	daemon_stop
}

inside()
{
	local name="$1, use chroot $3" binary=$2 dir=$scratch/inside-$1-$3 log=$scratch/inside-$1-$3/preclude.log option
	start "$dir" "$binary" "$3"
	into=sub/deep/
	for option in temp-dir=/tmp temp-dir=../../tmp partial-dir=.part temp-dir=/in partial-dir=/parts backup-dir=../old \
		link-dest=/in compare-dest=../../prev copy-dest=/../../prev; do
		[ "$3-$option" != no-temp-dir=../../tmp ] || continue
		permitted "$name" -b "--$option"
	done
	permitted "$name" -s --temp-dir=/tmp
	into=linked/
	permitted "$name" --link-dest=/prev
	ok "$name: --link-dest=/prev is prev in the module" test "$dir/two/prev/same" -ef "$dir/two/linked/same"
	into=excluded/
	permitted "$name" -M--exclude-from=/list
	into=
	is "$name: no event" "$(event "$log")" ""
	daemon_stop
	start "$dir" "$binary" "$3" PRECLUDE_GUARD=strict
	why="an absolute path that is not of" rejected "$name, strict" --temp-dir /tmp
	why="an absolute path that is not of" rejected "$name, strict" --link-dest /prev
	why="an absolute path that is not of" rejected "$name, strict" --link-dest "$dir/two/../one"
	into=strict/ permitted "$name, strict" --link-dest=../prev
	daemon_stop
}

# path = outer/./inner with chroot: the root is the outer, and what leads there leads out of the module.
inner()
{
	local name="$1, outer/./inner" binary=$2 dir=$scratch/inner-$1 log=$scratch/inner-$1/preclude.log
	mkdir -p "$dir/two/beside" "$dir/two/in/tmp" "$dir/two/in/sub"
	cp -p "$scratch/src/same" "$dir/two/beside/"
	ln -s ../beside "$dir/two/in/up"
	ln -s /beside "$dir/two/in/top"
	ln -s /in/tmp "$dir/two/in/back"
	rsyncd_setup "$dir" yes
	sed -i "s|^path = $dir/two\$|path = $dir/two/./in|" "$dir/rsyncd.conf"
	readarray -t policy < <(rsyncd_policy "$dir" "$library")
	daemon_start "$dir" "$binary" "${policy[@]}" PRECLUDE_NARROW=on PRECLUDE_GUARD=rsync \
		"PRECLUDE_ROOTS=one=$dir/one:two=$dir/two/in"
	rejected "$name" --temp-dir /up
	rejected "$name" --backup-dir top/further -b
	# rsync takes it no higher than the module.
	into=sub/ permitted "$name" --link-dest=../../beside
	ok "$name: ../../beside is beside in the module" not test "$dir/two/in/sub/same" -ef "$dir/two/beside/same"
	permitted "$name" --temp-dir=/tmp
	permitted "$name" --temp-dir=/back
	is "$name: nothing was left outside" "$(ls "$dir/two/beside")" same
	daemon_stop
}

# over NAME OPTION...: a push through a shell that starts the server under the policy; as push().
over()
{
	local to=$1
	shift
	push "$binary" "host:$to" -e "$scratch/rsh" "$@"
}

ssh()
{
	local name="$1, over ssh" binary=$2 dir=$scratch/ssh-$1 option bad
	mkdir -p "$dir/two" "$dir/one"
	tree "$dir/two"
	cat >"$scratch/rsh" <<-END
		#!/bin/sh
		shift
		cd / && env LD_PRELOAD=$library PRECLUDE_ROOTS=two=$dir/two PRECLUDE_GUARD=rsync PRECLUDE_LOG=$dir/log \
			\$GUARD sh -c "\$*"
	END
	chmod +x "$scratch/rsh"
	bad=$(over "$dir/two/x/" -M--no-such-option | cut -d ' ' -f 1)
	for option in temp-dir=/tmp partial-dir=../../one backup-dir="$dir/two/out" link-dest="$dir/one" copy-dest=../out \
		compare-dest="$dir/two/../one"; do
		is "$name: --$option is rejected" "$(over "$dir/two/sub/" "--$option" -b)" \
			"$bad rsync: --${option%%=*}: rejected by preclude, it leads out of the module: ${option#*=}"
		is "$name: and logged" "$(event "$dir/log")" "--$option two rejected"
		# The command line has none of it then: the parser's second pass has.
		is "$name, secluded: --$option is rejected" "$(over "$dir/two/sub/" -s "--$option" -b)" \
			"$bad rsync: --${option%%=*}: rejected by preclude, it leads out of the module: ${option#*=}"
	done
	for option in --exclude-from=/etc/passwd --log-file=/tmp/log -vT/tmp "--files-from=list"; do
		over "$dir/two/sub/" "-M$option" >"$dir/said"
		ok "$name: $option is rejected" grep -q "^$bad rsync: --.*rejected by preclude" "$dir/said"
	done
	for option in temp-dir="$dir/two/tmp" temp-dir=../tmp partial-dir=.part link-dest=../prev link-dest="$dir/two/in" \
		backup-dir=../old; do
		is "$name: --$option is permitted" "$(over "$dir/two/sub/" "--$option" -b)" "0 "
		is "$name, secluded: --$option is permitted" "$(over "$dir/two/sub/" -s "--$option" -b)" "0 "
	done
	is "$name: a pull with files-from" "$(cd "$scratch" && echo list |
		"$binary" -e "$scratch/rsh" --files-from=- "host:$dir/two/" "$dir/pulled/" 2>&1 && ls "$dir/pulled")" "list"
}

# Everything at once on a command line: what the server says and ends with.
line()
{
	mkdir -p "$scratch/line/two/sub/deep"
	env LD_PRELOAD="$library" PRECLUDE_ROOTS="$scratch/line/two" PRECLUDE_GUARD=rsync \
		PRECLUDE_LOG="$scratch/line.log" "$@" 2>&1 </dev/null | head -n 1
	echo "${PIPESTATUS[0]}"
}

lines()
{
	local name=$1 server=$2 form
	for form in -vT/tmp -vT=/tmp "-vT /tmp" --temp-dir=/tmp "--temp-dir /tmp" "-e.LsfxC --temp-dir=/tmp" \
		"--verbose . x -T/tmp" "--suffix x -T /tmp"; do
		# shellcheck disable=SC2086 # words
		is "$name: --server $form" "$(line "$server" --server $form . x/)" \
			"rsync: --temp-dir: rejected by preclude, it leads out of the module: /tmp
1"
	done
	is "$name: what stands behind -e is no letter" \
		"$(line "$server" --server -ve.T/tmp . "$scratch/line/two" | grep -c preclude)" 0
}

# An rsync that brings its own popt.
alone()
{
	local dir=$scratch/alone server
	cp -a "$(dirname "$pristine")" "$scratch/build"
	rm "$scratch/build/rsync"
	ok "an rsync with popt inside is built" make -s -C "$scratch/build" rsync "LIBS=-lattr -lacl -l:libpopt.a -lcrypto"
	server=$scratch/build/rsync
	lines "popt inside" "$server"
	is "popt inside: a way up is seen without the parser, too" "$(mkdir -p "$scratch/line/two/sub" && cd "$scratch/line/two/sub" &&
		line "$server" --server --partial-dir ../../../one . deep/)" \
		"rsync: --partial-dir: rejected by preclude, it leads out of the module: ../../../one
1"
	rsyncd_setup "$dir" no
	readarray -t policy < <(rsyncd_policy "$dir" "$library")
	ok "popt inside: no daemon" not daemon_start "$dir" "$server" "${policy[@]}" PRECLUDE_GUARD=rsync
	ok "popt inside: it says why" grep -q '^preclude: refused: PRECLUDE_GUARD: .*PRECLUDE_REQUIRE=nothing' "$dir/daemon.out"
	is "popt inside: it is logged" "$(event "$dir/preclude.log")" "--null=null null unavailable"
	# Under another name it is known by what it does.
	cp "$server" "$dir/sync"
	daemon_start "$dir" "$server" "${policy[@]}" PRECLUDE_GUARD=rsync PRECLUDE_REQUIRE=nothing
	is "popt inside: best effort" "$(push "$pristine" "$url/two/")" "0 "
	daemon_stop
	daemon_start "$dir" "$dir/sync" "${policy[@]}" PRECLUDE_GUARD=rsync
	ok "popt inside, another name: no connection" not "$pristine" -rt "$scratch/src/" "$url/two/"
	daemon_stop
}

# The table against what each rsync says of itself.
rows()
{
	sed -n 's/^GUARD_OPTION(\([^,]*\),.*/\1/p' "$top/config/guard.def" | sort
}

options()
{
	for binary in ${pristine:+"$pristine"} "$debian"; do
		"$binary" --help
		"$binary" --daemon --help
	done | sed -n 's/^ *--\([a-z-]*\)=\(FILE\|DIR\)\b.*/\1/p' | sort -u
}

is "every option that takes a file or directory is known, and no other" "$(options)" "$(rows)"
for version in "${versions[@]}"; do
	links "$version" "${!version}"
	inside "$version" "${!version}" no
	if root_for "$version, use chroot" "to change its root directory"; then
		inside "$version" "${!version}" yes
		inner "$version" "${!version}"
	fi
	ssh "$version" "${!version}"
	lines "$version" "${!version}"
done
[ -z "$pristine" ] || alone
finish
