#!/bin/bash
# SPDX-License-Identifier: ISC
# What preclude costs a real receiver and a real sender: daemons of pristine rsync 3.2.7 and of Debian's own, many small
# files and a large one, pushed and pulled. The client is never confined. And what is logged meanwhile.
. "$(dirname "$0")/lib.sh"
. "$here/rsyncd.sh"

legacy=$("$top/tests/rsync/pristine") || exit 1
newer=$(rsync --version | sed -n 's/^rsync *version \([0-9.]*\).*/\1/p')
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

# A transfer into an empty directory.
measure()
{
	rm -rf m/* pulled/*
	[ "$1" = bare ] || : >"/mnt/log/$1"
	case $direction in
	push) clock "$binary" -a s/ "rsync://127.0.0.1:${ports[$1]}/push/" ;;
	pull) clock "$binary" -a "rsync://127.0.0.1:${ports[$1]}/pull/" pulled/ ;;
	esac
}

# What each variant logged of the last transfer, of $count files.
logged()
{
	local variant lines bytes
	for variant; do
		[[ $variant = sealed* ]] || continue
		read -r lines bytes < <(wc -lc <"/mnt/log/$variant")
		sample log "$row: lines" "$variant" 0 "$lines" ""
		sample log "$row: bytes a file" "$variant" 0 $((bytes / count)) ""
	done
}

# transfers TURNS WHAT VARIANT...: by both versions, with chroot and without, pushed and pulled.
transfers()
{
	local turns=$1 what=$2 binary version chroot direction row
	shift 2
	for binary in "$legacy" /usr/bin/rsync; do
		version=3.2.7
		[ "$binary" = "$legacy" ] || version=$newer
		for chroot in yes no; do
			serve "$binary" "/mnt/$chroot.conf" "$@" || exit 1
			for direction in push pull; do
				row="$what, $direction, $version, chroot $chroot"
				by_turns "$turns" rsync "$row" ms "$@"
				[ "$2" != sealed ] || logged "${@:2}"
			done
			serve_no_more
		done
	done
	rm -rf m/* pulled/* s/*
}

count=$(full 20000 400)
files "$count"
transfers "$(full 5 1)" "$(full 20,000 400) x 1 KiB" bare sealed sealed-anchored sealed-logged launcher
files "$(full 100000 800)"
transfers "$(full 3 1)" "$(full 100,000 800) x 1 KiB" bare launcher sealed sealed-logged
head -c "$(full 4G 40M)" /dev/zero >s/large
transfers "$(full 3 1)" "1 x $(full '4 GiB' '40 MB')" bare launcher sealed sealed-logged
