#!/bin/bash
# SPDX-License-Identifier: ISC
# A stranger, a fresh Debian 12, and README.md: what it tells the admin of an rsync daemon is done, line by line, on a
# machine whose first process is systemd, to the untouched rsync 3.2.7 in the place of Debian's. The system comes by
# debootstrap, is kept in $OLD_CACHE, and runs in systemd-nspawn under this machine's kernel; then the same disk is booted in an
# emulator with Debian 12's own kernel. That one has AppArmor, too: docs/COMPARISON.md has what it does.

. "$(dirname "$0")/../tap.sh"
. "$top/tests/debian.sh"
. "$top/tests/rsync/lib.sh"

fresh=${OLD_CACHE:-$B}/debian-12 here=$scratch/machine
mirror=$(debian_mirror bookworm)
[ -n "$mirror" ] || skip_rest "apt's configuration has no mirror of Debian"
[ -e "$fresh/bootstrapped" ] || {
	rm -rf "$fresh"
	mkdir -p "${OLD_CACHE:-$B}"
	# All that the installer puts on a machine, when nothing is chosen.
	ok "debootstrap bookworm" debootstrap bookworm "$fresh" "$mirror" || finish
	touch "$fresh/bootstrapped"
}
obtain legacy rsync-legacy
mkdir "$here" "$scratch/upper" "$scratch/work"
mount -t overlay -o "lowerdir=$fresh,upperdir=$scratch/upper,workdir=$scratch/work" preclude-stranger "$here" || exit 1
at_exit+=("umount $here")

# What is there before preclude: a daemon that works.
ok "a machine that serves rsync" chroot "$here" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install rsync make || finish
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

# The checkout of the README: what is in this tree now.
mkdir "$here/root/preclude"
tar -c -C "$top" --exclude=./build --exclude=./.git . | tar -x -C "$here/root/preclude"
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
ok "the README's lines, as they are" on bash -ec 'cd ~/preclude && . ~/readme' || finish
echo "# $((SECONDS - began)) seconds from make deb to a sealed rsync.service"

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

