#!/bin/bash
# SPDX-License-Identifier: ISC
# What preclude costs a real receiver and a real sender: daemons of a legacy rsync and of Debian's own, many small
# files and a large one, pushed and pulled. The client is never confined. And what is logged meanwhile.
. "$(dirname "$0")/lib.sh"
. "$here/rsyncd.sh"

legacy=$("$top/tests/obtain" rsync-legacy) || exit 1
root=/mnt/m
mkdir m s pulled
for chroot in yes no; do
	cat >$chroot.conf <<-EOF
		use chroot = $chroot
		uid = root
		gid = root
		log file = /dev/null
		[push]
		path = /mnt/m
		read only = no
		[pull]
		path = /mnt/s
	EOF
done
# What the launcher has to grant besides.
readable=(/mnt/s /mnt/yes.conf /mnt/no.conf "${legacy%/*}")

# files COUNT: so many of 1 KiB, 200 a directory.
files()
{
	local directory
	for ((directory = 0; directory * 200 < $1; directory++)); do
		mkdir -p s/$((directory / 10))/$directory
		head -c 200K /dev/zero | split -b 1K -a 3 -d - s/$((directory / 10))/$directory/
	done
}

# A transfer into an empty directory, with these options.
options=(-a)
measure()
{
	rm -rf m/* pulled/*
	case $direction in
	push) clock "$binary" "${options[@]}" s/ "rsync://127.0.0.1:${ports[$1]}/push/" ;;
	pull) clock "$binary" "${options[@]}" "rsync://127.0.0.1:${ports[$1]}/pull/" pulled/ ;;
	esac
}

# What each variant has logged so far.
logged()
{
	local variant lines bytes
	for variant; do
		[[ $variant = sealed* ]] || continue
		read -r lines bytes < <(wc -lc <"/mnt/log/$variant")
		sample log "$row: lines" "$variant" 0 "$lines" ""
		sample log "$row: size" "$variant" 0 "$((bytes / 1024))" KiB
	done
}

# transfers TURNS WHAT VARIANT...: by both versions, with chroot and without, pushed and pulled.
transfers()
{
	local turns=$1 what=$2 binary version chroot direction row
	shift 2
	for binary in "$legacy" /usr/bin/rsync; do
		version=$("$binary" --version | sed -n 's/^rsync *version \([0-9.]*\).*/\1/p')
		for chroot in yes no; do
			rm -f log/*
			serve "$binary" "/mnt/$chroot.conf" "$@" || exit 1
			for direction in push pull; do
				row="$what, $direction, $version, chroot $chroot"
				by_turns "$turns" rsync "$row" ms "$@"
				logged "$@"
			done
			serve_no_more
		done
	done
	rm -rf m/* pulled/* s/*
}

files "$(full 20000 400)"
transfers "$(full 5 1)" "$(full 20,000 400) x 1 KiB" bare sealed sealed-anchored sealed-logged launcher
files "$(full 100000 800)"
transfers "$(full 3 1)" "$(full 100,000 800) x 1 KiB" bare launcher sealed sealed-logged

# Checksums are most of what the large file costs rsync 3.2.7, and would hide the rest.
options=(-a --checksum-choice=none)
if [ "$(awk '$1 == "MemAvailable:" { print int($2 / 1048576) }' /proc/meminfo)" -ge "$(full 10 0)" ]; then
	head -c "$(full 4G 40M)" /dev/zero >s/large
	transfers "$(full 3 1)" "1 x $(full '4 GiB' '40 MB')" bare launcher sealed sealed-logged
else
	absent rsync '1 x 4 GiB' bare 'there is too little memory for it'
fi
