#!/bin/bash
# SPDX-License-Identifier: ISC
# OpenSSH's sftp-server under the policy of docs/RECEIVERS.md: behind a real sshd, as the account's forced command,
# and alone, as root.
. "$(dirname "$0")/lib.sh"

keys=$scratch/keys

account alice 4001
groupadd sftp
usermod -G sftp alice
mkdir -p /run/sshd /etc/ssh/authorized "$keys"
ssh-keygen -q -t ed25519 -N '' -f "$keys/host"
ssh-keygen -q -t ed25519 -N '' -f "$keys/alice"
cp "$keys/alice.pub" /etc/ssh/authorized/alice
{
	printf '%s\n' "HostKey $keys/host" 'ListenAddress 127.0.0.1:22' 'UsePAM no' 'AuthorizedKeysFile /etc/ssh/authorized/%u' \
		'Subsystem sftp /usr/lib/openssh/sftp-server' 'PidFile none'
	recipe sftp
} >"$scratch/sshd_config"
/usr/sbin/sshd -D -e -f "$scratch/sshd_config" 2>"$scratch/sshd.log" &
answers 22

world()
{
	local name
	empty /srv /home
	mkdir -p /srv/sftp/alice/pub /srv/outside/{dir,empty} /home/{client,alice}
	seq 20000 >/srv/sftp/alice/pub/big
	echo small >/srv/sftp/alice/pub/small
	chmod 640 /srv/sftp/alice/pub/small
	ln -s pub/small /srv/sftp/alice/link
	for name in read over mode time gone; do echo secret >/srv/outside/$name; done
	chown -hR alice:alice /srv/sftp/alice /srv/outside
	seq 30000 >/home/client/new
	chmod 600 /home/client/new
	seq 20000 | head -c 5000 >/home/client/big
	find /srv /home/client -depth -exec touch -h -d '2001-02-03 04:05:06' {} +
}

ssh_options=(-F none -i "$keys/alice" -o IdentitiesOnly=yes -o BatchMode=yes -o "UserKnownHostsFile=$scratch/known"
	-o LogLevel=ERROR -o StrictHostKeyChecking=no)

# What sshd has an account's shell run.
alone()
{
	recipe sftp | sed -n 's/^ *ForceCommand //p' >"$scratch/forced"
	USER=alice sftp -q -b - -D "/bin/sh $scratch/forced"
}
by_sshd()
{
	sftp -q -b - "${ssh_options[@]}" alice@127.0.0.1
}

# sftp_does COMMANDS: none ends the batch.
sftp_does()
{
	(cd /home/client && sed 's/^[[:space:]]*/-/' <<<"$1" | "$client" 2>&1)
}

work()
{
	sftp_does 'pwd
		ls -la pub
		ls -l link
		get -p pub/small
		get link linked
		reget pub/big big
		mkdir up
		put -p new up/new
		put big up/resumed
		chmod 666 up/resumed
		put new up/again
		reput new up/resumed
		rename up/again up/renamed
		cp up/renamed copied
		symlink up/new made
		ln up/new hard
		chmod 4750 up/renamed
		rm pub/small
		rmdir up
		mkdir empty
		rmdir empty
		get absent
		put -r ../client mirrored
		get -rp pub back'
	[ "$client" = alone ] || scp -q -p -r "${ssh_options[@]}" alice@127.0.0.1:up scp:d new alice@127.0.0.1:scped 2>&1
	tree /srv/sftp/alice
	tree /home/client
}

ways()
{
	ln -s /srv/outside /srv/sftp/alice/out
	ln -s /srv/outside/mode /srv/sftp/alice/mode
	ln -s /etc/passwd /srv/sftp/alice/passwd
	sftp_does 'get out/read got
		put new out/dir/new
		put new out/over
		chmod 604 mode
		put -p new out/time
		rm out/gone
		rmdir out/empty
		mkdir out/made
		rename pub/small out/dir/small
		ln pub/big out/dir/big
		ls out
		get /srv/outside/read absolute
		put new /srv/outside/absolute
		get passwd linked
		get /etc/passwd passwd' >"$scratch/way.out"
	way 'reading through a link' 'grep -q secret /home/client/got'
	way 'reading /etc/passwd through a link' 'cmp -s /etc/passwd /home/client/linked'
	way 'writing through a link' 'test -s /srv/outside/dir/new'
	way 'overwriting through a link' 'test $(wc -l </srv/outside/over) = 30000'
	way 'changing a mode through a link' 'test $(stat -c %a /srv/outside/mode) = 604'
	way 'writing through a link, with its mode' 'test $(stat -c %a /srv/outside/time) = 600'
	way 'removing through a link' 'test ! -e /srv/outside/gone'
	way 'removing a directory through a link' 'test ! -e /srv/outside/empty'
	way 'making a directory through a link' 'test -e /srv/outside/made'
	way 'moving something out through a link' 'test -e /srv/outside/dir/small'
	way 'linking something out through a link' 'test -e /srv/outside/dir/big'
	way 'listing through a link' 'grep -q "^ *out/dir " "$scratch/way.out"'
	way 'reading by an absolute path' 'grep -q secret /home/client/absolute'
	way 'writing by an absolute path' 'test -s /srv/outside/absolute'
	ok "$run: /etc/passwd can be read" cmp -s /etc/passwd /home/client/passwd
}

client=by_sshd
both world work ways "by sshd"
client=alone
both world work ways alone
finish
