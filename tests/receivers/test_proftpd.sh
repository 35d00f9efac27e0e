#!/bin/bash
# SPDX-License-Identifier: ISC
# ProFTPD under the policy of docs/RECEIVERS.md: each session is held in its account's directory. Also
# where ProFTPD changes its root to it.
. "$(dirname "$0")/lib.sh" proftpd
. "$receivers/ftp.sh"

settime=MFMT
# The page says so: once when it starts, and when a session ends.
expected='run/test.sock\|/etc/login.defs\|/proc/[0-9]*/status\|times DENIED fopen .*\(pam\|cap-ng\)'
# Since 1.7 PAM has this program read the passwords, with an environment of its own.
expected+='\|execve of /usr/sbin/unix_chkpwd drops the library'
mkdir -p /run/proftpd
serve()
{
	starts proftpd 21
}
more='quote site cpfr /srv/outside/read; quote site cpto copied'
recipe proftpd.conf >/etc/proftpd/proftpd.conf
# Debian 13 has three modules in files of their own, which Debian 12 has built in.
for module in copy xfer ls delay; do
	[ ! -e "/usr/lib/proftpd/mod_$module.so" ] || sed -i "1i LoadModule mod_$module.c" /etc/proftpd/proftpd.conf
done
ways()
{
	ftp_ways
	way 'having the server copy' 'grep -q secret /srv/ftp/alice/copied'
	ok "$run: /etc/passwd can be read" cmp -s /etc/passwd /home/client/passwd
	ok "$run: a link to /etc/passwd can be read" cmp -s /etc/passwd /home/client/linked
}
both ftp_world ftp_work ways
echo 'DefaultRoot ~' >>/etc/proftpd/proftpd.conf
both ftp_world ftp_work "" DefaultRoot
ok "DefaultRoot: each session was narrowed" grep -q 'preclude.*sandbox enforced, full: module alice' "$scratch/messages.sealed"
finish