# unit COMMANDS PROPERTY...: what systemd does by itself, for docs/COMPARISON.md. What they say, and what is new.
unit()
{
	touch "$here/home/alice/.ssh/id"
	rm -rf "$here"/srv/backup/* "$here/home/alice/.ssh/new" "$here/var/said"
	ln -s /home/alice/.ssh "$here/srv/backup/keys"
	printf '%s\n' '[Service]' Type=oneshot "ExecStart=sh -c '$1'" ProtectSystem=strict ProtectHome=read-only ReadWritePaths=/srv/backup \
		StandardOutput=file:/var/said StandardError=inherit "${@:2}" >"$here/etc/systemd/system/deed.service"
	on systemctl daemon-reload
	on systemctl start deed 2>/dev/null
	sed 's/.*: //' "$here/var/said"
	ls "$here/srv/backup" "$here/home/alice/.ssh" | grep new
}
is "systemd: inside" "$(unit 'echo >/srv/backup/new')" new
is "systemd: a write through the link" "$(unit 'echo >/srv/backup/keys/new')" "Read-only file system"
is "systemd: a chmod through it" "$(unit 'chmod 600 /srv/backup/keys/id')" "Read-only file system"
is "systemd: /home is apart" "$(unit 'echo >/srv/backup/keys/new' ProtectHome=no)" new
is "systemd: a look" "$(unit 'stat -c seen /srv/backup/keys/id')" seen
is "systemd: a look, where it is inaccessible" "$(unit 'stat -c seen /srv/backup/keys/id' InaccessiblePaths=/home/alice)" \
	"No such file or directory"
rm -f "$here/home/alice/.ssh/id"

# Debian's own rsync, by the same drop-in.
mv "$here/usr/bin/rsync" "$here/usr/bin/rsync.legacy"
mv "$here/usr/bin/rsync.debian" "$here/usr/bin/rsync"
ok "restarted with Debian's own binary" on systemctl restart rsync
ok "it serves, too" serving
is "the same push" "$(push)" figures
mv "$here/usr/bin/rsync" "$here/usr/bin/rsync.debian"
mv "$here/usr/bin/rsync.legacy" "$here/usr/bin/rsync"

# With a configuration that rsync itself would give up.
dropin=$here/etc/systemd/system/rsync.service.d/preclude.conf
cp "$dropin" "$scratch/"
cp "$here/etc/rsyncd.conf" "$scratch/"
echo '[broken' >>"$here/etc/rsyncd.conf"
before=$(on systemctl show -P MainPID rsync)
on bash -ec "cd ~/preclude; $(sed -n '/^preclude rsyncd/,$p' "$here/root/readme")" >/dev/null 2>&1
ok "a configuration that cannot be read: the drop-in stays as it was" cmp "$dropin" "$scratch/preclude.conf"
is "and so does the daemon" "$(on systemctl show -P MainPID rsync)" "$before"
cp "$scratch/rsyncd.conf" "$here/etc/rsyncd.conf"

ok "systemctl revert takes it back" on sh -c 'systemctl revert rsync && systemctl daemon-reload && systemctl restart rsync'
ok "the daemon serves" serving
is "and what it was, it is" "$(push)" "figures
ssh-ed25519"

# preclude-rsync(7) says it in its own words.
sed -n '/^\.\\" recipe: systemd$/,/^\.Ed/p' "$top/docs/preclude-rsync.7" | sed '/^\./d; s/^# //; s/\\e$/\\/' >"$here/root/recipe"
ok "the manual's lines" on bash -ec 'cd; . ./recipe'
ok "make the same drop-in" cmp "$dropin" "$scratch/preclude.conf"
ok "the daemon serves" serving
is "and a push is sealed" "$(push)" figures

# The same with the kernel that a Debian 12 has, and all that it brings.
power_off
at_exit=("${at_exit[@]/power_off/true}")
mount -t proc proc "$here/proc"
ok "Debian's own kernel" chroot "$here" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install linux-image-cloud-amd64 apparmor
umount "$here/proc"
rm -rf "$here"/srv/backup/* "$here/home/alice/.ssh/authorized_keys"
ln -s /home/alice/.ssh "$here/srv/backup/keys"
cp -r "$scratch/parcel" "$here/root/"
gcc -static -o "$here/root/static" -x c - <<'END'
#include <fcntl.h>
int main(int argc, char **argv)
{
	return argc == 2 && open(argv[1], O_WRONLY | O_CREAT, 0600) >= 0 ? 0 : 1;
}
END
cat >"$here/etc/apparmor.d/module" <<'END'
profile module {
	/ r,
	/{usr,bin,lib,lib64,etc,dev,proc,root}/** mrix,
	/srv/backup/** rw,
}
END
cat >"$here/root/tell" <<END
#!/bin/sh
say() { echo "said \$1: \$2"; }
say kernel "\$(uname -r)"
say lacks "\$(preclude status | grep -o 'TRUNCATE\|IOCTL_DEV' | sort -u | paste -sd ' ')"
say daemon "\$(systemctl is-active rsync)"
rsync -rK /root/parcel/ rsync://127.0.0.1:$port/backup/
say push "\$(cd / && ls srv/backup/report home/alice/.ssh/* | paste -sd ' ')"
say process "\$(journalctl -t preclude -o cat | grep -o 'sandbox enforced, partial: process')"
say module "\$(journalctl -t preclude -o cat | grep -o 'sandbox enforced, partial: module backup')"
say way "\$(journalctl -t preclude -o cat | grep -c 'DENIED.*"keys".* -> /home/alice/.ssh (outside')"
systemctl stop rsync
echo >/home/alice/.ssh/id && chmod 666 /home/alice/.ssh/id
rm -rf /srv/backup/keys && ln -s /home/alice/.ssh /srv/backup/keys
apparmor_parser -r /etc/apparmor.d/module
aa-exec -p module -- sh -c 'stat -c "said aa-look: seen" /srv/backup/keys/id
	echo >/srv/backup/new; echo >/srv/backup/keys/new; chmod 600 /srv/backup/keys/id; /root/static /srv/backup/keys/static'
say aa-writes "\$(cd / && ls srv/backup/new home/alice/.ssh/* | paste -sd ' ')"
say aa-mode "\$(stat -c %a /home/alice/.ssh/id)"
say aa-log "\$(dmesg | grep 'apparmor="DENIED" operation="chmod"' | grep -o 'name="[^"]*"')"
END
chmod +x "$here/root/tell"
cat >"$here/etc/systemd/system/tell.service" <<'END'
[Unit]
After=multi-user.target rsync.service
[Service]
Type=oneshot
ExecStart=/root/tell
ExecStopPost=/bin/systemctl poweroff --force
StandardOutput=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=default.target
END
chroot "$here" systemctl -q enable tell
truncate -s 4G "$scratch/disk" && mke2fs -q -t ext4 -d "$here" "$scratch/disk"
# shellcheck disable=SC2211 # there is one of each
timeout 600 qemu-system-x86_64 -accel tcg -m 1024 -smp 2 -no-reboot -nodefaults -no-user-config -display none -serial stdio \
	-kernel "$here"/boot/vmlinuz-* -initrd "$here"/boot/initrd.img-* -drive "file=$scratch/disk,format=raw,if=virtio" \
	-append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=false systemd.mask=serial-getty@ttyS0.service" <"/dev/null" | tr -d '\r' >"$scratch/machine-said"

# told WHAT WANTED
told()
{
	is "Debian's kernel: $1" "$(sed -n "s/^said $1: //p" "$scratch/machine-said")" "$2" || sed 's/^/#   /' "$scratch/machine-said"
}
ok "Debian's kernel: 6.1" grep '^said kernel: 6\.1\.' "$scratch/machine-said"
told lacks "IOCTL_DEV TRUNCATE"
told daemon active
told push srv/backup/report
told process 'sandbox enforced, partial: process'
told module 'sandbox enforced, partial: module backup'
ok "Debian's kernel: the way through the link was denied" grep -x 'said way: [1-9][0-9]*' "$scratch/machine-said"
told aa-look seen
told aa-writes "home/alice/.ssh/id srv/backup/new"
told aa-mode 666
told aa-log 'name="/home/alice/.ssh/id"'
finish
