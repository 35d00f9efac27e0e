#!/bin/bash
# SPDX-License-Identifier: ISC
# tar and unzip under the policies of docs/RECEIVERS.md: archives are unpacked as ever, but not through a link that
# lies in the directory already, nor where a name of the archive leads.
. "$(dirname "$0")/lib.sh"

to=/srv/incoming

# What is unpacked: modes, times, owners, links of both kinds, a FIFO, attributes.
pack()
{
	mkdir -p "$scratch/from/deep/er"
	cd "$scratch/from" || exit 1
	seq 20000 >deep/big
	echo plain >plain
	ln plain deep/hard
	ln -s deep/big link
	ln -s /etc/passwd absolute
	chmod 4751 plain
	chmod 2770 deep/er
	chown 4001:4002 deep/big
	setfattr -n user.name -v value deep/big
	find . -depth -exec touch -h -d '2001-02-03 04:05:06.7' {} +
	zip -q -r -y "$scratch/work.zip" .
	mkfifo fifo
	tar --xattrs -cf "$scratch/work.tar" .

	# Names that lead through links which await them, and out by themselves.
	mkdir -p "$scratch/evil/out/dir"
	cd "$scratch/evil" || exit 1
	for name in new over dir/new; do echo evil >out/$name; done
	chmod 700 out/dir
	touch -d '2002-03-04' out/dir
	echo evil >../outside
	tar -cf "$scratch/ways.tar" --no-recursion out/new out/over out/dir out/dir/new
	tar -Prf "$scratch/ways.tar" --transform 's|.*/outside$|/srv/outside/absolute|' "$scratch/outside"
	tar -Prf "$scratch/ways.tar" --transform 's|.*/outside$|../outside/dots|' "$scratch/outside"
	python3 "$receivers/zip.py" "$scratch/ways.zip" out/new out/over out/dir/new ../outside/dots
	cd / || exit 1
}

world()
{
	empty /srv
	mkdir -p $to /srv/outside/dir
	echo secret >/srv/outside/over
	chmod 755 /srv/outside/dir
	cp "$scratch/work.tar" /srv/upload.tar
	cp "$scratch/work.zip" /srv/upload.zip
}

# unpack NAME EXPRESSION: the line of the page, changed so. The log goes to syslog, since errors and output are one
# file.
unpack()
{
	recipe "$1" | sed "$2" >"$scratch/line"
	sh "$scratch/line" 2>&1
	echo "$1: $?"
}

work_tar()
{
	unpack tar 's/ -x/ --xattrs -x/'
	unpack tar 's/ -x/ -v --keep-old-files -x/'
	tree $to
	getfattr -R -d $to 2>/dev/null
}
work_unzip()
{
	unpack unzip 's/-q //'
	unpack unzip 's/-q /-qo /'
	tree $to
}

# ways PROGRAM NAMES: NAMES has the program take names as they are.
ways()
{
	cp "$scratch/ways.tar" /srv/upload.tar
	cp "$scratch/ways.zip" /srv/upload.zip
	ln -s /srv/outside $to/out
	unpack "$@" >"$scratch/way.out"
	way "writing through a link, $1" 'test -s /srv/outside/new'
	way "deeper through a link, $1" 'test -s /srv/outside/dir/new'
	way "replacing through a link, $1" 'grep -q evil /srv/outside/over'
	way "a name with .., $1" 'test -e /srv/outside/dots'
}
ways_tar()
{
	ways tar 's/ -x/ -P -x/'
	way "changing a mode through a link, tar" 'test $(stat -c %a /srv/outside/dir) = 700'
	way "changing a time through a link, tar" 'test $(stat -c %Y /srv/outside/dir) -lt 1100000000'
	way "an absolute name, tar" 'test -e /srv/outside/absolute'
}
ways_unzip()
{
	ways unzip 's/-q /-q -o -: /'
}

pack
both world work_tar ways_tar tar
mknod "$scratch/null" c 1 3
tar -C "$scratch" -cf /srv/upload.tar null
ok "a device node is not made" grep -q 'null: Cannot mknod: Permission denied' <(unpack tar '')
ok "but in a root with ,dev" grep -q 'tar: 0' <(unpack tar 's|/incoming |/incoming,dev |')
both world work_unzip ways_unzip unzip
finish
