#!/bin/bash
# SPDX-License-Identifier: ISC
# Unmodified rsync daemons under `preclude run --rsyncd`: 200 connections at once to 20 modules, half of them with
# chroot, each sealed in its own. Debian's rsync, and pristine 3.2.7 as the legacy receiver.

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
at_exit+=(daemon_stop)

preclude=$B/preclude
receivers
connections=200
readarray -t modules < <(seq -f m%02g 0 19)

# setup DIR: the modules and their configuration. In each, links to its neighbour.
setup()
{
	local dir=$1 i module next
	mkdir -p "$dir/run" "$dir/got"
	cat >"$dir/rsyncd.conf" <<-EOF2
		$(! is_root || printf 'uid = root\ngid = root\n')
		pid file = $dir/run/pid
		log file = $dir/run/log
		listen backlog = 128
		motd file = $dir/motd
		numeric ids = yes
		read only = no
		munge symlinks = no
	EOF2
	echo "$dir" >"$dir/motd"
	for ((i = 0; i < ${#modules[@]}; i++)); do
		module=${modules[i]} next=${modules[(i + 1) % ${#modules[@]}]}
		cp -a "$scratch/source" "$dir/$module"
		echo "$module's own" >"$dir/$module/own"
		mkdir "$dir/$module/in" "$dir/$module/links"
		ln -s "../../$next/own" "$dir/$module/links/file"
		ln -s "../../$next/in" "$dir/$module/links/dir"
		printf '[%s]\npath = %s\ncomment = %s\nuse chroot = %s\n' "$module" "$dir/$module" "$dir" \
			"$([ $((i % 2)) = 0 ] || ! is_root && echo no || echo yes)" >>"$dir/rsyncd.conf"
	done
}

# client DIR NUMBER: every other pulls, and pushes. What is to be sent it learns when the gate opens.
client()
{
	local dir=$1 number=$2 module=${modules[$2 % ${#modules[@]}]} from to
	if [ $((number / ${#modules[@]} % 2)) = 0 ]; then
		from=$url/$module/ to=$dir/got/$number/
	else
		from=$scratch/source/ to=$url/$module/in/$number/
	fi
	{ : <"$dir/gate"; echo tree; } | "$debian" -aHr --files-from=- --contimeout="$(patience 60)" "$from" "$to" >"$dir/said.$number" 2>&1
	echo "${PIPESTATUS[1]}" >"$dir/status.$number"
}

# trees DIR...: what is in each, one after the other; equal lines together.
trees()
{
	{
		find "$@" -printf '%p %y %m %U:%G %T@ %n %l\n'
		find "$@" -type f -print0 | xargs -0 sha256sum | awk '{ print $2, $1 }'
	} | sed 's|^[^ ]*/tree|tree|' | LC_ALL=C sort
}

# narrowed LOG: how many processes were narrowed to each module.
narrowed()
{
	jq -r 'select(.event == "sandbox" and .scope == "module") | .module + " " + .outcome' "$1" | sort | uniq -c | awk '{ $1 = $1 } 1'
}

# has_modules LOG NUMBER
has_modules()
{
	[ "$(grep -c '"scope":"module"' "$1")" -ge "$2" ]
}

# Waits until that many are in their modules.
all_in()
{
	wait_until has_modules "$1" "$2"
}

at_once()
{
	local name=$1 dir=$2 number clients=() began
	mkfifo "$dir/gate"
	began=$(date +%s%N)
	for ((number = 0; number < connections; number++)); do
		client "$dir" "$number" &
		clients+=($!)
	done
	ok "$name: $connections connections are open at once" all_in "$dir/preclude.log" "$connections"
	: >"$dir/gate"
	wait "${clients[@]}"
	echo "# $name: $connections connections to ${#modules[@]} modules in $((($(date +%s%N) - began) / 1000000)) ms"
	daemon_idle
	is "$name: all ended well" "$(cat "$dir"/status.* | sort | uniq -c | awk '{ print $1, $2 }')" "$connections 0"
	is "$name: $connections trees are what was sent" \
		"$(cd "$dir" && trees got/*/tree m*/in/*/tree | uniq -c | awk '{ $1 = $1 } 1')" \
		"$(cd "$scratch/source" && trees tree | sed "s/^/$connections /; s/ *$//")"
	is "$name: one process was confined, and each connection narrowed" "$(
		jq -r 'select(.event == "sandbox" and .scope == "process") | .outcome' "$dir/preclude.log"
		narrowed "$dir/preclude.log")" \
		"enforced
$(printf "$((connections / ${#modules[@]})) %s enforced\n" "${modules[@]}")"
	is "$name: nothing else was said" "$(jq -c 'select(.event != "start" and .event != "sandbox" and
		((.reason // "") | contains("which is above a root") | not))' "$dir/preclude.log" | head -n 3)" ""
}

# What a link in one module leads to in the next: neither read nor written.
across()
{
	local name=$1 dir=$2 module clients=()
	mkdir "$dir/stolen"
	for module in "${modules[@]}"; do
		"$debian" -L "$url/$module/links/file" "$dir/stolen/$module" >/dev/null 2>&1 &
		clients+=($!)
		"$debian" "$scratch/source/tree/plain" "$url/$module/links/dir/planted" >/dev/null 2>&1 &
		clients+=($!)
	done
	wait "${clients[@]}"
	daemon_idle
	is "$name: no module is read through another" "$(ls "$dir/stolen")" ""
	is "$name: nor written" "$(find "$dir" -name planted)" ""
}

mkdir -p "$scratch/source/tree/deep"
head -c 30000 /dev/urandom >"$scratch/source/tree/big"
echo plain >"$scratch/source/tree/plain"
ln "$scratch/source/tree/plain" "$scratch/source/tree/deep/hard"
ln -s ../plain "$scratch/source/tree/deep/link"
! is_root || chown 1234:4321 "$scratch/source/tree/plain"
find "$scratch/source" -depth -exec touch -h -d '2001-02-03 04:05:06.789012345' {} +

for version in "${versions[@]}"; do
	dir=$scratch/$version
	setup "$dir"
	daemon_start "$dir" "${!version}" "$preclude" run --rsyncd="$dir/rsyncd.conf" --log "$dir/preclude.log" --
	at_once "$version" "$dir"
	across "$version" "$dir"
	daemon_stop
done

[ -n "$pristine" ] || finish
# The tests above can fail: without preclude the legacy receiver is led from module to module.
rm -rf "$scratch/pristine"/{stolen,preclude.log}
daemon_start "$scratch/pristine" "$pristine"
"$debian" -L "$url/m00/links/file" "$scratch/stolen" >/dev/null 2>&1
is "bare, a link leads from module to module" "$(cat "$scratch/stolen")" "m01's own"
daemon_stop
finish
