# SPDX-License-Identifier: ISC
# What becomes of a sealed daemon's log (bash): source it after load.sh. Each fault_NAME puts one fault in again and again
# under load, mends it, and says what only this fault can do.

# One file system reserves what is to be written at once, the other one would find out late.
fault_disk()
{
	mkdir "$w/disk"
	if [ "$chroot" = yes ]; then
		mount -t tmpfs -o size=8m none "$w/disk"
	else
		truncate -s 8M "$w/image"
		mkfs.ext4 -q -m 0 "$w/image"
		mount -o loop "$w/image" "$w/disk"
	fi
	log=$w/disk/preclude.log
	load_daemon PRECLUDE_FLAG=all || exit 1
	during "the log's disk is full" fill_and_free
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	is "$name: nobody hears of it" "$(grep -h 'No space left' "$w"/c*/said "$dir/run/rsyncd.log")" ""
	ok "$name: lines were lost, and that is said" test "$(lost_lines)" -gt 0
	umount -l "$w/disk"
}

fill_and_free()
{
	local before
	before=$(wc -l <"$w/probes")
	cat /dev/zero >"$w/disk/fill" 2>/dev/null
	truncate -s "-$((RANDOM % 3 * 4096))" "$w/disk/fill"
	# Four connections have more to say than was left.
	wait_until probed $((before + 4))
	rm "$w/disk/fill"
	sleep 0.4
}

# The configuration of preclude-rsync(7), with a place of our own, by logrotate itself.
fault_rotation()
{
	sed -n '/^\.\\" recipe: logrotate$/,/^\.Ed/p' "$top/docs/preclude-rsync.7" | sed '/^\./d' |
		sed "s|/var/log/preclude.json|$log|; s|rotate 8|rotate 1000|" >"$w/logrotate.conf"
	turns=0
	load_daemon || exit 1
	during "the log is rotated by copying" rotate
	# What was written between the copy and the cut.
	extra="$turns rotations" unaccounted=1
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	ok "$name: there are copies" test -s "$log.1"
}

rotate()
{
	sleep 0.6
	logrotate -f -s "$w/logrotate.state" "$w/logrotate.conf" && turns=$((turns + 1))
}

# Rotated by its name, as by logrotate without copytruncate, and then compressed: what is left of it here is descriptor 6.
fault_removal()
{
	syslog_begin "$log.syslog"
	removed=
	load_daemon PRECLUDE_FLAG=all || exit 1
	during "the log is renamed, then removed" rename_and_remove
	load_stop
	cat <&6 >"$log.removed"
	exec 6<&-
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	ok "$name: until it is removed, lines go where it is" test -s "$log.removed"
	is "$name: never into another file of its name" "$(cat "$log")" ""
	is "$name: then to syslog, and one says why" "$(grep -c 'the file of the log was removed' "$log.syslog")" 1
	ok "$name: also those of a connection" grep -q '"scope":"module"' "$log.syslog"
	daemon_stop KILL
	syslog_end
}

rename_and_remove()
{
	sleep 0.5
	[ -z "$removed" ] || return
	mv "$log" "$log.1"
	: >"$log"
	sleep 0.5
	exec 6<"$log.1"
	rm "$log.1"
	removed=1
}

# A /dev of its own, with a syslogd that writes to $1.
syslog_begin()
{
	mkdir "$w/dev"
	mount -t tmpfs none "$w/dev"
	cp -a /dev/null /dev/zero /dev/full /dev/urandom /dev/random /dev/tty /dev/loop* "$w/dev/"
	ln -s /proc/self/fd "$w/dev/fd"
	mount --move "$w/dev" /dev
	cat >"$w/syslogd.conf" <<-EOF
		global(workDirectory="$w" net.enableDNS="off" maxMessageSize="64k")
		module(load="imuxsock")
		template(name="bare" type="string" string="%msg:2:\$%\n")
		if \$programname == 'preclude' then action(type="omfile" file="$1" template="bare")
	EOF
	syslog_start
}

syslog_start()
{
	rsyslogd -n -f "$w/syslogd.conf" -i "$w/syslogd.pid" 2>/dev/null &
	syslogd=$!
	wait_until test -S /dev/log
}

syslog_stop()
{
	kill "$syslogd"
	wait "$syslogd"
	syslogd=
}

syslog_end()
{
	[ -z "$syslogd" ] || syslog_stop
	umount -l /dev
}

# Somebody with access to a module listens there, in case that a connection looks for syslogd from inside.
fault_syslog()
{
	local module
	syslog_begin "$log"
	mkdir "$dir/one/dev" "$dir/two/dev"
	: >"$w/heard"
	for module in one two; do
		(cd "$dir/$module/dev" && exec timeout 600 python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("log")
while True: print(s.recv(65536), flush=True)' >>"$w/heard") &
		listeners+=($!)
	done
	load_daemon PRECLUDE_LOG=syslog PRECLUDE_FORMAT=json || exit 1
	during "syslogd goes away and comes back" miss_syslog
	# What was on its way when it ended.
	unaccounted=1
	mended
	is "$name: no transfer fails for it" "$(results failed)" 0
	kill "${listeners[@]}"
	wait "${listeners[@]}" 2>/dev/null
	listeners=()
	is "$name: nobody listens in a module" "$(cat "$w/heard")" ""
	daemon_stop KILL
	syslog_end
}

miss_syslog()
{
	syslog_stop
	rm -f /dev/log
	sleep 0.4
	syslog_start
	sleep 0.4
}
