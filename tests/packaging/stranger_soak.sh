#!/bin/bash
# SPDX-License-Identifier: ISC
# A stranger, a fresh Debian 12, and README.md: what it tells the admin of an rsync daemon is done, line by line, on a
# machine whose first process is systemd, to the untouched rsync 3.2.7 in the place of Debian's. The system comes by
# debootstrap, is kept in $OLD_CACHE, and runs in systemd-nspawn under this machine's kernel.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/debian.sh"
. "$top/tests/rsync/lib.sh"

fresh=${OLD_CACHE:-$B}/debian-12 here=$scratch/machine
mirror=$(debian_source deb bookworm | sed 's/\[[^]]*\] *//' | cut -d ' ' -f 2)
[ -e "$fresh/bootstrapped" ] || {
	rm -rf "$fresh"
	mkdir -p "${OLD_CACHE:-$B}"
	# All that the installer puts on a machine, when nothing is chosen.
	ok "debootstrap bookworm" debootstrap bookworm "$fresh" "$mirror" || finish
	touch "$fresh/bootstrapped"
}
legacy=$("$top/tests/rsync/pristine" 2>/dev/null) || exit 1
mkdir "$here" "$scratch/upper" "$scratch/work"
mount -t overlay -o "lowerdir=$fresh,upperdir=$scratch/upper,workdir=$scratch/work" preclude-stranger "$here" || exit 1
at_exit+=("umount $here")

# What is there before preclude: a daemon that works.
ok "a machine that serves rsync" chroot "$here" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install rsync || finish
port=$((20000 + RANDOM % 12000))
mv "$here/usr/bin/rsync" "$here/usr/bin/rsync.debian"
cp "$legacy" "$here/usr/bin/rsync"
mkdir -p "$here/srv/backup" "$here/home/alice/.ssh"
cat >"$here/etc/rsyncd.conf" <<END
port = $port
address = 127.0.0.1
log file = /var/log/rsyncd.log
uid = root
gid = root
use chroot = no
munge symlinks = no
[backup]
path = /srv/backup
read only = no
END

# The repository of the README, with what is in this tree now.
mkdir "$here/var/lib/preclude"
tar -c -C "$top" --exclude=./build --exclude=./.git . | tar -x -C "$here/var/lib/preclude"
git -C "$here/var/lib/preclude" init -q
git -C "$here/var/lib/preclude" add -A
git -C "$here/var/lib/preclude" -c user.name=nobody -c user.email=nobody@localhost commit -q -m 'As it is'
cat >"$here/etc/gitconfig" <<END
[url "/var/lib/preclude"]
	insteadOf = https://github.com/OWNER/preclude
END
awk '/^<!-- run by tests\/packaging\/stranger_soak.sh -->$/ { wanted = 1; next }
	wanted && /^```$/ { exit } wanted && !/^```/' "$top/README.md" >"$here/root/readme"
ok "README.md has something for the admin" test -s "$here/root/readme"

# Power on. No machined and no bus are here that nspawn could tell of it; and its seccomp filter, which no real machine
# has, is of a time before Landlock.
systemd-nspawn -q --keep-unit --register=no --resolv-conf=copy-host -D "$here" --boot \
	--system-call-filter='landlock_create_ruleset landlock_add_rule landlock_restrict_self' \
	>"$scratch/console" 2>&1 </dev/null &
nspawn=$!
power_off()
{
	kill -TERM "$nspawn" 2>/dev/null
	wait "$nspawn"
}
at_exit=(power_off "${at_exit[@]}")

# on COMMAND...: as root on that machine.
on()
{
	nsenter -t "$machine" -a -- env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"
}

booted()
{
	local try
	for ((try = 0; try < 120; try++)); do
		machine=$(pgrep -P "$nspawn" -x systemd)
		[ -z "$machine" ] || ! on systemctl is-system-running 2>/dev/null | grep -q -e running -e degraded || return 0
		sleep 0.5
	done
	cat "$scratch/console"
	return 1
}

