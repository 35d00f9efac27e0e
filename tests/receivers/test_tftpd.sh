#!/bin/bash
# SPDX-License-Identifier: ISC
# tftpd-hpa under the policy of docs/RECEIVERS.md, by tftp-hpa's client: with a root of its own, from which no link
# leads out, and without.
. "$(dirname "$0")/lib.sh" tftpd

account tftp 4003 /srv/tftp

world()
{
	empty /srv /home
	mkdir -p /srv/tftp/pub /srv/outside /home/client
	seq 20000 >/srv/tftp/pub/big
	echo small >/srv/tftp/small
	: >/srv/tftp/existing
	seq 30000 >/home/client/new
	for file in read over; do echo secret >/srv/outside/$file; done
	chmod 666 /srv/tftp/existing /srv/outside/*
	chown -R tftp:tftp /srv/tftp /srv/outside
	find /srv /home/client -depth -exec touch -h -d '2001-02-03 04:05:06' {} +
}

# A port of UDP does not say when it is open.
serve()
{
	echo "exec $(exec_start tftpd | sed "s/--secure/$secure/")" >"$scratch/tftpd.sh"
	setsid sh "$scratch/tftpd.sh" >"$scratch/tftpd.$run" 2>&1 </dev/null &
	daemon=$!
	wait_until bound
}

bound()
{
	[ -n "$(ss -Hlun 'sport = :69')" ]
}

client()
{
	(cd /home/client && timeout "$(patience 20)" tftp -m octet 127.0.0.1 -c "$@") 2>&1
}

work()
{
	serve
	client get $base/small
	client get $base/pub/big big
	client put new $base/existing
	client put new $base/uploaded
	client put new $base/pub/deeper
	client get $base/absent
	client get $base/../outside/read dots
	(cd /home/client && tftp 127.0.0.1 -m netascii -c get $base/small text) 2>&1
	stops
	tree /srv/tftp
	tree /home/client
}

ways()
{
	ln -s /srv/outside /srv/tftp/out
	ln -s /srv/outside/over /srv/tftp/over
	ln -s /etc/passwd /srv/tftp/passwd
	serve
	{
		client get $base/out/read got
		client get $base/passwd
		client put new $base/over
		client put new $base/out/new
	} >"$scratch/way.out"
	stops
	way 'reading through a link' 'grep -q secret /home/client/got'
	way 'reading /etc/passwd through a link' 'cmp -s /etc/passwd /home/client/passwd'
	way 'overwriting through a link' 'test $(wc -l </srv/outside/over) = 30000'
	way 'writing through a link' 'test -s /srv/outside/new'
}
secure= base=/srv/tftp
both world work ways "absolute names"
secure=--secure base=
both world work "" "its own root"
finish
