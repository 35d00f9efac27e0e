#!/bin/bash
# SPDX-License-Identifier: ISC
# sftp-server, while somebody exchanges a directory of the root for a link that leads out, as fast as he can: no
# request is carried out outside, and those that reach the directory are. RACES: how often each is made.
. "$(dirname "$0")/lib.sh"

races=${RACES:-5000}

world()
{
	empty /srv
	mkdir -p /srv/sftp/alice/dir /srv/outside
	for name in mode time over read; do
		echo inside >/srv/sftp/alice/dir/$name
		echo outside >/srv/outside/$name
	done
	chmod 644 /srv/{sftp/alice/dir,outside}/mode
	touch -d '2001-02-03' /srv/{sftp/alice/dir,outside}/*
	ln -s /srv/outside /srv/sftp/alice/link
	echo changed >"$scratch/changed"
	touch -d '2002-03-04' "$scratch/changed"
}

requests()
{
	local times
	for ((times = 0; times < races; times++)); do
		printf '%s\n' '-chmod 600 dir/mode' "-put -p $scratch/changed dir/new$((times % 10))" "-put $scratch/changed dir/over" \
			"-get dir/read $scratch/got$times" '-mkdir dir/made' '-rmdir dir/made' '-rm dir/new5'
	done
}

for run in bare sealed; do
	[ "$run" = sealed ] || mount --bind /mnt/bare /usr/bin/preclude
	world
	: >$messages
	recipe sftp | sed -n 's/^ *ForceCommand //p' >"$scratch/forced"
	python3 "$receivers/swap.py" /srv/sftp/alice/dir /srv/sftp/alice/link >"$scratch/swaps" &
	swapper=$!
	until [ -s "$scratch/swaps" ]; do sleep 0.02; done
	requests | USER=alice sftp -q -b - -D "/bin/sh $scratch/forced" >"$scratch/way.out" 2>&1
	kill $swapper
	wait $swapper
	[ "$run" = sealed ] || umount /usr/bin/preclude
	dir=/srv/sftp/alice/dir
	[ ! -L $dir ] || dir=/srv/sftp/alice/link
	echo "# $run: $(tail -n 1 "$scratch/swaps") swaps, $(grep -c 'Permission denied' "$scratch/way.out") refusals"
	way 'changing a mode by winning a race' 'test $(stat -c %a /srv/outside/mode) = 600'
	way 'writing by winning a race' 'test -n "$(find /srv/outside -name "new*" -size +0)"'
	way 'replacing by winning a race' 'grep -q changed /srv/outside/over'
	way 'reading by winning a race' 'cat "$scratch"/got* | grep -q outside'
	rm -f "$scratch"/got*
	ok "$run: what reaches the directory is done" test "$(stat -c %a $dir/mode) $(cat $dir/over)" = \
		'600 changed'
	ok "$run: it was attacked all the while" test "$(tail -n 1 "$scratch/swaps")" -gt "$races"
done
finish