# push: a report, and a key behind the link that somebody has planted; what of it arrived.
mkdir -p "$scratch/parcel/keys"
echo figures >"$scratch/parcel/report"
echo ssh-ed25519 >"$scratch/parcel/keys/authorized_keys"
push()
{
	rm -rf "$here"/srv/backup/* "$here/home/alice/.ssh/authorized_keys"
	ln -s /home/alice/.ssh "$here/srv/backup/keys"
	"$legacy" -rK "$scratch/parcel/" "rsync://127.0.0.1:$port/backup/" >/dev/null 2>&1
	cat "$here/srv/backup/report" "$here/home/alice/.ssh/authorized_keys" 2>/dev/null
}

# serving: waits until the daemon answers.
serving()
{
	local try
	for ((try = 0; try < 50; try++)); do
		! "$legacy" "rsync://127.0.0.1:$port/" 2>/dev/null | grep -q backup || return 0
		sleep 0.2
	done
	on systemctl status rsync
	return 1
}

ok "it boots" booted || finish
machine=$(pgrep -P "$nspawn" -x systemd)
is "whose first process is" "$(on cat /proc/1/comm)" systemd
on systemctl -q enable --now rsync
ok "the daemon serves" serving
is "before: a push lands in alice's home, too" "$(push)" "figures
ssh-ed25519"

began=$SECONDS
ok "the README's lines, as they are" on bash -ec 'cd; . ./readme' || finish
echo "# $((SECONDS - began)) seconds from git clone to a sealed rsync.service"
ok "in five minutes" test $((SECONDS - began)) -lt 300

ok "the daemon serves" serving
is "it was started through preclude" "$(on systemctl show -P ExecStart rsync | grep -o 'path=[^ ]*')" path=/usr/bin/preclude
is "and is Debian's service still" \
	"$(on systemctl show -p ActiveState,ProtectSystem,PrivateDevices,NoNewPrivileges rsync | sort | paste -sd ' ')" \
	"ActiveState=active NoNewPrivileges=yes PrivateDevices=yes ProtectSystem=full"
is "a push arrives, and nothing in alice's home" "$(push)" figures

# said PATTERN: in the journal, soon.
said()
{
	local try
	for ((try = 0; try < 25; try++)); do
		! on journalctl -q -t preclude --no-pager | grep -q -- "$1" || return 0
		sleep 0.2
	done
	on journalctl -t preclude --no-pager
	return 1
}
ok "the journal: the daemon is restricted" said 'sandbox enforced, full: process'
ok "the connection is, in its module" said 'sandbox enforced, full: module backup at /srv/backup'
ok "the way through the link was denied" said 'DENIED .*"keys".* -> /home/alice/.ssh (outside, from a root: escape'
mkdir "$scratch/tree"
cp -a "$top/config" "$top/docs" "$scratch/tree/"
# rsync takes times within a second for one.
touch -d yesterday "$scratch/tree"
"$legacy" -a "$scratch/tree/" "rsync://127.0.0.1:$port/backup/tree/"
ok "a tree arrives as it is" diff <(listing "$here/srv/backup/tree") <(listing "$scratch/tree")
"$legacy" -a "rsync://127.0.0.1:$port/backup/tree/" "$scratch/back/"
ok "and comes back" diff <(listing "$scratch/back") <(listing "$scratch/tree")

# Debian's own rsync, by the same drop-in.
mv "$here/usr/bin/rsync" "$here/usr/bin/rsync.legacy"
mv "$here/usr/bin/rsync.debian" "$here/usr/bin/rsync"
ok "restarted with Debian's own binary" on systemctl restart rsync
ok "it serves, too" serving
is "the same push" "$(push)" figures
mv "$here/usr/bin/rsync" "$here/usr/bin/rsync.debian"
mv "$here/usr/bin/rsync.legacy" "$here/usr/bin/rsync"

ok "systemctl revert takes it back" on sh -c 'systemctl revert rsync && systemctl daemon-reload && systemctl restart rsync'
ok "the daemon serves" serving
is "and what it was, it is" "$(push)" "figures
ssh-ed25519"
finish
