#!/bin/bash
# SPDX-License-Identifier: ISC
# vsftpd under the policy of docs/RECEIVERS.md: each session is held in its account's directory. Also where vsftpd
# changes its root to it; and its own filter of system calls, which the page says cannot be used.
. "$(dirname "$0")/lib.sh" vsftpd
. "$receivers/ftp.sh"

# Since 1.7 PAM has this program read the passwords, with an environment of its own.
expected='execve of /usr/sbin/unix_chkpwd drops the library'
settime=MDTM more='quote SIZE out/read'
mkdir -p /run/vsftpd/empty
serve()
{
	starts vsftpd 21
}
recipe vsftpd.conf >/etc/vsftpd.conf
ways()
{
	ftp_ways
	way 'looking through a link' 'grep -q "^213 7" "$scratch/way.out"'
	way 'reading /etc/passwd' 'cmp -s /etc/passwd /home/client/passwd'
	way 'reading /etc/passwd through a link' 'cmp -s /etc/passwd /home/client/linked'
}
both ftp_world ftp_work ways

printf '%s\n' chroot_local_user=YES allow_writeable_chroot=YES >>/etc/vsftpd.conf
both ftp_world ftp_work "" chroot
ok "chroot: each session was narrowed" grep -q 'preclude.*sandbox enforced, full: module alice' "$scratch/messages.sealed"

# How the page says that its policies came about.
recipe vsftpd.conf >/etc/vsftpd.conf
ftp_world
preclude observe --root /srv/ftp --flag objects --log "$scratch/observed" -- vsftpd >/dev/null 2>&1 &
answers 21
ftp 'ls; put new; get pub/big; chmod 600 new' >/dev/null
kill $!
wait $!
is "preclude suggest finds what the page grants" "$(preclude suggest "$scratch/observed" | grep -v '^#\|^$')" \
	"PRECLUDE_ROOTS='/srv/ftp'
PRECLUDE_READ='/proc/filesystems'"

list()
{
	serve
	curl -s -m 5 -u alice:alice ftp://127.0.0.1/pub/ | awk '{ print $NF }' | sort | paste -sd ' '
	stops
}
ftp_world
is "a listing" "$(list)" "big small"
echo seccomp_sandbox=YES >>/etc/vsftpd.conf
mount --bind /mnt/bare /usr/bin/preclude
bare=$(list)
umount /usr/bin/preclude
if [ "$bare" ]; then
	skip "seccomp_sandbox=YES ends a session that lists, bare" "it does not in this version"
else
	ok "seccomp_sandbox=YES ends a session that lists, bare" true
fi
is "and under preclude" "$(list)" ""
finish
